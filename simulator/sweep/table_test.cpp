// SPDX-License-Identifier: ISC
#include "simulator/sweep/table.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <numeric>

namespace mp::sim {
namespace {

Header header() {
  Header h;
  h.scenario = "my village.toml";
  h.plan.set = {{"s", "1"}};
  h.plan.vary = {{"topology.nodes", {"50", "100"}}};
  h.plan.seeds.resize(20);
  std::iota(h.plan.seeds.begin(), h.plan.seeds.end(), 1);
  return h;
}

Row row(const Header& h, std::size_t run, double delivered) {
  Row r;
  r.run = run;
  r.seed = h.plan.run(run).seed;
  r.ok = true;
  r.figures = {{"delivered_share", delivered}, {"sent", 10.0 * static_cast<double>(run)}};
  return r;
}

TEST(Table, Spread_IsMeanAndNearestRanks) {
  std::vector<double> values(100);
  std::iota(values.rbegin(), values.rend(), 1.0);
  const Table::Spread s = Table::spread(values);
  EXPECT_EQ(s.count, 100U);
  EXPECT_EQ(s.mean, 50.5);
  EXPECT_EQ(s.least, 1);
  EXPECT_EQ(s.p5, 5);
  EXPECT_EQ(s.p50, 50);
  EXPECT_EQ(s.p95, 95);
  EXPECT_EQ(s.most, 100);
  const Table::Spread one = Table::spread({3});
  EXPECT_EQ(one.p5, 3);
  EXPECT_EQ(one.p95, 3);
  EXPECT_EQ(Table::spread({}).count, 0U);
}

TEST(Table, Combinations_AreKeptApart) {
  const Header h = header();
  Table table(h);
  for (std::size_t run = 0; run < h.plan.runs(); ++run) table.add(row(h, run, run < 20 ? 0.5 : 0.25));
  const auto json = nlohmann::json::parse(table.json());
  EXPECT_EQ(json["done"], 40);
  EXPECT_EQ(json["ok"], true);
  EXPECT_EQ(json["combinations"][0]["figures"]["delivered_share"]["mean"], 0.5);
  EXPECT_EQ(json["combinations"][1]["figures"]["delivered_share"]["mean"], 0.25);
  EXPECT_EQ(json["combinations"][1]["figures"]["sent"]["max"], 390.0);
  EXPECT_EQ(json["combinations"][1]["parameters"]["topology.nodes"], "100");
  EXPECT_NE(table.text().find("topology.nodes=50: 20 runs, all held"), std::string::npos) << table.text();
  EXPECT_NE(table.text().find("40 runs, all held"), std::string::npos);
}

TEST(Table, FailedRuns_AreShownWithTheCommandThatReplaysThem) {
  const Header h = header();
  Table table(h);
  for (std::size_t run = 20; run < 40; ++run) {
    Row r = row(h, run, 1);
    if (run >= 30) {
      r.ok = false;
      r.unmet = {"too few arrived"};
    }
    table.add(r);
  }
  Row broken = row(h, 0, 1);
  broken.ok = false;
  broken.violations = {"1 s, node 3: duplicate delivery"};
  broken.violations_total = 3;
  table.add(broken);
  EXPECT_EQ(table.failed(), 11U);
  const std::string text = table.text();
  EXPECT_NE(text.find("failed: mpsim run 'my village.toml' --seed 11 --set s=1 --set topology.nodes=100\n"
                      "          too few arrived"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("and 5 others"), std::string::npos) << text;
  EXPECT_NE(text.find("duplicate delivery (1 of 3)"), std::string::npos) << text;
  const auto json = nlohmann::json::parse(table.json());
  EXPECT_EQ(json["combinations"][1]["failures"].size(), 5U);
  EXPECT_EQ(json["combinations"][1]["failed"], 10);
  EXPECT_EQ(json["combinations"][0]["failures"][0]["seed"], 1);
}

TEST(Table, FigureThatSomeRunsLack_CountsThoseThatHaveIt) {
  const Header h = header();
  Table table(h);
  table.add(row(h, 0, 0.5));
  Row without = row(h, 1, 0);
  without.figures.erase(without.figures.begin());
  table.add(without);
  Row error;
  error.run = 2;
  error.error = "no layout";
  table.add(error);
  const auto json = nlohmann::json::parse(table.json());
  EXPECT_EQ(json["combinations"][0]["figures"]["delivered_share"]["count"], 1);
  EXPECT_EQ(json["combinations"][0]["figures"]["sent"]["count"], 2);
  EXPECT_NE(table.text().find("no layout"), std::string::npos);
}

TEST(Table, NoRun_SaysSo) { EXPECT_EQ(Table(header()).text(), "no run was done\n"); }

}  // namespace
}  // namespace mp::sim
