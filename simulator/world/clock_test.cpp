// SPDX-License-Identifier: ISC
#include "simulator/world/clock.hpp"

#include <gtest/gtest.h>

namespace mp::sim {
namespace {

constexpr std::int64_t kYear_us = std::int64_t{366} * 24 * 3600 * 1'000'000;

TEST(BoardClock, FastAndSlow_WorldIsTheFirstInstantThatShowsIt) {
  for (const std::int32_t drift : {0, 1, -1, 100, -100, 100'000, -100'000})
    for (const std::int64_t us : {std::int64_t{0}, std::int64_t{1}, std::int64_t{999'999}, std::int64_t{123'456'789},
                                  kYear_us / 4, 10 * kYear_us}) {
      const BoardClock clock(Instant{5'000}, seconds(77), drift);
      const Instant local = Instant{seconds(77).us + us};
      const Instant world = clock.world(local);
      EXPECT_GE(clock.local(world), local) << drift << " ppm, " << us << " us";
      if (us > 0) {
        EXPECT_LT(clock.local(world - microseconds(1)), local) << drift << " ppm, " << us << " us";
      }
    }
}

// The product of the time and a million passes 64 bits after 107 days; the search for the instant then took for ever.
TEST(BoardClock, TenYears_DriftStillExact) {
  const BoardClock clock(Instant{}, Duration{}, 100'000);
  EXPECT_EQ(clock.local(Instant{10 * kYear_us}), Instant{11 * kYear_us});
  EXPECT_EQ(clock.world(Instant{11 * kYear_us}), Instant{10 * kYear_us});
}

}  // namespace
}  // namespace mp::sim
