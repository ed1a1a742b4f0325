// SPDX-License-Identifier: ISC
#include "trees/tree_v0_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mp::test {
namespace {

void expect_routes(TreeV0World& world) {
  // What was lost is said again.
  for (int i = 0; i < 6 && world.unreachable(false) + world.unreachable(true) > 0; ++i) world.run(seconds(20));
  EXPECT_EQ(world.unreachable(false), 0U);
  EXPECT_EQ(world.unreachable(true), 0U);
}

TEST(TreeV0, LineOfPrototypes_OneTreeAndEverybodyIsReached) {
  TreeV0World world(line(10), 1);
  world.start_all(seconds(1));
  ASSERT_TRUE(world.settle(seconds(120))) << world.wrong();
  expect_routes(world);
}

TEST(TreeV0, Geometric_WithAndWithoutLoss) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    TreeV0World world(random_geometric(40, 8, rng), seed, {.loss = seed % 2 == 0 ? 0.1 : 0.0});
    world.start_all(seconds(5));
    ASSERT_TRUE(world.settle(seconds(300))) << world.wrong();
    expect_routes(world);
  }
}

TEST(TreeV0, OnePrototypeAmongEquals_WakesAll_AndWhenItIsGoneTheyFallSilent) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    TreeV0WorldOptions options;
    options.prototypes.assign(30, false);
    options.prototypes[0] = true;
    TreeV0World world(random_geometric(30, 7, rng), seed, options);
    for (std::uint32_t i = 1; i < 30; ++i) world.start(i);
    world.run(seconds(600));
    EXPECT_EQ(world.messages(), 0U);
    world.start(0);
    ASSERT_TRUE(world.settle(seconds(300))) << world.wrong();
    expect_routes(world);
    world.run(seconds(1800));
    EXPECT_EQ(world.wrong(), "");
    world.kill(0);
    world.run(seconds(1200));
    const std::uint64_t before = world.messages();
    world.run(seconds(3600));
    EXPECT_EQ(world.messages(), before);
    for (std::uint32_t i = 1; i < 30; ++i) EXPECT_FALSE(world.tree(i).placed());
    world.start(0);
    ASSERT_TRUE(world.settle(seconds(300))) << world.wrong();
  }
}

TEST(TreeV0, RootDies_TheNextBestFollowsWhenItsClaimIsTooOld) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    TreeV0World world(random_geometric(30, 8, rng), seed);
    world.start_all(seconds(1));
    ASSERT_TRUE(world.settle(seconds(300))) << world.wrong();
    world.kill(world.best());
    ASSERT_TRUE(world.settle(seconds(200))) << world.wrong();
    expect_routes(world);
  }
}

// Between the others everything goes on until then: nobody claims, nobody moves without need.
TEST(TreeV0, RootDies_UntilThenTheOthersStayWhereTheyAre) {
  TreeV0World world(line(8), 3);
  world.start_all(seconds(1));
  ASSERT_TRUE(world.settle(seconds(120))) << world.wrong();
  const std::uint32_t root = world.best();
  std::vector<TreeAddress> before;
  for (std::uint32_t i = 0; i < 8; ++i) before.push_back(world.tree(i).address());
  world.kill(root);
  world.run(seconds(35));
  for (std::uint32_t i = 0; i < 8; ++i)
    if (i != root) {
      EXPECT_EQ(world.tree(i).address(), before[i]) << i;
    }
}

TEST(TreeV0, RootComesBackAtOnce_TheTreeIsItsAgain) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    TreeV0World world(random_geometric(30, 8, rng), seed);
    world.start_all(seconds(1));
    ASSERT_TRUE(world.settle(seconds(300))) << world.wrong();
    const std::uint32_t root = world.best();
    world.kill(root);
    world.start(root);  // before anybody noticed
    world.run(seconds(120));
    ASSERT_TRUE(world.settle(seconds(200))) << world.wrong();
    expect_routes(world);
  }
}

TEST(TreeV0, AnyNodeRestarts_ItsChildrenKeepTheirPlacesApart) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    TreeV0World world(random_geometric(30, 6, rng), seed);
    world.start_all(seconds(1));
    ASSERT_TRUE(world.settle(seconds(300))) << world.wrong();
    const auto one = static_cast<std::uint32_t>(rng() % 30);
    world.kill(one);
    world.run(seconds(static_cast<std::int64_t>(rng() % 3)));
    world.start(one);
    ASSERT_TRUE(world.settle(seconds(300))) << world.wrong();
    expect_routes(world);
  }
}

