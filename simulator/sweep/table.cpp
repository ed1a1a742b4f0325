// SPDX-License-Identifier: ISC
#include "simulator/sweep/table.hpp"

#include "simulator/report/text.hpp"
#include "simulator/sweep/replay.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace mp::sim {
namespace {

using Json = nlohmann::ordered_json;

std::string as_share(double v) { return text::percent(v); }
std::string as_ms(double v) { return text::duration(v * 1e3); }
std::string as_s(double v) { return text::duration(v * 1e6); }
std::string as_number(double v) { return text::significant(v); }

// What a person wants to see of a run first; all others are in the JSON.
struct Headline {
  const char* figure;
  const char* label;
  std::string (*print)(double);
};
constexpr Headline kHeadlines[] = {
    {"delivered_share", "delivered", as_share},        {"latency_p50_ms", "latency, half within", as_ms},
    {"latency_p95_ms", "latency, 95 % within", as_ms}, {"airtime_share", "airtime of a radio", as_share},
    {"collided", "frames collided", as_number},        {"converged_share", "neighbours that met", as_share},
    {"converged_p95_s", "met, 95 % within", as_s},     {"energy_mwh_mean", "energy of a node, mWh", as_number},
    {"violations", "violations", as_number},           {"speed", "x real time", as_number},
};

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
  return text;
}

std::string why(const Row& row) {
  if (!row.error.empty()) return row.error;
  if (!row.violations.empty()) {
    const std::string more = row.violations_total > 1 ? " (1 of " + text::grouped(row.violations_total) + ")" : "";
    return row.violations.front() + more;
  }
  return row.unmet.empty() ? "not ok" : row.unmet.front();
}

Json optional(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

}  // namespace

Table::Table(const Header& header) : header_(header), combinations_(header.plan.combinations()) {}

std::size_t Table::number_of(const std::string& name) {
  const auto [it, added] = numbers_.try_emplace(name, names_.size());
  if (added) names_.push_back(name);
  return it->second;
}

void Table::add(const Row& row) {
  Combination& c = combinations_[header_.plan.run(row.run).combination];
  ++c.runs;
  ++runs_;
  if (!row.ok) {
    ++c.failed;
    ++failed_;
    if (c.failures.size() < kFailuresShown) c.failures.push_back({row.seed, why(row)});
  }
  for (const auto& [name, value] : row.figures) {
    const std::size_t i = number_of(name);
    if (c.figures.size() <= i) c.figures.resize(i + 1);
    c.figures[i].push_back(value);
  }
}

Table::Spread Table::spread(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  // The smallest value that so many per cent of all are not above.
  const auto percentile = [&](std::size_t p) { return values[std::max<std::size_t>((n * p + 99) / 100, 1) - 1]; };
  double sum = 0;
  for (const double v : values) sum += v;
  return {
      n, sum / static_cast<double>(n), values.front(), percentile(5), percentile(50), percentile(95), values.back()};
}

std::string Table::replay(std::size_t combination, std::uint64_t seed) const {
  return replay_command(header_.scenario, seed, header_.plan.overrides(combination));
}

std::string Table::text() const {
  if (runs_ == 0) return "no run was done\n";
  std::string out;
  for (std::size_t i = 0; i < combinations_.size(); ++i) {
    const Combination& c = combinations_[i];
    if (c.runs == 0) continue;
    const std::string name = text_of(header_.plan.parameters(i));
    out += (out.empty() ? "" : "\n") + (name.empty() ? "" : name + ": ") + text::count(c.runs, "run", "runs") + ", " +
           (c.failed == 0 ? "all held" : text::grouped(c.failed) + " failed") + "\n";
    std::string rows;
    for (const Headline& line : kHeadlines) {
      const auto it = numbers_.find(line.figure);
      if (it == numbers_.end() || it->second >= c.figures.size() || c.figures[it->second].empty()) continue;
      const Spread s = spread(c.figures[it->second]);
      std::string label = line.label;
      label.resize(std::max<std::size_t>(label.size(), 24), ' ');
      rows += "  " + label;
      for (const double v : {s.mean, s.p5, s.p95}) rows += padded(line.print(v), 14);
      rows += "\n";
    }
    if (!rows.empty())
      out += std::string(26, ' ') + padded("mean", 14) + padded("p5", 14) + padded("p95", 14) + "\n" + rows;
    for (const Failure& f : c.failures) out += "  failed: " + replay(i, f.seed) + "\n          " + f.why + "\n";
    if (c.failed > c.failures.size())
      out += "  and " + text::count(c.failed - c.failures.size(), "other", "others") + "\n";
  }
  if (combinations_.size() > 1)
    out += "\n" + text::count(runs_, "run", "runs") + ", " +
           (failed_ == 0 ? "all held" : text::grouped(failed_) + " failed") + "\n";
  return out;
}

std::string Table::json() const {
  Json json = {{"scenario", header_.scenario},
               {"digest", header_.digest},
               {"runs", header_.plan.runs()},
               {"done", runs_},
               {"failed", failed_},
               {"ok", failed_ == 0}};
  if (header_.shard.count > 1) json["shard"] = header_.shard.text();
  json["combinations"] = Json::array();
  for (std::size_t i = 0; i < combinations_.size(); ++i) {
    const Combination& c = combinations_[i];
    Json one = {{"parameters", Json::object()}, {"runs", c.runs}, {"failed", c.failed}, {"failures", Json::array()}};
    for (const Override& p : header_.plan.parameters(i)) one["parameters"][p.key] = p.value;
    for (const Failure& f : c.failures)
      one["failures"].push_back({{"seed", f.seed}, {"why", f.why}, {"replay", replay(i, f.seed)}});
    one["figures"] = Json::object();
    for (std::size_t f = 0; f < c.figures.size(); ++f) {
      if (c.figures[f].empty()) continue;
      const Spread s = spread(c.figures[f]);
      one["figures"][names_[f]] = {{"count", s.count},       {"mean", optional(s.mean)}, {"min", optional(s.least)},
                                   {"p5", optional(s.p5)},   {"p50", optional(s.p50)},   {"p95", optional(s.p95)},
                                   {"max", optional(s.most)}};
    }
    json["combinations"].push_back(std::move(one));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mp::sim
