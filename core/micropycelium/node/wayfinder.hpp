// SPDX-License-Identifier: ISC
// What a node knows of the ways of the mesh (specification: routing.md): the trees it hangs in, where its neighbours
// are, where others are to which it sends, and which packets it sent on. Tables only: the deciding is in routing/, the
// sending in by_id.cpp.
#pragma once

#include "micropycelium/node/limits.hpp"
#include "micropycelium/node/seeker.hpp"
#include "micropycelium/routing/next_hop.hpp"
#include "micropycelium/routing/targets.hpp"
#include "micropycelium/routing/trees.hpp"

namespace mp {

// What SpanningTree keeps of each neighbour: the last advert of it that was taken, and its paces.
struct TreeHeard {
  std::uint32_t boot = 0, count = 0;
  Instant checks{};  // of its signatures
  Instant asks{};    // requests that it passes on
  std::uint8_t unheeded = 0;  // adverts in a row that named it as the parent, and did not tell it who we are
};

constexpr std::size_t wayfinder_memory(const Limits& limits) {
  return trees_memory(limits.peers, limits.trees) + Arena::bytes<Neighbour>(limits.peers) +
         Arena::bytes<Place>((limits.peers + std::size_t{1}) * limits.trees) + Arena::bytes<Target>(limits.targets) +
         Arena::bytes<Detour>(limits.detours) + Arena::bytes<TreeHeard>(limits.trees > 0 ? limits.peers : 0);
}

struct Wayfinder {
  Wayfinder(const Limits& limits, Arena& arena)
      : trees(arena.take<Tree>(limits.trees), arena.take<TreeSlot>(limits.peers),
              arena.take<TreeNeighbour>(limits.peers * std::size_t{limits.trees})),
        neighbours(arena.take<Neighbour>(limits.peers),
                   arena.take<Place>((limits.peers + std::size_t{1}) * limits.trees), limits.trees),
        targets(arena.take<Target>(limits.targets)),
        detours(arena.take<Detour>(limits.detours)),
        heard(arena.take<TreeHeard>(limits.trees > 0 ? limits.peers : 0)) {}

  bool used() const { return trees.count() > 0; }
  // Where this node is, for a header: the newest place in each tree.
  std::uint8_t own_places(std::array<TreePlace, kTreesMax>& out) const;
  // What the trees say of places becomes what next hops are decided by. After whatever may have changed it.
  void refresh();

  Trees trees;  // slot n is peer n
  Neighbours neighbours;
  Targets targets;
  DetourTable detours;
  std::span<TreeHeard> heard;
  Seeker* seeker = nullptr;
  std::uint32_t message = 0;  // of the last packet of ours by id
};

}  // namespace mp
