// SPDX-License-Identifier: ISC
#include "simulator/report/json.hpp"

#include "simulator/report/figures.hpp"
#include "simulator/report/text.hpp"

#include <nlohmann/json.hpp>

namespace mp::sim {
namespace {

using Json = nlohmann::ordered_json;

double s(std::int64_t us) { return static_cast<double>(us) / 1e6; }
double s(Instant at) { return s(at.us); }
double s(Duration d) { return s(d.us); }

Json optional(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

// In thousandths or millionths of what was counted.
Json distribution(const Distribution& d, double unit) {
  const auto in_unit = [unit](double value) { return value / unit; };
  Json json = {{"count", d.count()}};
  if (d.count() == 0) return json;
  json["min"] = in_unit(static_cast<double>(d.min()));
  json["mean"] = in_unit(d.mean());
  for (const unsigned p : {50U, 90U, 95U, 99U})
    json["p" + std::to_string(p)] = in_unit(static_cast<double>(d.percentile(p)));
  json["max"] = in_unit(static_cast<double>(d.max()));
  return json;
}

constexpr double kMilli = 1e3, kMicro = 1e6;

Json by_class(const std::array<Duration, kFrameClasses>& times) {
  Json json = Json::object();
  for (std::size_t i = 0; i < kFrameClasses; ++i) json[name(static_cast<FrameClass>(i))] = s(times[i]);
  return json;
}

Json by_class(const std::array<std::uint64_t, kFrameClasses>& counts) {
  Json json = Json::object();
  for (std::size_t i = 0; i < kFrameClasses; ++i) json[name(static_cast<FrameClass>(i))] = counts[i];
  return json;
}

Json named(const std::vector<std::pair<std::string, std::uint64_t>>& rows) {
  Json json = Json::object();
  for (const auto& [name, value] : rows) json[name] = value;
  return json;
}

Json radio_counts(const RadioCounts& c) {
  return {{"sent", c.sent},
          {"sent_bytes", c.sent_bytes},
          {"received", c.received},
          {"collided", c.collided},
          {"faded", c.faded},
          {"deaf", c.deaf},
          {"slept", c.slept},
          {"faulted", c.faulted},
          {"overflowed", c.overflowed},
          {"unanswered", c.unanswered},
          {"would_block", c.would_block}};
}

Json radio_times(const RadioTimes& t) {
  return {{"tx", s(t.tx)}, {"rx", s(t.rx)}, {"idle", s(t.idle)}, {"asleep", s(t.asleep)}, {"off", s(t.off)}};
}

Json medium(const MediumResult& m) {
  return {{"name", m.name},
          {"kind", m.kind},
          {"radios", m.radios},
          {"frames", radio_counts(m.total)},
          {"frames_by_class", by_class(m.frames)},
          {"airtime_s", by_class(m.airtime)},
          {"time_s", radio_times(m.times)},
          {"busy_share", distribution(m.busy_ppm, kMicro)},
          {"duty_worst_share", m.duty_worst_ppm / kMicro},
          {"energy_mwh_mean", m.energy_mwh_mean},
          {"energy_mwh_max", m.energy_mwh_max}};
}

Json flow(const Result& r, std::size_t i) {
  const FlowResult& f = r.flows[i];
  return {{"name", flow_name(r, i)},
          {"broadcast", f.everyone},
          {"sent", f.sent},
          {"refused", f.refused},
          {"no_target", f.no_target},
          {"delivered", f.delivered},
          {"arrivals", f.arrivals},
          {"delivered_share", optional(delivered_share(f.sent, f.delivered))},
          {"bytes_delivered", f.bytes_delivered},
          {"open", f.open},
          {"outcomes", named(f.outcomes)},
          {"told_failed_but_delivered", f.told_failed_but_delivered},
          {"latency_ms", distribution(f.latency_us, kMilli)}};
}

Json delivery(const Totals& t) {
  return {{"sent", t.sent},
          {"refused", t.refused},
          {"no_target", t.no_target},
          {"delivered", t.delivered},
          {"share", optional(delivered_share(t.sent, t.delivered))},
          {"bytes_delivered", t.bytes_delivered},
          {"open", t.open},
          {"outcomes", named(t.outcomes)},
          {"told_failed_but_delivered", t.told_failed_but_delivered}};
}

Json convergence(const Result& r) {
  return {{"pairs_met", r.converged_us.count()},
          {"never_met", r.never_met},
          {"share", optional(converged_share(r))},
          {"seconds", distribution(r.converged_us, kMicro)}};
}

Json memory(const Result& r) {
  Json high_water = Json::object();
  for (const auto& [table, used] : r.high_water) high_water[table] = used;
  return {{"node_bytes", r.node_bytes}, {"process_bytes", r.process_bytes}, {"high_water", high_water}};
}

// Columns, not rows: a tenth of the size, and what plots want.
Json series(const Result& r) {
  Json json = {{"t_s", Json::array()},  {"live", Json::array()},      {"known_share", Json::array()},
               {"sent", Json::array()}, {"delivered", Json::array()}, {"violations", Json::array()}};
  Json airtime = Json::object();
  for (std::size_t i = 0; i < kFrameClasses; ++i) airtime[name(static_cast<FrameClass>(i))] = Json::array();
  for (const Sample& sample : r.series) {
    json["t_s"].push_back(s(sample.at));
    json["live"].push_back(sample.live);
    json["known_share"].push_back(sample.known_ppm / kMicro);
    json["sent"].push_back(sample.sent);
    json["delivered"].push_back(sample.delivered);
    json["violations"].push_back(sample.violations);
    for (std::size_t i = 0; i < kFrameClasses; ++i)
      airtime[name(static_cast<FrameClass>(i))].push_back(s(sample.airtime[i]));
  }
  json["airtime_s"] = airtime;
  return json;
}

Json tree(const TreeResult& t) {
  Json json = {{"root", t.root},   {"parent", nullptr}, {"address", nullptr},
               {"depth", t.depth}, {"cost", t.cost},    {"epoch", t.epoch}};
  if (t.parent != ~0U) json["parent"] = t.parent;
  if (t.hangs) json["address"] = t.address;
  return json;
}

Json node(const NodeResult& n) {
  Json trees = Json::array();
  for (const TreeResult& t : n.trees) trees.push_back(tree(t));
  return {{"name", n.name},
          {"x_m", static_cast<double>(n.at.x_mm) / 1000},
          {"y_m", static_cast<double>(n.at.y_mm) / 1000},
          {"live", n.live},
          {"peers", n.peers},
          {"restarts", n.restarts},
          {"sent", n.sent},
          {"received", n.received},
          {"frames_sent", n.frames_sent},
          {"frames_received", n.frames_received},
          {"frames_collided", n.frames_collided},
          {"energy_mwh", n.energy_mwh},
          {"trees", trees}};
}

template <typename Items, typename Function>
Json list(const Items& items, Function&& each) {
  Json json = Json::array();
  for (const auto& item : items) json.push_back(each(item));
  return json;
}

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);  // names from files need not be UTF-8
}

// What fits a line stands on one; so a list of nodes has a line for each, and series are a block.
void write(const Json& json, std::size_t indent, std::string& out) {
  constexpr std::size_t kLine = 160;
  std::string line = line_of(json);
  if (!json.is_structured() || json.empty() || line.size() + indent <= kLine ||
      (json.is_array() && !json.front().is_structured() && !json.front().is_string())) {
    out += line;
    return;
  }
  out += json.is_array() ? "[" : "{";
  bool first = true;
  for (const auto& [key, value] : json.items()) {
    out += first ? "\n" : ",\n";
    first = false;
    out.append(indent + 2, ' ');
    if (json.is_object()) out += line_of(key) + ": ";
    write(value, indent + 2, out);
  }
  out += "\n" + std::string(indent, ' ') + (json.is_array() ? "]" : "}");
}

}  // namespace

