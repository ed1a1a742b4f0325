// SPDX-License-Identifier: ISC
// Places for nodes of which only the links are known: circles around the node with the most links, one for each hop;
// what hangs below a node gets a sector as wide as it has ends. For the map.
#include "simulator/engine/maths.hpp"
#include "simulator/topologies/layouts.hpp"

#include <algorithm>
#include <cmath>

namespace mp::sim {
namespace {

constexpr double kTurn = 2.0 * 3.14159265358979323846;
constexpr std::uint32_t kNobody = 0xffff'ffff;

std::int64_t rounded(double x) { return static_cast<std::int64_t>(x < 0 ? x - 0.5 : x + 0.5); }

// Neighbours of all nodes in one array.
struct Adjacency {
  Adjacency(std::uint32_t nodes, std::span<const FixedLink> links) : begin(nodes + 1, 0), others(2 * links.size()) {
    for (const FixedLink& l : links) {
      ++begin[l.a + 1];
      ++begin[l.b + 1];
    }
    for (std::uint32_t i = 0; i < nodes; ++i) begin[i + 1] += begin[i];
    std::vector<std::size_t> next(begin.begin(), begin.end() - 1);
    for (const FixedLink& l : links) {
      others[next[l.a]++] = l.b;
      others[next[l.b]++] = l.a;
    }
  }
  std::size_t degree(std::uint32_t i) const { return begin[i + 1] - begin[i]; }

  std::vector<std::size_t> begin;
  std::vector<std::uint32_t> others;
};

}  // namespace

std::vector<Point> radial_points(std::uint32_t nodes, std::span<const FixedLink> links, std::int64_t spacing_mm) {
  const Adjacency adjacency(nodes, links);
  std::vector<std::uint32_t> by_degree(nodes);
  for (std::uint32_t i = 0; i < nodes; ++i) by_degree[i] = i;
  std::stable_sort(by_degree.begin(), by_degree.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return adjacency.degree(a) > adjacency.degree(b); });

  // Breadth first, from the node with the most links of each part.
  std::vector<std::uint32_t> order, parent(nodes, kNobody), depth(nodes, kNobody);
  std::uint32_t roots = 0;
  for (const std::uint32_t root : by_degree) {
    if (depth[root] != kNobody) continue;
    ++roots;
    depth[root] = 0;
    order.push_back(root);
    for (std::size_t at = order.size() - 1; at < order.size(); ++at) {
      const std::uint32_t i = order[at];
      for (std::size_t k = adjacency.begin[i]; k < adjacency.begin[i + 1]; ++k) {
        const std::uint32_t other = adjacency.others[k];
        if (depth[other] != kNobody) continue;
        depth[other] = depth[i] + 1;
        parent[other] = i;
        order.push_back(other);
      }
    }
  }

  // From the outside in: ends below each node; from the inside out: each its sector.
  std::vector<std::uint64_t> ends(nodes, 0);
  for (auto i = order.rbegin(); i != order.rend(); ++i) {
    ends[*i] = std::max<std::uint64_t>(ends[*i], 1);
    if (parent[*i] != kNobody) ends[parent[*i]] += ends[*i];
  }
  std::uint64_t all = 0;
  for (std::uint32_t i = 0; i < nodes; ++i)
    if (parent[i] == kNobody) all += ends[i];
  const double ring = static_cast<double>(spacing_mm) * std::max(1.0, std::sqrt(static_cast<double>(nodes)) / 6.0);
  const std::uint32_t inner = roots > 1 ? 1 : 0;                // several parts stand around an empty middle
  std::vector<std::uint64_t> first(nodes, 0), given(nodes, 0);  // the sector: where it begins, how much is given away
  std::vector<Point> points(nodes);
  std::uint64_t given_to_roots = 0;
  for (const std::uint32_t i : order) {
    const bool root = parent[i] == kNobody;
    std::uint64_t& taken = root ? given_to_roots : given[parent[i]];
    first[i] = (root ? 0 : first[parent[i]]) + taken;
    taken += ends[i];
    const double angle =
        kTurn * (static_cast<double>(first[i]) + static_cast<double>(ends[i]) / 2.0) / static_cast<double>(all);
    const double radius = ring * (depth[i] + inner);
    points[i] = {rounded(radius * maths::cos(angle)), rounded(radius * maths::sin(angle))};
  }
  return points;
}

}  // namespace mp::sim
