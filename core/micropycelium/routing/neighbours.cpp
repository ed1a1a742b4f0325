// SPDX-License-Identifier: ISC
#include "micropycelium/routing/neighbours.hpp"

namespace mp {
namespace {

// What a neighbour costs more after a packet that it took had to be sent anew, eighths; twice as much with each.
constexpr unsigned kDoubtFirst = 32, kDoubtMax = 255;
// Half of it is forgotten in this time.
constexpr Duration kHalfLife = seconds(120);

}  // namespace

Neighbours::Neighbours(std::span<Neighbour> neighbours, std::span<TreeNeighbour> rows, std::uint8_t trees)
    : neighbours_(neighbours), rows_(rows), trees_(trees) {
  MP_CHECK(trees <= kTreesMax && neighbours.size() <= kNobody);
  MP_CHECK(rows.size() == tree_rows(neighbours.size(), trees));
}

void Neighbours::set(std::uint8_t slot, const NodeTag& tag, std::uint16_t etx) {
  forget(slot);
  Neighbour& n = neighbours_[slot];
  n.tag = tag;
  n.etx = n.cost = etx;
  n.used = n.alive = true;
}

void Neighbours::forget(std::uint8_t slot) {
  neighbours_[slot] = Neighbour{};
  for (std::uint8_t tree = 0; tree < trees_; ++tree) row(slot, tree) = {};
}

void Neighbours::put(std::size_t slot, const TreePlace& place) {
  if (place.tree < trees_) row(slot, place.tree).put(place.address.place(), place.epoch);
}

void Neighbours::doubt(std::uint8_t slot) {
  std::uint8_t& doubt = neighbours_[slot].doubt;
  doubt = static_cast<std::uint8_t>(std::min(std::max(2U * doubt, kDoubtFirst), kDoubtMax));
}

void Neighbours::ease_doubts(Instant now) {
  const auto lives = static_cast<std::uint32_t>(now.us / kHalfLife.us);
  const std::uint32_t passed = lives - eased_;
  eased_ = lives;
  if (passed == 0) return;
  for (Neighbour& n : neighbours_) n.doubt = static_cast<std::uint8_t>(passed > 7 ? 0U : unsigned{n.doubt} >> passed);
}

std::uint8_t Neighbours::find(const NodeTag& tag) const {
  for (std::uint8_t slot = 0; slot < slots(); ++slot)
    if (const Neighbour& n = neighbours_[slot]; n.used && n.alive && n.tag == tag) return slot;
  return kNobody;
}

void Distances::Tree::lay_out(const TreePlace& place, Metric metric) {
  const CompactAddress& t = place.address;
  index = t.indexes();
  epoch = place.epoch;
  tree = place.tree;
  bits = static_cast<std::uint8_t>(t.index_bits());
  base = kNear + (metric == Metric::tree ? t.weight() : kPrefixStep * t.levels());
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

std::uint16_t Distances::in_tree(const Tree& tree, const TreeNeighbour& v) const {
  return v.known && !v.refused && v.place_epoch == tree.epoch ? tree.to(v.place, metric_) : kFar;
}

std::uint8_t Distances::tree_of(std::uint8_t slot) const {
  std::uint16_t nearest = kFar;
  std::uint8_t which = kNobody;
  for (std::size_t i = 0; i < count_; ++i) {
    const std::uint16_t here = in_tree(trees_[i], neighbours_.row(slot, trees_[i].tree));
    if (here >= nearest) continue;
    nearest = here;
    which = trees_[i].tree;
  }
  return which;
}

Distance Distances::from_row(std::size_t row) const {
  Distance d;
  for (std::size_t i = 0; i < count_; ++i) {
    const Tree& tree = trees_[i];
    const TreeNeighbour& v = neighbours_.row(row, tree.tree);
    const std::uint16_t here = in_tree(tree, v);
    d.refused = d.refused || v.refused;
    d.nearest = std::min(d.nearest, here);
    d.sum += here;
  }
  return d;
}

std::uint16_t Distances::between(const CompactAddress& v, const CompactAddress& t, Metric metric) {
  Tree tree;
  tree.lay_out({0, 0, t}, metric);
  const std::uint16_t told = tree.to(v.place(), metric);
  return told > kNear ? static_cast<std::uint16_t>(told - kNear) : 0;
}

}  // namespace mp
