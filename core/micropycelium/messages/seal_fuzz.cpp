// SPDX-License-Identifier: ISC
// Any bytes: a message of Seal or a reason; what is taken encodes back to the same bytes.
#include "micropycelium/messages/seal.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mp::Bytes input = std::as_bytes(std::span(data, size));
  const auto message = mp::decode_seal(input);
  if (!message) return 0;
  mp::ByteArray<mp::kSealHead> head;
  const mp::Bytes written = mp::encode_seal_head(*message, head);
  MP_CHECK(written.size() + message->body.size() == size);
  MP_CHECK(mp::equal(written, input.first(written.size())));
  MP_CHECK(mp::equal(message->body, input.subspan(written.size())));
  return 0;
}
