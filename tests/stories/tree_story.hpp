// SPDX-License-Identifier: ISC
// Stories whose nodes hang in trees: whether the trees are whole, and what they cost.
#pragma once

#include "simulator/story/story.hpp"

namespace mp::sim {

struct TreeCosts {
  std::uint64_t adverts = 0, checked = 0, probes = 0, lost = 0, refused = 0, old = 0, parents = 0;
  // Of proofs: checks begun, places shown, refused; records asked for; messages in all.
  std::uint64_t checks = 0, proven = 0, refusals = 0, asked = 0, records = 0;
  std::uint32_t nodes = 0;

  TreeCosts operator-(const TreeCosts& before) const;
};

class TreeStory : public Story {
 public:
  using Story::Story;

  // What is wrong with the trees, of those that have power and are connected; empty: nothing.
  std::string wrong();
  // Until they are whole; false: not in time. Looks each `step`.
  bool whole(Duration limit, Duration step = milliseconds(50));
  TreeCosts costs();
  // Who is the root of this tree where node `of` lives.
  std::uint32_t root(std::size_t tree, std::uint32_t of);
  const SpanningTree& tree(std::uint32_t node) { return *world().board(node).tree(); }
  const SpanningTreeCounts& counts(std::uint32_t node) { return tree(node).counts(); }

  // Whether it has power, and hangs in trees.
  bool speaks(std::uint32_t node) { return world().powered(node) && world().board(node).tree() != nullptr; }

 private:
  // Of those that speak.
  std::vector<std::uint32_t> component(std::uint32_t from);
};

}  // namespace mp::sim
