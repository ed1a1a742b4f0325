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

bool below(const Place& place, const Place& ancestor, unsigned levels) {
  unsigned bits = ancestor.bits;
  if (levels < ancestor.levels) {
    bits = 0;
    for (unsigned level = 0; level < levels; ++level) bits += gamma_at(ancestor.index, bits).bits;
  }
  return place.bits >= bits && common_bits(place.index, ancestor.index, bits) >= bits;
}

// Precondition: there is room. `bits` is at most 31.
void CompactAddress::append(CodeWords& words, unsigned at, std::uint32_t value, unsigned bits) {
  const unsigned word = at / 32;
  const std::uint64_t placed = std::uint64_t{value} << (64 - at % 32 - bits);
  words[word] |= static_cast<std::uint32_t>(placed >> 32);
  if (const auto over = static_cast<std::uint32_t>(placed); over != 0) words[word + 1] |= over;
}

Result<CompactAddress> CompactAddress::child(unsigned index, CostClass cost) const {
  if (index == 0 || index > kChildIndexMax || cost > kCostClassMax) return Status::bad_value;
  const unsigned more = gamma_bits(index), more_cost = gamma_bits(cost + 1U);
  if (place_.bits + more > kIndexBitsMax || costs_.bits + more_cost > kIndexBitsMax) return Status::not_representable;
  CompactAddress below = *this;
  append(below.place_.index, place_.bits, index, more);
  append(below.costs_.classes, costs_.bits, cost + 1U, more_cost);
  below.place_.bits = static_cast<std::uint8_t>(place_.bits + more);
  below.costs_.bits = static_cast<std::uint8_t>(costs_.bits + more_cost);
  below.place_.weight = static_cast<std::uint16_t>(place_.weight + kCostOfClass[cost]);
  ++below.place_.levels;
  if (below.wire_bits() > kWireBitsMax) return Status::not_representable;
  return below;
}

Result<CompactAddress> CompactAddress::with_last_cost(CostClass cost) const {
  if (levels() == 0) return Status::not_representable;
  CompactAddress up;
  std::uint32_t last = 0;
  unsigned level = 0;
  each([&](std::uint32_t index, CostClass c, unsigned) {
    if (++level < levels())
      up = *up.child(index, c);
    else
      last = index;
  });
  return up.child(last, cost);
}

unsigned CompactAddress::wire_bits() const {
  return gamma_bits(levels() + 1U) + place_.bits + 1 + (costs_.bits == levels() ? 0 : costs_.bits);
}

void CompactAddress::write(BitWriter& to) const {
  const auto put = [&](const CodeWords& words, unsigned bits) {
    for (unsigned at = 0; at < bits; at += 32) {
      const unsigned now = std::min(32U, bits - at);
      to.put(words[at / 32] >> (32 - now), now);
    }
  };
  to.gamma(levels() + 1U);
  put(place_.index, place_.bits);
  const bool costs = costs_.bits != levels();
  to.put(costs ? 1 : 0, 1);
  if (costs) put(costs_.classes, costs_.bits);
}

Result<CompactAddress> CompactAddress::read(BitReader& from) {
  const unsigned levels = from.gamma(kLevelsMax + 1);
  if (levels == 0) return Status::bad_value;
  CompactAddress a;
  a.place_.levels = static_cast<std::uint8_t>(levels - 1);
  const auto read_codes = [&](CodeWords& words, std::uint8_t& bits, std::uint32_t max, auto&& each) {
    for (unsigned i = 0; i < a.place_.levels; ++i) {
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
  if (!read_codes(a.place_.index, a.place_.bits, kChildIndexMax, [](std::uint32_t) {})) return Status::bad_value;
  const bool costs = from.take(1) != 0;
  if (!from.ok()) return Status::bad_value;
  if (costs) {
    unsigned weight = 0;
    if (!read_codes(a.costs_.classes, a.costs_.bits, kCostClassMax + 1U,
                    [&](std::uint32_t value) { weight += kCostOfClass[value - 1]; }))
      return Status::bad_value;
    a.place_.weight = static_cast<std::uint16_t>(weight);
    if (a.costs_.bits == a.place_.levels) return Status::bad_value;
  } else {
    for (unsigned i = 0; i < a.place_.levels; ++i) append(a.costs_.classes, i, 1, 1);
    a.costs_.bits = a.place_.levels;
    a.place_.weight = static_cast<std::uint16_t>(a.place_.levels * kCostOfClass[0]);
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
  if (levels() > kCoordinatesMax) return Status::not_representable;
  bool fits = true;
  each([&](std::uint32_t index, CostClass, unsigned) {
    fits = fits && index <= kCoordinateMax;
    out.value[out.size++] = static_cast<std::uint8_t>(index);
  });
  if (!fits || !Address::encode(out.all())) return Status::not_representable;
  return out;
}

}  // namespace mp
