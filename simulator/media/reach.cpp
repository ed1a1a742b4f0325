// SPDX-License-Identifier: ISC
#include "simulator/media/reach.hpp"

#include <algorithm>
#include <cmath>

namespace mp::sim {
namespace {

constexpr double kLog2Of10 = 3.321928094887362347870319429489;
constexpr std::int64_t kDeviationsMax = 3;  // shadowing is cut off there, so that a radius bounds it
constexpr std::int32_t kDiscPower_mdbm = -50'000;
constexpr std::int32_t kStrongest_mdbm = -10'000;

std::uint64_t pair_key(RadioIndex a, RadioIndex b) { return std::uint64_t{a} << 32 | b; }

std::int64_t distance(Point a, Point b) {
  const double dx = static_cast<double>(a.x_mm - b.x_mm), dy = static_cast<double>(a.y_mm - b.y_mm);
  return static_cast<std::int64_t>(std::sqrt(dx * dx + dy * dy));
}

std::int32_t path_loss(const PropagationSpec& spec, std::int64_t distance_mm) {
  const double metres = static_cast<double>(std::max<std::int64_t>(distance_mm, 1'000)) / 1000.0;
  const double mdb = 10.0 * static_cast<double>(spec.exponent_milli) * maths::log2(metres) / kLog2Of10;
  return spec.reference_loss_mdb + static_cast<std::int32_t>(mdb + 0.5);
}

// The part of a link's loss that its surroundings make: drawn from the link's own name, so always the same.
std::int32_t shade(Seed seed, std::uint64_t link, std::uint32_t deviation_mdb) {
  if (deviation_mdb == 0) return 0;
  const auto most = static_cast<std::int64_t>(deviation_mdb) * kDeviationsMax;
  Stream stream(seed.child("shadow", link));
  return static_cast<std::int32_t>(std::clamp(stream.normal(deviation_mdb), -most, most));
}

}  // namespace

Reach::Reach(const PropagationSpec& spec, std::int32_t floor_mdbm, Seed seed)
    : spec_(spec),
      floor_mdbm_(floor_mdbm),
      both_ways_(seed.child("both")),
      one_way_(seed.child("one")),
      radius_mm_(0) {}

std::int64_t Reach::distance_mm(const PropagationSpec& spec, std::int32_t mdbm) {
  if (spec.range_mm > 0) return spec.range_mm;
  const double budget = static_cast<double>(spec.tx_mdbm - mdbm - spec.reference_loss_mdb);
  const double decades = budget / (10.0 * static_cast<double>(spec.exponent_milli));
  return static_cast<std::int64_t>(1000.0 * maths::exp(decades * kLog2Of10 * 0.693147180559945309417232121458));
}

void Reach::add(std::uint32_t node, Point at, std::int32_t tx_gain_mdb, bool geometric) {
  nodes_.push_back(node);
  points_.push_back(at);
  gains_mdb_.push_back(tx_gain_mdb);
  geometric_.push_back(geometric);
  hearers_.emplace_back();
  if (!geometric) return;
  if (radius_mm_ == 0) {
    // Room for lucky links, and for nodes of more power than the medium's.
    const auto luck = static_cast<std::int32_t>(kDeviationsMax * (spec_.shadowing_mdb + spec_.asymmetry_mdb)) +
                      std::max(gain_max_mdb_, 0);
    radius_mm_ = std::max<std::int64_t>(distance_mm(spec_, floor_mdbm_ - luck), 1'000);
  }
  place(static_cast<RadioIndex>(points_.size() - 1));
}

template <typename F>
void Reach::near(Point p, F&& each) const {
  for (std::int64_t dy = -1; dy <= 1; ++dy)
    for (std::int64_t dx = -1; dx <= 1; ++dx) {
      const auto cell = cells_.find(cell_of({p.x_mm + dx * radius_mm_, p.y_mm + dy * radius_mm_}));
      if (cell == cells_.end()) continue;
      for (const RadioIndex other : cell->second) each(other);
    }
}

void Reach::place(RadioIndex radio) {
  near(points_[radio], [&](RadioIndex other) {
    link(radio, other, received(radio, other));
    link(other, radio, received(other, radio));
  });
  cells_[cell_of(points_[radio])].push_back(radio);
}

void Reach::move(RadioIndex radio, Point to) {
  if (!geometric_[radio]) {
    points_[radio] = to;
    return;
  }
  std::erase(cells_[cell_of(points_[radio])], radio);
  // Who heard it, or was heard by it, stood near; links given as such stay.
  near(points_[radio], [&](RadioIndex other) {
    if (!fixed_.contains(pair_key(radio, other))) unlink(radio, other);
    if (!fixed_.contains(pair_key(other, radio))) unlink(other, radio);
  });
  points_[radio] = to;
  place(radio);
}

void Reach::join(RadioIndex a, RadioIndex b, std::int32_t loss_mdb) {
  for (const auto& [from, to] : {std::pair{a, b}, std::pair{b, a}}) {
    const std::int32_t mdbm = spec_.range_mm > 0 ? kDiscPower_mdbm : spec_.tx_mdbm + gains_mdb_[from] - loss_mdb;
    fixed_[pair_key(from, to)] = mdbm;
    unlink(from, to);
    link(from, to, mdbm);
  }
}

std::int32_t Reach::power(RadioIndex from, RadioIndex to) const {
  const auto& list = hearers_[from];
  const auto it =
      std::lower_bound(list.begin(), list.end(), to, [](const Hearer& h, RadioIndex r) { return h.radio < r; });
  return it != list.end() && it->radio == to ? it->mdbm : maths::kSilent_mdbm;
}

std::int32_t Reach::received(RadioIndex from, RadioIndex to) const {
  const auto fixed = fixed_.find(pair_key(from, to));
  if (fixed != fixed_.end()) return fixed->second;
  const std::int64_t d = distance(points_[from], points_[to]);
  if (spec_.range_mm > 0) return d <= spec_.range_mm ? kDiscPower_mdbm : maths::kSilent_mdbm;
  if (d > radius_mm_) return maths::kSilent_mdbm;
  const std::uint32_t a = nodes_[from], b = nodes_[to];
  const std::int32_t loss = path_loss(spec_, d) +
                            shade(both_ways_, pair_key(std::min(a, b), std::max(a, b)), spec_.shadowing_mdb) +
                            shade(one_way_, pair_key(a, b), spec_.asymmetry_mdb);
  return spec_.tx_mdbm + gains_mdb_[from] - loss;
}

std::int64_t Reach::cell_of(Point p) const {
  // Floor division, also left of and below the origin.
  const auto floor_div = [&](std::int64_t v) { return (v >= 0 ? v : v - radius_mm_ + 1) / radius_mm_; };
  return floor_div(p.y_mm) * 0x1'0000'0001 + floor_div(p.x_mm);
}

void Reach::link(RadioIndex from, RadioIndex to, std::int32_t mdbm) {
  if (mdbm < floor_mdbm_ || from == to) return;
  auto& list = hearers_[from];
  const auto it =
      std::lower_bound(list.begin(), list.end(), to, [](const Hearer& h, RadioIndex r) { return h.radio < r; });
  const Hearer hearer{to, mdbm, maths::power_of(std::min(mdbm, kStrongest_mdbm))};
  if (it != list.end() && it->radio == to)
    *it = hearer;
  else
    list.insert(it, hearer);
}

void Reach::unlink(RadioIndex from, RadioIndex to) {
  auto& list = hearers_[from];
  const auto it =
      std::lower_bound(list.begin(), list.end(), to, [](const Hearer& h, RadioIndex r) { return h.radio < r; });
  if (it != list.end() && it->radio == to) list.erase(it);
}

}  // namespace mp::sim
