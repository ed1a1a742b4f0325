// SPDX-License-Identifier: ISC
#include "simulator/topologies/curve.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mp::sim {
namespace {

using Order = std::vector<std::uint32_t>;

TEST(AlongCurve, QuartersOfASquare_OneAfterTheOther) {
  std::vector<Point> points;
  for (std::int64_t y = 0; y < 4; ++y)
    for (std::int64_t x = 0; x < 4; ++x) points.push_back({x * 1000 - 7000, y * 1000 + 5});
  EXPECT_EQ(along_curve(points), (Order{0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15}));
}

TEST(AlongCurve, AllInOnePlaceOrNone_AsTheyCame) {
  EXPECT_EQ(along_curve({}), Order{});
  EXPECT_EQ(along_curve(std::vector<Point>(3, {5, 5})), (Order{0, 1, 2}));
}

TEST(AlongCurve, FarCoordinates_EveryPointOnce) {
  constexpr std::int64_t kFar = std::int64_t{1} << 50;
  Order order = along_curve(std::vector<Point>{{kFar, -kFar}, {-kFar, kFar}, {0, 0}, {kFar, kFar}});
  std::sort(order.begin(), order.end());
  EXPECT_EQ(order, (Order{0, 1, 2, 3}));
}

}  // namespace
}  // namespace mp::sim
