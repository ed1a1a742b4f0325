// SPDX-License-Identifier: ISC
#include "simulator/scenario/selection.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace mp::sim {
namespace {

using Nodes = std::vector<std::uint32_t>;

Nodes chosen(const std::string& text, std::uint32_t nodes = 20, std::uint64_t seed = 1) {
  return select({text}, nodes, {{"gateways", {3, 17}}, {"empty", {}}}, Seed(seed));
}

std::string why_not(const std::string& text, std::uint32_t nodes = 20) {
  try {
    chosen(text, nodes);
  } catch (const ScenarioError& e) {
    return e.what();
  }
  return {};
}

TEST(Selection, EachForm_MeansItsNodes) {
  Nodes all(20);
  std::iota(all.begin(), all.end(), 0U);
  EXPECT_EQ(chosen("all"), all);
  EXPECT_EQ(chosen("none"), Nodes{});
  EXPECT_EQ(chosen("7"), Nodes{7});
  EXPECT_EQ(chosen("2-5"), (Nodes{2, 3, 4, 5}));
  EXPECT_EQ(chosen(" 0 , 3,7 "), (Nodes{0, 3, 7}));
  EXPECT_EQ(chosen("every 8"), (Nodes{0, 8, 16}));
  EXPECT_EQ(chosen("every 4000000000"), Nodes{0});
  EXPECT_EQ(chosen("gateways"), (Nodes{3, 17}));
  EXPECT_EQ(chosen("empty"), Nodes{});
  EXPECT_EQ(chosen("random 0"), Nodes{});
  EXPECT_EQ(chosen("random 100%"), all);
  EXPECT_EQ(chosen("random 50"), all);
}

TEST(Selection, SeveralTerms_MeanAllOfThemOnce) {
  EXPECT_EQ(chosen("17, 2-3, gateways, every 10"), (Nodes{0, 2, 3, 10, 17}));
}

TEST(Selection, Random_CountsAndShares) {
  EXPECT_EQ(chosen("random 5").size(), 5U);
  EXPECT_EQ(chosen("random 10%").size(), 2U);
  EXPECT_EQ(chosen("random 12.5%", 1000).size(), 125U);
  EXPECT_EQ(chosen("random 5"), chosen("random 5"));
  EXPECT_NE(chosen("random 5", 1000, 1), chosen("random 5", 1000, 2));
}

TEST(Selection, RandomOfMore_HoldsThoseOfFewer) {
  for (std::uint32_t n = 1; n < 20; ++n) {
    const Nodes fewer = chosen("random " + std::to_string(n)), more = chosen("random " + std::to_string(n + 1));
    EXPECT_TRUE(std::includes(more.begin(), more.end(), fewer.begin(), fewer.end())) << n;
  }
}

TEST(Selection, Random_TakesEachNodeEquallyOften) {
  std::vector<int> taken(20, 0);
  for (std::uint64_t seed = 0; seed < 4000; ++seed)
    for (const std::uint32_t i : chosen("random 5", 20, seed)) ++taken[i];
  // 1,000 expected; the standard deviation is 27.
  for (const int n : taken) EXPECT_NEAR(n, 1000, 140);
}

TEST(Selection, WrongText_SaysWhatToWrite) {
  EXPECT_EQ(why_not("20"), "there is no node 20; the last is 19");
  EXPECT_EQ(why_not("3-20"), "there is no node 20; the last is 19");
  EXPECT_EQ(why_not("5-2"), "\"5-2\" ends before it begins");
  EXPECT_NE(why_not("every 0").find("write \"every 10\""), std::string::npos);
  EXPECT_NE(why_not("random many").find("write \"random 5\""), std::string::npos);
  EXPECT_NE(why_not("random 101%").find("no share"), std::string::npos);
  EXPECT_NE(why_not("random 1.2345%").find("no share"), std::string::npos);
  EXPECT_NE(why_not("gateway").find("there are: gateways, empty"), std::string::npos);
  EXPECT_NE(why_not("").find("selects nothing"), std::string::npos);
  EXPECT_NE(why_not("1,,2").find("selects nothing"), std::string::npos);
  EXPECT_NE(why_not("1-").find("neither a number"), std::string::npos);
  EXPECT_NE(why_not("99999999999").find("means no nodes"), std::string::npos);
  EXPECT_NE(why_not("a b").find("means no nodes"), std::string::npos);
  EXPECT_NE(why_not("0-4294967295").find("no node 4294967295"), std::string::npos);
}

TEST(Selection, CheckBeforeTheWorldIsThere_SeesWhatIsKnown) {
  EXPECT_EQ(check_selector({"900, sensors"}, std::nullopt, std::nullopt), "");
  EXPECT_EQ(check_selector({"900"}, 100, std::nullopt), "there is no node 900; the last is 99");
  EXPECT_NE(check_selector({"sensors"}, 100, std::vector<std::string>{}), "");
  EXPECT_EQ(check_selector({"sensors"}, 100, std::vector<std::string>{"sensors"}), "");
}

TEST(Selection, Names_CanNotBeTakenForSomethingElse) {
  for (const char* good : {"sensors", "village_0", "a-b", "Z9"}) EXPECT_TRUE(can_be_name(good)) << good;
  for (const char* bad :
       {"", "all", "none", "random", "neighbour", "everyone", "0a", "-a", "a b", "a,b", "a.b", "\xc3\xa4"})
    EXPECT_FALSE(can_be_name(bad)) << bad;
}

}  // namespace
}  // namespace mp::sim
