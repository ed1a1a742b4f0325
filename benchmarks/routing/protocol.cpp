// SPDX-License-Identifier: ISC
#include "protocol.hpp"

namespace mp::bench {

test::Graph in_world(const Graph& graph) {
  test::Graph g;
  g.name = graph.name;
  g.neighbours.resize(graph.size());
  for (std::uint32_t a = 0; a < graph.size(); ++a)
    for (const Link& link : graph.links[a]) g.neighbours[a].push_back(link.to);
  return g;
}

std::vector<Tree> trees_of(const test::TreeWorld& world) {
  const auto n = static_cast<std::uint32_t>(world.graph().size());
  std::vector<Tree> trees;
  for (std::size_t t = 0; t < kTreesMax; ++t) {
    Tree tree{std::vector<std::uint32_t>(n, kUnreached), std::vector<CompactAddress>(n), std::vector<bool>(n), 0};
    for (std::uint32_t i = 0; i < n; ++i) {
      const mp::Tree& own = world.trees(i)[t];
      if (!world.alive(i) || !own.place().used) continue;
      tree.has_address[i] = true;
      tree.address[i] = own.place().address;
      tree.levels_max = std::max(tree.levels_max, own.place().address.levels());
      if (const std::uint32_t up = world.parent(t, i); up != i) tree.parent[i] = up;
    }
    trees.push_back(std::move(tree));
  }
  return trees;
}

}  // namespace mp::bench
