// SPDX-License-Identifier: ISC
// The times of radios that sleep (specification: sleep.md). OwnSleep: when ours listens, on a grid that never shifts.
// PeerWake: when a neighbour's does, as far as it has told, and when to ask it whether it is awake. Pure reckoning: it
// sends nothing and switches nothing; the node does (node/sleeping.cpp).
#pragma once

#include "micropycelium/base/time.hpp"
#include "micropycelium/messages/wake.hpp"
#include "micropycelium/platform/interface.hpp"

#include <algorithm>

namespace mp {

// How much a radio sleeps. The default is that of the existing implementation. An Interface on which an RNS takes long
// stretches both, so that the wake time is two of them at least.
struct SleepPlan {
  Duration sleep = milliseconds(90);
  Duration wake = milliseconds(40);

  static constexpr SleepPlan off() { return {Duration{}, Duration{}}; }
  constexpr bool on() const { return sleep > Duration{}; }
  // Whether neighbours can keep it: a period of at most 30 s, of which a hundredth at least is awake. Their waits have
  // 16 bits of milliseconds, and the RNS of two rounds of the blind rule are counted in 8.
  constexpr bool sound() const {
    return !on() || (wake >= milliseconds(1) && sleep + wake <= milliseconds(kWakePeriodMax_ms) &&
                     wake * kWakePeriodsMax >= sleep + wake);
  }
  constexpr bool operator==(const SleepPlan&) const = default;
};

// What the clocks of two nodes may drift apart: 100 ppm each.
inline constexpr std::int64_t kDrift_ppm = 200;
// What a told phase may be wrong by from the start: its rounding, and the processors on both sides.
inline constexpr Duration kPhaseError = milliseconds(1);
// How long the datagram that told it may have waited for the channel: then windows open so much earlier than it seems.
inline constexpr Duration kPhaseQueued = milliseconds(4);
// A phase that is later than the one before by up to this is taken for one that waited longer ...
inline constexpr Duration kPhaseDoubted = milliseconds(40);
// ... but not so often in a row.
inline constexpr unsigned kPhaseDoubts = 2;
// For the other end's answer, beyond the time on air: its processor, and the wait for the channel.
inline constexpr Duration kNiaMargin = milliseconds(4);
// Of a neighbour that has not told its phase: a frame heard of it says that it is awake for so long.
inline constexpr Duration kAwakeAfterFrame = milliseconds(800);
// After so many RNS without an answer at known windows the blind rule gets its turn ...
inline constexpr std::uint8_t kKnownTries = 8;
// ... so many rounds, and then whatever there is to send is sent as if the neighbour were awake, for so long.
inline constexpr unsigned kBlindRounds = 2;
inline constexpr Duration kDeafFor = seconds(3);
// Who has met nobody yet listens without a break, for as long as so many full frames of class control are apart.
inline constexpr std::int64_t kLonelyFrames = 2;
// An RNS that may not go is looked at again after so long: waits are kept in 16 bits of milliseconds.
inline constexpr Duration kPostponedMax = seconds(20);

// The times on the air that the reckoning needs.
struct RnsTimes {
  Duration airtime{};  // of an RNS

  // Between two RNS, so that an answer can come.
  Duration gap() const { return airtime * 2 + kNiaMargin; }
  // The blind rule: nine tenths of the window, or what still puts a whole frame into it.
  Duration step(Duration wake) const { return std::max(std::min(wake * 9 / 10, wake - airtime), gap()); }
  static unsigned round(Duration period, Duration step) { return 1 + static_cast<unsigned>(period.us / step.us); }
};

// How often an Interface answers who asks whether it is awake. An RNS may come from anybody, and its answer is of a
// class without a pace; a flood of them must not take the airtime of an hour. A GCRA (ITU-T I.371), kept in the low
// bits of milliseconds.
class NiaPace {
 public:
  // Of the share of the law, or of the time where there is none: what goes into answers, in parts of it ...
  static constexpr std::int64_t kShare = 4;
  // ... and how much of the window may be used ahead, in parts of it; without a law.
  static constexpr std::int64_t kAhead = 4;
  static constexpr Duration kAheadFree = seconds(10);
  // To one neighbour of which nothing but RNS comes: so many in a row, then one in so many.
  static constexpr std::uint8_t kInARow = 16;

  // Whether an answer that is so long on the air may go now; it is then reckoned as sent.
  bool take(const AirtimeRule& rule, Duration airtime, Instant now);

 private:
  std::uint32_t due_ms_ = 0;
};

class OwnSleep {
 public:
  static constexpr std::uint8_t kSkipsMax = 10;

  // The next window opens at `first`. Status: bad_value (no time awake, or more than neighbours can keep: see
  // SleepPlan::sound; also when it only is so stretched).
  Status begin(const SleepPlan& plan, const RnsTimes& times, Instant first);
  void end() { *this = OwnSleep{}; }
  bool on() const { return period_ms_ != 0; }
  // When the first window opened.
  Instant begun() const { return Instant{anchor_us_}; }
  // A datagram was sent or received: one sleep is skipped, the one under way if there is one.
  void touch() {
    if (skips_ < kSkipsMax) ++skips_;
  }
  // The same for one of several copies of a broadcast: together they skip the sleep that comes, no more.
  void touch_by_copy(Instant now);
  // Whether to listen now. Takes a skip where a sleep would be.
  bool awake(Instant now, bool& skipped);
  // When to ask again, at the latest.
  Instant next_change(Instant now) const;
  WakeTime tell(Instant now) const;
  Duration period() const { return milliseconds(period_ms_); }
  Duration wake() const { return milliseconds(wake_ms_); }