TEST(TreeV0, StormsOfDeathsStartsCutsAndJoins_WholeAfterwards) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    const auto nodes = static_cast<std::uint32_t>(8 + rng() % 24);
    TreeV0WorldOptions options;
    options.loss = seed % 3 == 0 ? 0.1 : 0;
    for (std::uint32_t i = 0; i < nodes; ++i) options.prototypes.push_back(i == 0 || rng() % 2 == 0);
    TreeV0World world(random_geometric(nodes, 6, rng), seed, options);
    world.start_all(seconds(5));
    for (int step = 0; step < 40; ++step) {
      world.run(milliseconds(static_cast<std::int64_t>(rng() % 20'000)));
      const auto a = static_cast<std::uint32_t>(1 + rng() % (nodes - 1)), b = static_cast<std::uint32_t>(rng() % nodes);
      switch (rng() % 4) {
        case 0:
          if (world.alive(a)) world.kill(a);
          break;
        case 1:
          if (!world.alive(a)) world.start(a);
          break;
        case 2:
          if (a != b) world.cut(a, b);
          break;
        default:
          if (a != b) world.join(a, b);
      }
    }
    for (std::uint32_t i = 0; i < nodes; ++i) {
      if (!world.alive(i)) world.start(i);
      world.join(i, (i + 1) % nodes);
    }
    // Two trees of one tree_state take a minute for each hop.
    ASSERT_TRUE(world.settle(seconds(1200))) << world.wrong();
    expect_routes(world);
  }
}

TEST(TreeV0, TwoTreesOfOneTreeState_BecomeTheBetterOne) {
  const auto claim = [](unsigned rank, unsigned tail) {
    NodeId id;
    for (std::size_t k = 0; k < id.value.size(); ++k) id.value[k] = bytes("1234")[k % 4];
    id.value[0] ^= static_cast<std::byte>(rank);
    id.value[7] ^= static_cast<std::byte>(tail);
    id.value[8] ^= static_cast<std::byte>(tail >> 8);
    return id;
  };
  TreeV0WorldOptions options;
  unsigned tail = 0;
  while (tree_state(claim(1, tail)) != tree_state(claim(2, 0))) ++tail;
  options.id = [&](std::uint32_t i) { return i == 0 ? claim(2, 0) : i == 9 ? claim(1, tail) : claim(0x80 + i, 0); };
  Graph halves = line(10);
  TreeV0World world(halves, 1, options);
  world.cut(4, 5);
  world.start_all(seconds(1));
  ASSERT_TRUE(world.settle(seconds(200))) << world.wrong();
  EXPECT_EQ(world.tree(1).address().tree_state, world.tree(8).address().tree_state);
  world.join(4, 5);
  world.run(seconds(30));
  EXPECT_EQ(world.tree(4).claim(), world.id(0));
  EXPECT_GT(world.tree(4).counters().collisions, 0U);
  ASSERT_TRUE(world.settle(seconds(600))) << world.wrong();
  expect_routes(world);
}

TEST(TreeV0, TooManyNeighbours_TheFirst135GetAnAddress) {
  constexpr std::uint32_t kNodes = 150;
  Graph star;
  star.neighbours.resize(kNodes);
  for (std::uint32_t i = 1; i < kNodes; ++i) star.connect(0, i);
  TreeV0WorldOptions options;
  options.children = 200;
  options.id = [](std::uint32_t i) {
    NodeId id;
    for (std::size_t k = 0; k < id.value.size(); ++k) id.value[k] = bytes("1234")[k % 4];
    id.value[0] ^= static_cast<std::byte>(i);
    id.value[31] ^= static_cast<std::byte>(i);
    return id;
  };
  TreeV0World world(star, 1, options);
  world.start_all(seconds(1));
  world.run(seconds(120));
  std::size_t placed = 0;
  for (std::uint32_t i = 1; i < kNodes; ++i)
    placed += world.tree(i).placed() && world.tree(i).claim() == world.id(0) ? 1U : 0U;
  EXPECT_EQ(placed, 135U);
  EXPECT_GE(world.tree(0).counters().no_room, kNodes - 1 - 135);
}

TEST(TreeV0, TooDeep_NoAddressAndNoCrash) {
  TreeV0WorldOptions options;
  options.id = [](std::uint32_t i) {  // the first is the best
    NodeId id;
    for (std::size_t k = 0; k < id.value.size(); ++k) id.value[k] = bytes("1234")[k % 4];
    id.value[0] ^= static_cast<std::byte>(i);
    return id;
  };
  TreeV0World world(line(40), 1, options);
  world.start_all(seconds(1));
  world.run(seconds(300));
  for (std::uint32_t i = 0; i <= 32; ++i) {
    EXPECT_TRUE(world.tree(i).placed()) << i;
    EXPECT_EQ(world.tree(i).claim(), world.id(0)) << i;
    EXPECT_EQ(world.tree(i).address().address.decode().size, i);
  }
  EXPECT_NE(world.tree(33).claim(), world.id(0));
}

}  // namespace
}  // namespace mp::test
