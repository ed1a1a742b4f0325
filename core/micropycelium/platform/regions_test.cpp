// SPDX-License-Identifier: ISC
// The table of regions against the law's figures, typed from the law and not from the table.
#include "micropycelium/platform/regions.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace mp {
namespace {

struct Law {
  const char* region;
  std::uint32_t from_khz, to_khz;
  double power_mw;         // radiated
  double seconds_an_hour;  // 0: no duty cycle
  int longest_ms;          // 0: no limit
};

// ETSI EN 300 220-2, annex B; 47 CFR 15.247 (a)(1)(i), (b)(2) and (b)(3).
constexpr Law kLaw[] = {
    {"eu433", 433'050, 434'790, 10, 360, 0},     {"eu868", 868'000, 868'600, 25, 36, 0},
    {"eu868-low", 868'700, 869'200, 25, 3.6, 0}, {"eu868-high", 869'400, 869'650, 500, 360, 0},
    {"eu868-top", 869'700, 870'000, 25, 36, 0},  {"us915", 902'000, 928'000, 1000, 0, 400},
    {"us915-500", 902'000, 928'000, 1000, 0, 0},
};

TEST(Regions, Values_AreThoseOfTheLaw) {
  EXPECT_EQ(std::size(kRegions), std::size(kLaw));
  for (const Law& law : kLaw) {
    SCOPED_TRACE(law.region);
    const Region* r = find_region(law.region);
    ASSERT_NE(r, nullptr);
    EXPECT_EQ(r->from_khz, law.from_khz);
    EXPECT_EQ(r->to_khz, law.to_khz);
    EXPECT_EQ(r->power_max_dbm, std::lround(10 * std::log10(law.power_mw)));
    EXPECT_EQ(r->rule.limits(), law.seconds_an_hour > 0);
    if (r->rule.limits()) {
      EXPECT_EQ(r->rule.window, seconds(3600));
      EXPECT_DOUBLE_EQ(r->rule.share_ppm / 1e6 * 3600, law.seconds_an_hour);
    }
    EXPECT_EQ(r->rule.longest, milliseconds(law.longest_ms));
  }
}

TEST(Regions, Find_ByItsWholeName) {
  for (const Region& r : kRegions) EXPECT_EQ(find_region(r.name), &r) << "names are unique";
  EXPECT_EQ(find_region(""), nullptr);
  EXPECT_EQ(find_region("eu86"), nullptr);
  EXPECT_EQ(find_region("eu868 "), nullptr);
  EXPECT_EQ(find_region("EU868"), nullptr);
}

TEST(Regions, EachIsABand) {
  for (const Region& r : kRegions) {
    EXPECT_LT(r.from_khz, r.to_khz) << r.name;
    EXPECT_GT(r.rule.share_ppm, 0U) << r.name;
    EXPECT_LE(r.rule.share_ppm, 1'000'000U) << r.name;
  }
}

}  // namespace
}  // namespace mp
