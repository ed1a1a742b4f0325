// SPDX-License-Identifier: ISC
// Villages: random geometric graphs out of each other's reach, along a path, each joined to the next by a few links
// between the nodes that stand nearest to it. Node i lives in village i mod villages, so that one more node does not
// move the others from one village to the next.
#include "simulator/topologies/layouts.hpp"

#include <algorithm>

namespace mp::sim {
namespace {

constexpr std::int64_t kGapRanges = 3;  // of free land between two villages

std::int64_t squared(Point a, Point b) {
  // Metres: villages may be far apart.
  const std::int64_t dx = (a.x_mm - b.x_mm) / 1'000, dy = (a.y_mm - b.y_mm) / 1'000;
  return dx * dx + dy * dy;
}

// The `count` nodes of the village nearest to a point, nearest first.
std::vector<std::uint32_t> nearest_to(Point p, const std::vector<std::uint32_t>& village,
                                      const std::vector<Point>& points, std::size_t count) {
  std::vector<std::pair<std::int64_t, std::uint32_t>> by_distance;
  for (const std::uint32_t i : village) by_distance.emplace_back(squared(points[i], p), i);
  std::sort(by_distance.begin(), by_distance.end());
  std::vector<std::uint32_t> nearest;
  for (std::size_t k = 0; k < count; ++k) nearest.push_back(by_distance[k].second);
  return nearest;
}

}  // namespace

Layout villages_layout(const TopologySpec& spec, std::int64_t range_mm, Seed seed) {
  const std::uint32_t count = spec.villages;
  if (count == 0 || count > spec.nodes)
    throw ScenarioError("topology.villages: " + std::to_string(spec.nodes) + " nodes do not make " +
                        std::to_string(count) + " villages");
  const std::uint32_t smallest = spec.nodes / count;
  if (count > 1 && spec.bridges > smallest)
    throw ScenarioError("topology.bridges: a village of " + std::to_string(smallest) + " nodes has no room for " +
                        std::to_string(spec.bridges) + " bridges; write fewer bridges, or more nodes");
  std::vector<Square> squares;
  std::int64_t widest = 0;
  for (std::uint32_t v = 0; v < count; ++v) {
    const std::uint32_t inhabitants = smallest + (v < spec.nodes % count ? 1 : 0);
    // A small village can not have more neighbours than inhabitants.
    const std::uint32_t degree = std::min(spec.degree_milli, (inhabitants - 1) * 1'000);
    squares.push_back(scatter(inhabitants, degree, spec.connected, range_mm, seed.child("village", v)));
    widest = std::max(widest, squares.back().side_mm);
  }

  Layout layout;
  TopologySpec plan;
  plan.nodes = count;
  const std::uint32_t columns = grid_columns(plan);
  const std::int64_t step = widest + kGapRanges * range_mm;
  std::vector<std::vector<std::uint32_t>> villages(count);
  std::vector<Point> centres(count);
  layout.points.resize(spec.nodes);
  for (std::uint32_t v = 0; v < count; ++v) {
    // To and fro, so that the next village is beside this one.
    const std::uint32_t row = v / columns, column = row % 2 == 0 ? v % columns : columns - 1 - v % columns;
    const std::int64_t margin = (widest - squares[v].side_mm) / 2;
    const Point corner{column * step + margin, row * step + margin};
    centres[v] = {column * step + widest / 2, row * step + widest / 2};
    for (std::uint32_t k = 0; k < squares[v].points.size(); ++k) {
      const std::uint32_t i = k * count + v;
      layout.points[i] = {corner.x_mm + squares[v].points[k].x_mm, corner.y_mm + squares[v].points[k].y_mm};
      villages[v].push_back(i);
    }
  }

  Tag gateways{"gateways", {}};
  for (std::uint32_t v = 0; v + 1 < count && spec.bridges > 0; ++v) {
    const auto here = nearest_to(centres[v + 1], villages[v], layout.points, spec.bridges);
    const auto there = nearest_to(centres[v], villages[v + 1], layout.points, spec.bridges);
    for (std::uint32_t k = 0; k < spec.bridges; ++k) {
      layout.links.push_back({.a = here[k], .b = there[k]});
      gateways.nodes.push_back(here[k]);
      gateways.nodes.push_back(there[k]);
    }
  }
  // Without bridges the one in the middle: for another medium to join them.
  if (spec.bridges == 0 || count == 1)
    for (std::uint32_t v = 0; v < count; ++v)
      gateways.nodes.push_back(nearest_to(centres[v], villages[v], layout.points, 1)[0]);
  std::sort(gateways.nodes.begin(), gateways.nodes.end());
  gateways.nodes.erase(std::unique(gateways.nodes.begin(), gateways.nodes.end()), gateways.nodes.end());
  layout.tags.push_back(std::move(gateways));
  for (std::uint32_t v = 0; v < count; ++v) layout.tags.push_back({"village_" + std::to_string(v), villages[v]});
  return layout;
}

}  // namespace mp::sim
