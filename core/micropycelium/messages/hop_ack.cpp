// SPDX-License-Identifier: ISC
#include "micropycelium/messages/hop_ack.hpp"

#include "micropycelium/base/crc32.hpp"
#include "micropycelium/base/writer.hpp"
#include "micropycelium/packet/flags.hpp"

namespace mp {
namespace {

constexpr std::size_t kSchemaAt = 2;
constexpr std::size_t kFlagsAt = 3;
constexpr std::size_t kBodyCounted = 32;

}  // namespace

std::uint32_t hop_fingerprint(const Schema& schema, Bytes datagram) {
  const Flags flags(std::to_integer<std::uint8_t>(datagram[kFlagsAt]));
  const std::byte first[] = {datagram[kSchemaAt], static_cast<std::byte>(flags.with_throttle(false).state())};
  const std::size_t end = std::min<std::size_t>(datagram.size(), schema.body_offset + kBodyCounted);
  return crc32(datagram.subspan(kFixedHeader, end - kFixedHeader), crc32(first));
}

Result<HopAck> decode_hop_ack(Bytes body) {
  if (body.empty() || (body.size() - 1) % HopAck::kFingerprintSize != 0) return Status::truncated;
  HopAck ack;
  ack.room = std::to_integer<std::uint8_t>(body[0]);
  ack.fingerprints = body.subspan(1);
  if (ack.count() > HopAck::kFingerprintsMax) return Status::too_large;
  return ack;
}

Result<Bytes> encode_hop_ack(std::uint8_t room, std::span<const std::uint32_t> fingerprints, MutableBytes out) {
  if (fingerprints.size() > HopAck::kFingerprintsMax) return Status::too_large;
  Writer writer(out);
  writer.u8(room);
  for (const std::uint32_t f : fingerprints) writer.u32(f);
  if (!writer.ok()) return Status::too_large;
  return writer.written();
}

}  // namespace mp
