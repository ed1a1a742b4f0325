// SPDX-License-Identifier: ISC
#include "simulator/report/text.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace mp::sim::text {
namespace {

TEST(Text, Percent_NeverSaysAllOrNothingUnlessItIs) {
  EXPECT_EQ(percent(1), "100 %");
  EXPECT_EQ(percent(0), "0 %");
  EXPECT_EQ(percent(0.931), "93.1 %");
  EXPECT_EQ(percent(0.5), "50 %");
  EXPECT_EQ(percent(0.99996), "99.996 %");
  EXPECT_EQ(percent(0.00002), "0.002 %");
  EXPECT_EQ(percent(1e-9), "below 0.0001 %");
  EXPECT_EQ(percent(1 - 1e-9), "above 99.9999 %");
}

TEST(Text, Duration_TakesTheUnitThatFits) {
  EXPECT_EQ(duration(0), "0 us");
  EXPECT_EQ(duration(850), "850 us");
  EXPECT_EQ(duration(12'345), "12.3 ms");
  EXPECT_EQ(duration(999'900), "1 s");
  EXPECT_EQ(duration(90e6), "90 s");
  EXPECT_EQ(duration(600e6), "10 min");
  EXPECT_EQ(duration(250e6), "4 min 10 s");
  EXPECT_EQ(duration(86'400e6), "24 h");
  EXPECT_EQ(duration(86'400e6 * 3 + 3'600e6), "3 d 1 h");
}

TEST(Text, Significant_KeepsThreeDigitsWithoutZerosAtTheEnd) {
  EXPECT_EQ(significant(0), "0");
  EXPECT_EQ(significant(1234.4), "1,234");
  EXPECT_EQ(significant(12.35), "12.3");
  EXPECT_EQ(significant(0.012345), "0.0123");
  EXPECT_EQ(significant(2), "2");
  EXPECT_EQ(significant(-1.5), "-1.5");
  EXPECT_EQ(significant(std::nan("")), "?");
}

TEST(Text, Grouped_SetsCommasFromTheRight) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'000), "1,000");
  EXPECT_EQ(grouped(18'446'744'073'709'551'615U), "18,446,744,073,709,551,615");
}

TEST(Text, Size_CountsInPowersOf1024) {
  EXPECT_EQ(size(1023), "1023 B");
  EXPECT_EQ(size(12 * 1024 + 307), "12.3 KiB");
  EXPECT_EQ(size(1024 * 1024 - 1), "1 MiB");
  EXPECT_EQ(size(3ULL << 30U), "3 GiB");
}

TEST(Text, Fixed_HasNoNegativeZero) {
  EXPECT_EQ(fixed(-0.001, 1), "0.0");
  EXPECT_EQ(fixed(2.55, 1), "2.5");
  EXPECT_EQ(hex64(0xfeed), "000000000000feed");
}

}  // namespace
}  // namespace mp::sim::text
