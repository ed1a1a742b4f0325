// SPDX-License-Identifier: ISC
// The MAC of espnow.hpp: when a radio may send (IEEE 802.11-2016, 10.3.4), acknowledgements, repetitions.
#include "simulator/media/espnow.hpp"

namespace mp::sim {
namespace {

constexpr std::size_t kLastMax = 64;  // senders whose newest frame a radio remembers
constexpr std::uint16_t kSequenceMask = 0x0fff;

}  // namespace

Status EspnowMedium::submit(Radio& radio, const Frame& frame) {
  grow();
  const RadioIndex at = radio.index();
  Station& station = stations_[at];
  if (station.queue.size() >= spec().queue) return Status::would_block;
  station.queue.push_back({frame, static_cast<std::uint16_t>(station.next_sequence++ & kSequenceMask), 0});
  if (ears_[at].phase != Phase::idle) return Status::ok;
  if (radio.mode() == RadioMode::asleep) {
    // Just up: the channel was idle for all it knows since now.
    set_listening(radio.index(), true);
    if (!ears_[at].busy) ears_[at].idle_since = now();
  }
  station.backoff.forget();
  contend(at);
  return Status::ok;
}

// --- access to the channel -------------------------------------------------------------------------------

void EspnowMedium::contend(RadioIndex at) {
  Station& station = stations_[at];
  ears_[at].phase = Phase::contending;
  const Ears& e = ears_[at];
  if (e.busy || station.reserved_until > now()) station.backoff.draw(station.stream);
  if (!e.busy) plan_access(at);
}

void EspnowMedium::plan_access(RadioIndex at) {
  Station& station = stations_[at];
  const Ears& e = ears_[at];
  const Instant quiet = std::max({e.idle_since + dsss::kDifs, station.reserved_until + dsss::kDifs, e.wait_until});
  const Instant due = station.backoff.resume(std::max(quiet, now()));
  ++station.generation;
  if (due <= now()) return access(at);
  plan(due, Kind::access, station.generation, at);
}

void EspnowMedium::channel_idle(RadioIndex at) {
  if (ears_[at].phase == Phase::contending) plan_access(at);
}

void EspnowMedium::channel_busy(RadioIndex at) {
  Station& station = stations_[at];
  if (ears_[at].phase != Phase::contending) return;
  ++station.generation;
  // Who wanted to send at once, and now can not, waits a random time like the others.
  if (!station.backoff.drawn()) station.backoff.draw(station.stream);
  station.backoff.freeze(now());
}

// The countdown is over.
void EspnowMedium::access(RadioIndex at) {
  Station& station = stations_[at];
  if (!station.queue.empty()) return transmit(at);
  ears_[at].phase = Phase::idle;
  station.backoff.forget();
  set_listening(at, false);
  if (!listening(at)) {
    let_go(at, Ear::slept);
    sense(at);
  }
}

void EspnowMedium::transmit(RadioIndex at) {
  Station& station = stations_[at];
  Outgoing& first = station.queue.front();
  ears_[at].phase = Phase::sending;
  ++first.tries;
  const Duration length = dsss::airtime(first.frame.size);
  const std::uint32_t slot = begin(at, first.frame, length, false);
  flights_[slot].sequence = first.sequence;
  flights_[slot].tries = first.tries;
  transmitted(radio(at), {.frame = flights_[slot].frame, .begin = now(), .airtime = length, .tries = first.tries});
}

// The frame has left.
void EspnowMedium::sent(RadioIndex at, const Flight& flight) {
  Station& station = stations_[at];
  if (flight.frame.broadcast()) return done_with_first(at);
  ears_[at].phase = Phase::awaiting;
  station.ack_overdue = false;
  ++station.generation;
  plan(now() + dsss::kAckTimeout, Kind::ack_missing, station.generation, at);
}

// Behind every frame comes a countdown, whether or not there is another: no radio gets the channel twice in a row
// without giving the others a chance.
void EspnowMedium::done_with_first(RadioIndex at) {
  Station& station = stations_[at];
  station.queue.erase(station.queue.begin());
  station.backoff.reset(spec().espnow.cw_min);
  station.backoff.draw(station.stream);
  ears_[at].phase = Phase::contending;
  // A sender's own ears still count as busy here; sense() goes on when they are not.
  if (!ears_[at].busy) plan_access(at);
}

// --- acknowledgements ------------------------------------------------------------------------------------

void EspnowMedium::answered(RadioIndex at) {
  ++stations_[at].generation;
  answer(radio(at), true);
  done_with_first(at);
}

// No acknowledgement began in time. If something did begin, its end decides.
void EspnowMedium::unanswered(RadioIndex at) {
  Station& station = stations_[at];
  if (ears_[at].locked != kNone) {
    station.ack_overdue = true;
    return;
  }
  ++station.generation;
  station.ack_overdue = false;
  if (station.queue.front().tries >= spec().espnow.retry_limit) {
    answer(radio(at), false);
    return done_with_first(at);
  }
  station.backoff.widen(spec().espnow.cw_max);
  station.backoff.draw(station.stream);
  ears_[at].phase = Phase::contending;
  if (!ears_[at].busy) plan_access(at);
}

void EspnowMedium::lock_over(RadioIndex at) {
  const Station& station = stations_[at];
  if (ears_[at].phase == Phase::awaiting && station.ack_overdue && ears_[at].locked == kNone) unanswered(at);
}

void EspnowMedium::send_ack(RadioIndex at) {
  Station& station = stations_[at];
  station.owes_ack = false;
  if (ears_[at].sending != kNone) return;
  Frame ack;
  ack.from = at;
  ack.to = station.ack_to;
  ack.size = dsss::kAckBytes;
  begin(at, ack, dsss::kAck, true);
}

// --- what was read ---------------------------------------------------------------------------------------

void EspnowMedium::take(RadioIndex at, const Flight& flight) {
  Station& station = stations_[at];
  const RadioIndex from = flight.frame.from;
  if (flight.ack) {
    if (ears_[at].phase != Phase::awaiting || station.queue.front().frame.to != from) return;
    const Passage passage = pass(flight.frame, at).passage;
    if (!passage.lost && !passage.corrupted) answered(at);
    return;
  }
  // A node that sleeps hears nothing, also while its radio is up to send.
  if (mode(at) != RadioMode::awake) return ended(flight.frame, at, Fate::slept);
  const Passed passed = pass(flight.frame, at);
  const Passage& passage = passed.passage;
  const bool whole = !passage.lost && (!passage.corrupted || passage.undetected);
  if (whole && !flight.frame.broadcast()) {
    station.ack_to = from;
    station.owes_ack = true;
    plan(now() + dsss::kSifs, Kind::ack_due, ++station.ack_generation, at);
    if (repetition(station, flight)) return;
  }
  hand_over(passed, at);
}

// Whether it had the frame before, and only the acknowledgement was lost.
bool EspnowMedium::repetition(Station& station, const Flight& flight) {
  for (Last& last : station.last) {
    if (last.from != flight.frame.from) continue;
    if (flight.tries > 1 && last.sequence == flight.sequence) return true;
    last.sequence = flight.sequence;
    return false;
  }
  const Last last{flight.frame.from, flight.sequence};
  if (station.last.size() < kLastMax) {
    station.last.push_back(last);
  } else {
    station.last[station.last_next] = last;
    station.last_next = (station.last_next + 1) % kLastMax;
  }
  return false;
}

void EspnowMedium::power_off(RadioIndex at) {
  Station& station = stations_[at];
  let_go(at, Ear::off);
  ears_[at].phase = Phase::idle;
  station.owes_ack = station.ack_overdue = false;
  ++station.generation;
  ++station.ack_generation;
  station.queue.clear();
  station.last.clear();
  station.last_next = 0;
  station.next_sequence = 0;
  station.backoff.reset(spec().espnow.cw_min);
  station.backoff.forget();
  Ears& e = ears_[at];
  e.wait_until = station.reserved_until = {};
  if (e.sending != kNone) over(e.sending, true);
}

}  // namespace mp::sim
