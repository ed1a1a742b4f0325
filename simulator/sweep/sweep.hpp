// SPDX-License-Identifier: ISC
// Runs the runs of a sweep on several threads. Each thread has a world of its own; rows come out in the order of the
// list, as if there were one.
#pragma once

#include "simulator/sweep/row.hpp"
#include "simulator/sweep/source.hpp"

#include <atomic>

namespace mp::sim {

// What a thread works on: how far it is, and whether to stop.
class RunControl {
 public:
  explicit RunControl(const std::atomic<bool>& stop) : stop_(stop) {}
  bool stopped() const { return stop_.load(std::memory_order_relaxed); }
  void set_share(double share) { share_.store(share, std::memory_order_relaxed); }
  double share() const { return share_.load(std::memory_order_relaxed); }

 private:
  const std::atomic<bool>& stop_;
  std::atomic<double> share_ = 0;
};

// Makes the row of one run; nothing when it was stopped. Called on several threads at once.
using MakeRow = std::function<std::optional<Row>(const PlannedRun& run, RunControl& control)>;

struct SweepProgress {
  std::size_t done = 0, failed = 0, all = 0;
  double share = 0;  // of the whole work; runs that are under way count in part
};

struct SweepListener {
  std::function<void(const Row& row)> on_row;                  // in the order of the list
  std::function<bool(const SweepProgress& progress)> on_look;  // a few times a second; true: stop
};

// Both on the thread that called. False: stopped; the rows that were done have been told nevertheless. What make_row
// or a listener throws ends it.
bool run_all(const Plan& plan, const Shard& shard, unsigned jobs, const MakeRow& make_row,
             const SweepListener& listener);

// The row of a run of a scenario. One that cannot be made has an error in its row.
std::optional<Row> simulate(const ScenarioSource& source, const Plan& plan, const PlannedRun& run, bool timings,
                            RunControl& control);

}  // namespace mp::sim
