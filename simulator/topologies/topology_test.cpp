// SPDX-License-Identifier: ISC
#include "simulator/topologies/topology.hpp"

#include "simulator/topologies/layouts.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace mp::sim {
namespace {

constexpr std::int64_t kRange = 100'000;

std::int64_t distance(Point a, Point b) {
  const double dx = static_cast<double>(a.x_mm - b.x_mm), dy = static_cast<double>(a.y_mm - b.y_mm);
  return static_cast<std::int64_t>(std::sqrt(dx * dx + dy * dy));
}

// Neighbours by distance, found in cells of the range's size: not the way of the code under test.
std::vector<std::vector<std::uint32_t>> neighbours(const Layout& layout, std::int64_t range = kRange) {
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<std::uint32_t>> cells;
  std::vector<std::vector<std::uint32_t>> all(layout.points.size());
  for (std::uint32_t i = 0; i < layout.points.size(); ++i) {
    const Point p = layout.points[i];
    const std::int64_t x = p.x_mm / range, y = p.y_mm / range;
    if (layout.geometric)
      for (std::int64_t dx = -1; dx <= 1; ++dx)
        for (std::int64_t dy = -1; dy <= 1; ++dy)
          if (const auto cell = cells.find({x + dx, y + dy}); cell != cells.end())
            for (const std::uint32_t other : cell->second)
              if (distance(p, layout.points[other]) <= range) {
                all[i].push_back(other);
                all[other].push_back(i);
              }
    cells[{x, y}].push_back(i);
  }
  for (const FixedLink& l : layout.links) {
    all[l.a].push_back(l.b);
    all[l.b].push_back(l.a);
  }
  return all;
}

double mean_degree(const std::vector<std::vector<std::uint32_t>>& all) {
  std::size_t ends = 0;
  for (const auto& of : all) ends += of.size();
  return static_cast<double>(ends) / static_cast<double>(all.size());
}

// How many of the nodes can be reached from this one.
std::size_t reached(const std::vector<std::vector<std::uint32_t>>& all, std::uint32_t from) {
  std::vector<bool> seen(all.size(), false);
  std::vector<std::uint32_t> todo{from};
  seen[from] = true;
  std::size_t count = 0;
  while (!todo.empty()) {
    const std::uint32_t i = todo.back();
    todo.pop_back();
    ++count;
    for (const std::uint32_t other : all[i])
      if (!seen[other]) {
        seen[other] = true;
        todo.push_back(other);
      }
  }
  return count;
}

Layout made(const TopologySpec& spec, std::uint64_t seed = 1) { return make_layout(spec, kRange, Seed(seed)); }

bool same(const Layout& a, const Layout& b) {
  const auto same_links = [](const std::vector<FixedLink>& x, const std::vector<FixedLink>& y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(), [](const FixedLink& p, const FixedLink& q) {
      return p.a == q.a && p.b == q.b && p.loss_mdb == q.loss_mdb;
    });
  };
  return a.points == b.points && same_links(a.links, b.links) && same_links(a.walls, b.walls);
}

