// SPDX-License-Identifier: ISC
// The random geometric graph: points at random in a square, neighbours within the range. The square is made as large as
// gives the wanted mean degree: not by the formula for an endless plane, which forgets that nodes at the border have
// fewer neighbours, but from the distances themselves. With k links wanted, the range lies between the
// k-th smallest distance and the next: no link is at the very edge of what can be heard.
#include "simulator/topologies/layouts.hpp"

#include <algorithm>
#include <cmath>

namespace mp::sim {
namespace {

constexpr unsigned kAttempts = 100;
constexpr unsigned kMoves = 20;  // of those cut off, in each attempt
constexpr std::uint64_t kLinksMax = 100'000'000;

// A place in the unit square, of 31 bits each way: squares of distances fit 63 bits.
struct Place {
  std::uint32_t x = 0, y = 0;
};
constexpr std::uint64_t kUnit = std::uint64_t{1} << 31;

struct Pair {
  std::uint64_t squared = 0;
  std::uint32_t a = 0, b = 0;
};

// Each node draws for itself: one more does not move the others.
Place draw(Seed seed, std::uint32_t node) {
  Stream stream(seed.child("node", node));
  const std::uint64_t bits = stream.u64();
  return {static_cast<std::uint32_t>(bits >> 33), static_cast<std::uint32_t>(bits & (kUnit - 1))};
}

std::uint64_t squared_distance(Place a, Place b) {
  const std::int64_t dx = std::int64_t{a.x} - b.x, dy = std::int64_t{a.y} - b.y;
  return static_cast<std::uint64_t>(dx * dx + dy * dy);
}

// All pairs closer than `radius`, found in a grid of cells that are not smaller.
std::vector<Pair> pairs_within(const std::vector<Place>& places, std::uint64_t radius) {
  const auto n = static_cast<std::uint32_t>(places.size());
  std::uint64_t columns = std::max<std::uint64_t>(kUnit / std::max<std::uint64_t>(radius, 1), 1);
  columns = std::min<std::uint64_t>(columns, static_cast<std::uint64_t>(std::sqrt(static_cast<double>(n))) + 1);
  const auto cell_of = [&](Place p) { return (p.y * columns >> 31) * columns + (p.x * columns >> 31); };

  std::vector<std::uint32_t> begin(columns * columns + 1, 0), order(n);
  for (const Place p : places) ++begin[cell_of(p) + 1];
  for (std::size_t c = 1; c < begin.size(); ++c) begin[c] += begin[c - 1];
  std::vector<std::uint32_t> next(begin.begin(), begin.end() - 1);
  for (std::uint32_t i = 0; i < n; ++i) order[next[cell_of(places[i])]++] = i;

  std::vector<Pair> pairs;
  const std::uint64_t squared = radius * radius;
  for (std::uint32_t i = 0; i < n; ++i) {
    const std::uint64_t column = places[i].x * columns >> 31, row = places[i].y * columns >> 31;
    for (std::uint64_t r = row == 0 ? 0 : row - 1; r <= std::min(row + 1, columns - 1); ++r)
      for (std::uint64_t c = column == 0 ? 0 : column - 1; c <= std::min(column + 1, columns - 1); ++c)
        for (std::uint32_t k = begin[r * columns + c]; k < begin[r * columns + c + 1]; ++k) {
          const std::uint32_t other = order[k];
          if (other <= i) continue;
          if (const std::uint64_t d = squared_distance(places[i], places[other]); d <= squared)
            pairs.push_back({d, i, other});
        }
  }
  return pairs;
}

struct Links {
  std::vector<Pair> pairs;
  double reach = 0;  // between the longest of these and the shortest that is none
};

// The `count` closest pairs.
Links closest_pairs(const std::vector<Place>& places, std::uint64_t count) {
  const double n = static_cast<double>(places.size());
  // As if there were no border: too small, so with room; more if that was not enough.
  double radius = std::sqrt(2.0 * static_cast<double>(count) / (n * n * 3.141592653589793)) * 1.2;
  const double diagonal = 1.5;
  for (;; radius *= 1.3) {
    radius = std::min(radius, diagonal);
    std::vector<Pair> pairs = pairs_within(places, static_cast<std::uint64_t>(radius * static_cast<double>(kUnit)));
    if (pairs.size() <= count && radius < diagonal) continue;
    count = std::min<std::uint64_t>(count, pairs.size());
    const auto less = [](const Pair& a, const Pair& b) {
      return a.squared != b.squared ? a.squared < b.squared : a.a != b.a ? a.a < b.a : a.b < b.b;
    };
    const auto end = pairs.begin() + static_cast<std::ptrdiff_t>(count);
    std::nth_element(pairs.begin(), end - 1, pairs.end(), less);
    const double longest = std::sqrt(static_cast<double>((end - 1)->squared));
    const double beyond = end == pairs.end()
                              ? longest * 1.01
                              : std::sqrt(static_cast<double>(std::min_element(end, pairs.end(), less)->squared));
    pairs.resize(count);
    return {std::move(pairs), (longest + beyond) / 2.0};
  }
}

struct Sketch {
  std::vector<Place> places;
  double reach = 0;
  std::vector<std::uint32_t> cut_off;  // nodes that do not belong to the largest component
};

void link_up(Sketch& sketch, std::uint64_t count) {
  const auto n = static_cast<std::uint32_t>(sketch.places.size());
  const Links links = closest_pairs(sketch.places, count);
  sketch.reach = links.reach;
  Components components(n);
  for (const Pair& p : links.pairs) components.join(p.a, p.b);
  std::vector<std::uint32_t> sizes(n, 0);
  for (std::uint32_t i = 0; i < n; ++i) ++sizes[components.find(i)];
  const auto largest = static_cast<std::uint32_t>(std::max_element(sizes.begin(), sizes.end()) - sizes.begin());
  sketch.cut_off.clear();
  for (std::uint32_t i = 0; i < n; ++i)
    if (components.find(i) != largest) sketch.cut_off.push_back(i);
}

Sketch sketch(std::uint32_t nodes, std::uint64_t links, bool connected, Seed seed) {
  Sketch s;
  s.places.resize(nodes);
  for (unsigned attempt = 0; attempt < kAttempts; ++attempt) {
    const Seed drawn = seed.child("attempt", attempt);
    for (std::uint32_t i = 0; i < nodes; ++i) s.places[i] = draw(drawn, i);
    link_up(s, links);
    if (!connected || s.cut_off.empty()) return s;
    // A few of many are cut off: they move, the others stay. More than a few: that would be another kind of layout.
    for (unsigned move = 0; move < kMoves && s.cut_off.size() <= nodes / 10; ++move) {
      for (const std::uint32_t i : s.cut_off) s.places[i] = draw(drawn.child("move", move), i);
      link_up(s, links);
      if (s.cut_off.empty()) return s;
    }
  }
  const std::string degree = std::to_string(2 * links / nodes);
  throw ScenarioError("topology.degree: in " + std::to_string(kAttempts) + " draws there was none in which all of " +
                      std::to_string(nodes) + " nodes are connected by about " + degree +
                      " neighbours each; write a higher degree, or connected = false");
}

}  // namespace

Square scatter(std::uint32_t nodes, std::uint32_t degree_milli, bool connected, std::int64_t range_mm, Seed seed) {
  Square square;
  if (nodes == 1) return {{Point{0, 0}}, 0};
  const std::uint64_t links = std::max<std::uint64_t>((std::uint64_t{nodes} * degree_milli + 1'000) / 2'000, 1);
  if (links > kLinksMax)
    throw ScenarioError("topology.degree: that makes over " + std::to_string(kLinksMax) +
                        " links; write a smaller degree, or fewer nodes");
  const Sketch s = sketch(nodes, links, connected, seed);
  const double mm_per_unit = static_cast<double>(range_mm) / std::max(s.reach, 1.0);
  for (const Place p : s.places)
    square.points.push_back(
        {static_cast<std::int64_t>(p.x * mm_per_unit), static_cast<std::int64_t>(p.y * mm_per_unit)});
  square.side_mm = static_cast<std::int64_t>(static_cast<double>(kUnit) * mm_per_unit);
  return square;
}

Layout geometric_layout(const TopologySpec& spec, std::int64_t range_mm, Seed seed) {
  Layout layout;
  layout.points = scatter(spec.nodes, spec.degree_milli, spec.connected, range_mm, seed).points;
  return layout;
}

}  // namespace mp::sim
