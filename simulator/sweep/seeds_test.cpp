// SPDX-License-Identifier: ISC
#include "simulator/sweep/seeds.hpp"

#include "simulator/sweep/error.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace mp::sim {
namespace {

using Seeds = std::vector<std::uint64_t>;

std::string refusal(std::string_view text) {
  try {
    parse_seeds(text);
  } catch (const SweepError& error) {
    return error.what();
  }
  return "";
}

TEST(Seeds, RangesAndLists_AreTakenInTheOrderWritten) {
  EXPECT_EQ(parse_seeds("7"), (Seeds{7}));
  EXPECT_EQ(parse_seeds("1-4"), (Seeds{1, 2, 3, 4}));
  EXPECT_EQ(parse_seeds("9,1-3,0"), (Seeds{9, 1, 2, 3, 0}));
  EXPECT_EQ(parse_seeds("9223372036854775806-9223372036854775807").size(), 2U);
}

TEST(Seeds, WhatIsNoList_IsRefusedWithAnExample) {
  for (const char* text : {"", "a", "1-", "-3", "1,,2", "1, 2", "1-2-3", "1.5", "18446744073709551616", "+1"})
    EXPECT_NE(refusal(text).find("1-100"), std::string::npos) << text << ": " << refusal(text);
  EXPECT_NE(refusal("9-3").find("write 3-9"), std::string::npos) << refusal("9-3");
}

TEST(Seeds, OneThatIsThereTwice_IsRefused) { EXPECT_NE(refusal("1-5,3").find("3 is there twice"), std::string::npos); }

TEST(Seeds, MoreThanAnyoneRuns_AreRefusedBeforeTheyFillMemory) {
  EXPECT_NE(refusal("0-18446744073709551615"), "");
  EXPECT_NE(refusal("1-999999,2000000-2000003"), "");
  EXPECT_EQ(refusal("1-1000000"), "");
}

TEST(Seeds, Text_IsShortAndReadsBack) {
  for (const char* text : {"7", "1,2", "1-3", "9,1-3,0", "5,4,3", "9223372036854775807,0"}) {
    EXPECT_EQ(seeds_text(parse_seeds(text)), text);
    EXPECT_EQ(parse_seeds(seeds_text(parse_seeds(text))), parse_seeds(text));
  }
}

}  // namespace
}  // namespace mp::sim
