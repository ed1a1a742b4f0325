// SPDX-License-Identifier: ISC
// The families of layouts, one file each, and what they share. For topology.cpp and its tests.
#pragma once

#include "simulator/engine/random.hpp"
#include "simulator/scenario/scenario.hpp"
#include "simulator/topologies/layout.hpp"

#include <span>

namespace mp::sim {

// lines.cpp. `spacing_mm` is decided: above 0.
Layout line_layout(const TopologySpec& spec, std::int64_t spacing_mm);
Layout ring_layout(const TopologySpec& spec, std::int64_t spacing_mm);
// grid.cpp
Layout grid_layout(const TopologySpec& spec, std::int64_t spacing_mm);
std::uint32_t grid_columns(const TopologySpec& spec);
// geometric.cpp
Layout geometric_layout(const TopologySpec& spec, std::int64_t range_mm, Seed seed);
// maze.cpp
Layout maze_layout(const TopologySpec& spec, std::int64_t spacing_mm, Seed seed);
// barabasi_albert.cpp
Layout barabasi_albert_layout(const TopologySpec& spec, std::int64_t spacing_mm, Seed seed);
// villages.cpp
Layout villages_layout(const TopologySpec& spec, std::int64_t range_mm, Seed seed);
// file.cpp
Layout file_layout(const TopologySpec& spec, std::int64_t spacing_mm);

// Points of a random geometric graph in a square with a corner at the origin.
struct Square {
  std::vector<Point> points;
  std::int64_t side_mm = 0;
};
// Throws ScenarioError when the degree is too low for all to be connected, if they must be.
Square scatter(std::uint32_t nodes, std::uint32_t degree_milli, bool connected, std::int64_t range_mm, Seed seed);

// Places for nodes of which only the links are known: radial, the node with the most links in the middle. For the map.
std::vector<Point> radial_points(std::uint32_t nodes, std::span<const FixedLink> links, std::int64_t spacing_mm);

// Which nodes are connected with which: a forest that grows together.
class Components {
 public:
  explicit Components(std::uint32_t nodes) : above_(nodes), left_(nodes) {
    for (std::uint32_t i = 0; i < nodes; ++i) above_[i] = i;
  }
  std::uint32_t find(std::uint32_t i) {
    while (above_[i] != i) i = above_[i] = above_[above_[i]];
    return i;
  }
  // False if they were connected before.
  bool join(std::uint32_t a, std::uint32_t b) {
    a = find(a);
    b = find(b);
    if (a == b) return false;
    above_[a < b ? b : a] = a < b ? a : b;
    --left_;
    return true;
  }
  std::uint32_t count() const { return left_; }

 private:
  std::vector<std::uint32_t> above_;
  std::uint32_t left_;
};

}  // namespace mp::sim
