// SPDX-License-Identifier: ISC
// Any bytes: a hop acknowledgement or a reason; what is taken encodes back to the same bytes.
#include "micropycelium/messages/hop_ack.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mp::Bytes input = std::as_bytes(std::span(data, size));
  const auto ack = mp::decode_hop_ack(input);
  if (!ack) return 0;
  std::array<std::uint32_t, mp::HopAck::kFingerprintsMax> prints{};
  MP_CHECK(ack->count() <= prints.size());
  for (std::size_t i = 0; i < ack->count(); ++i) prints[i] = ack->fingerprint(i);
  mp::ByteArray<mp::kFrameMax> out;
  const auto encoded = mp::encode_hop_ack(ack->room, std::span(prints).first(ack->count()), out);
  MP_CHECK(encoded && mp::equal(*encoded, input));
  return 0;
}
