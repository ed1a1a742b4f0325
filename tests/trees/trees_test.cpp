// SPDX-License-Identifier: ISC
#include "trees/tree_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mp::test {
namespace {

TEST(Trees, Line_OneRootAndEverybodyHasAPlace) {
  TreeWorld world(line(10), 1);
  world.start_all(seconds(1));
  ASSERT_TRUE(world.settle(seconds(300))) << world.wrong();
}

TEST(Trees, Geometric_Settle) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    TreeWorld world(random_geometric(50, 8, rng), seed);
    world.start_all(seconds(1));
    ASSERT_TRUE(world.settle(seconds(300))) << world.wrong();
  }
}

TEST(Trees, WithLoss_Settle) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    TreeWorld world(random_geometric(60, 8, rng), seed, {.loss = 0.2});
    world.start_all(seconds(1));
    ASSERT_TRUE(world.settle(seconds(300))) << world.wrong();
  }
}

TEST(Trees, EveryKindOfGraph_Settles) {
  Rng rng(7);
  for (const Graph& g : {grid(12, 12), maze(12, 12, rng), barabasi_albert(150, 3, rng), villages(5, 30, 8, rng)}) {
    SCOPED_TRACE(g.name);
    TreeWorld world(g, 7);
    world.start_all(seconds(5));
    ASSERT_TRUE(world.settle(seconds(300))) << world.wrong();
  }
}

TEST(Trees, RootDies_AChildFollowsIt) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    TreeWorld world(random_geometric(60, 8, rng), seed);
    world.start_all(seconds(1));
    ASSERT_TRUE(world.settle(seconds(300))) << world.wrong();
    const std::uint32_t root = world.root(0, 0);
    const TreeClaim before = world.trees(root)[0].claim();
    std::set<std::uint32_t> children;
    for (std::uint32_t i = 0; i < 60; ++i)
      if (i != root && world.parent(0, i) == root) children.insert(i);
    world.kill(root);
    ASSERT_TRUE(world.settle(seconds(300))) << world.wrong();
    const std::uint32_t someone = root == 0 ? 1 : 0;
    std::vector<bool> up(60, true);
    up[root] = false;
    const auto d = world.graph().distances(someone, up);
    if (std::count(d.begin(), d.end(), 0xffff'ffffU) > 1) continue;  // it held the parts together
    EXPECT_EQ(world.trees(someone)[0].claim().lineage, before.lineage);
    EXPECT_EQ(world.trees(someone)[0].claim().term, before.term + 1);
    EXPECT_TRUE(children.contains(world.root(0, someone)));
  }
}

// The far part's children of the root follow it there as soon as those here; only in the trees whose root is on the
// other side have they to wait.
TEST(Trees, RootThatHeldThePartsTogether_BothHaveItsTreeAnewInThreeDiameters) {
  unsigned parts = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    // Two villages and one node that is tied to both, several times.
    Rng rng(seed);
    Graph g = villages(2, 25, 8, rng);
    for (std::uint32_t a = 0; a < 25; ++a)
      for (const std::uint32_t b : std::vector<std::uint32_t>(g.neighbours[a]))
        if (b >= 25) {
          std::erase(g.neighbours[a], b);
          std::erase(g.neighbours[b], a);
        }
    g.neighbours.emplace_back();
    for (const std::uint32_t n : {0U, 1U, 2U, 25U, 26U, 27U}) g.connect(50, n);
    TreeWorld world(g, seed);
    // It alone at first, so that it is the root.
    world.start(50);
    world.run(seconds(20));
    for (std::uint32_t i = 0; i < 50; ++i) world.start(i);
    ASSERT_TRUE(world.settle(seconds(300))) << world.wrong();
    if (world.root(0, 0) != 50) continue;
    ++parts;
    world.kill(50);
    const Instant dead = world.now();
    ASSERT_TRUE(world.settle(seconds(300))) << world.wrong();
    EXPECT_NE(world.root(0, 0), world.root(0, 25));
    EXPECT_LE((world.changed_at(0) - dead).us, (milliseconds(500) + milliseconds(90) * (3 * g.diameter())).us);
  }
  EXPECT_EQ(parts, 20U);
}

TEST(Trees, ARootThatOnlyLostALink_StaysTheRoot) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    TreeWorld world(random_geometric(60, 10, rng), seed);
    world.start_all(seconds(1));
    ASSERT_TRUE(world.settle(seconds(300))) << world.wrong();
    const std::uint32_t root = world.root(0, 0);
    const TreeClaim before = world.trees(root)[0].claim();
    std::uint32_t child = 0;
    while (child == root || world.parent(0, child) != root) ++child;
    world.cut(root, child);
    if (!world.graph().connected()) continue;
    ASSERT_TRUE(world.settle(seconds(300))) << world.wrong();
    EXPECT_TRUE(world.trees(child)[0].claim().same_root(before));
    EXPECT_EQ(world.root(0, child), root);
  }
}

