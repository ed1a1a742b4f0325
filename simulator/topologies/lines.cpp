// SPDX-License-Identifier: ISC
// Nodes in a line, and around a circle.
#include "simulator/engine/maths.hpp"
#include "simulator/topologies/layouts.hpp"

namespace mp::sim {
namespace {

constexpr double kPi = 3.14159265358979323846;

std::int64_t rounded(double x) { return static_cast<std::int64_t>(x < 0 ? x - 0.5 : x + 0.5); }

}  // namespace

Layout line_layout(const TopologySpec& spec, std::int64_t spacing_mm) {
  Layout layout;
  for (std::uint32_t i = 0; i < spec.nodes; ++i) layout.points.push_back({i * spacing_mm, 0});
  return layout;
}

Layout ring_layout(const TopologySpec& spec, std::int64_t spacing_mm) {
  Layout layout;
  if (spec.nodes == 1) return line_layout(spec, spacing_mm);
  const double n = spec.nodes;
  const double radius = static_cast<double>(spacing_mm) / (2.0 * maths::sin(kPi / n));
  for (std::uint32_t i = 0; i < spec.nodes; ++i) {
    const double angle = 2.0 * kPi * i / n;
    layout.points.push_back(
        {rounded(radius + radius * maths::cos(angle)), rounded(radius + radius * maths::sin(angle))});
  }
  return layout;
}

}  // namespace mp::sim
