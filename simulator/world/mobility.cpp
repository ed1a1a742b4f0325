// SPDX-License-Identifier: ISC
#include "simulator/world/mobility.hpp"

#include <algorithm>
#include <cmath>

namespace mp::sim {

Mobility::Mobility(World& world, Neighbourhood& neighbourhood, Seed seed)
    : world_(world), neighbourhood_(neighbourhood) {
  low_ = high_ = world.place_of(0);
  for (std::uint32_t n = 0; n < world.size(); ++n) {
    const Point p = world.place_of(n);
    low_ = {std::min(low_.x_mm, p.x_mm), std::min(low_.y_mm, p.y_mm)};
    high_ = {std::max(high_.x_mm, p.x_mm), std::max(high_.y_mm, p.y_mm)};
  }
  for (const std::uint32_t n : world.nodes_of(world.scenario().mobility.nodes, "mobility: nodes")) {
    Walker walker{n, Stream(seed.child("walker", n)), world.place_of(n), world.place_of(n)};
    next_leg(walker, world.now());
    walkers_.push_back(std::move(walker));
  }
  world.events().plan_in(world.scenario().mobility.step, *this);
}

void Mobility::next_leg(Walker& walker, Instant begin) {
  const MobilitySpec& spec = world_.scenario().mobility;
  walker.from = walker.to;
  walker.to = {walker.stream.between(low_.x_mm, high_.x_mm), walker.stream.between(low_.y_mm, high_.y_mm)};
  const std::int64_t speed_mm_s =
      std::max<std::int64_t>(walker.stream.between(spec.speed_min_mm_s, spec.speed_max_mm_s), 1);
  const double dx = static_cast<double>(walker.to.x_mm - walker.from.x_mm);
  const double dy = static_cast<double>(walker.to.y_mm - walker.from.y_mm);
  const auto distance_mm = static_cast<std::int64_t>(std::sqrt(dx * dx + dy * dy));
  walker.begin = begin;
  walker.end = begin + microseconds(distance_mm * 1'000'000 / speed_mm_s + 1);
}

void Mobility::on_event(std::uint64_t) {
  const MobilitySpec& spec = world_.scenario().mobility;
  const Instant now = world_.now();
  for (Walker& w : walkers_) {
    while (now >= w.end + spec.pause) next_leg(w, w.end + spec.pause);
    const std::int64_t done = std::clamp<std::int64_t>((now - w.begin).us, 0, (w.end - w.begin).us);
    const std::int64_t whole = (w.end - w.begin).us;
    const auto part = [&](std::int64_t from, std::int64_t to) {
      return from + static_cast<std::int64_t>(static_cast<double>(to - from) *
                                              (static_cast<double>(done) / static_cast<double>(whole)));
    };
    world_.move(w.node, {part(w.from.x_mm, w.to.x_mm), part(w.from.y_mm, w.to.y_mm)});
  }
  neighbourhood_.find();
  world_.events().plan_in(spec.step, *this);
}

}  // namespace mp::sim
