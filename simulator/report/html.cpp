// SPDX-License-Identifier: ISC
#include "simulator/report/html.hpp"

#include "simulator/report/html_parts.hpp"
#include "simulator/report/map.hpp"
#include "simulator/report/svg.hpp"
#include "simulator/report/text.hpp"
#include "simulator/report/trees_map.hpp"

#include <algorithm>

namespace mp::sim {
namespace {

using html::duration;
using svg::cat;
using svg::escape;
using text::count;
using text::grouped;
using text::percent;

std::string head(const Result& r) {
  // The policy forbids everything but the style in the page, so that whatever a scenario smuggles in stays text.
  return cat(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>", escape(r.scenario),
      ", seed ", std::to_string(r.seed), "</title>\n<style>", html::style(), "</style>\n</head>\n<body>\n");
}

std::string heading(const Result& r) {
  std::string facts = cat("Seed ", std::to_string(r.seed), ", trace ", text::hex64(r.trace_hash), ": ",
                          count(r.nodes, "node", "nodes"), " for ", duration(r.virtual_s * 1e6), ", ",
                          count(r.events, "event", "events"), " in ", duration(r.wall_s * 1e6));
  if (r.wall_s > 0) facts += ", " + text::significant(r.virtual_s / r.wall_s) + " times as fast as real time";
  std::string out = cat("<header>\n<h1>", escape(r.scenario.empty() ? "A run" : r.scenario), "</h1>\n");
  if (!r.description.empty()) out += cat("<p>", escape(r.description), "</p>\n");
  if (measured_s(r) < r.virtual_s)
    facts += "; figures without the first " + duration((r.virtual_s - measured_s(r)) * 1e6);
  return out + cat("<p class=\"soft\">", facts, ".</p>\n</header>\n");
}

std::string banner(const char* css, std::string_view title, std::string_view content) {
  return cat("<div class=\"banner ", css, "\">", title, content, "</div>\n");
}

std::string verdict(const Result& r) {
  std::string out;
  if (r.violations_total != 0)
    out += banner("bad", "\u2717 " + count(r.violations_total, "violation", "violations"),
                  "<p>Something happened that must not, whatever the scenario. See below.</p>");
  if (!r.unmet.empty()) {
    std::string list = "<ul>";
    for (const std::string& u : r.unmet) list += cat("<li>", escape(u), "</li>");
    out += banner("bad", "\u2717 " + count(r.unmet.size(), "expectation", "expectations") + " not met", list + "</ul>");
  }
  if (r.interrupted)
    out += banner("warn", "! Stopped before the end", "<p>All figures are those of the time until then.</p>");
  if (r.ok() && !r.interrupted)
    out += banner("good", "\u2713 All is well",
                  "<p>Nothing happened that must not, and every expectation of the scenario held.</p>");
  return out;
}

class Tiles {
 public:
  void add(std::string_view what, std::string_view value, std::string_view more, bool bad = false) {
    out_ += cat("<dl class=\"tile", bad ? " bad" : "", "\"><dt>", what, "</dt><dd>", value, "</dd><dd class=\"more\">",
                more, "</dd></dl>\n");
  }
  std::string end() const {
    return cat("<section class=\"tiles\" aria-label=\"At a glance\">\n", out_, "</section>\n");
  }

 private:
  std::string out_;
};

std::string tiles(const Result& r, const Totals& t) {
  Tiles tiles;
  if (const auto share = delivered_share(t.sent, t.delivered))
    tiles.add("Delivered", percent(*share),
              grouped(t.delivered) + " of " + grouped(t.sent) + (t.broadcasts_only ? ", to somebody" : ""));
  if (const Distribution& d = t.latency_us; d.count() != 0) {
    tiles.add("Latency, median", html::percentile(d, 50), "mean " + duration(d.mean()));
    tiles.add("Latency, 95 %", html::percentile(d, 95), "all within " + html::percentile(d, 100));
  }
  tiles.add("Nodes with power", r.node_results.empty() ? grouped(r.nodes) : grouped(t.live),
            r.node_results.empty() ? "at the start" : "of " + grouped(r.nodes) + ", at the end");
  if (const auto share = converged_share(r)) {
    tiles.add("Neighbours met", percent(*share),
              r.converged_us.count() == 0 ? "none" : "95 % of these within " + html::percentile(r.converged_us, 95));
  }
  if (const auto share = airtime_share(t.times, t.airtime_all()))
    tiles.add("Airtime", percent(*share), "of its time a radio sends");
  if (t.energy_mwh_max > 0) {
    const double day = per_day(r, t.energy_mwh_mean);
    const bool large = day >= 1000;
    tiles.add("Energy per day", text::significant(large ? day / 1000 : day) + (large ? " Wh" : " mWh"),
              "a node; at most " + text::significant(per_day(r, t.energy_mwh_max) / (large ? 1000 : 1)) +
                  (large ? " Wh" : " mWh"));
  }
  tiles.add("Violations", grouped(r.violations_total),
            r.unmet.empty() ? "all expectations held" : grouped(r.unmet.size()) + " unmet", !r.ok());
  return tiles.end();
}

std::string charts(const Result& r, const Totals& t) {
  std::string out = to_map(r) + to_trees_map(r);
  out += html::delivery_chart(r) + html::mesh_chart(r) + html::latency_chart(t) + html::convergence_chart(r);
  out += html::airtime_chart(r, t) + html::energy_chart(r);
  // The flat ones two in a place.
  if (const std::string flat = html::media_airtime_chart(r) + html::media_time_chart(r); !flat.empty())
    out += "<div class=\"stack\">" + flat + "</div>\n";
  out += html::media_fate_chart(r);
  return out.empty() ? out : "<div class=\"grid\">\n" + out + "</div>\n";
}

std::string replay(const Result& r) {
  std::string out = "<h2>See it again</h2>\n";
  if (!r.replay.empty()) out += cat("<pre><code>", escape(r.replay), "</code></pre>\n");
  return out + cat("<p class=\"soft\">The same program, scenario and seed give the same trace, ",
                   text::hex64(r.trace_hash), ".</p>\n");
}

}  // namespace

std::string to_html(const Result& r) {
  const Totals t = totals(r);
  std::string out = head(r) + heading(r) + "<main>\n" + verdict(r) + tiles(r, t);
  out += html::violation_table(r) + charts(r, t);
  out += html::flow_table(r) + "<div class=\"pair\">\n" + html::media_table(r) + html::counter_table(r);
  out += "<div>" + html::memory_table(r) + html::timeline_table(r) + "</div></div>\n" + html::node_table(r) + replay(r);
  return out + "</main>\n<footer>Made by mpsim. Times are those of the simulated world.</footer>\n</body>\n</html>\n";
}

}  // namespace mp::sim
