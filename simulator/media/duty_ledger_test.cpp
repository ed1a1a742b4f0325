// SPDX-License-Identifier: ISC
// The ledger of the duty cycle against sums taken the slow way.
#include "simulator/media/duty_ledger.hpp"
#include "simulator/engine/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

namespace mp::sim {
namespace {

constexpr Duration kWindow = seconds(10);

// Everything sent within the window that ends at `end`.
Duration slow_sum(const std::vector<std::pair<Instant, Instant>>& all, Instant end) {
  Duration sum{};
  for (const auto& [b, e] : all) {
    const Instant from = std::max(b, end - kWindow), to = std::min(e, end);
    if (to > from) sum = sum + (to - from);
  }
  return sum;
}

TEST(DutyLedger, RandomTransmissions_EqualToTheSlowSum) {
  constexpr std::uint64_t kSeed = 11;
  std::printf("seed %llu\n", static_cast<unsigned long long>(kSeed));
  Stream stream{Seed(kSeed)};
  DutyLedger ledger;
  std::vector<std::pair<Instant, Instant>> all;
  Instant now{};
  Duration worst{};
  for (int i = 0; i < 2'000; ++i) {
    // Bursts without a gap, short gaps, and now and then more than a window.
    if (!stream.chance(300'000)) now = now + stream.between(microseconds(1), milliseconds(400));
    if (stream.chance(5'000)) now = now + kWindow + kWindow;
    const Instant begin = now;
    now = now + stream.between(microseconds(1), milliseconds(300));
    all.emplace_back(begin, now);
    const Duration sum = slow_sum(all, now);
    worst = std::max(worst, sum);
    ASSERT_EQ(ledger.add(begin, now, kWindow), sum) << i;
  }
  EXPECT_EQ(ledger.worst(), worst);
}

TEST(DutyLedger, MoreThanItHolds_NeverBelowTheTruthAndCloseToIt) {
  DutyLedger ledger;
  std::vector<std::pair<Instant, Instant>> all;
  Instant now{};
  for (std::size_t i = 0; i < 4 * DutyLedger::kEntriesMax; ++i) {
    const Instant begin = now + microseconds(300);
    now = begin + microseconds(200);  // 20 000 in a window
    all.emplace_back(begin, now);
    const Duration got = ledger.add(begin, now, kWindow);
    if (i % 97 != 0) continue;
    const Duration truth = slow_sum(all, now);
    ASSERT_GE(got, truth);
    ASSERT_LE(got - truth, milliseconds(10));
  }
}

TEST(DutyLedger, SendsWithoutEnd_IsOneEntryAndTheWholeWindow) {
  DutyLedger ledger;
  Instant now{};
  for (int i = 0; i < 100'000; ++i) {
    const Instant begin = now;
    now = now + milliseconds(1);
    ledger.add(begin, now, kWindow);
  }
  EXPECT_EQ(ledger.worst(), kWindow);
}

}  // namespace
}  // namespace mp::sim
