// SPDX-License-Identifier: ISC
#include "micropycelium/routing/neighbours.hpp"

namespace mp {
namespace {

// Leading bits that both have, at most `limit`.
unsigned common_bits(const std::array<std::uint32_t, kIndexWords>& a, const std::array<std::uint32_t, kIndexWords>& b,
                     unsigned limit) {
  for (unsigned word = 0; 32 * word < limit; ++word)
    if (const std::uint32_t differ = a[word] ^ b[word]; differ != 0)
      return std::min(limit, 32 * word + static_cast<unsigned>(std::countl_zero(differ)));
  return limit;
}

}  // namespace

Place Place::of(std::uint16_t epoch, const CompactAddress& address) {
  Place place;
  std::copy(address.indexes().begin(), address.indexes().end(), place.index.begin());
  place.weight = static_cast<std::uint16_t>(address.weight());
  place.epoch = epoch;
  place.bits = static_cast<std::uint8_t>(address.index_bits());
  place.levels = static_cast<std::uint8_t>(address.levels());
  place.known = true;
  return place;
}

Neighbours::Neighbours(std::span<Neighbour> neighbours, std::span<Place> places, std::uint8_t trees)
    : neighbours_(neighbours), places_(places), trees_(trees) {
  MP_CHECK(trees <= kTreesMax && neighbours.size() <= kNobody);
  MP_CHECK(places.size() == trees * (neighbours.size() + 1));
}

void Neighbours::set(std::uint8_t slot, const NodeTag& tag, std::uint16_t etx) {
  forget(slot);
  neighbours_[slot] = {tag, etx, true, true};
}

void Neighbours::forget(std::uint8_t slot) {
  neighbours_[slot] = Neighbour{};
  for (std::uint8_t tree = 0; tree < trees_; ++tree) places_[std::size_t{slot} * trees_ + tree] = Place{};
}

void Neighbours::put(std::size_t row, const TreePlace& place) {
  if (place.tree < trees_) places_[row * trees_ + place.tree] = Place::of(place.epoch, place.address);
}

void Neighbours::set_place(std::uint8_t slot, const TreePlace& place) { put(slot, place); }
void Neighbours::set_own_place(const TreePlace& place) { put(neighbours_.size(), place); }
void Neighbours::forget_own_place(std::uint8_t tree) { places_[neighbours_.size() * trees_ + tree] = Place{}; }

std::uint8_t Neighbours::find(const NodeTag& tag) const {
  for (std::uint8_t slot = 0; slot < slots(); ++slot)
    if (const Neighbour& n = neighbours_[slot]; n.used && n.alive && n.tag == tag) return slot;
  return kNobody;
}

void Distances::Tree::lay_out(const TreePlace& place, Metric metric) {
  const CompactAddress& t = place.address;
  std::copy(t.indexes().begin(), t.indexes().end(), index.begin());
  epoch = place.epoch;
  tree = place.tree;
  bits = static_cast<std::uint8_t>(t.index_bits());
  base = metric == Metric::tree ? t.weight() : kPrefixStep * t.levels();
  unsigned at = 0, gain = 0;
  t.each([&](std::uint32_t, CostClass cost, unsigned end) {
    // Half an index is nobody's: these bits gain no more than the index before.
    for (; at < end; ++at) shared[at] = static_cast<std::uint16_t>(gain);
    gain += metric == Metric::tree ? 2U * kCostOfClass[cost] : kPrefixStep;
  });
  shared[at] = static_cast<std::uint16_t>(gain);
}

std::uint16_t Distances::Tree::to(const Place& v, Metric metric) const {
  const unsigned common = common_bits(index, v.index, std::min(bits, v.bits));
  const unsigned whole = base + (metric == Metric::tree ? v.weight : v.levels);
  const unsigned gain = shared[common];
  return static_cast<std::uint16_t>(whole > gain ? whole - gain : 0);
}

Distances::Distances(const RouteHeader& header, const Neighbours& neighbours)
    : neighbours_(neighbours), metric_(header.metric) {
  for (const TreePlace& place : header.known_places())
    if (place.tree < neighbours.trees()) trees_[count_++].lay_out(place, metric_);
}

Distance Distances::from_row(std::size_t row) const {
  Distance d;
  for (std::size_t i = 0; i < count_; ++i) {
    const Tree& tree = trees_[i];
    const Place& v = row == neighbours_.slots() ? neighbours_.own_place(tree.tree)
                                                : neighbours_.place(static_cast<std::uint8_t>(row), tree.tree);
    const std::uint16_t here = v.known && v.epoch == tree.epoch ? tree.to(v, metric_) : kFar;
    d.nearest = std::min(d.nearest, here);
    d.sum += here;
  }
  return d;
}

std::uint16_t Distances::between(const CompactAddress& v, const CompactAddress& t, Metric metric) {
  Tree tree;
  tree.lay_out({0, 0, t}, metric);
  return tree.to(Place::of(0, v), metric);
}

}  // namespace mp
