// SPDX-License-Identifier: ISC
#include "graph.hpp"

#include "simulator/topologies/topology.hpp"

#include <algorithm>
#include <cmath>
#include <queue>

namespace mp::bench {
namespace {

constexpr std::int64_t kRange_mm = 100'000;
constexpr std::size_t kLinksMax = 255;
constexpr double kReceptionAtEdge = 0.2, kReceptionDeviation = 0.05;

void join(Graph& graph, std::uint32_t a, std::uint32_t b, double reception = 1.0) {
  auto &of_a = graph.links[a], &of_b = graph.links[b];
  if (of_a.size() >= kLinksMax || of_b.size() >= kLinksMax) return;
  of_a.push_back({b, static_cast<std::uint8_t>(of_b.size()), reception});
  of_b.push_back({a, static_cast<std::uint8_t>(of_a.size() - 1), reception});
}

double distance(sim::Point a, sim::Point b) {
  return std::hypot(static_cast<double>(a.x_mm - b.x_mm), static_cast<double>(a.y_mm - b.y_mm));
}

// Calls f(a, b, distance in ranges) for all pairs in range.
template <typename F>
void each_in_range(const std::vector<sim::Point>& points, F&& f) {
  // Sorted by x, so that only a strip is looked at.
  std::vector<std::uint32_t> order(points.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return points[a].x_mm != points[b].x_mm ? points[a].x_mm < points[b].x_mm : a < b;
  });
  for (std::size_t i = 0; i < order.size(); ++i)
    for (std::size_t k = i + 1; k < order.size(); ++k) {
      const sim::Point a = points[order[i]], b = points[order[k]];
      if (b.x_mm - a.x_mm > kRange_mm) break;
      const double ranges = distance(a, b) / static_cast<double>(kRange_mm);
      if (ranges <= 1) f(order[i], order[k], ranges);
    }
}

sim::Layout layout_of(Family family, std::uint32_t nodes, unsigned degree, Seed seed) {
  sim::TopologySpec spec;
  spec.nodes = nodes;
  spec.degree_milli = degree * 1000;
  spec.spacing_mm = kRange_mm * 9 / 10;
  spec.links_each = degree / 2;
  spec.villages = std::max(2U, nodes / 50);
  using Kind = sim::TopologyKind;
  switch (family) {
    case Family::geometric:
      spec.kind = Kind::geometric;
      break;
    case Family::grid:
      spec.kind = Kind::grid;
      break;
    case Family::line:
      spec.kind = Kind::line;
      break;
    case Family::maze:
      spec.kind = Kind::maze;
      break;
    case Family::barabasi_albert:
      spec.kind = Kind::barabasi_albert;
      break;
    case Family::villages:
      spec.kind = Kind::villages;
      break;
  }
  return sim::make_layout(spec, kRange_mm, seed);
}

std::string name_of(Family family, std::uint32_t nodes, unsigned degree) {
  static constexpr const char* kNames[] = {"geometric", "grid", "line", "maze", "barabasi-albert", "villages"};
  std::string name = kNames[static_cast<std::size_t>(family)] + (" n=" + std::to_string(nodes));
  if (degree > 0) name += " d" + std::to_string(degree);
  return name;
}

}  // namespace

Graph make_graph(Family family, std::uint32_t nodes, unsigned degree, Seed seed) {
  Graph graph{name_of(family, nodes, degree), std::vector<std::vector<Link>>(nodes)};
  const sim::Layout layout = layout_of(family, nodes, degree, seed);
  for (const sim::FixedLink& link : layout.links) join(graph, link.a, link.b);
  if (layout.geometric)
    each_in_range(layout.points, [&](std::uint32_t a, std::uint32_t b, double) { join(graph, a, b); });
  return graph;
}

Graph make_lossy_graph(std::uint32_t nodes, unsigned degree, Seed seed) {
  Graph graph{name_of(Family::geometric, nodes, degree) + " lossy", std::vector<std::vector<Link>>(nodes)};
  const sim::Layout layout = layout_of(Family::geometric, nodes, degree, seed);
  Stream stream(seed.child("reception"));
  each_in_range(layout.points, [&](std::uint32_t a, std::uint32_t b, double ranges) {
    const double scatter = static_cast<double>(stream.normal(1000)) / 1000 * kReceptionDeviation;
    const double curve = 1 - (1 - kReceptionAtEdge) * ranges * ranges * ranges;
    join(graph, a, b, std::clamp(curve + scatter, kReceptionAtEdge, 1.0));
  });
  return graph;
}

std::vector<bool> draw_dead(const Graph& graph, unsigned percent, Stream& stream) {
  std::vector<bool> dead(graph.size());
  for (std::uint32_t left = graph.size() * percent / 100; left > 0;) {
    const auto i = static_cast<std::uint32_t>(stream.below(graph.size()));
    left -= dead[i] ? 0U : 1U;
    dead[i] = true;
  }
  return dead;
}

std::vector<std::uint32_t> hops_from(const Graph& graph, std::uint32_t from, const std::vector<bool>& dead) {
  std::vector<std::uint32_t> hops(graph.size(), kUnreached), todo{from};
  hops[from] = 0;
  for (std::size_t i = 0; i < todo.size(); ++i)
    for (const Link& link : graph.links[todo[i]]) {
      if (hops[link.to] != kUnreached || (!dead.empty() && dead[link.to])) continue;
      hops[link.to] = hops[todo[i]] + 1;
      todo.push_back(link.to);
    }
  return hops;
}

std::vector<double> transmissions_from(const Graph& graph, std::uint32_t from) {
  std::vector<double> least(graph.size(), 1e300);
  std::priority_queue<std::pair<double, std::uint32_t>, std::vector<std::pair<double, std::uint32_t>>, std::greater<>>
      todo;
  least[from] = 0;
  todo.emplace(0, from);
  while (!todo.empty()) {
    const auto [cost, node] = todo.top();
    todo.pop();
    if (cost > least[node]) continue;
    for (const Link& link : graph.links[node])
      if (const double over = cost + 1 / link.reception; over < least[link.to]) {
        least[link.to] = over;
        todo.emplace(over, link.to);
      }
  }
  return least;
}

}  // namespace mp::bench
