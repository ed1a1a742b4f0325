// SPDX-License-Identifier: ISC
// A maze: a grid of cells with walls between some. First a perfect one (Kruskal's tree over walls in random order: one
// way between any two cells), then a share of the walls that are left is opened. Each wall draws its own lot.
#include "simulator/topologies/layouts.hpp"

#include <algorithm>

namespace mp::sim {

Layout maze_layout(const TopologySpec& spec, std::int64_t spacing_mm, Seed seed) {
  Layout layout = grid_layout(spec, spacing_mm);
  layout.geometric = false;
  const std::uint32_t columns = grid_columns(spec);
  struct Wall {
    std::uint64_t lot;
    std::uint32_t a, b;
  };
  std::vector<Wall> walls;
  const auto add = [&](std::uint32_t a, std::uint32_t b, const char* side) {
    if (b < spec.nodes) walls.push_back({seed.child(side, a).value(), a, b});
  };
  for (std::uint32_t i = 0; i < spec.nodes; ++i) {
    if ((i + 1) % columns != 0) add(i, i + 1, "right");
    add(i, i + columns, "below");
  }
  std::sort(walls.begin(), walls.end(), [](const Wall& x, const Wall& y) {
    return x.lot != y.lot ? x.lot < y.lot : x.a != y.a ? x.a < y.a : x.b < y.b;
  });
  Components cells(spec.nodes);
  for (const Wall& wall : walls) {
    // The lot decided on the order; a draw of its own decides whether what is left stands.
    const bool open = cells.join(wall.a, wall.b) || Stream(Seed(wall.lot).child("passage")).chance(spec.passages_ppm);
    (open ? layout.links : layout.walls).push_back({.a = wall.a, .b = wall.b});
  }
  const auto less = [](const FixedLink& x, const FixedLink& y) { return x.a != y.a ? x.a < y.a : x.b < y.b; };
  std::sort(layout.links.begin(), layout.links.end(), less);
  std::sort(layout.walls.begin(), layout.walls.end(), less);
  return layout;
}

}  // namespace mp::sim
