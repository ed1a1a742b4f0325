// SPDX-License-Identifier: ISC
// What a node knows of the ways of the mesh (specification: routing.md): the trees it hangs in, where its neighbours
// are, where others are to which it sends, and which packets it sent on. Tables only: the deciding is in routing/, the
// sending in by_id.cpp.
#pragma once

#include "micropycelium/base/arena.hpp"
#include "micropycelium/node/limits.hpp"
#include "micropycelium/node/seeker.hpp"
#include "micropycelium/node/targets.hpp"
#include "micropycelium/routing/next_hop.hpp"
#include "micropycelium/routing/trees.hpp"

namespace mp {

// What SpanningTree keeps of each neighbour: the last advert of it that was taken, and its paces.
struct TreeHeard {
  std::uint32_t boot = 0, count = 0;
  Instant checks{};                 // of its signatures
  Instant asks{};                   // requests that it passes on, and questions
  std::uint8_t unheeded = 0;        // adverts in a row, while it may not know us
  std::uint8_t lies = 0;            // places that it could not show, less those that it could
  std::uint16_t refused_until = 0;  // it may try again then, in kPause; wraps
};

constexpr std::size_t wayfinder_memory(const Limits& limits) {
  return Arena::bytes<Tree>(limits.trees) + Arena::bytes<Neighbour>(limits.peers) +
         Arena::bytes<TreeNeighbour>(tree_rows(limits.peers, limits.trees)) + Arena::bytes<Target>(limits.targets) +
         Arena::bytes<Detour>(limits.detours) + Arena::bytes<TreeHeard>(limits.trees > 0 ? limits.peers : 0);
}

struct Wayfinder {
  Wayfinder(const Limits& limits, Arena& arena)
      : neighbours(arena.take<Neighbour>(limits.peers),
                   arena.take<TreeNeighbour>(tree_rows(limits.peers, limits.trees)), limits.trees),
        trees(arena.take<Tree>(limits.trees), neighbours),
        targets(arena.take<Target>(limits.targets)),
        detours(arena.take<Detour>(limits.detours)),
        heard(arena.take<TreeHeard>(limits.trees > 0 ? limits.peers : 0)) {}

  bool used() const { return trees.count() > 0 || neighbours.leaf; }
  // Where this node is, for a header: the newest place in each tree.
  TreePlaces own_places() const;

  Neighbours neighbours;  // slot n is peer n
  Trees trees;            // write it
  Targets targets;
  DetourTable detours;
  std::span<TreeHeard> heard;
  Seeker* seeker = nullptr;
};

}  // namespace mp