TEST(Trees, RootRestarts_AndTheTreeIsWholeAgain) {
  for (const Duration down : {milliseconds(100), seconds(5)}) {
    Rng rng(3);
    TreeWorld world(random_geometric(60, 10, rng), 3);
    world.start_all(seconds(1));
    ASSERT_TRUE(world.settle(seconds(300))) << world.wrong();
    const std::uint32_t root = world.root(0, 0);
    const TreeClaim before = world.trees(root)[0].claim();
    world.kill(root);
    world.run(down);
    world.start(root);
    ASSERT_TRUE(world.settle(seconds(300))) << world.wrong();
    EXPECT_EQ(world.trees(root)[0].claim().lineage, before.lineage);
  }
}

// Two halves that are settled meet: one of the two trees stays.
TEST(Trees, HalvesMeet_OneTree) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    Graph g = villages(2, 30, 8, rng);
    std::vector<std::pair<std::uint32_t, std::uint32_t>> ties;
    for (std::uint32_t a = 0; a < 30; ++a)
      for (const std::uint32_t b : std::vector<std::uint32_t>(g.neighbours[a]))
        if (b >= 30) {
          ties.emplace_back(a, b);
          std::erase(g.neighbours[a], b);
          std::erase(g.neighbours[b], a);
        }
    TreeWorld world(g, seed);
    world.start_all(seconds(1));
    world.run(seconds(1200));
    ASSERT_EQ(world.wrong(), "");
    const TreeClaim one = world.trees(0)[0].claim(), other = world.trees(30)[0].claim();
    EXPECT_TRUE(one.settled && other.settled);
    EXPECT_NE(one.lineage, other.lineage);
    for (const auto& [a, b] : ties) world.join(a, b);
    ASSERT_TRUE(world.settle(seconds(300))) << world.wrong();
    EXPECT_EQ(world.trees(0)[0].claim().lineage, std::min(one.lineage, other.lineage));
  }
}

// Nobody takes over a tree that stands, however good its score.
TEST(Trees, WhoComesLater_ChangesNothing) {
  Rng rng(5);
  const Graph g = random_geometric(60, 10, rng);
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U, 5U, 6U}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    TreeWorld world(g, seed);
    const std::uint32_t late = static_cast<std::uint32_t>(seed) * 7;
    std::vector<bool> up(60, true);
    up[late] = false;
    const auto d = g.distances(late == 0 ? 1 : 0, up);
    if (std::count(d.begin(), d.end(), 0xffff'ffffU) > 1) continue;  // it would hold the parts together
    for (std::uint32_t i = 0; i < 60; ++i)
      if (i != late) world.start(i);
    world.run(seconds(1200));
    std::vector<std::uint16_t> before;
    for (std::size_t t = 0; t < 4; ++t) before.push_back(world.trees(late == 0 ? 1 : 0)[t].epoch());
    for (int round = 0; round < 5; ++round) {
      world.start(late);
      world.run(seconds(60));
      for (std::size_t t = 0; t < 4; ++t) EXPECT_EQ(world.trees(late)[t].epoch(), before[t]);
      world.kill(late);
      world.run(seconds(60));
    }
    for (std::size_t t = 0; t < 4; ++t) EXPECT_EQ(world.trees(late == 0 ? 1 : 0)[t].epoch(), before[t]);
  }
}

// Whatever happens, in whatever order: when it has been quiet for a while, everything is right.
TEST(Trees, StormsOfEverything_EndWell) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    TreeWorld world(random_geometric(40, 7, rng), seed, {.loss = seed % 2 == 0 ? 0.1 : 0.0});
    world.start_all(seconds(3));
    std::vector<std::pair<std::uint32_t, std::uint32_t>> cut;
    for (int i = 0; i < 60; ++i) {
      world.run(milliseconds(static_cast<std::int64_t>(world.rng()() % 3000)));
      const auto node = static_cast<std::uint32_t>(world.rng()() % 40);
      switch (world.rng()() % 4) {
        case 0:
          if (world.alive(node)) world.kill(node);
          break;
        case 1:
          if (!world.alive(node)) world.start(node);
          break;
        case 2:
          if (!world.graph().neighbours[node].empty()) {
            const std::uint32_t other = world.graph().neighbours[node][0];
            world.cut(node, other);
            cut.emplace_back(node, other);
          }
          break;
        default:
          if (!cut.empty()) {
            world.join(cut.back().first, cut.back().second);
            cut.pop_back();
          }
      }
    }
    ASSERT_TRUE(world.settle(seconds(600))) << world.wrong();
  }
}

}  // namespace
}  // namespace mp::test
