// SPDX-License-Identifier: ISC
// A world to measure in, with somebody who counts at the medium: what is on the air is what counts, not what nodes say
// of themselves.
#pragma once

#include "benchmarks/rows/row.hpp"
#include "simulator/report/frame_class.hpp"
#include "simulator/scenario/defaults.hpp"
#include "simulator/world/world.hpp"

#include <array>

namespace mp::bench {

using sim::FrameClass;
using sim::Ledger;
using sim::Scenario;
using sim::Transmission;
using sim::World;

constexpr std::uint32_t kKiB = 1024;

// Nodes in a row on one medium, so close that all hear all if `spacing_mm` says so (0: only the next ones).
Scenario line_of(std::uint32_t nodes, sim::MediumKind kind, std::int64_t spacing_mm = 0);

// Frames on the air, by what they carry.
struct Tally {
  std::array<std::uint64_t, sim::kFrameClasses> frames{};
  std::array<Duration, sim::kFrameClasses> airtime{};

  std::uint64_t of(FrameClass c) const { return frames[static_cast<std::size_t>(c)]; }
  std::uint64_t data() const { return of(FrameClass::data); }
  // Whatever is no data, beacons too.
  std::uint64_t other() const;
  void add(const Transmission& t);
};

class Field final : private sim::Onlooker {
 public:
  Field(const Scenario& scenario, std::uint64_t seed);

  World& world() { return world_; }
  // Until all neighbours know each other. Throws BenchError.
  void meet(Duration within = seconds(180));
  // Between these nodes, from now on; all nodes if none are named.
  void disturb(sim::FaultSpec fault, const std::vector<std::uint32_t>& from = {},
               const std::vector<std::uint32_t>& to = {});
  void loses(std::uint32_t share_ppm);

  // The serial number of the Package. Throws BenchError when the node refuses it.
  std::uint64_t send(std::uint32_t from, std::uint32_t to, std::uint32_t size);
  const Ledger::Entry& entry(std::uint64_t serial) { return world_.ledger().entry(serial); }
  bool ended(std::uint64_t serial) { return entry(serial).outcome != Ledger::kOpen; }
  // Whether it arrived, and its sender was told so.
  bool delivered(std::uint64_t serial) {
    const Ledger::Entry& e = entry(serial);
    return e.delivered && e.outcome == static_cast<std::uint8_t>(Outcome::delivered);
  }
  // Until all of these have ended; false: they did not in time.
  bool run_until_ended(const std::vector<std::uint64_t>& serials, Duration limit);

  // Since count_from_here(), of a node or of all.
  const Tally& tally(std::uint32_t node) const { return tallies_[node]; }
  Tally tally() const;
  void count_from_here();
  // Also told of each frame, after it was counted.
  std::function<void(std::uint32_t node, const Transmission& t)> on_sent;
  // Broken rules that the checkers of the simulator saw; what they were, if any.
  std::uint64_t violations() { return world_.referee().total(); }
  std::string first_violation();

 private:
  void on_frame(const sim::Medium& medium, const Transmission& t) override;

  World world_;
  std::vector<Tally> tallies_;
};

double mean(const std::vector<double>& values);
double largest(const std::vector<double>& values);
// (sum x)^2 / (n sum x^2) (Jain, Chiu, Hawe 1984): 1 is fair.
double jain_index(const std::vector<double>& values);

}  // namespace mp::bench
