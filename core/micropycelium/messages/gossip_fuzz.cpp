// SPDX-License-Identifier: ISC
// Any bytes: a gossip message or a reason; what is taken encodes back to the same bytes.
#include "micropycelium/messages/gossip.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mp::Bytes input = std::as_bytes(std::span(data, size));
  const auto message = mp::decode_gossip(input);
  if (!message) return 0;
  if (const auto ids = mp::gossip_ids(*message); ids) {
    std::size_t n = 0;
    for (const mp::GossipMessageId id : *ids) MP_CHECK(id == (*ids)[n++]);
    MP_CHECK(n * mp::GossipMessageId::kSize == message->data.size());
  }
  mp::ByteArray<4096> out;
  const auto encoded = mp::encode_gossip(*message, out);
  MP_CHECK(encoded ? mp::equal(*encoded, input) : size > out.size());
  return 0;
}
