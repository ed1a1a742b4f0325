// SPDX-License-Identifier: ISC
#include "simulator/media/lora.hpp"

#include "simulator/media/schemas.hpp"

#include <algorithm>

namespace mp::sim {
namespace {

constexpr std::size_t kFrameMax = 240;  // AT+SEND of the module
// A receiver needs the last five symbols of a preamble to lock on (Bor et al. 2016, 4.1).
constexpr std::int64_t kLockSymbols = 5;

}  // namespace

LoraMedium::LoraMedium(const MediumSpec& spec, std::uint8_t number, EventQueue& events, Seed seed)
    // A signal weaker than the weakest that can be read, by the capture threshold, spoils nothing.
    : Medium(spec, number, lora_sensitivity_mdbm(spec.lora) - (spec.lora.capture ? spec.lora.capture_mdb : 0), events,
             seed),
      lock_power_(maths::power_of(lora_sensitivity_mdbm(spec.lora))),
      capture_ratio_(maths::ratio_of(spec.lora.capture_mdb)),
      lock_after_(lora_quarter_symbols(spec.lora, 4 * std::max<std::int64_t>(spec.lora.preamble - kLockSymbols, 0))),
      preamble_(lora_preamble(spec.lora)) {}

bool LoraMedium::in_range(RadioIndex from, RadioIndex to) const {
  return reach().power(from, to) >= lora_sensitivity_mdbm(spec().lora) + kSpare_mdb;
}

InterfaceCaps LoraMedium::caps() const {
  const auto rate = static_cast<std::uint32_t>(std::int64_t{kFrameMax} * 8'000'000 / airtime(kFrameMax).us);
  const LoraSpec& s = spec().lora;
  const AirtimeRule rule{.share_ppm = s.duty_ppm > 0 ? s.duty_ppm : AirtimeRule{}.share_ppm,
                         .window = s.duty_window,
                         .longest = s.longest};
  return {.name = "rylr998",
          .bit_rate = rate,
          .schema_ids = kSchemas240,
          .frame_max = kFrameMax,
          .half_duplex = true,
          .rule = rule,
          .can_sleep = true};
}

// Until the frame on the air is over.
Duration LoraMedium::busy_for(const Radio& radio) const {
  const Station& station = stations_[radio.index()];
  if (station.sending == kNone) return Duration{};
  const Flight& flight = flights_[station.sending];
  return flight.begin + airtime(flight.frame.size) - now() + microseconds(1);
}

void LoraMedium::grow() {
  if (stations_.size() < size()) stations_.resize(size());
}

Status LoraMedium::submit(Radio& radio, const Frame& frame) {
  grow();
  Station& station = stations_[radio.index()];
  if (station.queue.size() >= spec().queue) return Status::would_block;
  station.queue.push_back(frame);
  if (station.sending == kNone) transmit(radio.index());
  return Status::ok;
}

void LoraMedium::on_event(std::uint64_t what) {
  const auto slot = static_cast<std::uint32_t>(what);
  const auto generation = static_cast<std::uint32_t>(what >> 32) & 0x7fff'ffff;
  if ((flights_[slot].generation & 0x7fff'ffff) != generation) return;
  if (static_cast<Kind>(what >> 63) == Kind::preamble)
    preamble_heard(slot);
  else
    over(slot, false);
}

// --- the life of a transmission --------------------------------------------------------------------------

void LoraMedium::transmit(RadioIndex from) {
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
  flight.frame = stations_[from].queue.front();
  flight.begin = now();
  flight.heard.clear();
  stations_[from].sending = slot;
  set_sending(from, true);
  const bool capture = spec().lora.capture;
  for (const Hearer& hearer : reach().hearers(from)) {
    Station& station = stations_[hearer.radio];
    station.on_air += hearer.power;
    if (station.locked != kNone &&
        (!capture ||
         static_cast<double>(station.signal) < capture_ratio_ * static_cast<double>(station.on_air - station.signal)))
      station.spoiled = true;
    flight.heard.push_back({hearer.radio, Ear::too_weak, hearer.power});
  }
  const std::uint64_t tag = std::uint64_t{flight.generation & 0x7fff'ffff} << 32 | slot;
  const Duration length = airtime(flight.frame.size);
  // Without capture, whoever is not alone from the first moment on is lost.
  if (capture)
    events().plan(now() + lock_after_, *this, tag);
  else
    preamble_heard(slot);
  events().plan(now() + length, *this, std::uint64_t{1} << 63 | tag);
  transmitted(radio(from), {.frame = flight.frame, .begin = now(), .airtime = length});
}

void LoraMedium::preamble_heard(std::uint32_t slot) {
  Flight& flight = flights_[slot];
  for (std::uint32_t i = 0; i < flight.heard.size(); ++i)
    flight.heard[i].ear = try_to_lock(slot, i, flight.heard[i].radio, flight.heard[i].power);
}

LoraMedium::Ear LoraMedium::try_to_lock(std::uint32_t slot, std::uint32_t position, RadioIndex at, maths::Power power) {
  if (power < lock_power_) return Ear::too_weak;
  if (mode(at) == RadioMode::off) return Ear::off;
  Station& station = stations_[at];
  if (station.sending != kNone) return Ear::deaf;
  if (mode(at) == RadioMode::asleep) return Ear::slept;
  const maths::Power others = station.on_air - power;
  const bool clear =
      spec().lora.capture ? static_cast<double>(power) >= capture_ratio_ * static_cast<double>(others) : others == 0;
  if (!clear) return Ear::collided;
  if (station.locked != kNone) {
    if (now() >= flights_[station.locked].begin + preamble_) return Ear::collided;
    let_go(at, Ear::collided);
  }
  station.locked = slot;
  station.position = position;
  station.signal = power;
  station.spoiled = false;
  set_receiving(at, true);
  return Ear::locked;
}

void LoraMedium::over(std::uint32_t slot, bool cut) {
  Flight& flight = flights_[slot];
  ++flight.generation;
  const RadioIndex from = flight.frame.from;
  stations_[from].sending = kNone;
  keep_ledger(from, flight.begin);
  // First all that is physics, then what the radios do about it.
  for (Heard& heard : flight.heard) {
    Station& station = stations_[heard.radio];
    station.on_air -= heard.power;
    if (heard.ear != Ear::locked) continue;
    station.locked = kNone;
    set_receiving(heard.radio, false);
    heard.ear = cut ? Ear::cut : station.spoiled ? Ear::collided : Ear::read;
  }
  if (mode(from) != RadioMode::off) {
    set_sending(from, false);
    auto& queue = stations_[from].queue;
    queue.erase(queue.begin());
    if (!queue.empty()) transmit(from);
  }
  for (const Heard& heard : flight.heard) heard_out(flight, heard);
  free_.push_back(slot);
}

void LoraMedium::heard_out(const Flight& flight, const Heard& heard) {
  const RadioIndex at = heard.radio;
  if (!flight.frame.broadcast() && flight.frame.to != at) return;
  switch (heard.ear) {
    case Ear::too_weak:
    case Ear::off:
    case Ear::locked:
      return;
    case Ear::read: {
      return hand_over(pass(flight.frame, at), at);
    }
    case Ear::collided:
      return ended(flight.frame, at, Fate::collided);
    case Ear::deaf:
      return ended(flight.frame, at, Fate::deaf);
    case Ear::slept:
      return ended(flight.frame, at, Fate::slept);
    case Ear::cut:
      return ended(flight.frame, at, Fate::faulted);
  }
}

void LoraMedium::let_go(RadioIndex at, Ear why) {
  Station& station = stations_[at];
  if (station.locked == kNone) return;
  flights_[station.locked].heard[station.position].ear = why;
  station.locked = kNone;
  set_receiving(at, false);
}

void LoraMedium::on_mode(Radio& radio, RadioMode) {
  grow();
  const RadioIndex at = radio.index();
  if (radio.mode() == RadioMode::awake) return;
  let_go(at, radio.mode() == RadioMode::off ? Ear::off : Ear::slept);
  if (radio.mode() == RadioMode::asleep) return;
  stations_[at].queue.clear();
  if (stations_[at].sending != kNone) over(stations_[at].sending, true);
}

// --- the duty cycle --------------------------------------------------------------------------------------

std::uint32_t LoraMedium::share_ppm(Duration sent) const {
  return static_cast<std::uint32_t>(maths::divide_up(sent.us * kCertain_ppm, spec().lora.duty_window.us));
}

void LoraMedium::keep_ledger(RadioIndex from, Instant begin) {
  const LoraSpec& s = spec().lora;
  if (begin == now()) return;
  if (s.longest > Duration{} && now() - begin > s.longest) too_long(from, now() - begin);
  const Duration sent = stations_[from].ledger.add(begin, now(), s.duty_window);
  if (s.duty_ppm > 0 && sent.us * kCertain_ppm > s.duty_window.us * s.duty_ppm) duty_breached(from, share_ppm(sent));
}

std::uint32_t LoraMedium::duty_worst_ppm(RadioIndex radio) const {
  return radio < stations_.size() ? share_ppm(stations_[radio].ledger.worst()) : 0;
}

}  // namespace mp::sim