 private:
  std::int64_t cycle(Instant now) const;
  Instant opening(std::int64_t cycle) const { return Instant{anchor_us_} + period() * cycle; }

  std::int64_t anchor_us_ = 0;  // a window opens
  std::uint32_t skipped_ = 0;   // the cycle whose sleep is skipped, plus 1
  std::uint16_t period_ms_ = 0;
  std::uint16_t wake_ms_ = 0;
  std::uint8_t skips_ = 0;
};

// A neighbour's windows and what is under way about them, in twelve bytes: every neighbour has one. Times are kept as
// their low bits, so a phase is good for half an hour, and a wait for half a minute; beyond it is wrong once and then
// learnt anew.
class PeerWake {
 public:
  enum class State : std::uint8_t {
    unknown,  // asleep for all we know
    awake,    // until then
    asked,    // an RNS is due then
    deaf,     // it does not answer: taken to be awake until then
  };

  // It told this on that Interface, and the datagram left it at `at`. Grids do not shift: of two phases the one that
  // waited less is right. `at_once`: it is an answer, which does not wait.
  void tell(const WakeTime& wake, std::uint8_t interface, Instant at, bool at_once);
  void forget() { *this = PeerWake{}; }
  bool known() const { return period_ms_ != 0; }
  std::uint8_t interface() const { return interface_; }
  Duration period() const { return milliseconds(period_ms_); }
  Duration wake() const { return milliseconds(wake_ms_); }
  // How far off the phase may be, either way, for the clocks.
  Duration error(Instant now) const;

  // A frame of its came that it sent at `at`: it is awake, and skips a sleep for it. `copy`: of a broadcast,
  // perhaps one of several. Returns whether it was being asked.
  bool heard(Instant at, Instant now, bool copy = false);
  // A frame went to it while it was awake. Only of several can one be trusted to have arrived.
  void sent(Instant now);
  // Whether a frame may go to it now. `last_heard`: on any link.
  bool awake(Instant now, Instant last_heard) const;
  bool asked() const { return state_ == State::asked; }
  // The first RNS is due at the best moment from now on. Precondition: it is not awake.
  void ask(const RnsTimes& times, Instant now);
  // When the next RNS is due. Precondition: asked().
  Instant due(Instant now) const { return until(now); }
  // An RNS went out. False: that was the last, and nobody answered; it counts as deaf.
  bool asked_once(const RnsTimes& times, Instant now);
  // The RNS could not go.
  void postpone(Instant to, Instant now) { set_until(earlier(to, now + kPostponedMax)); }
  // Nothing waits for it any more.
  void rest() { state_ = State::unknown; }

  // The first moment from `from` on at which an RNS is best sent: within the window if that is certain, else so that
  // the moments together meet every window that may be. Towards the end of a window that may still be open it goes at
  // once: a question is lost now and then, most of a period is won. `reckoned_at`: for the error.
  Instant best_moment(const RnsTimes& times, Instant from, Instant reckoned_at) const;
  // The first window from `from` on, as far as it is certain: a frame of that airtime may begin from `opens` to
  // `closes`. None: the phase is not known, or too old.
  struct Window {
    Instant opens, closes;
  };
  std::optional<Window> sure_window(Duration airtime, Instant from, Instant reckoned_at) const;

 private:
  Instant opening(Instant now) const;
  Instant until(Instant now) const;
  void set_until(Instant t) { until_ms_ = static_cast<std::uint16_t>((t.us + 999) / 1000); }
  // What the blind rule supposes of who has told nothing.
  Duration supposed_wake() const { return known() ? wake() : SleepPlan{}.wake; }
  Duration supposed_period() const { return known() ? period() : SleepPlan{}.sleep + SleepPlan{}.wake; }
  bool useful(Instant now) const { return known() && error(now) * 2 + kPhaseQueued < period(); }

  std::uint32_t opening_us_ = 0;  // the low bits of when a window opens
  std::uint16_t period_ms_ = 0;
  std::uint16_t wake_ms_ = 0;
  std::uint16_t until_ms_ = 0;  // the low bits of when the state ends
  State state_ : 2 = State::unknown;
  std::uint8_t interface_ : 3 = 0;
  std::uint8_t doubts_ : 2 = 0;
  std::uint8_t count_ = 0;  // asked: RNS sent; awake: frames sent since one was heard
};
static_assert(sizeof(PeerWake) == 12);

// When a broadcast has to be repeated so that it meets the window of every sleeper: the least number of times. A window
// that closes first sets the latest moment; the best one is when the last of those that can share it has opened. Give
// it every sleeper twice: add() all, then fit() all.
class Stabs {
 public:
  // `first`: when the broadcast went out first, `last`: when it did last. What has opened by then is done with.
  Stabs(Duration airtime, Instant first, Instant last) : airtime_(airtime), first_(first), last_(last) {}
  // Of a neighbour whose phase is not known, or of nobody in particular: null. Then there is one each `step`, for a
  // whole period.
  void add(const PeerWake* peer, Duration period, Duration step);
  void fit(const PeerWake* peer, Duration period, Duration step);
  // When to repeat it next; never: everyone was met.
  Instant next() const { return best_; }
  // When the first window opens that was not met.
  Instant opened() const { return opened_; }

 private:
  std::optional<PeerWake::Window> window(const PeerWake* peer, Duration period, Duration step) const;

  Duration airtime_;
  Instant first_, last_;
  Instant deadline_ = Instant::never();
  Instant opened_ = Instant::never();
  Instant best_ = Instant::never();
};

}  // namespace mp
