// SPDX-License-Identifier: ISC
// The ledger against the law itself: every window, wherever it begins.
#include "micropycelium/platform/regions.hpp"
#include "micropycelium/transport/airtime.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace mp {
namespace {

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

}  // namespace
}  // namespace mp
