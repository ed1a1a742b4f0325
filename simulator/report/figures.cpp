// SPDX-License-Identifier: ISC
#include "simulator/report/figures.hpp"

#include <algorithm>

namespace mp::sim {
namespace {

void add(RadioTimes& to, const RadioTimes& t) {
  to.tx = to.tx + t.tx;
  to.rx = to.rx + t.rx;
  to.idle = to.idle + t.idle;
  to.asleep = to.asleep + t.asleep;
  to.off = to.off + t.off;
}

void add(RadioCounts& to, const RadioCounts& c) {
  to.sent += c.sent;
  to.sent_bytes += c.sent_bytes;
  to.received += c.received;
  to.would_block += c.would_block;
  to.collided += c.collided;
  to.faded += c.faded;
  to.deaf += c.deaf;
  to.slept += c.slept;
  to.faulted += c.faulted;
  to.overflowed += c.overflowed;
  to.unanswered += c.unanswered;
}

void add(Totals& to, const FlowResult& flow) {
  to.sent += flow.sent;
  to.refused += flow.refused;
  to.no_target += flow.no_target;
  to.delivered += flow.delivered;
  to.bytes_delivered += flow.bytes_delivered;
  to.open += flow.open;
  to.told_failed_but_delivered += flow.told_failed_but_delivered;
  to.latency_us.merge(flow.latency_us);
  for (const auto& [outcome, n] : flow.outcomes) {
    const auto known = std::find_if(to.outcomes.begin(), to.outcomes.end(),
                                    [&outcome = outcome](const auto& o) { return o.first == outcome; });
    if (known == to.outcomes.end())
      to.outcomes.emplace_back(outcome, n);
    else
      known->second += n;
  }
}

void add(Totals& to, const MediumResult& medium) {
  to.radios += medium.radios;
  add(to.counts, medium.total);
  add(to.times, medium.times);
  for (std::size_t i = 0; i < kFrameClasses; ++i) {
    to.airtime[i] = to.airtime[i] + medium.airtime[i];
    to.frames[i] += medium.frames[i];
  }
}

void add_energy(Totals& to, const Result& result) {
  if (!result.node_results.empty()) {
    double sum = 0;
    for (const NodeResult& node : result.node_results) {
      sum += node.energy_mwh;
      to.energy_mwh_max = std::max(to.energy_mwh_max, node.energy_mwh);
    }
    to.energy_mwh_mean = sum / static_cast<double>(result.node_results.size());
    return;
  }
  // Without nodes: as if the hungriest radios of all media sat on one node.
  for (const MediumResult& medium : result.media) {
    if (result.nodes > 0) to.energy_mwh_mean += medium.energy_mwh_mean * medium.radios / result.nodes;
    to.energy_mwh_max += medium.energy_mwh_max;
  }
}

double ms(double us) { return us / 1000; }

class Table {
 public:
  void add(std::string name, double value) { rows_.emplace_back(std::move(name), value); }
  void add(std::string name, std::uint64_t value) { add(std::move(name), static_cast<double>(value)); }
  void add(std::string name, const std::optional<double>& value) {
    if (value) add(std::move(name), *value);
  }
  std::vector<std::pair<std::string, double>> take() { return std::move(rows_); }

