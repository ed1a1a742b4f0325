// SPDX-License-Identifier: ISC
#include "simulator/media/udp.hpp"

#include "simulator/engine/maths.hpp"
#include "simulator/media/schemas.hpp"

#include <algorithm>

namespace mp::sim {
namespace {

constexpr std::int32_t kFloor_mdbm = -100'000;

}  // namespace

UdpMedium::UdpMedium(const MediumSpec& spec, std::uint8_t number, EventQueue& events, Seed seed)
    : Medium(spec, number, kFloor_mdbm, events, seed) {}

bool UdpMedium::in_range(RadioIndex from, RadioIndex to) const { return reach().power(from, to) >= kFloor_mdbm; }

InterfaceCaps UdpMedium::caps() const {
  return {.name = "udp", .bit_rate = spec().udp.bit_rate, .schema_ids = kSchemas250, .frame_max = Frame::kBytesMax};
}

Duration UdpMedium::airtime(std::size_t bytes) const {
  const auto bits = static_cast<std::int64_t>((bytes + kOverhead) * 8);
  return microseconds(maths::divide_up(bits * 1'000'000, spec().udp.bit_rate));
}

void UdpMedium::grow() {
  while (stations_.size() < size()) stations_.emplace_back(seed_of(stations_.size()));
}

Status UdpMedium::submit(Radio& radio, const Frame& frame) {
  grow();
  const UdpSpec& s = spec().udp;
  const RadioIndex from = radio.index();
  Station& station = stations_[from];
  if (station.waiting >= spec().queue) return Status::would_block;
  ++station.waiting;
  const Instant begin = std::max(now(), station.free_at);
  station.free_at = begin + airtime(frame.size);
  std::uint32_t slot = 0;
  if (free_.empty()) {
    slot = static_cast<std::uint32_t>(flights_.size());
    flights_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  Flight& flight = flights_[slot];
  flight = {.frame = frame, .begin = begin, .power_cycle = station.power_cycle, .left = 1, .lost = false};
  events().plan(station.free_at, *this, std::uint64_t{slot} << 32 | kSender);
  const auto plan = [&](RadioIndex to) {
    ++flight.left;
    const Instant at = station.free_at + stations_[to].stream.between(s.delay_min, s.delay_max);
    events().plan(at, *this, std::uint64_t{slot} << 32 | to);
  };
  if (frame.broadcast()) {
    for (const Hearer& hearer : reach().hearers(from)) plan(hearer.radio);
  } else if (in_range(from, frame.to)) {
    plan(frame.to);
  }
  if (begin == now()) set_sending(radio.index(), true);
  return Status::ok;
}

void UdpMedium::on_event(std::uint64_t what) {
  const auto slot = static_cast<std::uint32_t>(what >> 32);
  const auto at = static_cast<RadioIndex>(what);
  const Frame frame = flights_[slot].frame;
  const Instant begin = flights_[slot].begin;
  // What was not sent to the end when the power went is lost.
  if (at == kSender) flights_[slot].lost = flights_[slot].power_cycle != stations_[frame.from].power_cycle;
  const bool lost = flights_[slot].lost;
  if (--flights_[slot].left == 0) free_.push_back(slot);
  if (at == kSender && !lost) {
    Radio& sender = radio(frame.from);
    set_sending(frame.from, --stations_[frame.from].waiting > 0);
    transmitted(sender, {.frame = frame, .begin = begin, .airtime = airtime(frame.size)});
  }
  if (at == kSender || lost) return;
  Radio& to = radio(at);
  if (to.mode() == RadioMode::off) return;
  if (to.mode() == RadioMode::asleep) return ended(frame, at, Fate::slept);
  if (stations_[at].stream.chance(spec().udp.loss_ppm)) return ended(frame, at, Fate::faulted);
  hand_over(pass(frame, at), at);
}

void UdpMedium::on_mode(Radio& radio, RadioMode) {
  grow();
  if (radio.mode() != RadioMode::off) return;
  Station& station = stations_[radio.index()];
  ++station.power_cycle;
  station.waiting = 0;
  station.free_at = now();
}

}  // namespace mp::sim
