// SPDX-License-Identifier: ISC
#include "micropycelium/transport/modem_sleep.hpp"

#include <gtest/gtest.h>

namespace mp {
namespace {

// ESP-NOW: an RNS of 5 bytes is 576 us on the air.
constexpr RnsTimes kEspNow{microseconds(576)};
constexpr RnsTimes kLora{milliseconds(161)};  // SF9
constexpr Instant kFirst{1'000'000};

OwnSleep usual() {
  OwnSleep own;
  EXPECT_EQ(own.begin(SleepPlan{}, kEspNow, kFirst), Status::ok);
  return own;
}

bool awake(OwnSleep& own, std::int64_t us_after_first) {
  bool skipped = false;
  return own.awake(kFirst + microseconds(us_after_first), skipped);
}

TEST(OwnSleep, ListensFortyMillisecondsOfEach130) {
  OwnSleep own = usual();
  for (const std::int64_t cycle : {-3, 0, 1, 1'000'000}) {
    const std::int64_t at = cycle * 130'000;
    EXPECT_TRUE(awake(own, at));
    EXPECT_TRUE(awake(own, at + 39'999));
    EXPECT_FALSE(awake(own, at + 40'000));
    EXPECT_FALSE(awake(own, at + 129'999));
  }
}

TEST(OwnSleep, Off_AlwaysListensAndTellsSo) {
  OwnSleep own;
  EXPECT_EQ(own.begin(SleepPlan::off(), kEspNow, kFirst), Status::ok);
  EXPECT_FALSE(own.on());
  EXPECT_TRUE(awake(own, 77'000));
  EXPECT_EQ(own.next_change(kFirst), Instant::never());
  EXPECT_EQ(own.tell(kFirst), WakeTime{});
}

TEST(OwnSleep, RefusesWhatIsNoGrid) {
  OwnSleep own;
  EXPECT_EQ(own.begin({milliseconds(90), Duration{}}, kEspNow, kFirst), Status::bad_value);
  EXPECT_EQ(own.begin({seconds(60), seconds(6)}, kEspNow, kFirst), Status::bad_value);
  EXPECT_EQ(own.begin({milliseconds(29'701), milliseconds(300)}, kEspNow, kFirst), Status::bad_value);
  EXPECT_EQ(own.begin({milliseconds(29'701), milliseconds(299)}, kEspNow, kFirst), Status::bad_value);
  EXPECT_FALSE(own.on());
  EXPECT_EQ(own.begin({milliseconds(29'700), milliseconds(300)}, kEspNow, kFirst), Status::ok);
}

TEST(OwnSleep, StretchedBeyondWhatNeighboursCanKeep_IsRefused) {
  OwnSleep own;
  const SleepPlan plan{seconds(9), milliseconds(100)};
  EXPECT_TRUE(plan.sound());
  EXPECT_EQ(own.begin(plan, kEspNow, kFirst), Status::ok);
  EXPECT_EQ(own.begin(plan, RnsTimes{milliseconds(500)}, kFirst), Status::bad_value);  // 1 s of 91
}

TEST(OwnSleep, OnLora_WindowIsTwoRnsAndTheShareStays) {
  OwnSleep own;
  ASSERT_EQ(own.begin(SleepPlan{}, kLora, kFirst), Status::ok);
  EXPECT_EQ(own.wake(), milliseconds(322));
  EXPECT_EQ(own.period(), milliseconds(322 + 725));
}

TEST(OwnSleep, Traffic_SkipsOneSleepEach_TenAtMost) {
  OwnSleep own = usual();
  for (int i = 0; i < 25; ++i) own.touch();
  int skipped_cycles = 0;
  for (int cycle = 0; cycle < 20; ++cycle) {
    EXPECT_TRUE(awake(own, cycle * 130'000 + 10'000));
    const bool through = awake(own, cycle * 130'000 + 50'000);
    EXPECT_EQ(through, cycle < OwnSleep::kSkipsMax);
    EXPECT_EQ(awake(own, cycle * 130'000 + 129'000), through);  // one skip lasts the whole sleep
    skipped_cycles += through ? 1 : 0;
  }
  EXPECT_EQ(skipped_cycles, OwnSleep::kSkipsMax);
}

TEST(OwnSleep, CopiesOfABroadcast_SkipOneSleepTogether) {
  OwnSleep own = usual();
  for (const std::int64_t at : {0, 36'000, 72'000, 108'000}) {
    own.touch_by_copy(kFirst + microseconds(at));
    EXPECT_TRUE(awake(own, at));
  }
  EXPECT_TRUE(awake(own, 169'999));
  EXPECT_FALSE(awake(own, 170'000));
}

TEST(OwnSleep, TrafficWhileAsleep_EndsThatSleep) {
  OwnSleep own = usual();
  EXPECT_FALSE(awake(own, 60'000));
  own.touch();
  bool skipped = false;
  EXPECT_TRUE(own.awake(kFirst + microseconds(61'000), skipped));
  EXPECT_TRUE(skipped);
  EXPECT_EQ(own.next_change(kFirst + microseconds(61'000)), kFirst + milliseconds(170));
  EXPECT_FALSE(awake(own, 170'000));
}

TEST(OwnSleep, WhateverHappens_WindowsTellTheSameGrid) {
  OwnSleep own = usual();
  std::uint64_t dice = 1;
  for (std::int64_t us = 0; us < 20'000'000; us += 777) {
    dice = dice * 6'364'136'223'846'793'005U + 1;
    if (dice >> 60 == 0) own.touch();
    const Instant now = kFirst + microseconds(us);
    bool skipped = false;
    const bool in_window = us % 130'000 < 40'000;
    EXPECT_TRUE(own.awake(now, skipped) || !in_window);
    const WakeTime told = own.tell(now);
    const std::int64_t opens = us + told.opens_ms * 1000;
    EXPECT_LE(opens % 130'000, 999);  // rounded up to a millisecond
    EXPECT_LE(opens - us, 130'000);
    EXPECT_GT(own.next_change(now), now);
  }
}

// --- answers to who asks ---------------------------------------------------------------------------------

constexpr AirtimeRule kOnePercent{.share_ppm = 10'000};

// Asked without end, once in `every`: the time on the air that answers take.
Duration flooded(const AirtimeRule& rule, Duration airtime, Duration every, Duration time) {
  NiaPace pace;
  Duration spent{};
  for (Instant t = kFirst; t < kFirst + time; t = t + every)
    if (pace.take(rule, airtime, t)) spent = spent + airtime;
  return spent;
}

TEST(NiaPace, Flood_TakesAQuarterOfTheShareAndSomeAhead) {
  const Duration nia = milliseconds(190);
  // 36 s of an hour are allowed.
  EXPECT_LE(flooded(kOnePercent, nia, milliseconds(200), seconds(3600)), milliseconds(9'000 + 2'250 + 190));
  const Duration day = flooded(kOnePercent, nia, milliseconds(200), seconds(24 * 3600));
  EXPECT_LE(day, seconds(24 * 9 + 3));
  EXPECT_GE(day, seconds(24 * 9 - 3));
  const Duration free = flooded({}, microseconds(624), microseconds(700), seconds(60));
  EXPECT_LE(free, seconds(15 + 3));
  EXPECT_GE(free, seconds(14));
}

TEST(NiaPace, HonestAskers_AreAllAnswered) {
  NiaPace pace;
  // A dozen at once, each with a whole blind round, where there is no law; or each once, at one percent.
  for (int i = 0; i < 48; ++i) EXPECT_TRUE(pace.take({}, microseconds(624), kFirst + milliseconds(36) * (i / 12)));
  NiaPace lawful;
  for (int i = 0; i < 12; ++i) EXPECT_TRUE(lawful.take(kOnePercent, milliseconds(180), kFirst + seconds(i)));
}

// The low bits of milliseconds come round in 49 days.
TEST(NiaPace, AfterAnyLongSilence_Answers) {
  for (std::int64_t days = 0; days < 120; ++days) {
    NiaPace pace;
    Instant t = kFirst;
    for (int i = 0; i < 20; ++i) (void)pace.take(kOnePercent, milliseconds(190), t);
    t = t + seconds(3600) * 24 * days + seconds(3600);
    EXPECT_TRUE(pace.take(kOnePercent, milliseconds(190), t)) << days;
  }
}

// --- a neighbour -----------------------------------------------------------------------------------------

constexpr WakeTime kTold{.period_ms = 130, .wake_ms = 40, .opens_ms = 100};

PeerWake told_at(Instant at) {
  PeerWake peer;
  peer.tell(kTold, 2, at, true);
  return peer;
}

// The clocks' worst case on either side: the window of the neighbour as it really is.
bool in_window(Instant t, Instant told, std::int64_t ppm, Duration airtime) {
  const std::int64_t since = (t - (told + milliseconds(100))).us;
  const std::int64_t shifted = since + since * ppm / 1'000'000;
  const std::int64_t place = ((shifted % 130'000) + 130'000) % 130'000;
  return place + airtime.us <= 40'000;
}

// Of many Beacons, some of which waited long for the channel, the phase of those that waited least is kept.
TEST(PeerWake, BeaconsThatWaited_AreDoubted) {
  PeerWake peer;
  const Instant told{5'000'000};
  peer.tell(kTold, 2, told, false);
  Instant now = told;
  for (int i = 1; i <= 10; ++i) {
    now = now + seconds(13);  // a hundred periods
    const Duration waited = i % 3 == 0 ? Duration{} : milliseconds(7 * i % 40);
    peer.tell(kTold, 2, now + waited, false);
    const auto window = peer.sure_window(kEspNow.airtime, now + seconds(1), now + seconds(1));
    ASSERT_TRUE(window);
    EXPECT_TRUE(in_window(window->opens, told, 0, kEspNow.airtime)) << i;
    EXPECT_TRUE(in_window(window->closes, told, 0, kEspNow.airtime)) << i;
  }
}

TEST(PeerWake, NeighbourRestarted_ItsNewGridIsBelievedSoon) {
  PeerWake peer = told_at(Instant{5'000'000});
  WakeTime anew = kTold;
  anew.opens_ms = 115;  // a little later: it could be one that waited
  Instant now{70'000'000};
  for (unsigned i = 0; i <= kPhaseDoubts; ++i) {
    now = now + milliseconds(130);
    peer.tell(anew, 2, now, false);
  }
  const auto window = peer.sure_window(kEspNow.airtime, now + milliseconds(20), now);
  ASSERT_TRUE(window);
  EXPECT_EQ(window->opens - (now + milliseconds(115)), kPhaseError);
}

// But where the window may just be closing: there a question is risked.
TEST(PeerWake, BestMoment_HitsTheWindowWhateverTheClocksDid_UpToAMinute) {
  for (const std::int64_t ppm : {-200, -77, 0, 200}) {
    int risked = 0, lost = 0, asked = 0;
    for (std::int64_t age_ms = 1; age_ms < 60'000; age_ms += 37) {
      const Instant told{5'000'000};
      const PeerWake peer = told_at(told);
      const Instant now = told + milliseconds(age_ms);
      const Instant best = peer.best_moment(kEspNow, now, now);
      ASSERT_GE(best, now);
      EXPECT_LE(best - now, milliseconds(130));
      const bool met = in_window(best, told, ppm, kEspNow.airtime);
      const bool certain = peer.sure_window(kEspNow.airtime, now, now)->opens == best;
      EXPECT_TRUE(met || !certain) << age_ms << " ms " << ppm << " ppm";
      ++asked;
      risked += certain ? 0 : 1;
      lost += met ? 0 : 1;
    }
    EXPECT_LE(risked, asked / 20);
    EXPECT_LE(lost, asked / 50) << ppm;
  }
}

// Older phases: no moment is certain, but those of one period together are.
TEST(PeerWake, OldPhase_TheMomentsTogetherMeetTheWindow) {
  for (const std::int64_t age_s : {100, 150, 200, 250})
    for (std::int64_t ppm = -200; ppm <= 200; ppm += 25)
      for (std::int64_t phase_ms = 0; phase_ms < 130; phase_ms += 13) {
        const Instant told{5'000'000};
        const PeerWake peer = told_at(told);
        const Instant now = told + seconds(age_s) + milliseconds(phase_ms);
        bool met = false;
        Instant t = now;
        for (int i = 0; i < kKnownTries && !met; ++i) {
          t = peer.best_moment(kEspNow, t, now);
          met = in_window(t, told, ppm, kEspNow.airtime);
          t = t + kEspNow.gap();
        }
        EXPECT_TRUE(met) << age_s << " s " << ppm << " ppm " << phase_ms << " ms";
      }
}

TEST(PeerWake, NothingTold_TheBlindRule) {
  PeerWake peer;
  const Instant start{7'000'000};
  peer.ask(kEspNow, start);
  EXPECT_LE(peer.due(start) - start, milliseconds(1));
  Instant t = peer.due(start);
  unsigned sent = 1;
  while (peer.asked_once(kEspNow, t)) {
    const Instant next = peer.due(t);
    EXPECT_EQ(next - t, milliseconds(36));
    t = next;
    ++sent;
  }
  EXPECT_EQ(RnsTimes::round(milliseconds(130), milliseconds(36)), 4u);
  EXPECT_EQ(sent, 4 * kBlindRounds);
  EXPECT_TRUE(peer.awake(t, start));  // taken to be: what there is to send is sent
  EXPECT_FALSE(peer.awake(t + kDeafFor, start));
}

TEST(PeerWake, KnownWindowsUnanswered_ThenTheBlindRule_ThenSilence) {
  const Instant told{5'000'000};
  PeerWake peer = told_at(told);
  Instant t = told + seconds(30);
  peer.ask(kEspNow, t);
  unsigned sent = 0;
  do {
    t = peer.due(t);
    ++sent;
  } while (peer.asked_once(kEspNow, t));
  EXPECT_EQ(sent, kKnownTries + 4 * kBlindRounds);
  EXPECT_LE(t - told - seconds(30), seconds(1));
}

// The longest period and the shortest window in it: every wait fits, and the blind rule has its two rounds.
TEST(PeerWake, LongestPeriod_IsAskedInItsWindowAndThenAllOverTheGrid) {
  const Instant told{5'000'000};
  const WakeTime longest{.period_ms = 30'000, .wake_ms = 300, .opens_ms = 29'999};
  for (const std::int64_t age_ms : {1, 700, 29'998, 30'001, 1'000'000}) {
    PeerWake peer;
    peer.tell(longest, 2, told, true);
    const Instant start = told + milliseconds(age_ms);
    Instant t = start;
    peer.ask(kEspNow, t);
    bool in_a_window = false;
    for (unsigned i = 0; i < kKnownTries; ++i) {
      const Instant due = peer.due(t);
      ASSERT_GE(due, t);
      ASSERT_LE(due - t, seconds(30));
      t = due;
      const std::int64_t place = ((t - told).us + 1'000) % 30'000'000;
      in_a_window = in_a_window || place + kEspNow.airtime.us <= 300'000;
      ASSERT_TRUE(peer.asked_once(kEspNow, t));
    }
    EXPECT_TRUE(in_a_window) << age_ms << " ms old";
    const Instant blind = t;
    do t = peer.due(t);
    while (peer.asked_once(kEspNow, t));
    EXPECT_GE(t - blind, milliseconds(30'000 * kBlindRounds - 600)) << age_ms;
    EXPECT_TRUE(peer.awake(t, start));
    // A frame of it: awake to the end of the window after next, at the latest 30 s on.
    EXPECT_FALSE(peer.heard(t, t));
    EXPECT_TRUE(peer.awake(t + milliseconds(290), t));
    for (int i = 0; i < 20; ++i) peer.sent(t + milliseconds(i));
    EXPECT_TRUE(peer.awake(t + seconds(29), t));
    EXPECT_FALSE(peer.awake(t + milliseconds(30'020), t + milliseconds(25)));
  }
}

TEST(PeerWake, AfterAFrame_NoLongerThanItReallyListens) {
  std::uint64_t dice = 1;
  for (int i = 0; i < 2000; ++i) {
    dice = dice * 6'364'136'223'846'793'005U + 1;
    const Instant told{5'000'000};
    PeerWake peer = told_at(told);
    const Instant sent = told + microseconds(static_cast<std::int64_t>(dice >> 40) % 60'000'000);
    OwnSleep truth;
    ASSERT_EQ(truth.begin(SleepPlan{}, kEspNow, told + milliseconds(100)), Status::ok);
    bool skipped = false;
    (void)truth.awake(sent, skipped);
    truth.touch();
    const Instant heard = sent + microseconds(700);
    EXPECT_FALSE(peer.heard(sent, heard));
    for (Instant t = heard; peer.awake(t, heard); t = t + milliseconds(1))
      ASSERT_TRUE(truth.awake(t, skipped)) << (sent - told).us << " us, " << (t - sent).us << " us after";
    EXPECT_TRUE(peer.awake(heard + milliseconds(25), heard));
  }
}

TEST(PeerWake, Prototype_CountsAsAwakeFor800Milliseconds) {
  PeerWake peer;
  const Instant heard{9'000'000};
  (void)peer.heard(heard, heard);
  EXPECT_TRUE(peer.awake(heard + milliseconds(799), heard));
  EXPECT_FALSE(peer.awake(heard + milliseconds(800), heard));
}

TEST(PeerWake, HeardWhileAsked_SaysSo) {
  PeerWake peer = told_at(Instant{5'000'000});
  const Instant now{6'000'000};
  peer.ask(kEspNow, now);
  EXPECT_TRUE(peer.heard(now, now));
  EXPECT_FALSE(peer.heard(now, now));
}

// --- broadcasts ------------------------------------------------------------------------------------------

// Sends as the node does, and looks into whose windows it fell.
struct Round {
  std::vector<Instant> sent;
  std::size_t met(const Instant& told, const WakeTime& wake) const {
    std::size_t n = 0;
    for (const Instant t : sent) {
      const std::int64_t place = (t - told).us - wake.opens_ms * 1000;
      const std::int64_t in = (place % 130'000 + 130'000) % 130'000;
      n += in + 576 <= 40'000 ? 1U : 0U;
    }
    return n;
  }
};

Round send_to(const std::vector<PeerWake>& peers, Instant first) {
  Round round;
  round.sent.push_back(first);
  for (;;) {
    Stabs stabs(kEspNow.airtime, first, round.sent.back());
    for (const PeerWake& p : peers) stabs.add(&p, milliseconds(130), milliseconds(36));
    for (const PeerWake& p : peers) stabs.fit(&p, milliseconds(130), milliseconds(36));
    if (stabs.next() == Instant::never() || round.sent.size() > 20) return round;
    EXPECT_GT(stabs.next(), round.sent.back());
    EXPECT_LE(stabs.opened(), stabs.next());
    round.sent.push_back(stabs.next());
  }
}

TEST(Stabs, EverySleeperIsMet) {
  std::uint64_t dice = 1;
  for (int i = 0; i < 500; ++i) {
    const Instant told{5'000'000};
    std::vector<PeerWake> peers(1 + static_cast<std::size_t>(i) % 16);
    std::vector<WakeTime> wakes;
    for (PeerWake& p : peers) {
      dice = dice * 6'364'136'223'846'793'005U + 1;
      wakes.push_back({130, 40, static_cast<std::uint16_t>((dice >> 40) % 131)});
      p.tell(wakes.back(), 0, told, true);
    }
    const Round round = send_to(peers, told + seconds(20));
    for (const WakeTime& w : wakes) EXPECT_GE(round.met(told, w), 1u);
    EXPECT_LE(round.sent.size(), 1 + peers.size());
    EXPECT_LE(round.sent.size(), 9u);  // a sure window is 18 ms after 20 s; the blind row would be 4
  }
}

TEST(Stabs, NobodySleeps_OneSending) { EXPECT_EQ(send_to({}, Instant{1}).sent.size(), 1u); }

TEST(Stabs, UnknownWindows_ARowThatMeetsAny) {
  const Instant first{5'000'000};
  std::vector<Instant> sent{first};
  for (;;) {
    Stabs stabs(kEspNow.airtime, first, sent.back());
    stabs.add(nullptr, milliseconds(130), milliseconds(36));
    stabs.fit(nullptr, milliseconds(130), milliseconds(36));
    if (stabs.next() == Instant::never()) break;
    EXPECT_EQ(stabs.next() - sent.back(), milliseconds(36));
    sent.push_back(stabs.next());
  }
  EXPECT_EQ(sent.size(), 4u);
}

}  // namespace
}  // namespace mp
