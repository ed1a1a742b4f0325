// SPDX-License-Identifier: ISC
#include "micropycelium/transport/modem_sleep.hpp"

namespace mp {
namespace {

// A frame ends so long before the window does.
constexpr Duration kBeforeClosing = milliseconds(1);
// A neighbour counts as awake for so long at most without another frame of its.
constexpr Duration kAwakeMax = seconds(30);
// Of our frames to one that is awake, one in so many is taken to have arrived.
constexpr std::uint8_t kSentPerSkip = 4;

constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }
constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return -floor_div(-a, b); }

}  // namespace

// --- ours ----------------------------------------------------------------------------------------------

Status OwnSleep::begin(const SleepPlan& plan, const RnsTimes& times, Instant first) {
  end();
  if (!plan.on()) return Status::ok;
  std::int64_t wake = plan.wake.ms();
  std::int64_t sleep = ceil_div(plan.sleep.us, 1000);
  if (!plan.sound()) return Status::bad_value;
  if (const std::int64_t least = ceil_div(times.airtime.us * 2, 1000); wake < least) {
    sleep = ceil_div(sleep * least, wake);
    wake = least;
  }
  if (!SleepPlan{milliseconds(sleep), milliseconds(wake)}.sound()) return Status::bad_value;
  period_ms_ = static_cast<std::uint16_t>(wake + sleep);
  wake_ms_ = static_cast<std::uint16_t>(wake);
  anchor_us_ = first.us;
  return Status::ok;
}

std::int64_t OwnSleep::cycle(Instant now) const { return floor_div(now.us - anchor_us_, period().us); }

bool OwnSleep::awake(Instant now, bool& skipped) {
  if (!on()) return true;
  const std::int64_t c = cycle(now);
  if (now < opening(c) + wake()) return true;
  const std::uint32_t mark = static_cast<std::uint32_t>(c) + 1;
  if (skipped_ == mark) return true;
  if (skips_ == 0) return false;
  --skips_;
  skipped_ = mark;
  skipped = true;
  return true;
}

void OwnSleep::touch_by_copy(Instant now) {
  const std::int64_t c = cycle(now);
  const bool skipping = now >= opening(c) + wake() && skipped_ == static_cast<std::uint32_t>(c) + 1;
  if (!skipping && skips_ == 0) touch();
}

Instant OwnSleep::next_change(Instant now) const {
  if (!on()) return Instant::never();
  const std::int64_t c = cycle(now);
  if (now < opening(c) + wake()) return opening(c) + wake();
  return skipped_ == static_cast<std::uint32_t>(c) + 1 ? opening(c + 1) + wake() : opening(c + 1);
}

WakeTime OwnSleep::tell(Instant now) const {
  if (!on()) return {};
  const Duration left = opening(cycle(now) + 1) - now;
  return {period_ms_, wake_ms_, static_cast<std::uint16_t>(ceil_div(left.us, 1000))};
}

bool NiaPace::take(const AirtimeRule& rule, Duration airtime, Instant now) {
  const std::int64_t share_ppm = std::max<std::int64_t>(std::min<std::int64_t>(rule.share_ppm, 1'000'000) / kShare, 1);
  const std::int64_t interval_ms = std::max<std::int64_t>(ceil_div(airtime.us * 1000, share_ppm), 1);
  const std::int64_t ahead_ms = (rule.limits() ? rule.window / kAhead : kAheadFree).ms();
  const auto now_ms = static_cast<std::uint32_t>(now.us / 1000);
  std::int64_t due_in_ms = static_cast<std::int32_t>(due_ms_ - now_ms);
  // Long ago, be it that the bits came round.
  if (due_in_ms < 0 || due_in_ms > ahead_ms + interval_ms) due_in_ms = 0;
  if (due_in_ms > ahead_ms) return false;
  due_ms_ = now_ms + static_cast<std::uint32_t>(due_in_ms + interval_ms);
  return true;
}

// --- a neighbour's -------------------------------------------------------------------------------------

void PeerWake::tell(const WakeTime& wake, std::uint8_t interface, Instant at, bool at_once) {
  Instant opens = at + milliseconds(wake.opens_ms);
  const bool same = known() && interface_ == interface && period_ms_ == wake.period_ms && wake_ms_ == wake.wake_ms;
  bool doubted = false;
  if (same && !at_once && doubts_ < kPhaseDoubts) {
    const Duration drift = error(at) - kPhaseError;
    const Instant before = opening(at);
    // Where the grid of before puts the opening next to this one.
    const Duration shift = period() * floor_div((opens - before).us + period().us / 2, period().us);
    const Instant latest = before + shift + drift;
    doubted = opens > latest && opens - latest <= kPhaseDoubted;
    if (doubted) opens = latest;
  }
  doubts_ = static_cast<std::uint8_t>((doubted ? doubts_ + 1U : 0U) & 3U);
  period_ms_ = wake.period_ms;
  wake_ms_ = wake.wake_ms;
  interface_ = static_cast<std::uint8_t>(interface & 7U);
  opening_us_ = static_cast<std::uint32_t>(opens.us);
}

// The opening that it told of, whenever that was: the instant with these low bits that is nearest to now.
Instant PeerWake::opening(Instant now) const {
  const auto ahead = static_cast<std::int32_t>(opening_us_ - static_cast<std::uint32_t>(now.us));
  return now + microseconds(ahead);
}

