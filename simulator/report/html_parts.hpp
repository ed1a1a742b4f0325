// SPDX-License-Identifier: ISC
// The parts of which html.cpp puts the page together. Each is HTML; empty where the run gave nothing to show.
#pragma once

#include "simulator/report/figures.hpp"

#include <string_view>

namespace mp::sim::html {

std::string_view style();
// From text.hpp, with the sign for micro.
std::string duration(double us);
// A dash for a distribution of nothing.
std::string percentile(const Distribution& d, unsigned p);

// What the run gave over time, as distributions, and shares: the charts.
std::string delivery_chart(const Result& r);
std::string mesh_chart(const Result& r);
std::string airtime_chart(const Result& r, const Totals& t);
std::string latency_chart(const Totals& t);
std::string convergence_chart(const Result& r);
std::string energy_chart(const Result& r);
std::string media_airtime_chart(const Result& r);
std::string media_time_chart(const Result& r);
std::string media_fate_chart(const Result& r);

std::string violation_table(const Result& r);
std::string flow_table(const Result& r);
std::string media_table(const Result& r);
std::string timeline_table(const Result& r);
std::string memory_table(const Result& r);
std::string counter_table(const Result& r);
std::string node_table(const Result& r);

}  // namespace mp::sim::html
