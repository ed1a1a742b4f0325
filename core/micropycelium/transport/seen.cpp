// SPDX-License-Identifier: ISC
#include "micropycelium/transport/seen.hpp"

#include "micropycelium/base/check.hpp"
#include "micropycelium/base/writer.hpp"

namespace mp {

SeenKey SeenTable::key(Bytes who, const PackageHead& head, std::uint16_t id, bool sequence) const {
  ByteArray<4 + NodeId::kSize + AppId::kSize + HalfSha256::kSize> all;
  Writer out(all);
  out.u8(static_cast<std::uint8_t>(who.size()));
  out.u8(sequence ? 1 : 0);
  out.u16(id);
  out.put(who);
  out.put(head.app_id.bytes());
  out.put(head.half_sha256.bytes());
  MP_CHECK(out.ok());
  const SeenKey key = short_hash(secret_, out.written());
  return key != 0 ? key : 1;  // 0 marks a free slot
}

bool SeenTable::contains(SeenKey key, Instant now) const {
  for (const SeenPackage& s : slots_)
    if (s.key() == key && s.valid(now)) return true;
  return false;
}

std::uint16_t SeenTable::used(Instant now) const {
  std::uint16_t n = 0;
  for (const SeenPackage& s : slots_)
    if (s.key() != 0 && s.valid(now)) ++n;
  return n;
}

bool SeenTable::add(SeenKey key, Instant now, Duration memory) {
  if (slots_.empty()) return true;
  SeenPackage* oldest = &slots_[0];
  for (SeenPackage& s : slots_) {
    if (s.key() == key || s.key() == 0) {
      oldest = &s;
      break;
    }
    if (s.until < oldest->until) oldest = &s;
  }
  const bool evicted = oldest->key() != 0 && oldest->key() != key && oldest->valid(now);
  const std::int64_t until = ((now + memory).us + SeenPackage::kTick.us - 1) / SeenPackage::kTick.us;
  *oldest = {static_cast<std::uint32_t>(key >> 32), static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(until)};
  return !evicted;
}

}  // namespace mp
