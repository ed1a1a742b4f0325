// SPDX-License-Identifier: ISC
#include "trees/graph.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace mp::test {
namespace {

constexpr auto kFar = std::numeric_limits<std::uint32_t>::max();

std::uint32_t below(Rng& rng, std::uint32_t n) { return static_cast<std::uint32_t>(rng() % n); }
double unit(Rng& rng) { return static_cast<double>(rng() >> 11) * 0x1p-53; }

Graph empty(std::string name, std::uint32_t nodes) {
  Graph g;
  g.name = std::move(name);
  g.neighbours.resize(nodes);
  return g;
}

}  // namespace

void Graph::connect(std::uint32_t a, std::uint32_t b) {
  if (a == b || std::find(neighbours[a].begin(), neighbours[a].end(), b) != neighbours[a].end()) return;
  neighbours[a].push_back(b);
  neighbours[b].push_back(a);
}

std::vector<std::uint32_t> Graph::distances(std::uint32_t from, const std::vector<bool>& alive) const {
  std::vector<std::uint32_t> d(size(), kFar);
  std::vector<std::uint32_t> queue{from};
  d[from] = 0;
  for (std::size_t i = 0; i < queue.size(); ++i)
    for (const std::uint32_t next : neighbours[queue[i]]) {
      if (d[next] != kFar || (!alive.empty() && !alive[next])) continue;
      d[next] = d[queue[i]] + 1;
      queue.push_back(next);
    }
  return d;
}

std::uint32_t Graph::diameter() const {
  std::uint32_t most = 0;
  for (std::uint32_t n = 0; n < size(); ++n)
    for (const std::uint32_t d : distances(n)) most = std::max(most, d);
  return most;
}

bool Graph::connected() const {
  const auto d = distances(0);
  return std::find(d.begin(), d.end(), kFar) == d.end();
}

Graph random_geometric(std::uint32_t nodes, double degree, Rng& rng) {
  const double reach = std::sqrt(degree / (std::numbers::pi * nodes));
  for (;;) {
    Graph g = empty("geometric " + std::to_string(nodes), nodes);
    std::vector<std::pair<double, double>> at(nodes);
    for (auto& [x, y] : at) {
      x = unit(rng);
      y = unit(rng);
    }
    for (std::uint32_t a = 0; a < nodes; ++a)
      for (std::uint32_t b = a + 1; b < nodes; ++b)
        if (std::hypot(at[a].first - at[b].first, at[a].second - at[b].second) <= reach) g.connect(a, b);
    if (g.connected()) return g;
  }
}

Graph grid(std::uint32_t columns, std::uint32_t rows) {
  Graph g = empty("grid", columns * rows);
  for (std::uint32_t y = 0; y < rows; ++y)
    for (std::uint32_t x = 0; x < columns; ++x) {
      if (x + 1 < columns) g.connect(y * columns + x, y * columns + x + 1);
      if (y + 1 < rows) g.connect(y * columns + x, (y + 1) * columns + x);
    }
  return g;
}

Graph line(std::uint32_t nodes) {
  Graph g = grid(nodes, 1);
  g.name = "line";
  return g;
}

Graph maze(std::uint32_t columns, std::uint32_t rows, Rng& rng) {
  const Graph all = grid(columns, rows);
  Graph g = empty("maze", columns * rows);
  std::vector<bool> seen(all.size());
  std::vector<std::uint32_t> stack{0};
  seen[0] = true;
  while (!stack.empty()) {
    std::vector<std::uint32_t> ways;
    for (const std::uint32_t n : all.neighbours[stack.back()])
      if (!seen[n]) ways.push_back(n);
    if (ways.empty()) {
      stack.pop_back();
      continue;
    }
    const std::uint32_t next = ways[below(rng, static_cast<std::uint32_t>(ways.size()))];
    g.connect(stack.back(), next);
    seen[next] = true;
    stack.push_back(next);
  }
  for (std::uint32_t a = 0; a < all.size(); ++a)
    for (const std::uint32_t b : all.neighbours[a])
      if (a < b && below(rng, 10) == 0) g.connect(a, b);
  return g;
}

Graph barabasi_albert(std::uint32_t nodes, std::uint32_t edges, Rng& rng) {
  Graph g = empty("Barabasi-Albert", nodes);
  std::vector<std::uint32_t> ends;
  for (std::uint32_t n = 1; n <= edges && n < nodes; ++n) {
    g.connect(n, n - 1);
    ends.insert(ends.end(), {n, n - 1});
  }
  for (std::uint32_t n = edges + 1; n < nodes; ++n)
    for (std::uint32_t e = 0; e < edges; ++e) {
      const std::uint32_t to = ends[below(rng, static_cast<std::uint32_t>(ends.size()))];
      g.connect(n, to);
      ends.insert(ends.end(), {n, to});
    }
  return g;
}

Graph villages(std::uint32_t count, std::uint32_t nodes_each, double degree, Rng& rng) {
  Graph g = empty("villages", count * nodes_each);
  for (std::uint32_t v = 0; v < count; ++v) {
    const Graph village = random_geometric(nodes_each, degree, rng);
    for (std::uint32_t a = 0; a < nodes_each; ++a)
      for (const std::uint32_t b : village.neighbours[a]) g.connect(v * nodes_each + a, v * nodes_each + b);
    for (int i = 0; v > 0 && i < 2; ++i)
      g.connect(v * nodes_each + below(rng, nodes_each), (v - 1) * nodes_each + below(rng, nodes_each));
  }
  return g;
}

}  // namespace mp::test
