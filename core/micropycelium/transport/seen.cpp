// SPDX-License-Identifier: ISC
#include "micropycelium/transport/seen.hpp"

#include "micropycelium/crypto/hash.hpp"

namespace mp {

SeenKey SeenTable::key(Bytes who, const PackageHead& head, std::uint16_t id, bool sequence) {
  Sha256 hash;
  const ByteArray<4> fixed{static_cast<std::byte>(who.size()), std::byte{sequence}, static_cast<std::byte>(id >> 8),
                           static_cast<std::byte>(id)};
  hash.update(fixed);
  hash.update(who);
  hash.update(head.app_id.bytes());
  hash.update(head.half_sha256.bytes());
  const SeenKey key = load_be<SeenKey>(hash.finish().data());
  return key != 0 ? key : 1;  // 0 marks a free slot
}

bool SeenTable::contains(SeenKey key, Instant now) const {
  for (const SeenPackage& s : slots_)
    if (s.key == key && now < s.until) return true;
  return false;
}

bool SeenTable::add(SeenKey key, Instant now) {
  if (slots_.empty()) return true;
  SeenPackage* oldest = &slots_[0];
  for (SeenPackage& s : slots_) {
    if (s.key == key || s.key == 0) {
      oldest = &s;
      break;
    }
    if (s.until < oldest->until) oldest = &s;
  }
  const bool evicted = oldest->key != 0 && oldest->key != key && now < oldest->until;
  *oldest = {key, now + kMemory};
  return !evicted;
}

}  // namespace mp