 private:
  std::vector<std::pair<std::string, double>> rows_;
};

void add_delivery(Table& table, const Result& result, const Totals& t) {
  table.add("sent", t.sent);
  table.add("delivered", t.delivered);
  table.add("delivered_share", delivered_share(t.sent, t.delivered));
  table.add("refused", t.refused);
  table.add("told_failed_but_delivered", t.told_failed_but_delivered);
  if (const Distribution& d = t.latency_us; d.count() != 0) {
    table.add("latency_mean_ms", ms(d.mean()));
    for (const unsigned p : {50U, 90U, 95U, 99U})
      table.add("latency_p" + std::to_string(p) + "_ms", ms(static_cast<double>(d.percentile(p))));
    table.add("latency_max_ms", ms(static_cast<double>(d.max())));
  }
  if (result.flows.size() < 2) return;
  for (std::size_t i = 0; i < result.flows.size(); ++i) {
    const FlowResult& flow = result.flows[i];
    table.add("delivered_share." + flow_name(result, i), delivered_share(flow.sent, flow.delivered));
  }
}

void add_media(Table& table, const Result& result, const Totals& t) {
  table.add("frames", t.counts.sent);
  table.add("collided", t.counts.collided);
  table.add("airtime_share", airtime_share(t.times, t.airtime_all()));
  for (std::size_t i = 0; i < kFrameClasses; ++i)
    table.add(std::string("airtime_s.") + name(static_cast<FrameClass>(i)), static_cast<double>(t.airtime[i].us) / 1e6);
  for (const MediumResult& medium : result.media) {
    if (medium.duty_worst_ppm != 0) table.add("duty_worst_share." + medium.name, medium.duty_worst_ppm / 1e6);
    if (result.media.size() < 2) continue;
    Duration sum{};
    for (const Duration d : medium.airtime) sum = sum + d;
    table.add("airtime_share." + medium.name, airtime_share(medium.times, sum));
  }
}

}  // namespace

Duration Totals::airtime_all() const {
  Duration sum{};
  for (const Duration d : airtime) sum = sum + d;
  return sum;
}

std::uint64_t Totals::frames_all() const {
  std::uint64_t sum = 0;
  for (const std::uint64_t n : frames) sum += n;
  return sum;
}

Totals totals(const Result& result) {
  Totals t;
  t.broadcasts_only = !result.flows.empty() && std::all_of(result.flows.begin(), result.flows.end(),
                                                           [](const FlowResult& flow) { return flow.everyone; });
  for (const FlowResult& flow : result.flows)
    if (flow.everyone == t.broadcasts_only) add(t, flow);
  for (const MediumResult& medium : result.media) add(t, medium);
  t.live = static_cast<std::uint64_t>(std::count_if(result.node_results.begin(), result.node_results.end(),
                                                    [](const NodeResult& node) { return node.live; }));
  add_energy(t, result);
  return t;
}

std::optional<double> delivered_share(std::uint64_t sent, std::uint64_t delivered) {
  if (sent == 0) return std::nullopt;
  return static_cast<double>(delivered) / static_cast<double>(sent);
}

std::optional<double> airtime_share(const RadioTimes& times, Duration airtime) {
  const Duration powered = times.tx + times.rx + times.idle + times.asleep;
  if (powered.us <= 0) return std::nullopt;
  return static_cast<double>(airtime.us) / static_cast<double>(powered.us);
}

std::optional<double> converged_share(const Result& result) {
  const std::uint64_t pairs = result.converged_us.count() + result.never_met;
  if (pairs == 0) return std::nullopt;
  return static_cast<double>(result.converged_us.count()) / static_cast<double>(pairs);
}

double measured_s(const Result& result) { return result.measured_s > 0 ? result.measured_s : result.virtual_s; }

double per_day(const Result& result, double mwh) {
  const double s = measured_s(result);
  return s > 0 ? mwh * 86'400 / s : 0;
}

std::string flow_name(const Result& result, std::size_t flow) {
  const std::string& name = result.flows[flow].name;
  return name.empty() ? "traffic." + std::to_string(flow) : name;
}

std::vector<std::pair<std::string, double>> figures(const Result& result) {
  const Totals t = totals(result);
  Table table;
  table.add("violations", result.violations_total);
  table.add("unmet", std::uint64_t{result.unmet.size()});
  add_delivery(table, result, t);
  add_media(table, result, t);
  table.add("energy_mwh_mean", t.energy_mwh_mean);
  table.add("energy_mwh_max", t.energy_mwh_max);
  table.add("converged_share", converged_share(result));
  if (result.converged_us.count() != 0) {
    table.add("converged_p50_s", static_cast<double>(result.converged_us.percentile(50)) / 1e6);
    table.add("converged_p95_s", static_cast<double>(result.converged_us.percentile(95)) / 1e6);
  }
  table.add("never_met", result.never_met);
  table.add("nodes", std::uint64_t{result.nodes});
  table.add("events", result.events);
  table.add("virtual_s", result.virtual_s);
  table.add("wall_s", result.wall_s);
  if (result.wall_s > 0) table.add("speed", result.virtual_s / result.wall_s);
  return table.take();
}

}  // namespace mp::sim
