// SPDX-License-Identifier: ISC
// Packets by tree address where no static route leads: to the neighbour that is nearer in the tree of version 0
// (specification: delivery.md, "By the tree of version 0"). Who is where, the Application SpanningTreeV0 finds out;
// without it there are static routes only.
#include "micropycelium/node/under_way.hpp"

namespace mp {
namespace {

unsigned distance(const Coordinates& place, const Coordinates& target, bool by_prefix) {
  return by_prefix ? cpl_distance_order(place, target) : tree_distance(place, target);
}

}  // namespace

// Among those that can carry the packet and are nearer than this node the nearest, who lives there first. Each hop is
// nearer than the one before: it goes in no circle while nobody moves. `schema` may be null: any.
PeerIndex Node::next_by_address(const TreeAddress& to, bool by_prefix, const Schema* schema, std::size_t frame,
                                PeerIndex from) const {
  const Coordinates* const own = tree_v0_ != nullptr ? tree_v0_->own_place(to.tree_state) : nullptr;
  if (own == nullptr) return kNoPeer;
  const Coordinates target = to.address.decode();
  unsigned least = distance(*own, target, by_prefix);
  PeerIndex next = kNoPeer;
  for (std::size_t i = 0; i < peers_.all().size(); ++i) {
    const auto slot = static_cast<PeerIndex>(i);
    const Coordinates* const place = tree_v0_->place(slot, to.tree_state);
    if (place == nullptr || slot == from || !usable(slot)) continue;
    if (schema != nullptr && !supports(peers_[slot], *schema, frame)) continue;
    if (*place == target) return slot;
    // Without a ttl it crosses one relay: the one that knows the target as its own neighbour.
    if (schema != nullptr && !schema->ttl.present()) continue;
    const unsigned far = distance(*place, target, by_prefix);
    if (far >= least) continue;
    least = far;
    next = slot;
  }
  return next;
}

// Where an answer to this packet goes, or the packet itself with the error flag; kNoPeer: no way is known.
PeerIndex Node::way_back(const PacketView& packet) const {
  const TreeAddress to{packet.tree_state(), packet.from_addr()};
  if (const Route* route = routes_.find(to)) return usable(route->via) ? route->via : kNoPeer;
  return next_by_address(to, packet.flags().mode(), &packet.schema(), 0, kNoPeer);
}

// The neighbour at this address; kNoPeer: none.
PeerIndex Node::neighbour_at(const TreeAddress& at) const {
  if (tree_v0_ == nullptr) return kNoPeer;
  const Coordinates target = at.address.decode();
  for (std::size_t i = 0; i < peers_.all().size(); ++i) {
    const auto slot = static_cast<PeerIndex>(i);
    const Coordinates* const place = tree_v0_->place(slot, at.tree_state);
    if (place != nullptr && *place == target && usable(slot)) return slot;
  }
  return kNoPeer;
}

// Who lives at exactly this address; zero: nobody said.
NodeId Node::node_at(const TreeAddress& at) const {
  if (const Route* route = routes_.find_exact(at)) return route->node;
  const PeerIndex neighbour = neighbour_at(at);
  return neighbour != kNoPeer ? peers_[neighbour].id : NodeId{};
}

// Whether what lives there may be sent what only equals understand. In a tree with prototypes it may be one.
bool Node::equal_at(const TreeAddress& at) const {
  if (tree_v0_ == nullptr || tree_v0_->own_place(at.tree_state) == nullptr || routes_.find(at) != nullptr) return true;
  const PeerIndex neighbour = neighbour_at(at);
  return neighbour != kNoPeer && peers_[neighbour].equal;
}

}  // namespace mp
