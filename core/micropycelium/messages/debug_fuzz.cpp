// SPDX-License-Identifier: ISC
// Any bytes: a debug message or a reason; what is taken encodes back to the same bytes.
#include "micropycelium/messages/debug.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mp::Bytes input = std::as_bytes(std::span(data, size));
  const auto message = mp::decode_debug(input);
  MP_CHECK(message.ok() == (size >= mp::kDebugHead));
  if (!message) return 0;
  mp::ByteArray<4096> out;
  const auto encoded = mp::encode_debug(*message, out);
  MP_CHECK(encoded ? mp::equal(*encoded, input) : size > out.size());
  return 0;
}
