// SPDX-License-Identifier: ISC
// A leaf hangs in no tree itself, but at its parent's place (specification: tree.md, "Leaves"): whatever it sends goes
// to its parent or to a neighbour, and it sends nothing on for others.
#include "micropycelium/node/under_way.hpp"

namespace mp {

void Node::note_leaf(const NodeId& neighbour, bool is_one) {
  const PeerIndex index = peers_.find(neighbour);
  if (index == kNoPeer || peers_[index].leaf == is_one || peers_[index].itself) return;
  peers_[index].leaf = is_one;
  if (!ways_.neighbours[index].used) return;
  // Where it hung in trees before, it hangs no more: nothing goes by it.
  ways_.trees.lost(index, now_);
  ways_.neighbours.set(index, node_tag(neighbour), ways_.neighbours[index].etx);
  if (ways_.seeker != nullptr) wake(*ways_.seeker);
}

Decision Node::first_hop(const RouteHeader& header) {
  (void)neighbours();
  // Without a trace in what is remembered.
  std::array<Detour, 1> scratch{};
  DetourTable nothing(scratch);
  if (!ways_.neighbours.leaf) return decide(header, ways_.neighbours, nothing, mp::Arrival::own, kNobody);
  return leaf_hop(header, mp::Arrival::own, kNobody, {});
}

Decision Node::leaf_hop(const RouteHeader& header, mp::Arrival how, PeerIndex from, const FrameLimits& limits) const {
  using Kind = Decision::Kind;
  Decision d;
  d.kind = Kind::ask;
  d.state = header.state;
  if (header.target == ways_.neighbours.self()) {
    d.kind = Kind::deliver;
    return d;
  }
  // What is for others goes back at once: whoever gave it knows more.
  if (how == mp::Arrival::received) {
    if (header.state.returning || from == kNoPeer) return d;
    d.state.returning = true;
    d.kind = Kind::back;
    d.to = from;
    return d;
  }
  d.state.returning = false;
  d.to = ways_.neighbours.find(header.target);
  if (d.to == kNobody || !limits.fits(d.to)) d.to = ways_.neighbours.parent;
  if (d.to != kNobody && ways_.neighbours[d.to].alive && limits.fits(d.to)) d.kind = Kind::send;
  return d;
}

// From here to the target of the header. A leaf, which knows no neighbour's place, is as far as its parent.
std::uint16_t Node::own_distance(const RouteHeader& header) const {
  if (!ways_.neighbours.leaf) return Distances(header, ways_.neighbours).own().nearest;
  std::uint16_t nearest = kFar;
  const TreePlaces own = ways_.own_places();
  for (const TreePlace& mine : own.view())
    for (const TreePlace& its : header.known_places())
      if (mine.tree == its.tree && mine.epoch == its.epoch)
        nearest = std::min<std::uint16_t>(
            nearest, static_cast<std::uint16_t>(kNear + Distances::between(mine.address, its.address, header.metric)));
  return nearest;
}

}  // namespace mp
