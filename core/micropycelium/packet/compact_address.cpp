// SPDX-License-Identifier: ISC
#include "micropycelium/packet/compact_address.hpp"

namespace mp {
namespace {

constexpr unsigned kWireBitsMax = 8 * kCompactAddressMax;

}  // namespace

CostClass cost_class(unsigned eighths) {
  for (CostClass c = 0; c < kCostClassMax; ++c)
    if (2 * eighths <= unsigned{kCostOfClass[c]} + kCostOfClass[c + 1]) return c;
  return kCostClassMax;
}

// Precondition: there is room. `bits` is at most 31.
void CompactAddress::append(Words& words, unsigned at, std::uint32_t value, unsigned bits) {
  const unsigned word = at / 32;
  const std::uint64_t placed = std::uint64_t{value} << (64 - at % 32 - bits);
  words[word] |= static_cast<std::uint32_t>(placed >> 32);
  if (const auto over = static_cast<std::uint32_t>(placed); over != 0) words[word + 1] |= over;
}

Result<CompactAddress> CompactAddress::child(unsigned index, CostClass cost) const {
  if (index == 0 || index > kChildIndexMax || cost > kCostClassMax) return Status::bad_value;
  const unsigned more = gamma_bits(index), more_cost = gamma_bits(cost + 1U);
  if (bits_ + more > kIndexBitsMax || cost_bits_ + more_cost > kIndexBitsMax) return Status::not_representable;
  CompactAddress below = *this;
  append(below.index_, bits_, index, more);
  append(below.costs_, cost_bits_, cost + 1U, more_cost);
  below.bits_ = static_cast<std::uint8_t>(bits_ + more);
  below.cost_bits_ = static_cast<std::uint8_t>(cost_bits_ + more_cost);
  below.weight_ = static_cast<std::uint16_t>(weight_ + kCostOfClass[cost]);
  ++below.levels_;
  if (below.wire_bits() > kWireBitsMax) return Status::not_representable;
  return below;
}

unsigned CompactAddress::wire_bits() const {
  return gamma_bits(levels_ + 1U) + bits_ + 1 + (cost_bits_ == levels_ ? 0 : cost_bits_);
}

void CompactAddress::write(BitWriter& to) const {
  const auto put = [&](const Words& words, unsigned bits) {
    for (unsigned at = 0; at < bits; at += 32) {
      const unsigned now = std::min(32U, bits - at);
      to.put(words[at / 32] >> (32 - now), now);
    }
  };
  to.gamma(levels_ + 1U);
  put(index_, bits_);
  const bool costs = cost_bits_ != levels_;
  to.put(costs ? 1 : 0, 1);
  if (costs) put(costs_, cost_bits_);
}

Result<CompactAddress> CompactAddress::read(BitReader& from) {
  const unsigned levels = from.gamma(kLevelsMax + 1);
  if (levels == 0) return Status::bad_value;
  CompactAddress a;
  a.levels_ = static_cast<std::uint8_t>(levels - 1);
  const auto read_codes = [&](Words& words, std::uint8_t& bits, std::uint32_t max, auto&& each) {
    for (unsigned i = 0; i < a.levels_; ++i) {
      const std::uint32_t value = from.gamma(max);
      if (value == 0) return false;
      const unsigned size = gamma_bits(value);
      if (bits + size > kIndexBitsMax) return false;
      append(words, bits, value, size);
      bits = static_cast<std::uint8_t>(bits + size);
      each(value);
    }
    return true;
  };
  if (!read_codes(a.index_, a.bits_, kChildIndexMax, [](std::uint32_t) {})) return Status::bad_value;
  const bool costs = from.take(1) != 0;
  if (!from.ok()) return Status::bad_value;
  if (costs) {
    unsigned weight = 0;
    if (!read_codes(a.costs_, a.cost_bits_, kCostClassMax + 1U,
                    [&](std::uint32_t value) { weight += kCostOfClass[value - 1]; }))
      return Status::bad_value;
    a.weight_ = static_cast<std::uint16_t>(weight);
    if (a.cost_bits_ == a.levels_) return Status::bad_value;
  } else {
    for (unsigned i = 0; i < a.levels_; ++i) append(a.costs_, i, 1, 1);
    a.cost_bits_ = a.levels_;
    a.weight_ = static_cast<std::uint16_t>(a.levels_ * kCostOfClass[0]);
  }
  if (a.wire_bits() > kWireBitsMax) return Status::bad_value;
  return a;
}

Result<CompactAddress> CompactAddress::from(const Coordinates& coordinates) {
  CompactAddress a;
  for (const std::uint8_t c : coordinates.routable()) {
    const auto below = a.child(c, 0);
    if (!below) return below.status();
    a = *below;
  }
  return a;
}

Result<Coordinates> CompactAddress::coordinates() const {
  Coordinates out;
  if (levels_ > kCoordinatesMax) return Status::not_representable;
  bool fits = true;
  each([&](std::uint32_t index, CostClass, unsigned) {
    fits = fits && index <= kCoordinateMax;
    out.value[out.size++] = static_cast<std::uint8_t>(index);
  });
  if (!fits || !Address::encode(out.all())) return Status::not_representable;
  return out;
}

}  // namespace mp
