// SPDX-License-Identifier: ISC
#include "simulator/sweep/row.hpp"

#include "simulator/report/figures.hpp"
#include "simulator/report/text.hpp"
#include "simulator/sweep/error.hpp"
#include "simulator/sweep/seeds.hpp"

#include <nlohmann/json.hpp>

namespace mp::sim {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);  // names from files need not be UTF-8
}

// A value of the scenario as other programs want it: a number as a number.
Json value_of(const std::string& text) {
  Json value = Json::parse(text, nullptr, false);
  return value.is_number() || value.is_boolean() || value.is_string() ? value : Json(text);
}

std::string text_of(const Violation& v) {
  return text::fixed(static_cast<double>(v.at.us) / 1e6, 6) + " s, node " + std::to_string(v.node) + ": " + v.checker +
         ": " + v.what;
}

Json parse_line(const std::string& line) {
  Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) throw SweepError("this is no line of JSON");
  return json;
}

}  // namespace

Row make_row(const PlannedRun& run, const Result& result, bool timings) {
  Row row;
  row.run = run.number;
  row.seed = run.seed;
  row.ok = result.ok();
  row.trace_hash = text::hex64(result.trace_hash);
  row.nodes = result.nodes;
  row.events = result.events;
  row.virtual_s = result.virtual_s;
  row.wall_s = timings ? result.wall_s : 0;
  row.violations_total = result.violations_total;
  for (const Violation& v : result.violations)
    if (row.violations.size() < Row::kTextsMax) row.violations.push_back(text_of(v));
  for (const std::string& u : result.unmet)
    if (row.unmet.size() < Row::kTextsMax) row.unmet.push_back(u);
  for (auto& figure : figures(result))
    if (timings || (figure.first != "wall_s" && figure.first != "speed")) row.figures.push_back(std::move(figure));
  return row;
}

std::string to_line(const Header& h) {
  Json json = {{"mpsim_sweep", kFormat}, {"version", h.version}, {"scenario", h.scenario}, {"digest", h.digest}};
  json["set"] = Json::array();
  for (const Override& o : h.plan.set) json["set"].push_back({o.key, o.value});
  json["vary"] = Json::array();
  for (const Vary& v : h.plan.vary) json["vary"].push_back({{"key", v.key}, {"values", v.values}});
  json["seeds"] = seeds_text(h.plan.seeds);
  json["runs"] = h.plan.runs();
  json["timings"] = h.timings;
  if (h.shard.count > 1) json["shard"] = h.shard.text();
  return line_of(json);
}

std::string to_line(const Row& row, const std::vector<Override>& parameters, bool timings) {
  Json json = {{"run", row.run}, {"seed", row.seed}};
  json["parameters"] = Json::object();
  for (const Override& p : parameters) json["parameters"][p.key] = value_of(p.value);
  json["ok"] = row.ok;
  if (!row.error.empty()) {
    json["error"] = row.error;
    return line_of(json);
  }
  json["trace_hash"] = row.trace_hash;
  json["nodes"] = row.nodes;
  json["events"] = row.events;
  json["virtual_s"] = row.virtual_s;
  if (timings) json["wall_s"] = row.wall_s;
  json["violations_total"] = row.violations_total;
  json["violations"] = row.violations;
  json["unmet"] = row.unmet;
  json["figures"] = Json::object();
  for (const auto& [name, value] : row.figures) json["figures"][name] = value;
  return line_of(json);
}

Header parse_header(const std::string& line) {
  const Json json = parse_line(line);
  try {
    if (json.value("mpsim_sweep", 0) != kFormat)
      throw SweepError("this is no file of mpsim sweep, or of another version of it");
    Header h;
    h.version = json.at("version").get<std::string>();
    h.scenario = json.at("scenario").get<std::string>();
    h.digest = json.at("digest").get<std::string>();
    for (const Json& o : json.at("set")) h.plan.set.push_back({o.at(0).get<std::string>(), o.at(1).get<std::string>()});
    for (const Json& v : json.at("vary"))
      h.plan.vary.push_back({v.at("key").get<std::string>(), v.at("values").get<std::vector<std::string>>()});
    for (const Vary& v : h.plan.vary)
      if (v.values.empty()) throw SweepError("a key has no values");
    h.plan.seeds = parse_seeds(json.at("seeds").get<std::string>());
    h.plan.check();
    h.timings = json.at("timings").get<bool>();
    if (json.contains("shard")) h.shard = parse_shard(json["shard"].get<std::string>());
    return h;
  } catch (const Json::exception&) {
    throw SweepError("the first line is not whole");
  }
}

Row parse_row(const std::string& line) {
  const Json json = parse_line(line);
  try {
    Row row;
    row.run = json.at("run").get<std::size_t>();
    row.seed = json.at("seed").get<std::uint64_t>();
    row.ok = json.at("ok").get<bool>();
    row.error = json.value("error", "");
    if (!row.error.empty()) return row;
    row.trace_hash = json.at("trace_hash").get<std::string>();
    row.nodes = json.at("nodes").get<std::uint64_t>();
    row.events = json.at("events").get<std::uint64_t>();
    row.virtual_s = json.at("virtual_s").get<double>();
    row.wall_s = json.value("wall_s", 0.0);
    row.violations_total = json.at("violations_total").get<std::uint64_t>();
    row.violations = json.at("violations").get<std::vector<std::string>>();
    row.unmet = json.at("unmet").get<std::vector<std::string>>();
    for (const auto& [name, value] : json.at("figures").items()) row.figures.emplace_back(name, value.get<double>());
    return row;
  } catch (const Json::exception&) {
    throw SweepError("this row is not whole");
  }
}

}  // namespace mp::sim
