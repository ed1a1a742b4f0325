// SPDX-License-Identifier: ISC
#include "simulator/sweep/plan.hpp"

#include "simulator/sweep/error.hpp"
#include "simulator/sweep/replay.hpp"

#include <gtest/gtest.h>

namespace mp::sim {
namespace {

std::string text_of_run(const Plan& plan, std::size_t number) {
  const PlannedRun run = plan.run(number);
  return text_of(plan.overrides(run.combination)) + " #" + std::to_string(run.seed);
}

TEST(Plan, Runs_AreEveryCombinationWithEverySeed) {
  Plan plan;
  plan.set = {{"s", "0"}};
  plan.vary = {{"a", {"1", "2"}}, {"b", {"x", "y", "z"}}};
  plan.seeds = {7, 8};
  ASSERT_EQ(plan.runs(), 12U);
  EXPECT_EQ(text_of_run(plan, 0), "s=0 a=1 b=x #7");
  EXPECT_EQ(text_of_run(plan, 1), "s=0 a=1 b=x #8");
  EXPECT_EQ(text_of_run(plan, 2), "s=0 a=1 b=y #7");
  EXPECT_EQ(text_of_run(plan, 11), "s=0 a=2 b=z #8");
  EXPECT_EQ(text_of(plan.parameters(5)), "a=2 b=z");
}

TEST(Plan, NothingVaried_OneCombination) {
  Plan plan;
  plan.seeds = {1, 2, 3};
  EXPECT_EQ(plan.runs(), 3U);
  EXPECT_TRUE(plan.parameters(0).empty());
}

TEST(Plan, TooManyRunsOrAKeyTwice_Refused) {
  Plan plan;
  plan.seeds = std::vector<std::uint64_t>(100'000);
  plan.vary = {{"a", std::vector<std::string>(101, "1")}};
  EXPECT_THROW(plan.check(), SweepError);
  plan.vary = {{"a", {"1"}}, {"a", {"2"}}};
  EXPECT_THROW(plan.check(), SweepError);
  plan.vary = {{"a", {"1"}}, {"b", {"2"}}};
  EXPECT_NO_THROW(plan.check());
}

TEST(Vary, Commas_DivideButNotWithinBracketsOrQuotes) {
  EXPECT_EQ(parse_vary("topology.nodes=50,100"), (Vary{"topology.nodes", {"50", "100"}}));
  EXPECT_EQ(parse_vary("t.0.size=[1,2],[3,4],5"), (Vary{"t.0.size", {"[1,2]", "[3,4]", "5"}}));
  EXPECT_EQ(parse_vary(R"(g.nodes="0,1","a\",b",all)"), (Vary{"g.nodes", {R"("0,1")", R"("a\",b")", "all"}}));
  EXPECT_EQ(parse_vary("k=a=b"), (Vary{"k", {"a=b"}}));
}

TEST(Vary, Wrong_IsRefused) {
  for (const char* text : {"", "a", "=1", "a=", "a=1,", "a=,1", "a=1,1"})
    EXPECT_THROW(parse_vary(text), SweepError) << text;
}

TEST(Replay, Words_AreQuotedForTheShellWhereTheyMustBe) {
  EXPECT_EQ(shell_word("a/b-c_1.toml"), "a/b-c_1.toml");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("it's $HOME"), "'it'\\''s $HOME'");
  EXPECT_EQ(replay_command("my village.toml", 7, {{"topology.nodes", "200"}, {"group.0.nodes", "every 10"}}),
            "mpsim run 'my village.toml' --seed 7 --set topology.nodes=200 --set 'group.0.nodes=every 10'");
}

}  // namespace
}  // namespace mp::sim
