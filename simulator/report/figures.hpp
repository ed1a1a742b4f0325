// SPDX-License-Identifier: ISC
// What a Result adds up to: sums over media and flows, and the headline figures that sweeps tabulate. JSON, summary
// and HTML all take their totals from here, so that they agree.
#pragma once

#include "simulator/report/result.hpp"

#include <optional>

namespace mp::sim {

struct Totals {
  // Over the flows that send to one node each; over the broadcasts if there is nothing else (then delivered means that
  // anybody got it).
  std::uint64_t sent = 0, refused = 0, no_target = 0, delivered = 0, bytes_delivered = 0, open = 0;
  std::uint64_t told_failed_but_delivered = 0;
  Distribution latency_us;
  std::vector<std::pair<std::string, std::uint64_t>> outcomes;  // in the order in which they first appear
  bool broadcasts_only = false;

  // Over all media.
  std::uint64_t radios = 0;
  RadioCounts counts;
  RadioTimes times;
  std::array<Duration, kFrameClasses> airtime{};
  std::array<std::uint64_t, kFrameClasses> frames{};

  // Over nodes.
  std::uint64_t live = 0;
  double energy_mwh_mean = 0, energy_mwh_max = 0;

  Duration airtime_all() const;
  std::uint64_t frames_all() const;
};

Totals totals(const Result& result);

// Of what was sent, how much was delivered; nothing when there was nothing to deliver.
std::optional<double> delivered_share(std::uint64_t sent, std::uint64_t delivered);
// How much of its time a radio was sending, the mean over radios that had power at all.
std::optional<double> airtime_share(const RadioTimes& times, Duration airtime);
// Of the pairs of neighbours, how many ever knew each other.
std::optional<double> converged_share(const Result& result);
// The seconds that the figures are of: without the warm-up.
double measured_s(const Result& result);
// mWh in this run, as mWh in a day of the same.
double per_day(const Result& result, double mwh);

// What a flow is called where it has no name: its key in the scenario, "traffic.0".
std::string flow_name(const Result& result, std::size_t flow);

// Named numbers, one column of a table each. The names are the same for every run of a scenario; a figure that has
// no meaning in this run (the latency of nothing) is left out.
std::vector<std::pair<std::string, double>> figures(const Result& result);

}  // namespace mp::sim
