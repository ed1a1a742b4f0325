// SPDX-License-Identifier: ISC
#include "simulator/world/conditions.hpp"

#include <algorithm>

namespace mp::sim {

std::size_t LinkFaults::add(const FaultSpec& spec, std::vector<bool> from, std::vector<bool> to) {
  faults_.push_back({spec, std::move(from), std::move(to), false, {}});
  return faults_.size() - 1;
}

void LinkFaults::set_active(std::size_t fault, bool active) {
  faults_[fault].active = active;
  active_.clear();
  for (std::size_t i = 0; i < faults_.size(); ++i)
    if (faults_[i].active) active_.push_back(i);
}

void LinkFaults::remove(const std::vector<bool>& from, const std::vector<bool>& to) {
  for (std::size_t i = 0; i < faults_.size(); ++i)
    if (faults_[i].active && faults_[i].from == from && faults_[i].to == to) set_active(i, false);
}

bool LinkFaults::strikes(const Fault& fault, std::uint32_t from, std::uint32_t to) const {
  if (fault.from[from] && fault.to[to]) return true;
  return fault.spec.both_ways && fault.from[to] && fault.to[from];
}

LinkFaults::Link& LinkFaults::link(Fault& fault, std::uint32_t from, std::uint32_t to) {
  const std::uint64_t key = std::uint64_t{from} << 32 | to;
  const auto number = static_cast<std::uint64_t>(&fault - faults_.data());
  return fault.links.try_emplace(key, seed_.child("fault", number).child("link", key)).first->second;
}

// Gilbert 1960, Elliott 1963: a channel that is good, then bad, then good, each for exponentially long, or for
// geometrically many frames. Asked once for each frame.
bool LinkFaults::in_burst(const FaultSpec& spec, Link& link) const {
  if (spec.bad_frames_milli > 0) {
    const std::int64_t bad = std::max<std::int64_t>(spec.bad_frames_milli, 1'000);
    const std::int64_t good = std::max<std::int64_t>(spec.good_frames_milli, 1'000);
    if (!link.seen)
      link.bad = link.stream.between(std::int64_t{1}, good + bad) <= bad;
    else if (link.stream.between(std::int64_t{1}, link.bad ? bad : good) <= 1'000)
      link.bad = !link.bad;
    link.seen = true;
    return link.bad;
  }
  while (link.until <= events_.now()) {
    if (link.until == Instant{}) {
      // Where it stands when first looked at: as often bad as it is in the long run.
      const std::int64_t whole = spec.good.us + spec.bad.us;
      link.bad = link.stream.between(std::int64_t{1}, whole) <= spec.bad.us;
      link.until = events_.now();
    } else {
      link.bad = !link.bad;
    }
    link.until = link.until + link.stream.exponential(link.bad ? spec.bad : spec.good);
  }
  return link.bad;
}

Passage LinkFaults::pass(std::uint32_t from, std::uint32_t to, Frame& frame) {
  Passage passage;
  for (const std::size_t i : active_) {
    Fault& fault = faults_[i];
    if (!strikes(fault, from, to)) continue;
    const FaultSpec& spec = fault.spec;
    if (spec.kind == FaultKind::partition) {
      passage.lost = true;
      continue;
    }
    Link& on = link(fault, from, to);
    switch (spec.kind) {
      case FaultKind::loss:
        passage.lost |= on.stream.chance(spec.share_ppm);
        break;
      case FaultKind::burst_loss:
        if (in_burst(spec, on)) passage.lost |= on.stream.chance(spec.share_ppm);
        break;
      case FaultKind::duplicate:
        if (!on.stream.chance(spec.share_ppm)) break;
        passage.repeated = true;
        passage.repeat_delay = on.stream.between(microseconds(1), spec.delay);
        break;
      case FaultKind::reorder:
        if (on.stream.chance(spec.share_ppm))
          passage.delay = passage.delay + on.stream.between(microseconds(1), spec.delay);
        break;
      case FaultKind::corrupt: {
        if (!on.stream.chance(spec.share_ppm)) break;
        passage.corrupted = true;
        passage.undetected |= spec.undetected;
        for (std::uint64_t flips = on.stream.below(4) + 1; flips > 0 && frame.size > 0; --flips)
          frame.bytes[on.stream.below(frame.size)] ^= static_cast<std::byte>(1U << on.stream.below(8));
        break;
      }
      default:
        break;
    }
  }
  return passage;
}

}  // namespace mp::sim
