// SPDX-License-Identifier: ISC
#include "simulator/topologies/topology.hpp"

#include "simulator/topologies/layouts.hpp"

#include <algorithm>

namespace mp::sim {

Layout make_layout(const TopologySpec& spec, std::int64_t range_mm, Seed seed) {
  if (spec.nodes == 0) throw ScenarioError("topology.nodes: a world without nodes; write at least 1");
  const std::int64_t range = std::max<std::int64_t>(range_mm, 1);
  const std::int64_t spacing = spec.spacing_mm > 0 ? spec.spacing_mm : std::max<std::int64_t>(range * 6 / 10, 1);
  switch (spec.kind) {
    case TopologyKind::line:
      return line_layout(spec, spacing);
    case TopologyKind::ring:
      return ring_layout(spec, spacing);
    case TopologyKind::grid:
      return grid_layout(spec, spacing);
    case TopologyKind::geometric:
      return geometric_layout(spec, range, seed);
    case TopologyKind::maze:
      return maze_layout(spec, spacing, seed);
    case TopologyKind::barabasi_albert:
      return barabasi_albert_layout(spec, spacing, seed);
    case TopologyKind::villages:
      return villages_layout(spec, range, seed);
    case TopologyKind::file:
      return file_layout(spec, spacing);
  }
  throw ScenarioError("topology.kind: unknown");
}

}  // namespace mp::sim