std::string to_json(const Result& r, JsonDetail detail) {
  const Totals t = totals(r);
  Json json = {{"trace_hash", text::hex64(r.trace_hash)},
               {"seed", r.seed},
               {"nodes", r.nodes},
               {"events", r.events},
               {"virtual_s", r.virtual_s},
               {"wall_s", r.wall_s},
               {"measured_s", measured_s(r)},
               {"ok", r.ok()},
               {"interrupted", r.interrupted},
               {"scenario", r.scenario},
               {"description", r.description},
               {"replay", r.replay}};
  json["unmet"] = list(r.unmet, [](const std::string& u) { return Json(u); });
  json["violations_total"] = r.violations_total;
  json["violations"] = list(r.violations, [](const Violation& v) {
    return Json{{"t_s", s(v.at)}, {"node", v.node}, {"checker", v.checker}, {"what", v.what}};
  });
  // What damage that no radio noticed did to version 0, and what lost memory did: seen, and no violation.
  json["excused"] = {
      {"damaged_repeats", r.damaged_repeats}, {"damaged_acks", r.damaged_acks}, {"redelivered", r.redelivered}};
  json["delivery"] = delivery(t);
  json["latency_ms"] = distribution(t.latency_us, kMilli);
  json["airtime"] = {{"share", optional(airtime_share(t.times, t.airtime_all()))},
                     {"seconds", by_class(t.airtime)},
                     {"frames", by_class(t.frames)}};
  json["energy"] = {{"node_mwh_mean", t.energy_mwh_mean},
                    {"node_mwh_max", t.energy_mwh_max},
                    {"node_mwh_day", per_day(r, t.energy_mwh_mean)}};
  json["convergence"] = convergence(r);
  json["flows"] = Json::array();
  for (std::size_t i = 0; i < r.flows.size(); ++i) json["flows"].push_back(flow(r, i));
  json["media"] = list(r.media, medium);
  json["counters"] = named(r.counters);
  json["memory"] = memory(r);
  json["timeline"] = list(r.timeline, [](const Event& e) { return Json{{"t_s", s(e.at)}, {"what", e.what}}; });
  json["figures"] = Json::object();
  for (const auto& [name, value] : figures(r)) json["figures"][name] = value;
  json["series"] = series(r);
  if (detail == JsonDetail::full) {
    json["node_list"] = list(r.node_results, node);
    json["link_list"] = list(r.links, [](const LinkResult& l) {
      return Json{{"a", l.a}, {"b", l.b}, {"medium", l.medium}, {"known", l.known}};
    });
  }
  std::string out;
  write(json, 0, out);
  return out + "\n";
}

}  // namespace mp::sim
