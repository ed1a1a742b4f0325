// SPDX-License-Identifier: ISC
// Where a node hangs in one tree, in as few bits as it takes: the child indexes from the root down, each with the cost
// of the link to its parent (specification: routing.md, "Compact addresses"). The costs lie apart from the indexes, so
// that a cost that changes never breaks a common prefix.
#pragma once

#include "micropycelium/base/bits.hpp"
#include "micropycelium/base/result.hpp"
#include "micropycelium/packet/address.hpp"

#include <algorithm>

namespace mp {

inline constexpr std::uint8_t kTreesMax = 4;           // overlays at once
inline constexpr std::size_t kCompactAddressMax = 32;  // bytes on the wire, everything in it
inline constexpr unsigned kIndexBitsMax = 224;         // of the indexes alone
inline constexpr unsigned kLevelsMax = kIndexBitsMax;  // an index takes a bit at least
inline constexpr std::size_t kIndexWords = kIndexBitsMax / 32;
inline constexpr unsigned kChildIndexMax = 65535;

// Costs are counted in eighths of a transmission. A link's expected transmissions, about 1 to 16, are told in one of
// 15 classes.
using CostClass = std::uint8_t;
inline constexpr unsigned kCostUnit = 8;  // one transmission
inline constexpr std::array<std::uint8_t, 15> kCostOfClass{8, 9, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 64, 96, 128};
inline constexpr CostClass kCostClassMax = kCostOfClass.size() - 1;
// The class whose cost is nearest; of two equally near, the lower. Above 128: the last.
CostClass cost_class(unsigned eighths);

// What stands before a bit of Elias' gamma codes. Precondition: it is there, of at most 31 bits.
struct GammaCode {
  std::uint32_t value = 0;
  unsigned bits = 0;
};
using CodeWords = std::array<std::uint32_t, kIndexWords>;  // bit 0 is the top of the first
inline GammaCode gamma_at(const CodeWords& words, unsigned bit) {
  const unsigned word = bit / 32;
  std::uint64_t ahead = std::uint64_t{words[word]} << 32 | (word + 1 < kIndexWords ? words[word + 1] : 0);
  ahead <<= bit % 32;
  const unsigned size = 2 * static_cast<unsigned>(std::countl_zero(ahead)) + 1;
  return {static_cast<std::uint32_t>(ahead >> (64 - size)), size};
}

// An address as far as a distance needs it: its indexes, and what the costs come to.
struct Place {
  CodeWords index{};
  std::uint16_t weight = 0;  // to the root, eighths of a transmission
  std::uint8_t bits = 0;     // of index
  std::uint8_t levels = 0;

  bool operator==(const Place&) const = default;
};
static_assert(sizeof(Place) == 32);
// Leading bits of the indexes that both have, at most `limit`.
inline unsigned common_bits(const CodeWords& a, const CodeWords& b, unsigned limit = kIndexBitsMax) {
  for (unsigned word = 0; 32 * word < limit; ++word)
    if (const std::uint32_t differ = a[word] ^ b[word]; differ != 0)
      return std::min(limit, 32 * word + static_cast<unsigned>(std::countl_zero(differ)));
  return limit;
}
// Whether it is `ancestor` or hangs below it, cut to its first `levels` levels.
bool below(const Place& place, const Place& ancestor, unsigned levels = kLevelsMax);

// The rest of an address.
struct LevelCosts {
  CodeWords classes{};
  std::uint8_t bits = 0;  // as many as levels: all are class 0

  bool operator==(const LevelCosts&) const = default;
};

class CompactAddress {
 public:
  // The root's.
  constexpr CompactAddress() = default;
  // Precondition: both are of one address.
  CompactAddress(const Place& place, const LevelCosts& costs) : place_(place), costs_(costs) {}

  // Of the `index`-th child (from 1) over a link of this class. Status: bad_value: index 0 or above 65,535, class above
  // 14; not_representable: more than 224 bits of indexes, or 32 bytes altogether. Never truncates.
  Result<CompactAddress> child(unsigned index, CostClass cost) const;

  // Of the same over a link of another class. The root has none. Status: not_representable.
  Result<CompactAddress> with_last_cost(CostClass cost) const;

  unsigned levels() const { return place_.levels; }    // links to the root, 0..224
  unsigned weight() const { return place_.weight; }    // their costs' sum, eighths of a transmission, 0..28,672
  unsigned index_bits() const { return place_.bits; }  // 0..224
  const CodeWords& indexes() const { return place_.index; }
  unsigned wire_bits() const;  // 2..256
  const Place& place() const { return place_; }
  const LevelCosts& costs() const { return costs_; }

  // Calls f(index, cost, bits so far) from the root down.
  template <typename F>
  void each(F&& f) const;

  // At the writer's place, not padded.
  void write(BitWriter& to) const;
  // Total. Status: bad_value: cut, beyond a limit, or costs written out that are all class 0.
  static Result<CompactAddress> read(BitReader& from);

  // From and to the form of version 0 (address.hpp). What is leased inside a node is left out; costs are class 0, and
  // lost. Status: not_representable: more than 224 bits (16 indexes above 127, or nearly); an index above 135, or more
  // than 32 nibbles.
  static Result<CompactAddress> from(const Coordinates& coordinates);
  Result<Coordinates> coordinates() const;

  bool operator==(const CompactAddress&) const = default;

 private:
  static void append(CodeWords& words, unsigned at, std::uint32_t value, unsigned bits);

  Place place_;
  LevelCosts costs_;
};

template <typename F>
void CompactAddress::each(F&& f) const {
  unsigned at = 0, cost_at = 0;
  for (unsigned level = 0; level < place_.levels; ++level) {
    const GammaCode index = gamma_at(place_.index, at), cost = gamma_at(costs_.classes, cost_at);
    at += index.bits;
    cost_at += cost.bits;
    f(index.value, static_cast<CostClass>(cost.value - 1), at);
  }
}

}  // namespace mp
