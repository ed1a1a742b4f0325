// SPDX-License-Identifier: ISC
#include "micropycelium/transport/link_cost.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <random>

namespace mp {
namespace {

constexpr std::uint64_t kSeed = 20261128;

LinkCost of(std::initializer_list<bool> sendings) {
  LinkCost cost;
  for (const bool arrived : sendings) cost.sent(arrived);
  return cost;
}

TEST(LinkCost, NothingKnown_TwoTransmissions) { EXPECT_EQ(LinkCost{}.cost(), 2 * kCostUnit); }

TEST(LinkCost, FirstSamples_CountMost) {
  EXPECT_EQ(of({true}).cost(), 12U);               // 2 of 3
  EXPECT_EQ(of({true, true}).cost(), 11U);         // 3 of 4
  EXPECT_EQ(of({false}).cost(), 24U);              // 1 of 3
  EXPECT_EQ(of({true, false, true}).cost(), 13U);  // 3 of 5
}

TEST(LinkCost, AlwaysAndNever_ReachTheEnds) {
  LinkCost good, bad;
  for (int i = 0; i < 400; ++i) {
    good.sent(true);
    bad.sent(false);
  }
  EXPECT_EQ(good.cost(), kCostUnit);
  EXPECT_EQ(bad.cost(), kLinkCostMax);
  for (int i = 0; i < 400; ++i) {
    good.sent(false);
    bad.sent(true);
  }
  EXPECT_EQ(good.cost(), kLinkCostMax);
  EXPECT_EQ(bad.cost(), kCostUnit);
}

TEST(LinkCost, GoodLinkTurnsBad_SeenWithinAWindow) {
  std::mt19937_64 random(kSeed);
  LinkCost cost;
  for (int i = 0; i < 200; ++i) cost.sent(random() % 10 != 0);
  int sendings = 0;
  while (cost.cost() < 16) {
    cost.sent(random() % 10 < 3);
    ++sendings;
  }
  EXPECT_LE(sendings, 96);
}

TEST(LinkCost, ReportsWithTries_SameAsTheSendings) {
  LinkCost told;
  told.reported(true, 3, 7);
  EXPECT_EQ(told.cost(), of({false, false, true}).cost());
  LinkCost lost;
  lost.reported(false, 0, 4);
  EXPECT_EQ(lost.cost(), of({false, false, false, false}).cost());
  LinkCost once;  // and nothing said of how often it tries
  once.reported(false, 0, 0);
  EXPECT_EQ(once.cost(), of({false}).cost());
}

TEST(LinkCost, ReportsWithoutTries_AllSucceed_GetToOneTransmission) {
  LinkCost cost;
  for (int i = 0; i < 1000; ++i) cost.reported(true, 0, 7);
  EXPECT_EQ(cost.cost(), kCostUnit);
}

TEST(LinkCost, HeardWithGaps_MissedOnesCount) {
  LinkCost cost;
  cost.heard(1);
  EXPECT_EQ(cost.cost(), of({false, true}).cost());
  LinkCost silent;
  silent.heard(1'000'000);
  EXPECT_LE(silent.cost(), 28U) << "a long silence is no proof of a bad link";
}

struct Spread {
  double mean = 0, deviation = 0;
};

// The cost after so many events of a link with this delivery, over many links.
template <typename Event>
Spread spread(double delivery, int events, Event&& event) {
  std::mt19937_64 random(kSeed);
  std::uniform_real_distribution<double> uniform;
  constexpr int kLinks = 4000;
  double sum = 0, squares = 0;
  for (int link = 0; link < kLinks; ++link) {
    LinkCost cost;
    for (int i = 0; i < events; ++i) event(cost, [&] { return uniform(random) < delivery; });
    const auto eighths = static_cast<double>(cost.cost());
    sum += eighths;
    squares += eighths * eighths;
  }
  const double mean = sum / kLinks;
  return {mean, std::sqrt(std::max(0.0, squares / kLinks - mean * mean))};
}

constexpr double kDeliveries[] = {1.0, 0.9, 0.7, 0.5, 0.3, 0.2};
constexpr int kEvents[] = {4, 16, 64, 256};

const auto one_sending = [](LinkCost& cost, auto arrives) { cost.sent(arrives()); };
const auto one_report = [](LinkCost& cost, auto arrives) {
  bool arrived = false;
  for (int i = 0; i < 7 && !arrived; ++i) arrived = arrives();
  cost.reported(arrived, 0, 7);
};

// Both directions alike: a sending counts when the frame and the word of it arrive. Prints the table of the
// specification.
TEST(LinkCost, OfBothDirections_BiasAndSpread) {
  for (const double one_way : kDeliveries) {
    const double both = one_way * one_way;
    std::printf("%.1f each way, cost %5.1f:", one_way, std::min<double>(kCostUnit / both, kLinkCostMax));
    for (const int events : kEvents) {
      const Spread s = spread(both, events, one_sending);
      std::printf("  %5.1f +- %4.1f", s.mean, s.deviation);
    }
    std::printf("\n");
    if (both < 0.2) continue;
    const Spread s = spread(both, 256, one_sending);
    EXPECT_NEAR(s.mean / (kCostUnit / both), 1.0, 0.08) << one_way;
    EXPECT_LE(s.deviation / s.mean, 0.25) << one_way;
  }
}

TEST(LinkCost, OfReportsWithoutTries_OrderIsKept) {
  double before = 0;
  for (const double delivery : kDeliveries) {
    std::printf("%.1f, cost %5.1f:", delivery, kCostUnit / delivery);
    for (const int events : kEvents) {
      const Spread s = spread(delivery, events, one_report);
      std::printf("  %5.1f +- %4.1f", s.mean, s.deviation);
    }
    std::printf("\n");
    const double after = spread(delivery, 256, one_report).mean;
    EXPECT_GE(after, before);
    before = after;
  }
  EXPECT_GE(before, 24.0) << "one in five";
}

TEST(LinkCost, ToldOff_OnlyWhenItMatters) {
  EXPECT_FALSE(cost_off(8, 9));
  EXPECT_TRUE(cost_off(8, 10));
  EXPECT_TRUE(cost_off(16, 12));
  EXPECT_FALSE(cost_far_off(16, 12));
  EXPECT_TRUE(cost_far_off(16, 8));
  EXPECT_TRUE(cost_far_off(8, 16));
}

}  // namespace
}  // namespace mp
