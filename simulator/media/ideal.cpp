// SPDX-License-Identifier: ISC
#include "simulator/media/ideal.hpp"

#include "micropycelium/packet/schema.hpp"
#include "simulator/media/schemas.hpp"

namespace mp::sim {
namespace {

constexpr std::uint64_t kEndOfSending = std::uint64_t{1} << 63;

}  // namespace

IdealMedium::IdealMedium(const MediumSpec& spec, std::uint8_t number, EventQueue& events, Seed seed)
    : Medium(spec, number, kFloor_mdbm, events, seed) {}

bool IdealMedium::in_range(RadioIndex from, RadioIndex to) const { return reach().power(from, to) >= kFloor_mdbm; }

InterfaceCaps IdealMedium::caps() const {
  const IdealSpec& s = spec().ideal;
  const bool small = s.frame_max < kEspNowFrame;
  return {.name = spec().name,
          .bit_rate = s.bit_rate,
          .schema_ids = small ? std::span<const std::uint8_t>(kSchemas240) : std::span<const std::uint8_t>(kSchemas250),
          .frame_max = s.frame_max};
}

Duration IdealMedium::airtime(std::size_t bytes) const {
  return microseconds(static_cast<std::int64_t>(bytes) * 8'000'000 / spec().ideal.bit_rate);
}

std::uint32_t IdealMedium::take_slot() {
  if (free_.empty()) {
    flights_.emplace_back();
    return static_cast<std::uint32_t>(flights_.size() - 1);
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  return slot;
}

Status IdealMedium::submit(Radio& radio, const Frame& frame) {
  const RadioIndex from = radio.index();
  while (busy_until_.size() < size()) {
    busy_until_.push_back({});
    off_at_.push_back({-1});
    streams_.emplace_back(seed_of(streams_.size()));
  }
  const IdealSpec& s = spec().ideal;
  const Duration length = airtime(frame.size);
  const Instant begin = std::max(now(), busy_until_[from]);
  if (begin - now() >= length * spec().queue && begin > now()) return Status::would_block;
  const Instant end = begin + length;
  busy_until_[from] = end;
  transmitted(radio, {.frame = frame, .begin = begin, .airtime = length});
  set_sending(radio.index(), true);

  const std::uint32_t slot = take_slot();
  flights_[slot] = {.frame = frame, .asked = now(), .begin = begin, .left = 1};
  events().plan(end, *this, kEndOfSending | std::uint64_t{slot} << 32 | from);
  for (const Hearer& hearer : reach().hearers(from)) {
    if (!frame.broadcast() && hearer.radio != frame.to) continue;
    const Instant at = end + streams_[hearer.radio].between(s.delay_min, s.delay_max);
    ++flights_[slot].left;
    events().plan(at, *this, std::uint64_t{slot} << 32 | hearer.radio);
  }
  return Status::ok;
}

// Until a full frame finds room, or a quarter of one for a smaller.
Duration IdealMedium::busy_for(const Radio& radio) const {
  const Duration full = airtime(spec().ideal.frame_max);
  return std::max(busy_until_[radio.index()] - now() - full * spec().queue, full / 4) + microseconds(1);
}

void IdealMedium::on_event(std::uint64_t what) {
  const auto slot = static_cast<std::uint32_t>((what & ~kEndOfSending) >> 32);
  const auto at = static_cast<RadioIndex>(what);
  const Frame frame = flights_[slot].frame;
  const Instant off = off_at_[frame.from];
  const bool never_sent = off >= flights_[slot].asked && off < flights_[slot].begin;
  if (--flights_[slot].left == 0) free_.push_back(slot);
  Radio& radio = this->radio(at);
  if ((what & kEndOfSending) != 0) {
    if (radio.mode() != RadioMode::off && now() >= busy_until_[at]) set_sending(radio.index(), false);
    return;
  }
  if (never_sent || radio.mode() == RadioMode::off) return;
  if (radio.mode() == RadioMode::asleep) return ended(frame, at, Fate::slept);
  if (streams_[at].chance(spec().ideal.loss_ppm)) return ended(frame, at, Fate::faulted);
  hand_over(pass(frame, at), at);
}

void IdealMedium::on_mode(Radio& radio, RadioMode) {
  if (radio.mode() != RadioMode::off || radio.index() >= busy_until_.size()) return;
  busy_until_[radio.index()] = off_at_[radio.index()] = now();
}

}  // namespace mp::sim
