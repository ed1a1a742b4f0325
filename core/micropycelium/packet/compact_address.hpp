// SPDX-License-Identifier: ISC
// Where a node hangs in one tree, in as few bits as it takes: the child indexes from the root down, each with the cost
// of the link to its parent (specification: routing.md, "Compact addresses"). The costs lie apart from the indexes, so
// that a cost that changes never breaks a common prefix.
#pragma once

#include "micropycelium/base/bits.hpp"
#include "micropycelium/base/result.hpp"
#include "micropycelium/packet/address.hpp"

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

class CompactAddress {
 public:
  // The root's.
  constexpr CompactAddress() = default;

  // Of the `index`-th child (from 1) over a link of this class. Status: bad_value: index 0 or above 65,535, class above
  // 14; not_representable: more than 224 bits of indexes, or 32 bytes altogether. Never truncates.
  Result<CompactAddress> child(unsigned index, CostClass cost) const;

  unsigned levels() const { return levels_; }    // links to the root, 0..224
  unsigned weight() const { return weight_; }    // their costs' sum, eighths of a transmission, 0..28,672
  unsigned index_bits() const { return bits_; }  // 0..224
  std::span<const std::uint32_t, kIndexWords> indexes() const { return index_; }  // bit 0 is the top of the first
  unsigned wire_bits() const;                                                     // 2..256

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
  struct Code {
    std::uint32_t value = 0;
    unsigned bits = 0;
  };
  using Words = std::array<std::uint32_t, kIndexWords>;
  // The gamma code at this bit, which is known to be there.
  static Code code_at(const Words& words, unsigned bit);
  static void append(Words& words, unsigned at, std::uint32_t value, unsigned bits);

  Words index_{};
  Words costs_{};
  std::uint16_t weight_ = 0;
  std::uint8_t bits_ = 0;       // of index_
  std::uint8_t cost_bits_ = 0;  // of costs_; as many as levels: all are class 0
  std::uint8_t levels_ = 0;
};

inline CompactAddress::Code CompactAddress::code_at(const Words& words, unsigned bit) {
  const unsigned word = bit / 32;
  std::uint64_t ahead = std::uint64_t{words[word]} << 32 | (word + 1 < kIndexWords ? words[word + 1] : 0);
  ahead <<= bit % 32;
  const unsigned size = 2 * static_cast<unsigned>(std::countl_zero(ahead)) + 1;
  return {static_cast<std::uint32_t>(ahead >> (64 - size)), size};
}

template <typename F>
void CompactAddress::each(F&& f) const {
  unsigned at = 0, cost_at = 0;
  for (unsigned level = 0; level < levels_; ++level) {
    const Code index = code_at(index_, at), cost = code_at(costs_, cost_at);
    at += index.bits;
    cost_at += cost.bits;
    f(index.value, static_cast<CostClass>(cost.value - 1), at);
  }
}

}  // namespace mp
