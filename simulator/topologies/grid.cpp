// SPDX-License-Identifier: ISC
// Nodes in rows and columns, row by row.
#include "simulator/topologies/layouts.hpp"

namespace mp::sim {

std::uint32_t grid_columns(const TopologySpec& spec) {
  if (spec.columns != 0) return spec.columns;
  std::uint32_t columns = 1;
  while (std::uint64_t{columns} * columns < spec.nodes) ++columns;
  return columns;
}

Layout grid_layout(const TopologySpec& spec, std::int64_t spacing_mm) {
  Layout layout;
  const std::uint32_t columns = grid_columns(spec);
  for (std::uint32_t i = 0; i < spec.nodes; ++i)
    layout.points.push_back({i % columns * spacing_mm, i / columns * spacing_mm});
  return layout;
}

}  // namespace mp::sim
