// SPDX-License-Identifier: ISC
#include "simulator/report/figures.hpp"

#include "simulator/report/test_results.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

namespace mp::sim {
namespace {

std::map<std::string, double> table(const Result& r) {
  const auto rows = figures(r);
  return {rows.begin(), rows.end()};
}

TEST(Figures, HeadlineNumbers_AreWhatTheRunGave) {
  const Result r = test::small_result();
  const auto f = table(r);
  EXPECT_DOUBLE_EQ(f.at("delivered_share"), 2350.0 / 2400);
  EXPECT_DOUBLE_EQ(f.at("sent"), 2400);
  EXPECT_DOUBLE_EQ(f.at("latency_p95_ms"), static_cast<double>(r.flows[0].latency_us.percentile(95)) / 1000);
  EXPECT_DOUBLE_EQ(f.at("converged_p95_s"), static_cast<double>(r.converged_us.percentile(95)) / 1e6);
  EXPECT_DOUBLE_EQ(f.at("converged_share"), 1);
  EXPECT_DOUBLE_EQ(f.at("violations"), 0);
  EXPECT_DOUBLE_EQ(f.at("speed"), 400);
  EXPECT_DOUBLE_EQ(f.at("airtime_s.beacon"), 240);
  // Sent for 1/100 + 1/900 + 1/400 + 1/60 of the time; a 50th of it without power.
  EXPECT_NEAR(f.at("airtime_share"), (0.01 + 1.0 / 900 + 0.0025 + 1.0 / 60) / 0.98, 1e-6);
  double energy = 0;
  for (const NodeResult& n : r.node_results) energy += n.energy_mwh;
  EXPECT_DOUBLE_EQ(f.at("energy_mwh_mean"), energy / 40);
}

TEST(Figures, SeveralFlowsAndMedia_GetTheirOwnColumns) {
  const auto f = table(test::broken_result());
  EXPECT_DOUBLE_EQ(f.at("delivered_share"), 2450.0 / 2520);  // without the broadcasts
  EXPECT_DOUBLE_EQ(f.at("delivered_share.alarms"), 100.0 / 120);
  EXPECT_DOUBLE_EQ(f.at("delivered_share.news"), 57.0 / 60);
  EXPECT_EQ(f.count("airtime_share.air"), 1U);
  EXPECT_DOUBLE_EQ(f.at("duty_worst_share.far <i>"), 0.012345);
  EXPECT_DOUBLE_EQ(f.at("violations"), 212);
  EXPECT_DOUBLE_EQ(f.at("told_failed_but_delivered"), 4);
  EXPECT_LT(f.at("converged_share"), 1);
}

TEST(Figures, Names_AreUniqueAndValuesFinite) {
  for (const Result& r : {test::small_result(), test::broken_result(), Result{}}) {
    std::set<std::string> names;
    for (const auto& [name, value] : figures(r)) {
      EXPECT_TRUE(names.insert(name).second) << name;
      EXPECT_TRUE(std::isfinite(value)) << name;
    }
  }
}

TEST(Figures, OnlyBroadcasts_AreTheTotals) {
  Result r;
  FlowResult news;
  news.everyone = true;
  news.sent = 10;
  news.delivered = 9;
  r.flows.push_back(news);
  EXPECT_TRUE(totals(r).broadcasts_only);
  EXPECT_DOUBLE_EQ(table(r).at("delivered_share"), 0.9);
}

TEST(Figures, EnergyOfADay_IsOfTheTimeThatWasMeasured) {
  Result r;
  r.virtual_s = 1'000;
  EXPECT_DOUBLE_EQ(per_day(r, 1), 86.4);
  r.measured_s = 500;
  EXPECT_DOUBLE_EQ(per_day(r, 1), 172.8);
  EXPECT_DOUBLE_EQ(per_day(Result{}, 1), 0);
}

TEST(Figures, FlowsWithoutName_AreCalledByTheirKey) {
  Result r = test::broken_result();
  r.flows[1].name.clear();
  EXPECT_EQ(table(r).count("delivered_share.traffic.1"), 1U);
}

TEST(Figures, OutcomesOfAllFlows_AreAddedByName) {
  const Totals t = totals(test::broken_result());
  ASSERT_EQ(t.outcomes.size(), 2U);
  EXPECT_EQ(t.outcomes[0], (std::pair<std::string, std::uint64_t>{"delivered", 2450}));
  EXPECT_EQ(t.outcomes[1], (std::pair<std::string, std::uint64_t>{"no_answer", 47 + 17}));
}

}  // namespace
}  // namespace mp::sim
