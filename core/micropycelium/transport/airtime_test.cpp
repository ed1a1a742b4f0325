// SPDX-License-Identifier: ISC
// The law's window against an exact referee, and the paces above it. Over 500 lines: all of it needs the referee.
#include "micropycelium/transport/airtime.hpp"

#include "micropycelium/platform/regions.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace mp {
namespace {

constexpr std::int64_t kSlotsInWindow = 126;  // a frame may lie in a driver's queue for so large a part of a window

// Every transmission there was, exactly.
class Referee {
 public:
  explicit Referee(const AirtimeRule& rule) : window_(rule.window), allowed_us_(allowed(rule)) {}

  static std::int64_t allowed(const AirtimeRule& rule) {
    return rule.window.us * std::int64_t{rule.share_ppm} / 1'000'000;
  }
  void on_air(Instant start, Duration cost) { sent_.push_back({start.us, start.us + cost.us}); }

  // The most that was on the air in any window, as a part of what is allowed. What is on the air in a sliding window
  // is greatest where the window begins with a transmission or ends with one.
  double worst() {
    std::sort(sent_.begin(), sent_.end(), [](const Span& a, const Span& b) { return a.from < b.from; });
    std::int64_t most = 0;
    for (const Span& s : sent_)
      for (const std::int64_t from : {s.from, s.to - window_.us}) most = std::max(most, in_window(from));
    return static_cast<double>(most) / static_cast<double>(allowed_us_);
  }
  std::int64_t total_us() const {
    std::int64_t sum = 0;
    for (const Span& s : sent_) sum += s.to - s.from;
    return sum;
  }
  std::size_t count() const { return sent_.size(); }

 private:
  struct Span {
    std::int64_t from, to;
  };
  // Precondition: sorted. Of those that began before the window only as many are looked at as may reach into it.
  std::int64_t in_window(std::int64_t from) const {
    const std::int64_t to = from + window_.us;
    auto it = std::lower_bound(sent_.begin(), sent_.end(), from - window_.us / kSlotsInWindow,
                               [](const Span& s, std::int64_t t) { return s.from < t; });
    std::int64_t sum = 0;
    for (; it != sent_.end() && it->from < to; ++it)
      sum += std::max<std::int64_t>(0, std::min(it->to, to) - std::max(it->from, from));
    return sum;
  }