Duration PeerWake::error(Instant now) const {
  const Duration age = std::max(now - opening(now), Duration{});
  return kPhaseError + microseconds(age.us * kDrift_ppm / 1'000'000);
}

Instant PeerWake::until(Instant now) const {
  const std::int64_t now_ms = now.us / 1000;
  const auto ahead =
      static_cast<std::int16_t>(static_cast<std::uint16_t>(until_ms_ - static_cast<std::uint16_t>(now_ms)));
  return Instant{(now_ms + ahead) * 1000};
}

bool PeerWake::heard(Instant at, Instant now, bool copy) {
  const bool was_asked = asked();
  Instant base = now + kAwakeAfterFrame;
  if (known()) {
    // At least through the window after the cycle in which it sent, and as long as a window from then on.
    base = at + wake() - kPhaseError;
    if (useful(now)) {
      const Duration e = error(now);
      const Instant o = opening(now);
      const std::int64_t c = floor_div((at - e - o).us, period().us);
      base = std::max(base, o + period() * (c + 1) + wake() - e - kPhaseQueued);
    }
    if (state_ == State::awake && until(now) > now && until(now) - now <= kAwakeMax)
      base = std::max(base, until(now) + (copy ? Duration{} : period()));
    base = earlier(base, now + std::min(period() * OwnSleep::kSkipsMax, kAwakeMax));
  }
  state_ = State::awake;
  count_ = 0;
  set_until(base);
  return was_asked;
}

void PeerWake::sent(Instant now) {
  if (state_ != State::awake || !known()) return;
  if (++count_ < kSentPerSkip) return;
  count_ = 0;
  set_until(earlier(until(now) + period(), now + std::min(period() * OwnSleep::kSkipsMax, kAwakeMax)));
}

bool PeerWake::awake(Instant now, Instant last_heard) const {
  if (state_ == State::deaf) return now < until(now) && until(now) - now <= kDeafFor;
  return state_ == State::awake && now < until(now) && now - last_heard <= kAwakeMax;
}

void PeerWake::ask(const RnsTimes& times, Instant now) {
  state_ = State::asked;
  count_ = 0;
  set_until(best_moment(times, now, now));
}

bool PeerWake::asked_once(const RnsTimes& times, Instant now) {
  if (count_ < 0xff) ++count_;
  const Duration step = times.step(supposed_wake());
  const unsigned known_tries = useful(now) ? kKnownTries : 0;
  if (count_ < known_tries) {
    set_until(best_moment(times, now + times.gap(), now));
    return true;
  }
  if (count_ < std::min(known_tries + kBlindRounds * RnsTimes::round(supposed_period(), step), 0xffU)) {
    set_until(now + step);
    return true;
  }
  state_ = State::deaf;
  set_until(now + kDeafFor);
  return false;
}

std::optional<PeerWake::Window> PeerWake::sure_window(Duration airtime, Instant from, Instant reckoned_at) const {
  if (!known()) return std::nullopt;
  const Duration e = error(reckoned_at);
  const Instant o = opening(reckoned_at);
  const Instant opens = o + e;
  const Instant closes = o + wake() - e - kPhaseQueued - airtime - kBeforeClosing;
  if (closes < opens) return std::nullopt;
  const Duration shift = period() * ceil_div((from - closes).us, period().us);
  return Window{std::max(opens + shift, from), closes + shift};
}

Instant PeerWake::best_moment(const RnsTimes& times, Instant from, Instant reckoned_at) const {
  if (!useful(reckoned_at)) return from;
  if (const auto window = sure_window(times.airtime, from, reckoned_at)) {
    const Instant before = window->closes - period();
    return from <= before + error(reckoned_at) / 2 ? from : window->opens;
  }
  // Wherever the window lies, one of these is in it: just before the first that may be closes, and so on until the last
  // that may be has opened.
  const Duration e = error(reckoned_at);
  const Instant o = opening(reckoned_at);
  const Instant first = o + wake() - e - kPhaseQueued - times.airtime - kBeforeClosing;
  const Duration step = times.step(wake());
  const std::int64_t more = ceil_div((o + e - first).us, step.us);
  const Duration shift = period() * ceil_div((from - (first + step * more)).us, period().us);
  return first + shift + step * std::max<std::int64_t>(0, ceil_div((from - (first + shift)).us, step.us));
}

// --- broadcasts ----------------------------------------------------------------------------------------

std::optional<PeerWake::Window> Stabs::window(const PeerWake* peer, Duration period, Duration step) const {
  // Reckoned as of the first sending: else windows would move a little from one look to the next.
  if (peer != nullptr)
    if (const auto sure = peer->sure_window(airtime_, first_, first_)) return sure->opens > last_ ? sure : std::nullopt;
  const Instant at = last_ + step;
  if (at - first_ > period) return std::nullopt;
  return PeerWake::Window{at, at};
}

void Stabs::add(const PeerWake* peer, Duration period, Duration step) {
  const auto w = window(peer, period, step);
  if (!w) return;
  deadline_ = earlier(deadline_, w->closes);
  opened_ = earlier(opened_, w->opens);
}

void Stabs::fit(const PeerWake* peer, Duration period, Duration step) {
  const auto w = window(peer, period, step);
  if (!w || w->opens > deadline_) return;
  best_ = best_ == Instant::never() ? w->opens : std::max(best_, w->opens);
}

}  // namespace mp
