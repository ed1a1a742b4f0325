// SPDX-License-Identifier: ISC
#include "simulator/report/summary.hpp"

#include "simulator/report/test_results.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mp::sim {
namespace {

std::string last_line(const std::string& text) {
  const std::size_t end = text.size() - 1;
  return text.substr(text.rfind('\n', end - 1) + 1, end - text.rfind('\n', end - 1) - 1);
}

TEST(Summary, GoodRun_SaysTheFiguresInWords) {
  const std::string text = summary(test::small_result());
  EXPECT_TRUE(text.starts_with("Scenario     village, seed 7\n")) << text;
  for (const char* part :
       {"97.9 % of the Packages arrived: 2,350 of 2,400", "40 nodes", "10 min simulated in 1.5 s",
        "400 times as fast as real time", "95 % within", "beacon 33", "mWh a node", "nothing happened that must not"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nis not in\n" << text;
  EXPECT_EQ(last_line(text), "Replay       mpsim run village.toml --seed 7   trace 0123456789abcdef");
}

TEST(Summary, BrokenRun_SaysSoFirst) {
  const std::string text = summary(test::broken_result());
  EXPECT_TRUE(
      text.starts_with("VIOLATIONS: 212 times something happened that must not:\n"
                       "  301.000000 s  node 17  duplicate delivery: Package 4 of node 3 was delivered twice\n"
                       "  302.000123 s  node 3  forward while off: "))
      << text;
  EXPECT_NE(text.find("\nUNMET: 1 expectation of the scenario did not hold:\n  delivered: 97.2 %"), std::string::npos);
  EXPECT_LT(text.find("UNMET"), text.find("Scenario"));
  EXPECT_EQ(text.find("nothing happened"), std::string::npos);
}

TEST(Summary, Length_IsThatOfAScreen) {
  const auto lines = [](const Result& r) {
    const std::string text = summary(r);
    return std::count(text.begin(), text.end(), '\n');
  };
  EXPECT_LE(lines(test::small_result()), 30);
  EXPECT_LE(lines(test::broken_result()), 36);
  EXPECT_LE(lines(test::large_result(1'000)), 30);
  Result many = test::small_result();
  for (std::uint32_t i = 0; i < 50; ++i) {
    many.media.push_back(many.media[0]);
    many.flows.push_back(many.flows[0]);
    many.violations.push_back({test::at_s(1), i, "time", "went back"});
    many.unmet.push_back("no");
  }
  many.violations_total = 50;
  EXPECT_LE(lines(many), 55);
}

TEST(Summary, NothingHappened_IsSaidWithoutFigures) {
  const std::string text = summary(Result{});
  EXPECT_NE(text.find("the scenario has no traffic"), std::string::npos);
  EXPECT_EQ(text.find("nan"), std::string::npos);
  EXPECT_EQ(text.find("?"), std::string::npos);
}

TEST(Summary, Interrupted_IsSaid) {
  Result r = test::small_result();
  r.interrupted = true;
  EXPECT_TRUE(summary(r).starts_with("INTERRUPTED: all figures end at 10 min."));
}

}  // namespace
}  // namespace mp::sim
