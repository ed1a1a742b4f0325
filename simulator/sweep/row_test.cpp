// SPDX-License-Identifier: ISC
#include "simulator/sweep/row.hpp"

#include "simulator/report/test_results.hpp"
#include "simulator/sweep/error.hpp"
#include "simulator/sweep/seeds.hpp"

#include <gtest/gtest.h>

namespace mp::sim {
namespace {

Header header() {
  Header h;
  h.version = "0.1.0";
  h.scenario = "dir with spaces/village.toml";
  h.digest = "abc";
  h.plan.set = {{"topology.kind", "grid"}};
  h.plan.vary = {{"topology.nodes", {"50", "100"}}, {"medium.0.loss", {"0.10", "\"x\""}}};
  h.plan.seeds = {1, 2, 3, 9};
  h.shard = {1, 2};
  return h;
}

TEST(Row, OfAResult_GoesToALineAndBack) {
  for (const Result& result : {test::small_result(), test::broken_result()}) {
    const Row row = make_row({5, 1, 3}, result, false);
    EXPECT_EQ(row.run, 5U);
    EXPECT_EQ(row.ok, result.ok());
    EXPECT_EQ(row.trace_hash, "0123456789abcdef");
    const std::string line = to_line(row, header().plan.parameters(1), false);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_EQ(parse_row(line), row);
    EXPECT_EQ(to_line(parse_row(line), header().plan.parameters(1), false), line);
  }
}

TEST(Row, BrokenRun_KeepsWhatWentWrong) {
  const Result result = test::broken_result();
  const Row row = make_row({0, 0, 8}, result, false);
  EXPECT_FALSE(row.ok);
  EXPECT_EQ(row.violations_total, 212U);
  ASSERT_EQ(row.violations.size(), 2U);
  EXPECT_EQ(row.violations[0], "301.000000 s, node 17: duplicate delivery: Package 4 of node 3 was delivered twice");
  EXPECT_EQ(row.unmet, result.unmet);
}

TEST(Row, MoreViolationsThanARowHolds_TheFirstAreKept) {
  Result result = test::broken_result();
  result.violations.resize(100, result.violations.back());
  EXPECT_EQ(make_row({0, 0, 8}, result, false).violations.size(), Row::kTextsMax);
}

TEST(Row, WallTime_OnlyWhenAskedFor) {
  const Result result = test::small_result();
  const std::string without = to_line(make_row({0, 0, 7}, result, false), {}, false);
  EXPECT_EQ(without.find("wall_s"), std::string::npos);
  EXPECT_EQ(without.find("speed"), std::string::npos);
  const Row row = make_row({0, 0, 7}, result, true);
  EXPECT_EQ(row.wall_s, 1.5);
  EXPECT_EQ(parse_row(to_line(row, {}, true)), row);
}

TEST(Row, OfAnError_GoesToALineAndBack) {
  Row row;
  row.run = 3;
  row.seed = 18'446'744'073'709'551'615U;
  row.error = "village.toml: \"no\" layout\nof\xff this";
  Row back = parse_row(to_line(row, {{"a", "1"}}, false));
  EXPECT_NE(back.error.find("\"no\" layout\nof"), std::string::npos);
  back.error = row.error;  // bytes that are no UTF-8 are replaced
  EXPECT_EQ(back, row);
}

TEST(Row, Parameters_AreNumbersWhereTheyAreNumbers) {
  const std::string line = to_line(Row{}, {{"n", "50"}, {"x", "0.5"}, {"t", "every 10"}, {"b", "true"}}, false);
  EXPECT_NE(line.find(R"("parameters":{"n":50,"x":0.5,"t":"every 10","b":true})"), std::string::npos) << line;
}

TEST(Row, WhatIsNoRow_IsRefused) {
  for (const char* line : {"", "{", "[]", "{}", "3", R"({"run":1})", R"({"run":-1,"seed":1,"ok":true})",
                           R"({"run":"1","seed":1,"ok":true})", R"({"run":1,"seed":1,"ok":true,"figures":{}})"})
    EXPECT_THROW(parse_row(line), SweepError) << line;
}

TEST(Header, GoesToALineAndBack) {
  const Header h = header();
  const std::string line = to_line(h);
  const Header back = parse_header(line);
  EXPECT_EQ(to_line(back), line);
  EXPECT_EQ(back.shard, h.shard);
  EXPECT_EQ(back.plan.vary, h.plan.vary);
  EXPECT_EQ(back.plan.seeds, h.plan.seeds);
  EXPECT_EQ(back.scenario, h.scenario);
}

TEST(Header, WhatIsNone_IsRefused) {
  std::string other = to_line(header());
  other.replace(other.find("sweep\":1"), 8, "sweep\":2");
  std::string seeds = to_line(header());
  seeds.replace(seeds.find("1-3,9"), 5, "1-3,1");
  for (const std::string& line : {std::string("{}"), std::string("hello"), std::string(R"({"mpsim_sweep":1})"),
                                  std::string(R"({"mpsim_sweep":"1"})"), other, seeds})
    EXPECT_THROW(parse_header(line), SweepError) << line;
}

}  // namespace
}  // namespace mp::sim
