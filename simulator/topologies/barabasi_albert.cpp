// SPDX-License-Identifier: ISC
// Preferential attachment (Barabasi, Albert 1999): each new node links to nodes that are there, the more links they
// have the more likely. It begins with a complete graph of as many nodes as one brings links, and one more.
#include "simulator/topologies/layouts.hpp"

#include <algorithm>

namespace mp::sim {

Layout barabasi_albert_layout(const TopologySpec& spec, std::int64_t spacing_mm, Seed seed) {
  const std::uint32_t each = spec.links_each;
  if (each == 0 || each >= spec.nodes)
    throw ScenarioError("topology.links_each: a new node can not bring " + std::to_string(each) +
                        " links when there are " + std::to_string(spec.nodes) + " nodes");
  Layout layout;
  layout.geometric = false;
  std::vector<std::uint32_t> ends;  // every node as often as it has links: a draw from it is by degree
  const auto link = [&](std::uint32_t a, std::uint32_t b) {
    layout.links.push_back({.a = a, .b = b});
    ends.push_back(a);
    ends.push_back(b);
  };
  for (std::uint32_t b = 1; b <= each; ++b)
    for (std::uint32_t a = 0; a < b; ++a) link(a, b);
  std::vector<std::uint32_t> chosen;
  for (std::uint32_t i = each + 1; i < spec.nodes; ++i) {
    Stream stream(seed.child("node", i));
    chosen.clear();
    while (chosen.size() < each) {
      const std::uint32_t other = ends[stream.below(ends.size())];
      if (std::find(chosen.begin(), chosen.end(), other) == chosen.end()) chosen.push_back(other);
    }
    for (const std::uint32_t other : chosen) link(other, i);
  }
  layout.points = radial_points(spec.nodes, layout.links, spacing_mm);
  return layout;
}

}  // namespace mp::sim
