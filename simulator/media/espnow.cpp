// SPDX-License-Identifier: ISC
#include "simulator/media/espnow.hpp"

#include "simulator/media/schemas.hpp"

#include <algorithm>

namespace mp::sim {
namespace {

constexpr std::int32_t kThermal_mdbm_hz = -174'000;  // k T at 290 K
constexpr std::int32_t kBandwidth_mdb = 73'424;      // 10 log10(22 MHz / 1 Hz)
// Interference that weak changes nothing: below it signals play no part. A quarter of the noise.
constexpr std::int32_t kNegligible_mdb = -6'000;
// Success of a frame is certain within 1e-9, or not to be had.
constexpr double kCertain = -1e-9, kHopeless = -30.0;
// How many ears ahead the memory is asked for.
constexpr std::size_t kAhead = 16;

}  // namespace

std::int32_t EspnowMedium::noise_mdbm(const EspnowSpec& spec) {
  return kThermal_mdbm_hz + kBandwidth_mdb + spec.noise_figure_mdb;
}

std::int32_t EspnowMedium::sensitivity_mdbm(const EspnowSpec& spec) { return noise_mdbm(spec) + spec.preamble_snr_mdb; }

EspnowMedium::EspnowMedium(const MediumSpec& spec, std::uint8_t number, EventQueue& events, Seed seed)
    : Medium(spec, number, std::min(spec.espnow.carrier_sense_mdbm, noise_mdbm(spec.espnow) + kNegligible_mdb), events,
             seed),
      noise_(maths::power_of(noise_mdbm(spec.espnow))),
      lock_power_(maths::power_of(sensitivity_mdbm(spec.espnow))),
      busy_power_(maths::power_of(spec.espnow.carrier_sense_mdbm)),
      lock_ratio_(maths::ratio_of(spec.espnow.preamble_snr_mdb)) {}

bool EspnowMedium::in_range(RadioIndex from, RadioIndex to) const {
  return reach().power(from, to) >= sensitivity_mdbm(spec().espnow) + kSpare_mdb;
}

InterfaceCaps EspnowMedium::caps() const {
  return {.name = "espnow",
          .bit_rate = 1'000'000,
          .schema_ids = kSchemas250,
          .frame_max = Frame::kBytesMax,
          .acknowledges = true,
          .reports = true,
          .tries = static_cast<std::uint8_t>(std::min<std::uint32_t>(spec().espnow.retry_limit, 0xff)),
          .can_sleep = true};
}

void EspnowMedium::grow() {
  while (stations_.size() < size()) {
    stations_.emplace_back(seed_of(stations_.size()));
    stations_.back().backoff.reset(spec().espnow.cw_min);
    ears_.emplace_back();
  }
}

void EspnowMedium::plan(Instant at, Kind kind, std::uint32_t generation, std::uint32_t number) {
  // Generations are told apart within 28 bits: an event is not planned that far ahead.
  const std::uint64_t tag = std::uint64_t{static_cast<std::uint8_t>(kind)} << 28 | (generation & 0xfff'ffff);
  events().plan(at, *this, tag << 32 | number);
}

void EspnowMedium::on_event(std::uint64_t what) {
  const auto number = static_cast<std::uint32_t>(what);
  const auto generation = static_cast<std::uint32_t>(what >> 32) & 0xfff'ffff;
  const auto is = [generation](std::uint32_t current) { return (current & 0xfff'ffff) == generation; };
  switch (static_cast<Kind>(what >> 60)) {
    case Kind::sensed:
      if (is(flights_[number].generation)) sensed(number);
      break;
    case Kind::over:
      if (is(flights_[number].generation)) over(number, false);
      break;
    case Kind::access:
      if (is(stations_[number].generation)) access(number);
      break;
    case Kind::ack_missing:
      if (is(stations_[number].generation)) unanswered(number);
      break;
    case Kind::ack_due:
      if (is(stations_[number].ack_generation)) send_ack(number);
      break;
  }
}

// Ears lie all over memory: asked for early, they are there in time.
void EspnowMedium::fetch_ahead(const Flight& flight, std::size_t i) const {
  if (i + kAhead >= flight.heard.size()) return;
  const RadioIndex next = flight.heard[i + kAhead].radio;
  __builtin_prefetch(&ears_[next], 1);
  prefetch(next);
}

// --- the life of a transmission --------------------------------------------------------------------------

std::uint32_t EspnowMedium::begin(RadioIndex from, const Frame& frame, Duration length, bool ack) {
  let_go(from, Ear::deaf);
  std::uint32_t slot = 0;
  if (free_.empty()) {
    slot = static_cast<std::uint32_t>(flights_.size());
    flights_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  Flight& flight = flights_[slot];
  flight.frame = frame;
  flight.begin = now();
  flight.end = now() + length;
  flight.ack = ack;
  flight.heard.clear();
  const std::span<const Hearer> hearers = reach().hearers(from);
  for (std::size_t i = 0; i < hearers.size(); ++i) {
    if (i + kAhead < hearers.size()) __builtin_prefetch(&ears_[hearers[i + kAhead].radio], 1);
    const Hearer& hearer = hearers[i];
    flight.heard.push_back({hearer.radio, Ear::too_weak, hearer.power});
    Ears& e = ears_[hearer.radio];
    if (e.locked != kNone) {
      close_piece(e);
      e.disturbed = true;
    }
    e.on_air += hearer.power;
  }
  ears_[from].sending = slot;
  set_sending(from, true);
  sense(from);
  plan(now() + dsss::kCca, Kind::sensed, flight.generation, slot);
  plan(flight.end, Kind::over, flight.generation, slot);
  return slot;
}

void EspnowMedium::sensed(std::uint32_t slot) {
  Flight& flight = flights_[slot];
  for (std::uint32_t i = 0; i < flight.heard.size(); ++i) {
    fetch_ahead(flight, i);
    Heard& heard = flight.heard[i];
    heard.ear = try_to_lock(slot, i, heard.radio, heard.power);
    if (!ears_[heard.radio].busy) sense(heard.radio);
  }
}

EspnowMedium::Ear EspnowMedium::try_to_lock(std::uint32_t slot, std::uint32_t position, RadioIndex at,
                                            maths::Power power) {
  if (power < lock_power_) return Ear::too_weak;
  if (!listening(at)) return mode(at) == RadioMode::off ? Ear::off : Ear::slept;
  Ears& e = ears_[at];
  if (e.sending != kNone) return Ear::deaf;
  if (e.locked != kNone) return Ear::collided;
  const maths::Power others = e.on_air - power;
  const bool clear = spec().espnow.capture
                         ? static_cast<double>(power) >= lock_ratio_ * static_cast<double>(others + noise_)
                         : others == 0;
  if (!clear) return Ear::collided;
  e.locked = slot;
  e.position = position;
  e.signal = power;
  e.log_success = 0;
  e.disturbed = false;
  e.piece = flights_[slot].begin + dsss::kSync;
  set_receiving(at, true);
  return Ear::locked;
}

void EspnowMedium::over(std::uint32_t slot, bool cut) {
  Flight& flight = flights_[slot];
  ++flight.generation;
  const RadioIndex from = flight.frame.from;
  ears_[from].sending = kNone;
  if (mode(from) != RadioMode::off) {
    set_sending(from, false);
    if (!flight.ack) sent(from, flight);
  }
  sense(from);
  // First all that is physics, then what the radios do about it.
  for (std::uint32_t i = 0; i < flight.heard.size(); ++i) {
    fetch_ahead(flight, i);
    Heard& heard = flight.heard[i];
    Ears& e = ears_[heard.radio];
    if (heard.ear == Ear::locked) {
      heard.ear = read(heard.radio, flight, cut);
    } else if (e.locked != kNone) {
      close_piece(e);
    }
    e.on_air -= heard.power;
    if (e.busy) sense(heard.radio);
  }
  for (const Heard& heard : flight.heard) heard_out(flight, heard);
  free_.push_back(slot);
}

// The locked frame ends: whether all its bits were right.
EspnowMedium::Ear EspnowMedium::read(RadioIndex at, const Flight& flight, bool cut) {
  Ears& e = ears_[at];
  close_piece(e);
  e.locked = kNone;
  set_receiving(at, false);
  bool right = !cut && (spec().espnow.capture || !e.disturbed);
  if (right && e.log_success < kCertain)
    right = e.log_success > kHopeless && stations_[at].stream.unit() < maths::exp(e.log_success);
  e.wait_until = right ? Instant{} : now() + dsss::kEifs;
  if (!right) return cut ? Ear::cut : e.disturbed ? Ear::collided : Ear::faded;
  if (!flight.ack && !flight.frame.broadcast() && flight.frame.to != at)
    stations_[at].reserved_until = std::max(stations_[at].reserved_until, now() + dsss::kReserved);
  return Ear::read;
}

void EspnowMedium::heard_out(const Flight& flight, const Heard& heard) {
  const RadioIndex at = heard.radio;
  const bool for_it = flight.frame.broadcast() || flight.frame.to == at;
  switch (heard.ear) {
    case Ear::too_weak:
    case Ear::off:
      return;
    case Ear::locked:  // let_go() said why not
    case Ear::read:
      if (for_it) take(at, flight);
      break;
    case Ear::cut:
    case Ear::collided:
    case Ear::faded:
    case Ear::deaf:
    case Ear::slept:
      if (!for_it || flight.ack) break;
      ended(flight.frame, at,
            heard.ear == Ear::cut        ? Fate::faulted
            : heard.ear == Ear::collided ? Fate::collided
            : heard.ear == Ear::faded    ? Fate::faded
            : heard.ear == Ear::deaf     ? Fate::deaf
                                         : Fate::slept);
      break;
  }
  lock_over(at);
}

// Interference is about to change at a radio that is locked: what came until now came with the old one.
void EspnowMedium::close_piece(Ears& e) const {
  if (e.on_air != e.signal) e.disturbed = true;
  if (now() <= e.piece) return;
  const double sinr = static_cast<double>(e.signal) / static_cast<double>(e.on_air - e.signal + noise_);
  e.log_success += static_cast<double>((now() - e.piece).us) * errors_.log_success(sinr);  // 1 us, 1 bit
  e.piece = now();
}

void EspnowMedium::let_go(RadioIndex at, Ear why) {
  Ears& e = ears_[at];
  if (e.locked == kNone) return;
  flights_[e.locked].heard[e.position].ear = why;
  e.locked = kNone;
  set_receiving(at, false);
}

// Whether the channel is busy, as this radio senses it.
void EspnowMedium::sense(RadioIndex at) {
  Ears& e = ears_[at];
  const bool busy = e.sending != kNone || e.locked != kNone || e.on_air >= busy_power_;
  if (busy == e.busy) return;
  e.busy = busy;
  if (busy) {
    channel_busy(at);
  } else {
    e.idle_since = now();
    channel_idle(at);
  }
}

bool EspnowMedium::listening(RadioIndex at) const {
  const RadioMode is = mode(at);
  if (is != RadioMode::asleep) return is == RadioMode::awake;
  return ears_[at].phase != Phase::idle || stations_[at].owes_ack;
}

void EspnowMedium::on_mode(Radio& radio, RadioMode before) {
  grow();
  const RadioIndex at = radio.index();
  Ears& e = ears_[at];
  switch (radio.mode()) {
    case RadioMode::off:
      power_off(at);
      break;
    case RadioMode::asleep:
      if (!listening(at)) let_go(at, Ear::slept);
      set_listening(radio.index(), ears_[at].phase != Phase::idle);
      break;
    case RadioMode::awake:
      break;
  }
  // What it knew of the channel is old: it listens for a DIFS at least.
  if (before != RadioMode::awake && !e.busy) e.idle_since = std::max(e.idle_since, now());
  sense(at);
}

}  // namespace mp::sim
