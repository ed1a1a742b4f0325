// SPDX-License-Identifier: ISC
// The graphs that routing is measured on: who hears whom, and how well.
#pragma once

#include "simulator/engine/random.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace mp::bench {

using sim::Seed;
using sim::Stream;

struct Link {
  std::uint32_t to = 0;
  std::uint8_t back = 0;   // the place of this link among those of `to`
  double reception = 1.0;  // of a frame and its acknowledgement; both ways alike
};

struct Graph {
  std::string name;
  std::vector<std::vector<Link>> links;  // of each node, at most 255

  std::uint32_t size() const { return static_cast<std::uint32_t>(links.size()); }
};

enum class Family : std::uint8_t { geometric, grid, line, maze, barabasi_albert, villages };
// `degree`: geometric, villages: wanted mean; barabasi_albert: twice the links that each new node brings. The others
// have theirs. Of a node with more than 255 links, those beyond are left out.
Graph make_graph(Family family, std::uint32_t nodes, unsigned degree, Seed seed);
// Random geometric, with a reception that falls from about 1 to 0.2 at the edge of range, and scatters.
Graph make_lossy_graph(std::uint32_t nodes, unsigned degree, Seed seed);

// Without these nodes' links. The nodes stay.
std::vector<bool> draw_dead(const Graph& graph, unsigned percent, Stream& stream);

// Hops from `from` to all, over nodes that are not dead; kUnreached: none.
inline constexpr std::uint32_t kUnreached = ~0U;
std::vector<std::uint32_t> hops_from(const Graph& graph, std::uint32_t from, const std::vector<bool>& dead = {});
// Least expected transmissions from `from` to all.
std::vector<double> transmissions_from(const Graph& graph, std::uint32_t from);

}  // namespace mp::bench
