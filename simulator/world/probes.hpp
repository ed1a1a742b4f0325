// SPDX-License-Identifier: ISC
// The liveness check: when the faults are over, every pair of live neighbours must exchange a Package, each way, within
// the time that the scenario allows.
#pragma once

#include "simulator/world/neighbourhood.hpp"

namespace mp::sim {

class Probes final : public Handler {
 public:
  Probes(World& world, const Neighbourhood& neighbourhood, Instant begin, Duration within);

  Instant deadline() const { return deadline_; }
  // Whether all have, or time is up.
  bool over() const { return begun_ && (open_ == 0 || world_.now() >= deadline_); }
  void on_arrived(const Ledger::Entry& entry);
  void on_event(std::uint64_t what) override;
  // One line for each pair that did not; the first ten.
  std::vector<std::string> unmet() const;

 private:
  struct Way {
    std::uint32_t from, to;
    bool done = false;
  };
  void begin();

  World& world_;
  const Neighbourhood& neighbourhood_;
  Instant deadline_;
  bool begun_ = false;
  std::vector<Way> ways_;                     // by sender, then receiver
  std::vector<std::uint32_t> first_, tried_;  // per node: where its ways begin; which was tried last
  std::uint64_t open_ = 0;
};

}  // namespace mp::sim
