// SPDX-License-Identifier: ISC
// Which Packages were delivered lately, so that a repeat is acknowledged and not delivered twice
// (specification: delivery.md, "Duplicates").
#pragma once

#include "micropycelium/base/time.hpp"
#include "micropycelium/crypto/hash.hpp"
#include "micropycelium/packet/package.hpp"

namespace mp {

// A fingerprint of sender, Package and packet (or sequence) id.
using SeenKey = std::uint64_t;

struct SeenPackage {
  std::uint32_t key_high = 0, key_low = 0;
  std::uint32_t until = 0;  // in kTick, rounded up

  static constexpr Duration kTick = milliseconds(64);
  SeenKey key() const { return SeenKey{key_high} << 32 | key_low; }
  bool valid(Instant now) const { return now.us / kTick.us < until; }
};
static_assert(sizeof(SeenPackage) == 12);

class SeenTable {
 public:
  // How long a repeat may come after, on a fast link; a sender on a slow one is patient for so many frames.
  static constexpr Duration kMemory = seconds(30);
  static constexpr int kMemoryFrames = 128;

  explicit SeenTable(std::span<SeenPackage> slots) : slots_(slots) {}

  // A secret of this run, so that nobody can make two Packages look like one.
  void set_secret(const ShortHashKey& secret) { secret_ = secret; }
  // `who` names the sender: its node id, tree address or link, as far as known (at most 32 bytes).
  SeenKey key(Bytes who, const PackageHead& head, std::uint16_t id, bool sequence) const;
  bool contains(SeenKey key, Instant now) const;
  // Remembers the key for so long. Returns false when a key that was still valid had to give way (the oldest does).
  bool add(SeenKey key, Instant now, Duration memory);
  std::uint16_t used(Instant now) const;

 private:
  std::span<SeenPackage> slots_;
  ShortHashKey secret_{};
};

}  // namespace mp
