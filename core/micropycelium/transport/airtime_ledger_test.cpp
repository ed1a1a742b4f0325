// SPDX-License-Identifier: ISC
// The ledger against the law itself: every window, wherever it begins.
#include "micropycelium/transport/airtime.hpp"

#include "tests/support/airtime_referee.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <optional>

namespace mp {
namespace {

using test::Frames;
using test::limiting_rules;
using test::Referee;

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

struct Sent {
  Instant begin, end;
};

class Law {
 public:
  explicit Law(const AirtimeRule& rule) : rule_(rule) {}
  void sent(Instant begin, Duration length) {
    sent_.push_back({begin, begin + length});
    total_ = total_ + length;
    const Instant from = begin + length - rule_.window;
    while (sent_.front().end <= from) {
      total_ = total_ - (sent_.front().end - sent_.front().begin);
      sent_.pop_front();
    }
    worst_ = std::max(worst_, total_ - std::max(Duration{}, from - sent_.front().begin));
  }
  Duration worst() const { return worst_; }
  Duration allowed() const { return microseconds(rule_.window.us / 1'000'000 * rule_.share_ppm); }

 private:
  AirtimeRule rule_;
  std::deque<Sent> sent_;
  Duration total_{}, worst_{};
};

// Frames go as soon as the ledger lets them, and now and then nobody wants to send; each lies in a driver's queue for
// up to two slots before it is on the air.
TEST(AirtimeLedger, WhoeverSendsAllTheTime_OverdrawsNoWindowAndUsesNearlyAll) {
  for (const Region& region : kRegions) {
    if (!region.rule.limits()) continue;
    SCOPED_TRACE(region.name);
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      SCOPED_TRACE(seed);
      std::mt19937_64 engine(seed);
      AirtimeLedger ledger;
      Instant now{};
      ASSERT_EQ(ledger.begin(region.rule, now), Status::ok);
      Law law(region.rule);
      Duration spent{};
      Instant on_air{};
      const bool pauses = seed % 2 == 0;
      while (now < Instant{} + region.rule.window * 6) {
        const Duration cost = microseconds(20'000 + static_cast<std::int64_t>(engine() % 100'000));
        const Instant at = ledger.fits_at(cost, 0, now);
        ASSERT_LT(at, Instant::never());
        if (at > now) {
          now = at;
          continue;
        }
        ledger.spend(cost, now);
        const Duration queued =
            microseconds(static_cast<std::int64_t>(engine() % static_cast<std::uint64_t>(ledger.slot().us)));
        on_air = std::max(on_air, now + queued);
        law.sent(on_air, cost);
        on_air = on_air + cost;
        spent = spent + cost;
        if (pauses && engine() % 64 == 0) now = now + seconds(static_cast<std::int64_t>(engine() % 120));
      }
      EXPECT_LE(law.worst(), law.allowed());
      if (!pauses) {
        EXPECT_GE(static_cast<double>(spent.us), 0.96 * static_cast<double>(law.allowed().us) * 6);
      }
    }
  }
}

// Each cost was once rounded up to a whole unit: of frames that cost a little over 35 units, one in fifty was lost.
TEST(AirtimeLedger, WhatRoundingLeavesOver_PaysForTheNext) {
  AirtimeLedger ledger;
  const AirtimeRule rule{.share_ppm = 100'000};
  ASSERT_EQ(ledger.begin(rule, {}), Status::ok);
  const Duration frame = microseconds(388'352);
  int frames = 0;
  for (; ledger.fits_at(frame, 0, {}) == Instant{}; ++frames) ledger.spend(frame, {});
  EXPECT_EQ(frames, 926);  // 360 s / 0.388352 s
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

}  // namespace
}  // namespace mp
