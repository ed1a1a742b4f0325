// SPDX-License-Identifier: ISC
#include "micropycelium/routing/neighbours.hpp"

#include "tests/support/vectors.hpp"

namespace mp {
namespace {

using test::Dice;

Coordinates random_coordinates(Dice& dice, const Coordinates* like = nullptr) {
  Coordinates c;
  const auto size = dice.below(12);
  std::uint32_t common = like != nullptr ? dice.below(like->size + 1U) : 0;
  for (std::uint32_t i = 0; i < size; ++i)
    c.value[c.size++] = i < common ? like->value[i] : static_cast<std::uint8_t>(1 + dice.below(dice.coin() ? 3 : 135));
  return c;
}

TEST(Distances, UnitCosts_SameAsOfVersion0) {
  Dice dice(21);
  for (int round = 0; round < 50'000; ++round) {
    const Coordinates t = random_coordinates(dice), a = random_coordinates(dice, &t), b = random_coordinates(dice, &t);
    const auto to = *CompactAddress::from(t), from = *CompactAddress::from(a), other = *CompactAddress::from(b);
    ASSERT_EQ(Distances::between(from, to, Metric::tree), kCostUnit * tree_distance(a, t));
    // By prefix only the order counts.
    const auto by_prefix = [&](const CompactAddress& v) { return Distances::between(v, to, Metric::prefix); };
    ASSERT_EQ(by_prefix(from) < by_prefix(other), cpl_distance_order(a, t) < cpl_distance_order(b, t));
    ASSERT_EQ(by_prefix(from) == by_prefix(other), cpl_distance_order(a, t) == cpl_distance_order(b, t));
  }
}

TEST(Distances, Weights_WayUpAndDown) {
  const auto fork = *CompactAddress().child(1, 14);  // 128 above the fork
  const auto v = *fork.child(1, 3);                  // 12
  const auto t = *fork.child(2, 0)->child(7, 5);     // 8 + 16
  EXPECT_EQ(Distances::between(v, t, Metric::tree), 12 + 8 + 16);
  EXPECT_EQ(Distances::between(t, v, Metric::tree), 12 + 8 + 16);
  EXPECT_EQ(Distances::between(fork, t, Metric::tree), 24);
  EXPECT_EQ(Distances::between(t, t, Metric::tree), 0);
  EXPECT_EQ(Distances::between(CompactAddress(), v, Metric::tree), 140);
}

TEST(Distances, SharedPartHasGrownDearer_NotBelowZero) {
  // The target still tells the old, higher cost of the link that both hang below.
  const auto v = *CompactAddress().child(1, 0), t = *CompactAddress().child(1, 14);
  EXPECT_EQ(Distances::between(v, t, Metric::tree), 0);
}

TEST(Distances, DeepestAddresses_FitIn16Bits) {
  CompactAddress a = *CompactAddress().child(1, 0), b = *CompactAddress().child(2, 0);
  while (const auto below = a.child(1, 0)) a = *below;
  while (const auto below = b.child(1, 0)) b = *below;
  EXPECT_EQ(Distances::between(a, b, Metric::tree), kCostUnit * (a.levels() + b.levels()));
  EXPECT_EQ(Distances::between(a, b, Metric::prefix), kPrefixStep * b.levels() + a.levels());
}

class Table : public ::testing::Test {
 protected:
  std::array<Neighbour, 3> rows{};
  std::array<TreeNeighbour, 8> places{};
  Neighbours table{rows, places, 2};
  RouteHeader header;

  void SetUp() override {
    header.trees = 2;
    header.places[0] = {0, 7, *CompactAddress().child(1, 0)};
    header.places[1] = {1, 9, *CompactAddress().child(2, 0)->child(1, 0)};
    for (std::uint8_t slot = 0; slot < 3; ++slot) table.set(slot, NodeTag{{std::byte{slot}}}, 8);
  }
};

TEST_F(Table, NearestOverTrees_OfOneEpochOnly) {
  table.set_place(0, {0, 7, CompactAddress()});               // 8
  table.set_place(0, {1, 9, *CompactAddress().child(2, 0)});  // 8
  table.set_place(1, {0, 6, *CompactAddress().child(1, 0)});  // another epoch
  table.set_place(1, {1, 9, CompactAddress()});               // 16
  const Distances distances(header, table);
  EXPECT_EQ(distances.of(0).nearest, kNear + 8);
  EXPECT_EQ(distances.of(0).sum, 2U * kNear + 16U);
  EXPECT_EQ(distances.of(1).nearest, kNear + 16);
  EXPECT_EQ(distances.of(1).sum, kNear + 16U + kFar);
  EXPECT_EQ(distances.of(2).nearest, kFar);
  EXPECT_EQ(distances.own().nearest, kFar);
  table.set_own_place({1, 9, *CompactAddress().child(2, 0)->child(1, 0)});
  EXPECT_EQ(Distances(header, table).own().nearest, kNear);
  table.forget_own_place(1);
  EXPECT_EQ(Distances(header, table).own().nearest, kFar);
}

TEST_F(Table, TreeThatTheTableHasNoRoomFor_LeftOut) {
  table.set_place(0, {3, 7, CompactAddress()});
  header.trees = 1;
  header.places[0] = {3, 7, CompactAddress()};
  EXPECT_EQ(Distances(header, table).of(0).nearest, kFar);
}

TEST_F(Table, SlotForgotten_NobodyThere) {
  table.set_place(1, {0, 7, CompactAddress()});
  EXPECT_EQ(table.find(NodeTag{{std::byte{1}}}), 1);
  table.set_alive(1, false);
  EXPECT_EQ(table.find(NodeTag{{std::byte{1}}}), kNobody);
  table.forget(1);
  table.set(1, NodeTag{{std::byte{8}}}, 8);
  EXPECT_EQ(Distances(header, table).of(1).nearest, kFar) << "places of who was there before";
}

TEST(NeighboursSize, BoardOf16InFourTrees_196BytesEach) {
  EXPECT_LE(16 * (sizeof(Neighbour) + kTreesMax * sizeof(TreeNeighbour)), 16 * 196U);
}

}  // namespace
}  // namespace mp
