// SPDX-License-Identifier: ISC
// The paces, and the budget of an Interface that they and the ledger make (airtime_ledger_test.cpp).
#include "micropycelium/transport/airtime.hpp"

#include "tests/support/airtime_referee.hpp"

#include <gtest/gtest.h>

namespace mp {
namespace {

using test::Frames;
using test::limiting_rules;
using test::Referee;

// --- paces -------------------------------------------------------------------------------------------

TEST(Pace, LongRun_IsTheRate) {
  for (const std::int64_t share_ppm : {200'000, 10'000, 975, 333'333}) {
    Pace pace;
    Instant now{};
    const Duration cost = milliseconds(37);
    const int frames = 10'000;
    const Duration burst = seconds(5);
    for (int i = 0; i < frames; ++i) {
      now = pace.next_at(burst, now);
      pace.spend(cost, share_ppm, now);
    }
    // As the pace says, but for the burst at the start, and a microsecond for each frame.
    const std::int64_t exact = cost.us * 1'000'000 / share_ppm * (frames - 1);
    EXPECT_LE(now.us, exact);
    EXPECT_GE(now.us, exact - burst.us - cost.us * 1'000'000 / share_ppm - frames) << share_ppm;
  }
}

TEST(Pace, Burst_IsBoundedHoweverLongTheSilenceBefore) {
  const Duration cost = milliseconds(100), burst = seconds(4);
  for (const Duration silence : {Duration{}, seconds(10), seconds(100'000)}) {
    Pace pace;
    Instant now = Instant{} + silence;
    int at_once = 0;
    for (; pace.next_at(burst, now) == now; ++at_once) pace.spend(cost, 100'000, now);
    EXPECT_EQ(at_once, 5) << "one a second, four seconds ahead, and the one that goes at once";
    EXPECT_EQ(pace.next_at(burst, now), now + seconds(1));
  }
}

// --- the budget of an Interface ----------------------------------------------------------------------

struct Budget {
  explicit Budget(const AirtimeRule& rule) {
    if (rule.limits()) {
      EXPECT_EQ(ledger.begin(rule, {}), Status::ok);
    }
    budget.begin(rule, rule.limits() ? &ledger : nullptr);
  }
  // How many go at once; sends them.
  int flood(Priority priority, Duration cost, Instant now) {
    int n = 0;
    for (; budget.may_send_at(priority, cost, now).at == now && n < 1'000'000; ++n) budget.spend(priority, cost, now);
    return n;
  }
  AirtimeLedger ledger;
  AirtimeBudget budget;
};

TEST(AirtimeBudget, Interactive_LeavesTheReserveToControlAndAcknowledgements) {
  const AirtimeRule rule{.share_ppm = 10'000};
  const Duration cost = milliseconds(45);  // of 36 s
  Budget b(rule);
  const int interactive = b.flood(Priority::interactive, cost, {});
  EXPECT_NEAR(interactive, 800 * 63 / 64, 5);
  EXPECT_GT(b.budget.may_send_at(Priority::bulk, cost, {}).at, Instant{});
  EXPECT_FALSE(b.budget.may_send_at(Priority::bulk, cost, {}).by_pace) << "it is the law";
  const int urgent = b.flood(Priority::acknowledgement, cost, {});
  EXPECT_NEAR(urgent, 800 / 64, 2);
  EXPECT_GT(b.budget.may_send_at(Priority::control, cost, {}).at, Instant{}) << "for them it ends too";
  EXPECT_LE((interactive + urgent) * cost.us, Referee::allowed(rule));
}

TEST(AirtimeBudget, Control_GetsItsShareAndNoMore) {
  const AirtimeRule rule{.share_ppm = 10'000};
  const Duration cost = milliseconds(10);
  Budget b(rule);
  Instant now{};
  std::int64_t spent = 0;
  for (const Instant end = now + rule.window * 20; now < end;) {
    const AirtimeBudget::When when = b.budget.may_send_at(Priority::control, cost, now);
    EXPECT_EQ(when.by_pace, when.at > now) << "alone it never meets the law";
    now = when.at;
    b.budget.spend(Priority::control, cost, now);
    spent += cost.us;
  }
  // A tenth of the whole, and the burst of half a window once.
  const auto share = static_cast<double>(Referee::allowed(rule)) / 10;
  EXPECT_GE(static_cast<double>(spent), share * 20);
  EXPECT_LE(static_cast<double>(spent), share * 20.51);
  EXPECT_EQ(b.budget.control_interval(cost), seconds(10));
  EXPECT_EQ(b.budget.may_send_at(Priority::acknowledgement, cost, now).at, now) << "its pace holds up nobody else";
}

TEST(AirtimeBudget, WithoutADutyCycle_OnlyControlIsPaced) {
  Budget b(AirtimeRule{});
  EXPECT_TRUE(b.budget.reckons(Priority::control));
  EXPECT_FALSE(b.budget.reckons(Priority::acknowledgement));
  EXPECT_FALSE(b.budget.reckons(Priority::interactive));
  EXPECT_FALSE(b.budget.reckons(Priority::bulk));
  EXPECT_EQ(b.budget.bulk_interval(seconds(1)), Duration{});
  EXPECT_EQ(b.flood(Priority::control, milliseconds(100), {}), 21) << "half a second each, ten seconds ahead";
  EXPECT_EQ(b.flood(Priority::bulk, seconds(1), {}), 1'000'000);
}

TEST(AirtimeBudget, LongerThanOneTransmissionMayBe_Never) {
  Budget b(find_region("us915")->rule);
  for (const Priority p : {Priority::control, Priority::acknowledgement, Priority::interactive, Priority::bulk}) {
    EXPECT_TRUE(b.budget.reckons(p));
    EXPECT_EQ(b.budget.may_send_at(p, milliseconds(400), {}).at, Instant{});
    EXPECT_EQ(b.budget.may_send_at(p, milliseconds(400) + microseconds(1), {}).at, Instant::never());
  }
}

TEST(AirtimeBudget, Bulk_GoesAheadOfAnEvenPaceByALittle) {
  const AirtimeRule rule{.share_ppm = 10'000};
  const Duration cost = milliseconds(100);
  Budget b(rule);
  EXPECT_NEAR(b.flood(Priority::bulk, cost, {}), 360 / AirtimeBudget::kBulkBurst, 2);
  EXPECT_TRUE(b.budget.may_send_at(Priority::bulk, cost, {}).by_pace);
  EXPECT_EQ(b.budget.may_send_at(Priority::interactive, cost, {}).at, Instant{}) << "which the urgent may overtake";
  EXPECT_LE(b.budget.may_send_at(Priority::bulk, cost, {}).at, Instant{} + b.budget.bulk_interval(cost));
}

// What a lone bulk sender gets of five hours that begin with nothing left, and its longest silence after the first.
struct BulkRun {
  double part = 0;
  Duration silence{};
};
BulkRun run_bulk(const AirtimeRule& rule, Duration cost) {
  Budget b(rule);
  Instant now{};
  b.flood(Priority::interactive, cost, now);
  BulkRun run;
  std::int64_t spent = 0;
  const Instant start = now + rule.window;
  for (const Instant end = start + rule.window * 5;;) {
    const Instant at = b.budget.may_send_at(Priority::bulk, cost, now).at;
    if (at >= end) break;
    if (now >= start) run.silence = std::max(run.silence, at - now);
    now = at;
    b.budget.spend(Priority::bulk, cost, now);
    if (now >= start) spent += cost.us;
  }
  run.part = static_cast<double>(spent) / static_cast<double>(5 * Referee::allowed(rule));
  return run;
}

TEST(AirtimeBudget, BulkForHours_GetsNineteenTwentiethsOfTheLaw) {
  for (const Region& region : kRegions) {
    if (!region.rule.limits()) continue;
    SCOPED_TRACE(region.name);
    EXPECT_GE(run_bulk(region.rule, microseconds(Referee::allowed(region.rule) / 300)).part, 0.95);
  }
}

// Fails: what went at once is missing at the end of the window, in each window anew: 609 s of silence in an hour.
TEST(AirtimeBudget, BulkForHours_NoLongSilence) {
  const AirtimeRule rule{.share_ppm = 10'000};
  const BulkRun run = run_bulk(rule, milliseconds(120));
  EXPECT_LE(run.silence, rule.window / 31) << run.silence.ms() << " ms";
}

TEST(AirtimeBudget, SmallestShare_StillHasPaces) {
  const AirtimeRule rule{.share_ppm = 1};
  Budget b(rule);
  b.budget.spend(Priority::control, microseconds(10), {});
  b.budget.spend(Priority::bulk, microseconds(10), {});
  EXPECT_GT(b.budget.control_interval(microseconds(10)), Duration{});
  EXPECT_GT(b.budget.bulk_interval(microseconds(10)), Duration{});
}

// Everyone at once on one Interface: the law holds, whoever sends.
TEST(AirtimeBudget, AllClasses_NeverOverdrawn) {
  for (const auto& [name, rule] : limiting_rules()) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      SCOPED_TRACE(name + ", seed " + std::to_string(seed));
      Frames frames(rule, seed);
      Referee referee(rule);
      Budget b(rule);
      Instant now{};
      for (const Instant end = now + rule.window * 4; now < end && referee.count() < 20'000;) {
        const auto priority = static_cast<Priority>(frames.below(kPriorities));
        const Duration cost = frames.cost();
        const AirtimeBudget::When when = b.budget.may_send_at(priority, cost, now);
        if (when.at == now) {
          b.budget.spend(priority, cost, now);
          referee.on_air(now, cost);
        }
        now = now + (when.at > now && when.at < Instant::never() && frames.one_in(8) ? when.at - now : cost);
      }
      EXPECT_LE(referee.worst(), 1.0);
    }
  }
}

}  // namespace
}  // namespace mp
