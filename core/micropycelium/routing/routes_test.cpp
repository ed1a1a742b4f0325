// SPDX-License-Identifier: ISC
#include "micropycelium/routing/routes.hpp"

#include <gtest/gtest.h>

namespace mp {
namespace {

TreeAddress at(std::initializer_list<std::uint8_t> c, std::uint8_t state = 7) {
  return {state, *Address::encode(std::span(c.begin(), c.size()))};
}

Route route(const TreeAddress& to, std::uint8_t via) {
  Route r;
  r.to = to;
  r.via = via;
  return r;
}

class Routes : public ::testing::Test {
 protected:
  std::array<Route, 4> slots{};
  RouteTable table{slots};
};

TEST_F(Routes, LongestPrefixInWholeCoordinatesWins) {
  ASSERT_EQ(table.set(route(at({1}), 1)), Status::ok);
  ASSERT_EQ(table.set(route(at({1, 20}), 2)), Status::ok);
  ASSERT_EQ(table.set(route(at({}), 3)), Status::ok);
  EXPECT_EQ(table.find(at({1, 20, 3}))->via, 2);
  EXPECT_EQ(table.find(at({1, 21}))->via, 1);  // shares the first nibble of 20, not the coordinate
  EXPECT_EQ(table.find(at({2}))->via, 3);
  EXPECT_EQ(table.find(at({1}, 8)), nullptr) << "another tree";
}

TEST_F(Routes, SetAgain_Replaces) {
  ASSERT_EQ(table.set(route(at({1}), 1)), Status::ok);
  ASSERT_EQ(table.set(route(at({1}), 2)), Status::ok);
  EXPECT_EQ(table.find(at({1}))->via, 2);
  EXPECT_EQ(table.remove(at({1}))->via, 2);
  EXPECT_EQ(table.find(at({1})), nullptr);
  EXPECT_FALSE(table.remove(at({1})).has_value());
}

TEST_F(Routes, Full_NoBuffer_UntilOneLeaves) {
  for (std::uint8_t i = 1; i <= 4; ++i) ASSERT_EQ(table.set(route(at({i}), i)), Status::ok);
  EXPECT_EQ(table.set(route(at({5}), 5)), Status::no_buffer);
  EXPECT_EQ(table.set(route(at({4}), 9)), Status::ok);
  EXPECT_TRUE(table.any_via(9));
  ASSERT_TRUE(table.remove(at({4})).has_value());
  EXPECT_FALSE(table.any_via(9));
  EXPECT_EQ(table.set(route(at({5}), 5)), Status::ok);
}

TEST_F(Routes, ByNode_NobodyIsNoNode) {
  Route r = route(at({1}), 1);
  r.node.value.fill(std::byte{7});
  ASSERT_EQ(table.set(r), Status::ok);
  ASSERT_EQ(table.set(route(at({2}), 1)), Status::ok);
  EXPECT_EQ(table.find(r.node)->to, at({1}));
  EXPECT_EQ(table.find(NodeId{}), nullptr);
  EXPECT_EQ(table.find_exact(at({1, 1})), nullptr);
}

}  // namespace
}  // namespace mp
