// SPDX-License-Identifier: ISC
// Any bytes: a message or a reason; what is taken encodes back to the same bytes.
#include "micropycelium/messages/hello.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mp::Bytes input = std::as_bytes(std::span(data, size));
  if (const auto hello = mp::decode_hello(input)) {
    mp::ByteArray<mp::kHelloSizeMax> out;
    MP_CHECK(mp::equal(mp::encode_hello(*hello, out), input));
  }
  return 0;
}
