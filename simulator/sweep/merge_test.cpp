// SPDX-License-Identifier: ISC
#include "simulator/sweep/merge.hpp"

#include "simulator/report/test_results.hpp"
#include "simulator/sweep/error.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace mp::sim {
namespace {

Header header(const Shard& shard = {}) {
  Header h;
  h.version = "0.1.0";
  h.scenario = "village.toml";
  h.digest = "abc";
  h.plan.vary = {{"topology.nodes", {"50", "100"}}};
  h.plan.seeds = {1, 2, 3};
  h.shard = shard;
  return h;
}

std::string file(const Header& h, std::size_t lost = 1000) {
  std::string text = to_line(h) + "\n";
  for (std::size_t i = 0; i < h.plan.runs(); ++i) {
    if (!h.shard.takes(i) || i == lost) continue;
    const PlannedRun run = h.plan.run(i);
    Result result = i == 4 ? test::broken_result() : test::small_result();
    result.trace_hash = i;
    text += to_line(make_row(run, result, false), h.plan.parameters(run.combination), false) + "\n";
  }
  return text;
}

void add(Merge& merge, const std::string& text, const std::string& name) {
  std::istringstream in(text);
  merge.add(in, name);
}

std::string refusal(Merge& merge, const std::string& text) {
  try {
    add(merge, text, "b");
  } catch (const SweepError& error) {
    return error.what();
  }
  return "";
}

std::string written(const Merge& merge) {
  std::string text;
  merge.write([&text](const std::string& line) { text += line; });
  return text;
}

TEST(Merge, AllShards_InAnyOrder_GiveTheFileOfTheWhole) {
  Merge merge;
  for (const std::size_t i : {2U, 0U, 3U, 1U}) add(merge, file(header({i, 4})), std::to_string(i));
  EXPECT_EQ(merge.missing(), "");
  EXPECT_EQ(written(merge), file(header()));
  const Table table = merge.table();
  EXPECT_EQ(table.runs(), 6U);
  EXPECT_EQ(table.failed(), 1U);
}

TEST(Merge, MoreShardsThanRuns_TheEmptyOnesDoNoHarm) {
  Merge merge;
  for (std::size_t i = 0; i < 9; ++i) add(merge, file(header({i, 9})), std::to_string(i));
  EXPECT_EQ(written(merge), file(header()));
}

TEST(Merge, ShardOrRunMissing_IsSaid) {
  Merge merge;
  add(merge, file(header({0, 3})), "a");
  add(merge, file(header({1, 3}), 4), "b");
  EXPECT_EQ(merge.runs_missing(), 3U);
  EXPECT_EQ(merge.missing(), "3 runs of 6 are missing: 2,4,5 (of the shards 1/3, 2/3)");
}

TEST(Merge, SameFileTwice_Refused) {
  Merge merge;
  add(merge, file(header({0, 2})), "a");
  EXPECT_NE(refusal(merge, file(header({0, 2}))).find("b:2: run 0 is there already"), std::string::npos);
}

TEST(Merge, OtherSweep_RefusedAndSaysWhatDiffers) {
  Merge merge;
  add(merge, file(header({0, 2})), "a");
  Header h = header({1, 2});
  h.digest = "xyz";
  EXPECT_NE(refusal(merge, file(h)).find("the scenario file"), std::string::npos);
  h = header({1, 2});
  h.plan.seeds = {1, 2, 4};
  EXPECT_NE(refusal(merge, file(h)).find("--seeds: 1,2,4 and 1-3"), std::string::npos) << refusal(merge, file(h));
  h = header({1, 2});
  h.plan.vary[0].values[0] = "51";
  EXPECT_NE(refusal(merge, file(h)).find("topology.nodes=51,100"), std::string::npos);
  h = header({1, 2});
  h.plan.set = {{"a", "1"}};
  EXPECT_NE(refusal(merge, file(h)).find("--set: a=1 and nothing"), std::string::npos);
  h = header({1, 2});
  h.version = "9";
  EXPECT_NE(refusal(merge, file(h)).find("version"), std::string::npos);
  h = header({1, 2});
  h.scenario = "elsewhere/village.toml";  // on another machine
  EXPECT_EQ(refusal(merge, file(h)), "");
}

TEST(Merge, RowThatDoesNotBelong_Refused) {
  const std::string good = file(header({1, 2}));
  const auto changed = [&good](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  for (const std::string& bad :
       {changed("\"run\":1", "\"run\":2"), changed("\"run\":1", "\"run\":7"), changed("\"seed\":2", "\"seed\":3"),
        changed("\"ok\":true", "\"ok\":1"), std::string(), std::string("not rows\n")}) {
    Merge merge;
    EXPECT_NE(refusal(merge, bad), "") << bad.substr(0, 300);
  }
}

TEST(Merge, LastLineCutOff_CountsAsMissing) {
  Merge merge;
  add(merge, file(header({0, 2})), "a");
  std::string cut = file(header({1, 2}));
  cut.resize(cut.size() - 20);
  add(merge, cut, "b");
  EXPECT_EQ(merge.missing(), "1 run of 6 is missing: 5 (of the shards 1/2)");
}

}  // namespace
}  // namespace mp::sim
