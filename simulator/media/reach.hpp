// SPDX-License-Identifier: ISC
// Who hears whom, and how loud: path loss over distance with shadowing of each link, or links given as such. Lists of
// neighbours come from a grid of cells and are kept up to date as radios move: no scan over all, no pairs.
#pragma once

#include "simulator/engine/maths.hpp"
#include "simulator/engine/random.hpp"
#include "simulator/scenario/scenario.hpp"
#include "simulator/topologies/layout.hpp"

#include <span>
#include <unordered_map>

namespace mp::sim {

using RadioIndex = std::uint32_t;  // within one medium, in order of attachment

// A radio that hears another.
struct Hearer {
  RadioIndex radio;
  std::int32_t mdbm;   // received power, thousandths of dBm
  maths::Power power;  // the same as a sum needs it, at most -10 dBm: no receiver takes more
};

class Reach {
 public:
  // Signals below `floor_mdbm` are as none.
  Reach(const PropagationSpec& spec, std::int32_t floor_mdbm, Seed seed);

  // The most that any radio will be given as `tx_gain_mdb`, before the first is added: 6 dB unless said.
  void set_gain_max(std::int32_t mdb) { gain_max_mdb_ = mdb; }
  // Adds a radio (index = number of those before) or moves it. The shadowing of its links follows from the number of
  // its `node`. With `geometric` false distance plays no part.
  void add(std::uint32_t node, Point at, std::int32_t tx_gain_mdb, bool geometric);
  void move(RadioIndex radio, Point to);
  // A link given as such.
  void join(RadioIndex a, RadioIndex b, std::int32_t loss_mdb);

  std::size_t size() const { return points_.size(); }
  Point point(RadioIndex radio) const { return points_[radio]; }
  // All who hear this radio above the floor, in order of their index.
  std::span<const Hearer> hearers(RadioIndex radio) const { return hearers_[radio]; }
  // kSilent_mdbm when below the floor.
  std::int32_t power(RadioIndex from, RadioIndex to) const;

  // The distance at which a signal sent with the medium's power falls to this level, without shadowing.
  static std::int64_t distance_mm(const PropagationSpec& spec, std::int32_t mdbm);

 private:
  std::int32_t received(RadioIndex from, RadioIndex to) const;
  std::int64_t cell_of(Point p) const;
  void place(RadioIndex radio);
  void link(RadioIndex from, RadioIndex to, std::int32_t mdbm);
  void unlink(RadioIndex from, RadioIndex to);
  template <typename F>
  void near(Point p, F&& each) const;

  PropagationSpec spec_;
  std::int32_t floor_mdbm_;
  Seed both_ways_, one_way_;
  std::int32_t gain_max_mdb_ = 6'000;
  std::int64_t radius_mm_;  // beyond it nothing is heard, however lucky the shadowing
  std::vector<std::uint32_t> nodes_;
  std::vector<Point> points_;
  std::vector<std::int32_t> gains_mdb_;
  std::vector<bool> geometric_;
  std::unordered_map<std::uint64_t, std::int32_t> fixed_;  // (from, to): received power
  std::unordered_map<std::int64_t, std::vector<RadioIndex>> cells_;
  std::vector<std::vector<Hearer>> hearers_;
};

}  // namespace mp::sim
