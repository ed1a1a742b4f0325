// SPDX-License-Identifier: ISC
#include "micropycelium/node/targets.hpp"

#include <gtest/gtest.h>

#include <array>

namespace mp {
namespace {

NodeTag tag(unsigned n) {
  NodeTag t;
  t.value.fill(static_cast<std::byte>(n));
  return t;
}
Instant at(std::int64_t s) { return Instant{} + seconds(s); }
constexpr auto kNobodyInUse = [](const NodeTag&) { return false; };

struct Table {
  std::array<Target, 8> slots;
  Targets targets{slots};
  Target* wanted(unsigned n, std::int64_t s) { return targets.take_wanted(tag(n), at(s), kNobodyInUse); }
  Target* stranger(unsigned n, std::int64_t s) { return targets.take_stranger(tag(n), at(s), kNobodyInUse); }
};

TEST(Targets, StrangersFillWhatIsFree_ThenGiveWayToEachOther) {
  Table t;
  for (unsigned n = 1; n <= 8; ++n) ASSERT_NE(t.stranger(n, n), nullptr);
  ASSERT_NE(t.stranger(9, 9), nullptr);
  EXPECT_EQ(t.targets.find(tag(1)), nullptr);
  EXPECT_NE(t.targets.find(tag(2)), nullptr);
}

TEST(Targets, WantedOnes_KeepThreeQuartersAgainstStrangers) {
  Table t;
  for (unsigned n = 1; n <= 8; ++n) ASSERT_NE(t.wanted(n, n), nullptr);
  for (unsigned n = 100; n < 200; ++n) ASSERT_NE(t.stranger(n, 20), nullptr);
  for (unsigned n = 1; n <= 2; ++n) EXPECT_EQ(t.targets.find(tag(n)), nullptr);
  for (unsigned n = 3; n <= 8; ++n) EXPECT_NE(t.targets.find(tag(n)), nullptr);
}

TEST(Targets, WantedLongAgo_GiveWayToStrangers) {
  Table t;
  for (unsigned n = 1; n <= 8; ++n) ASSERT_NE(t.wanted(n, n), nullptr);
  for (unsigned n = 100; n < 108; ++n) ASSERT_NE(t.stranger(n, 1000), nullptr);
  for (unsigned n = 1; n <= 8; ++n) EXPECT_EQ(t.targets.find(tag(n)), nullptr);
}

TEST(Targets, WhoIsInUse_StaysAgainstStrangers_AndGoesLastForTheWanted) {
  Table t;
  for (unsigned n = 1; n <= 8; ++n) ASSERT_NE(t.wanted(n, n), nullptr);
  const auto all_but_5 = [](const NodeTag& who) { return !(who == tag(5)); };
  ASSERT_NE(t.targets.take_wanted(tag(9), at(9), all_but_5), nullptr);
  EXPECT_EQ(t.targets.find(tag(5)), nullptr);
  const auto all = [](const NodeTag&) { return true; };
  EXPECT_EQ(t.targets.take_stranger(tag(10), at(1000), all), nullptr);
  ASSERT_NE(t.targets.take_wanted(tag(10), at(10), all), nullptr);
  EXPECT_EQ(t.targets.find(tag(1)), nullptr);
}

TEST(Targets, WhoIsLookedFor_NeverGoes) {
  Table t;
  for (unsigned n = 1; n <= 8; ++n) t.wanted(n, n)->seek();
  EXPECT_EQ(t.wanted(9, 9), nullptr);
  EXPECT_EQ(t.stranger(9, 9), nullptr);
}

TEST(Targets, SignedPlaces_AreSureForAMinute) {
  Target t;
  EXPECT_FALSE(t.sure(at(0)));
  t.set_signed(at(0));
  EXPECT_TRUE(t.sure(at(59)));
  EXPECT_FALSE(t.sure(at(60)));
  t.set_signed(at(100));
  t.lose();
  EXPECT_FALSE(t.sure(at(100)));
}

}  // namespace
}  // namespace mp