TEST(Topology, Line_OnlyTheNextIsInRange) {
  const Layout layout = made({.kind = TopologyKind::line, .nodes = 5});
  EXPECT_EQ(layout.points[3], (Point{180'000, 0}));  // 60 % of the range each
  const auto all = neighbours(layout);
  EXPECT_EQ(all[0].size(), 1U);
  EXPECT_EQ(all[2].size(), 2U);
  EXPECT_EQ(made({.kind = TopologyKind::line, .nodes = 2, .spacing_mm = 7}).points[1], (Point{7, 0}));
}

TEST(Topology, Ring_EachHasTwoNeighboursAtTheSpacing) {
  for (const std::uint32_t n : {2U, 3U, 4U, 10U, 1000U}) {
    const Layout layout = made({.kind = TopologyKind::ring, .nodes = n});
    for (std::uint32_t i = 0; i < n; ++i)
      EXPECT_NEAR(static_cast<double>(distance(layout.points[i], layout.points[(i + 1) % n])), 60'000, 2) << n;
    if (n <= 4) continue;
    for (const auto& of : neighbours(layout)) EXPECT_EQ(of.size(), 2U) << n;
  }
  EXPECT_EQ(made({.kind = TopologyKind::ring, .nodes = 1}).points.size(), 1U);
}

TEST(Topology, Grid_RowsAndColumns) {
  const Layout layout = made({.kind = TopologyKind::grid, .nodes = 10, .spacing_mm = 10, .columns = 4});
  EXPECT_EQ(layout.points[3], (Point{30, 0}));
  EXPECT_EQ(layout.points[9], (Point{10, 20}));
  // As square as it gets; with diagonals every inner node has eight neighbours.
  EXPECT_EQ(made({.kind = TopologyKind::grid, .nodes = 17}).points[16], (Point{60'000, 180'000}));
  EXPECT_EQ(neighbours(made({.kind = TopologyKind::grid, .nodes = 9}))[4].size(), 8U);
}

TEST(Topology, Geometric_MeanDegreeIsTheWantedOne) {
  for (const std::uint32_t n : {50U, 100U, 1'000U, 10'000U})
    for (const std::uint32_t degree : {6U, 10U, 20U})
      for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        const Layout layout = made(
            {.kind = TopologyKind::geometric, .nodes = n, .degree_milli = degree * 1'000, .connected = false}, seed);
        EXPECT_NEAR(mean_degree(neighbours(layout)), degree, 0.1 * degree) << n << " nodes, seed " << seed;
      }
}

TEST(Topology, Geometric_Connected_AllReachAllAndTheDegreeStays) {
  for (const std::uint32_t n : {2U, 10U, 50U, 1'000U, 10'000U})
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      const std::uint32_t degree = n == 2 ? 1'000 : n == 10 ? 4'000 : 8'000;
      const auto all = neighbours(made({.kind = TopologyKind::geometric, .nodes = n, .degree_milli = degree}, seed));
      EXPECT_EQ(reached(all, 0), n) << "seed " << seed;
      if (n < 50) continue;
      EXPECT_NEAR(mean_degree(all), 8, 0.8) << n << " nodes, seed " << seed;
    }
}

TEST(Topology, Geometric_DegreeTooLowToBeConnected_SaysWhatToChange) {
  try {
    made({.kind = TopologyKind::geometric, .nodes = 1'000, .degree_milli = 2'000});
    FAIL();
  } catch (const ScenarioError& e) {
    EXPECT_NE(std::string(e.what()).find("write a higher degree, or connected = false"), std::string::npos) << e.what();
  }
  EXPECT_EQ(
      made({.kind = TopologyKind::geometric, .nodes = 1'000, .degree_milli = 2'000, .connected = false}).points.size(),
      1'000U);
}

TEST(Topology, Geometric_OneNodeMore_LeavesTheOthersWhereTheyWere) {
  TopologySpec spec{.kind = TopologyKind::geometric, .nodes = 200, .connected = false};
  const Layout fewer = made(spec);
  ++spec.nodes;
  const Layout more = made(spec);
  // Up to the size of the square, and rounding to millimetres.
  const double scale = static_cast<double>(more.points[0].x_mm) / static_cast<double>(fewer.points[0].x_mm);
  EXPECT_NEAR(scale, 1.0, 0.05);
  for (std::uint32_t i = 0; i < 200; ++i) {
    EXPECT_NEAR(static_cast<double>(more.points[i].x_mm), scale * static_cast<double>(fewer.points[i].x_mm), 100);
    EXPECT_NEAR(static_cast<double>(more.points[i].y_mm), scale * static_cast<double>(fewer.points[i].y_mm), 100);
  }
}

TEST(Topology, Geometric_FillsTheSquareEvenly) {
  const Layout layout = made({.kind = TopologyKind::geometric, .nodes = 10'000, .connected = false});
  std::int64_t side = 0;
  for (const Point p : layout.points) side = std::max({side, p.x_mm, p.y_mm});
  int quarters[4] = {};
  for (const Point p : layout.points) ++quarters[(p.x_mm > side / 2 ? 1 : 0) + (p.y_mm > side / 2 ? 2 : 0)];
  for (const int n : quarters) EXPECT_NEAR(n, 2'500, 220);  // five standard deviations
}

TEST(Topology, HundredThousandNodes_AreLaidOut) {
  for (const TopologyKind kind :
       {TopologyKind::geometric, TopologyKind::maze, TopologyKind::barabasi_albert, TopologyKind::villages}) {
    const Layout layout = made({.kind = kind, .nodes = 100'000, .degree_milli = 12'000, .villages = 1'000});
    EXPECT_EQ(layout.points.size(), 100'000U);
  }
}

TEST(Topology, Maze_Perfect_HasOneWayBetweenAnyTwo) {
  for (const std::uint32_t n : {1U, 2U, 10U, 100U, 103U}) {
    const Layout layout = made({.kind = TopologyKind::maze, .nodes = n, .passages_ppm = 0});
    EXPECT_FALSE(layout.geometric);
    EXPECT_EQ(layout.links.size(), n - 1);
    EXPECT_EQ(reached(neighbours(layout), 0), n);
  }
}

TEST(Topology, Maze_LinksAndWallsAreAllSidesOfTheCells) {
  const TopologySpec spec{.kind = TopologyKind::maze, .nodes = 1'000, .columns = 40, .passages_ppm = 300'000};
  const Layout layout = made(spec);
  EXPECT_EQ(layout.links.size() + layout.walls.size(), 39U * 25 + 40U * 24);
  // Of the 936 walls beside the perfect maze 30 % are open: 281, with a standard deviation of 14.
  EXPECT_NEAR(static_cast<double>(layout.links.size() - 999), 281, 70);
  for (const FixedLink& l : layout.links) EXPECT_EQ(distance(layout.points[l.a], layout.points[l.b]), 60'000);
  TopologySpec open = spec;
  open.passages_ppm = 1'000'000;
  EXPECT_TRUE(made(open).walls.empty());
}

TEST(Topology, BarabasiAlbert_LinksAndHeavyTail) {
  const TopologySpec spec{.kind = TopologyKind::barabasi_albert, .nodes = 3'000, .links_each = 3};
  const Layout layout = made(spec);
  EXPECT_FALSE(layout.geometric);
  EXPECT_EQ(layout.links.size(), 6U + 3U * (3'000 - 4));
  const auto all = neighbours(layout);
  EXPECT_EQ(reached(all, 0), 3'000U);
  std::size_t most = 0, least = 1'000'000, many = 0;
  for (const auto& of : all) {
    EXPECT_EQ(std::set<std::uint32_t>(of.begin(), of.end()).size(), of.size());  // no link twice
    most = std::max(most, of.size());
    least = std::min(least, of.size());
    if (of.size() >= 30) ++many;
  }
  EXPECT_EQ(least, 3U);
  EXPECT_GT(most, 80U);  // a random graph of this degree has 18 or so
  // P(k >= 30) = m (m + 1) / (30 * 31) = 1.3 % of the nodes in the limit: 39.
  EXPECT_NEAR(static_cast<double>(many), 39, 20);
  EXPECT_THROW(made({.kind = TopologyKind::barabasi_albert, .nodes = 3, .links_each = 3}), ScenarioError);
}

TEST(Topology, BarabasiAlbert_OneNodeMore_AddsItsLinksOnly) {
  TopologySpec spec{.kind = TopologyKind::barabasi_albert, .nodes = 100};
  const Layout fewer = made(spec);
  ++spec.nodes;
  const Layout more = made(spec);
  ASSERT_EQ(more.links.size(), fewer.links.size() + 2);
  for (std::size_t i = 0; i < fewer.links.size(); ++i) {
    EXPECT_EQ(more.links[i].a, fewer.links[i].a);
    EXPECT_EQ(more.links[i].b, fewer.links[i].b);
  }
}

TEST(Topology, BarabasiAlbert_PlacesForTheMapAreApart) {
  const Layout layout = made({.kind = TopologyKind::barabasi_albert, .nodes = 300});
  std::set<std::pair<std::int64_t, std::int64_t>> places;
  for (const Point p : layout.points) places.insert({p.x_mm, p.y_mm});
  EXPECT_EQ(places.size(), 300U);
}

const Tag& tag(const Layout& layout, const std::string& name) {
  for (const Tag& t : layout.tags)
    if (t.name == name) return t;
  throw ScenarioError("there is no tag " + name);
}

TEST(Topology, Villages_AreConnectedAndJoinedByBridgesOnly) {
  const TopologySpec spec{
      .kind = TopologyKind::villages, .nodes = 103, .degree_milli = 6'000, .villages = 5, .bridges = 2};
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Layout layout = made(spec, seed);
    EXPECT_TRUE(layout.geometric);
    EXPECT_EQ(layout.links.size(), 2U * 4);
    EXPECT_EQ(reached(neighbours(layout), 0), 103U) << "seed " << seed;
    const Tag& gateways = tag(layout, "gateways");
    for (const FixedLink& l : layout.links) {
      EXPECT_EQ(l.a % 5 + 1, l.b % 5);  // node i lives in village i mod 5
      for (const std::uint32_t end : {l.a, l.b})
        EXPECT_TRUE(std::binary_search(gateways.nodes.begin(), gateways.nodes.end(), end));
    }
    layout.links.clear();
    const auto alone = neighbours(layout);
    for (std::uint32_t v = 0; v < 5; ++v) {
      const Tag& village = tag(layout, "village_" + std::to_string(v));
      EXPECT_EQ(village.nodes.size(), v < 3 ? 21U : 20U);
      EXPECT_EQ(reached(alone, village.nodes[0]), village.nodes.size()) << "seed " << seed;
    }
  }
}

TEST(Topology, Villages_WithoutBridges_HaveOneGatewayEach) {
  const Layout layout = made({.kind = TopologyKind::villages, .nodes = 60, .villages = 4, .bridges = 0});
  EXPECT_TRUE(layout.links.empty());
  std::set<std::uint32_t> villages;
  for (const std::uint32_t i : tag(layout, "gateways").nodes) villages.insert(i % 4);
  EXPECT_EQ(tag(layout, "gateways").nodes.size(), 4U);
  EXPECT_EQ(villages.size(), 4U);
}

TEST(Topology, Villages_TooSmallForTheirBridges_SayWhatToChange) {
  EXPECT_THROW(made({.kind = TopologyKind::villages, .nodes = 10, .villages = 5, .bridges = 3}), ScenarioError);
  EXPECT_THROW(made({.kind = TopologyKind::villages, .nodes = 4, .villages = 5}), ScenarioError);
  // Hamlets of one and two nodes.
  EXPECT_EQ(made({.kind = TopologyKind::villages, .nodes = 7, .villages = 5, .bridges = 1}).links.size(), 4U);
}

TEST(Topology, SameSeed_SameLayout_AnotherSeedAnother) {
  for (const TopologyKind kind :
       {TopologyKind::geometric, TopologyKind::maze, TopologyKind::barabasi_albert, TopologyKind::villages}) {
    const TopologySpec spec{.kind = kind, .nodes = 200};
    EXPECT_TRUE(same(made(spec, 7), made(spec, 7)));
    EXPECT_FALSE(same(made(spec, 7), made(spec, 8)));
  }
}

// Equal on every compiler and processor: these numbers were written down once.
TEST(Topology, Layout_IsTheSameEverywhere) {
  std::uint64_t hash = 0;
  const auto take = [&](std::int64_t value) { hash = Seed::mix(hash ^ static_cast<std::uint64_t>(value)); };
  for (const TopologyKind kind : {TopologyKind::ring, TopologyKind::geometric, TopologyKind::maze,
                                  TopologyKind::barabasi_albert, TopologyKind::villages}) {
    const Layout layout = made({.kind = kind, .nodes = 500});
    for (const Point p : layout.points) {
      take(p.x_mm);
      take(p.y_mm);
    }
    for (const FixedLink& l : layout.links) {
      take(l.a);
      take(l.b);
    }
  }
  EXPECT_EQ(hash, 5058955568328547720U);
}

}  // namespace
}  // namespace mp::sim