  Duration window_;
  std::int64_t allowed_us_;
  std::vector<Span> sent_;
};

// The rules of the regions that limit the share, and some that try the arithmetic.
std::vector<std::pair<std::string, AirtimeRule>> limiting_rules() {
  std::vector<std::pair<std::string, AirtimeRule>> rules;
  for (const Region& r : kRegions)
    if (r.rule.limits()) rules.emplace_back(r.name, r.rule);
  rules.push_back({"short window", {.share_ppm = 100'000, .window = seconds(10)}});
  rules.push_back({"odd window", {.share_ppm = 33'333, .window = microseconds(123'456'789)}});
  rules.push_back({"a day", {.share_ppm = 10'000, .window = seconds(86'400)}});
  rules.push_back({"everything", {.share_ppm = 1'000'000, .window = seconds(600)}});
  return rules;
}

class Frames {
 public:
  Frames(const AirtimeRule& rule, std::uint64_t seed) : engine_(seed), allowed_(Referee::allowed(rule)) {
    slot_ = rule.window.us / kSlotsInWindow;
  }
  std::int64_t below(std::int64_t n) { return static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(n)); }
  bool one_in(std::int64_t n) { return below(n) == 0; }
  // From a hundredth of what is allowed down to a ten-thousandth, now and then a giant.
  Duration cost() {
    const std::int64_t most = one_in(50) ? allowed_ / 4 : allowed_ / (100 * (std::int64_t{1} << below(7)));
    return microseconds(1 + below(std::max<std::int64_t>(1, std::min(most, slot_ / 2))));
  }
  // Pauses of all lengths, from none to two windows.
  Duration pause(const AirtimeRule& rule) {
    const std::int64_t longest = std::max<std::int64_t>(1, rule.window.us * 2 >> below(24));
    return microseconds(one_in(3) ? 0 : below(longest));
  }
  // It waits in the driver, and is off the air again within a slot.
  Duration late(Duration cost) { return microseconds(one_in(3) ? 0 : below(slot_ - cost.us + 1)); }

 private:
  std::mt19937_64 engine_;
  std::int64_t allowed_;
  std::int64_t slot_ = 0;
};

// Frames of random costs at random times, most of them as early as the ledger lets them go.
double worst_window(const AirtimeRule& rule, std::uint64_t seed, bool late) {
  Frames frames(rule, seed);
  Referee referee(rule);
  AirtimeLedger ledger;
  Instant now{frames.below(1'000'000'000)};
  EXPECT_EQ(ledger.begin(rule, now), Status::ok);
  const Instant end = now + rule.window * 6;
  while (now < end && referee.count() < 20'000) {
    const Duration cost = frames.cost();
    const Instant at = ledger.fits_at(cost, 0, now);
    if (at == Instant::never()) continue;
    EXPECT_GE(at, now);
    now = at;
    ledger.spend(cost, now);
    referee.on_air(now + (late ? frames.late(cost) : Duration{}), cost);
    now = now + (frames.one_in(200) ? frames.pause(rule) : cost);
  }
  return referee.worst();
}

TEST(AirtimeLedger, RandomFrames_NeverOverdrawnInAnySlidingWindow) {
  for (const auto& [name, rule] : limiting_rules())
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
      SCOPED_TRACE(name + ", seed " + std::to_string(seed));
      const double worst = worst_window(rule, seed, false);
      EXPECT_LE(worst, 1.0);
      EXPECT_GT(worst, 0.8) << "the test did not come near the limit";
    }
}

TEST(AirtimeLedger, FramesThatGoOutLate_NeverOverdrawnEither) {
  for (const auto& [name, rule] : limiting_rules())
    for (std::uint64_t seed = 101; seed <= 112; ++seed) {
      SCOPED_TRACE(name + ", seed " + std::to_string(seed));
      EXPECT_LE(worst_window(rule, seed, true), 1.0);
    }
}

TEST(AirtimeLedger, FitsAt_IsTheFirstInstant) {
  for (const auto& [name, rule] : limiting_rules()) {
    SCOPED_TRACE(name);
    Frames frames(rule, 7);
    AirtimeLedger ledger;
    Instant now{};
    ASSERT_EQ(ledger.begin(rule, now), Status::ok);
    int waited = 0;
    for (int i = 0; i < 20'000; ++i) {
      const Duration cost = frames.cost();
      const std::int64_t reserve = frames.one_in(2) ? AirtimeBudget::kReserve : 0;
      const Instant at = ledger.fits_at(cost, reserve, now);
      if (at == Instant::never()) continue;
      AirtimeLedger then = ledger;
      EXPECT_EQ(then.fits_at(cost, reserve, at), at) << "at that instant it fits";
      if (at > now) {
        ++waited;
        AirtimeLedger before = ledger;
        EXPECT_EQ(before.fits_at(cost, reserve, at - microseconds(1)), at) << "a microsecond before it does not";
      }
      now = frames.one_in(100) ? now + frames.pause(rule) : frames.one_in(2) ? at : now + cost;
      if (ledger.fits_at(cost, reserve, now) == now) ledger.spend(cost, now);
    }
    EXPECT_GT(waited, 100);
  }
}

// Of 1 % of an hour, all but the unit that rounding may need.
constexpr Duration kMost = microseconds(36'000'000 * (AirtimeLedger::kWhole - 1) / AirtimeLedger::kWhole);

TEST(AirtimeLedger, LargerThanTheWhole_Never) {
  const AirtimeRule rule{.share_ppm = 10'000};
  AirtimeLedger ledger;
  ASSERT_EQ(ledger.begin(rule, {}), Status::ok);
  EXPECT_EQ(ledger.fits_at(kMost, 0, {}), Instant{});
  EXPECT_EQ(ledger.fits_at(kMost + microseconds(1), 0, {}), Instant::never());
  EXPECT_EQ(ledger.fits_at(kMost, 1, {}), Instant::never()) << "the reserve would be touched";
  ledger.spend(kMost, {});
  EXPECT_GT(ledger.fits_at(milliseconds(1), 0, {}), Instant{}) << "nothing is left";
  EXPECT_LT(ledger.fits_at(microseconds(1), 0, {}), Instant::never());
}

TEST(AirtimeLedger, NothingToShareOut_BadValue) {
  AirtimeLedger ledger;
  EXPECT_EQ(ledger.begin({.share_ppm = 0}, {}), Status::bad_value);
  EXPECT_EQ(ledger.begin({.share_ppm = 10'000, .window = {}}, {}), Status::bad_value);
  EXPECT_EQ(ledger.begin({.share_ppm = 1, .window = milliseconds(1)}, {}), Status::bad_value) << "rounds to nothing";
}

TEST(AirtimeLedger, AfterALongSilence_AllIsThereAgain) {
  const AirtimeRule rule{.share_ppm = 10'000};
  for (const Duration silence : {seconds(3600) + seconds(120), seconds(86'400), seconds(50LL * 365 * 86'400)}) {
    AirtimeLedger ledger;
    ASSERT_EQ(ledger.begin(rule, {}), Status::ok);
    ledger.spend(kMost, {});
    EXPECT_EQ(ledger.fits_at(kMost - milliseconds(2), 0, Instant{} + silence), Instant{} + silence);
  }
}

TEST(AirtimeLedger, ClockThatStepsBack_ForgetsNothing) {
  const AirtimeRule rule{.share_ppm = 10'000};
  AirtimeLedger ledger;
  const Instant start = Instant{} + seconds(10'000);
  ASSERT_EQ(ledger.begin(rule, start), Status::ok);
  ledger.spend(seconds(36), start);
  EXPECT_GT(ledger.fits_at(seconds(1), 0, start - seconds(9'000)), start + seconds(3600));
}

TEST(AirtimeLedger, GreedySender_GetsMoreThanNineteenTwentieths) {
  for (const Region& region : kRegions) {
    if (!region.rule.limits()) continue;
    SCOPED_TRACE(region.name);
    AirtimeLedger ledger;
    ASSERT_EQ(ledger.begin(region.rule, {}), Status::ok);
    Instant now{};
    std::int64_t spent = 0;
    const Duration cost = microseconds(Referee::allowed(region.rule) / 200);
    const Instant start = Instant{} + region.rule.window, end = Instant{} + region.rule.window * 11;
    for (; now < end; now = now + cost) {
      now = ledger.fits_at(cost, 0, now);
      ledger.spend(cost, now);
      if (now >= start && now < end) spent += cost.us;
    }
    const double part = static_cast<double>(spent) / static_cast<double>(10 * Referee::allowed(region.rule));
    EXPECT_GE(part, 0.95);
    EXPECT_LE(part, 1.0);
  }
}

// --- across a restart --------------------------------------------------------------------------------

using Record = ByteArray<AirtimeLedger::kRecordSize>;

TEST(AirtimeLedger, SavedAndRestored_KnowsEverySlot) {
  const AirtimeRule rule{.share_ppm = 100'000};
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Frames frames(rule, seed);
    AirtimeLedger ledger, again;
    Instant now{};
    ASSERT_EQ(ledger.begin(rule, now), Status::ok);
    for (int i = 0; i < 300; ++i) {
      const Duration cost = frames.cost();
      now = now + frames.pause(rule) / 64;
      if (ledger.fits_at(cost, 0, now) == now) ledger.spend(cost, now);
    }
    Record first{}, second{};
    ledger.save(first);
    ASSERT_EQ(again.begin(rule, Instant{}), Status::ok);
    ASSERT_EQ(again.restore(first, Instant{}), Status::ok);
    again.save(second);
    // The newest holds besides what may not have been written.
    EXPECT_TRUE(equal(Bytes(first).first(first.size() - 2), Bytes(second).first(second.size() - 2)));
    EXPECT_EQ(load_be<std::uint16_t>(second.data() + second.size() - 2),
              load_be<std::uint16_t>(first.data() + first.size() - 2) + AirtimeLedger::kUnsavedMax);
  }
}

TEST(AirtimeLedger, DamagedRecord_IsRefusedAndChangesNothing) {
  AirtimeLedger ledger;
  ASSERT_EQ(ledger.begin({.share_ppm = 10'000}, {}), Status::ok);
  ledger.spend(seconds(5), {});
  Record good{}, after{};
  ledger.save(good);
  std::vector<std::byte> longer(good.begin(), good.end());
  longer.push_back({});
  Record other_version = good;
  other_version[0] = std::byte{1};
  EXPECT_EQ(ledger.restore({}, {}), Status::corrupt);
  EXPECT_EQ(ledger.restore(Bytes(good).first(good.size() - 1), {}), Status::corrupt);
  EXPECT_EQ(ledger.restore(longer, {}), Status::corrupt);
  EXPECT_EQ(ledger.restore(other_version, {}), Status::corrupt);
  ledger.save(after);
  EXPECT_TRUE(equal(good, after));
}

TEST(AirtimeLedger, AnyRecord_IsBorneAndNeverGivesMore) {
  const AirtimeRule rule{.share_ppm = 10'000};
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 engine(seed);
    Record record{};
    for (std::byte& b : record) b = static_cast<std::byte>(engine());
    record[0] = std::byte{2};
    AirtimeLedger ledger;
    ASSERT_EQ(ledger.begin(rule, {}), Status::ok);
    ASSERT_EQ(ledger.restore(record, {}), Status::ok);
    const Instant at = ledger.fits_at(seconds(1), 0, {});
    EXPECT_GE(at, Instant{});
    EXPECT_LE(at, Instant{} + rule.window + rule.window / 16);
  }
}

// A node that is switched off at any moment, without a word, again and again: the power may be back at once.
TEST(AirtimeLedger, PowerLostAgainAndAgain_NeverOverdrawn) {
  for (const auto& [name, rule] : limiting_rules())
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      SCOPED_TRACE(name + ", seed " + std::to_string(seed));
      Frames frames(rule, seed);
      Referee referee(rule);
      std::optional<Record> storage;
      Instant now{};
      const Instant end = now + rule.window * 6;
      while (now < end && referee.count() < 20'000) {
        AirtimeLedger ledger;
        ASSERT_EQ(ledger.begin(rule, now), Status::ok);
        if (storage) {
          ASSERT_EQ(ledger.restore(*storage, now), Status::ok);
        }
        for (std::int64_t left = 1 + frames.below(60); left > 0; --left) {
          const Duration cost = std::min(frames.cost(), microseconds(Referee::allowed(rule) / 50));
          now = ledger.fits_at(cost, 0, now);
          ASSERT_NE(now, Instant::never());
          ledger.spend(cost, now);
          referee.on_air(now, cost);
          if (ledger.due_for_saving()) {
            ledger.save(storage.emplace());
            ledger.saved();
          }
          now = now + (frames.one_in(100) ? frames.pause(rule) : cost);
        }
        now = now + (frames.one_in(10) ? frames.pause(rule) : Duration{});
      }
      EXPECT_LE(referee.worst(), 1.0);
    }
}

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
