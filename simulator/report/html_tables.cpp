// SPDX-License-Identifier: ISC
// From a Result to its tables. What is long is folded or cut, with a line that says so.
#include "simulator/report/html_parts.hpp"
#include "simulator/report/svg.hpp"
#include "simulator/report/text.hpp"

#include <algorithm>
#include <numeric>

namespace mp::sim::html {
namespace {

using svg::cat;
using svg::escape;
using text::grouped;

constexpr std::size_t kRows = 200;
constexpr std::size_t kOpen = 12;  // rows that are not folded

// Columns whose heading begins with '#' hold numbers, with '=' long texts.
class Table {
 public:
  Table(std::string_view label, std::vector<std::string> heads) : heads_(std::move(heads)) {
    out_ = cat("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"", escape(label),
               "\"><table><thead><tr>");
    for (const std::string& head : heads_)
      out_ += cat("<th scope=\"col\"", css(head), ">", escape(plain(head)), "</th>");
    out_ += "</tr></thead><tbody>\n";
  }
  void row(const std::vector<std::string>& cells, std::string_view of_row = "") {
    out_ += of_row.empty() ? "<tr>" : cat("<tr class=\"", of_row, "\">");
    for (std::size_t i = 0; i < cells.size(); ++i) out_ += cat("<td", css(heads_[i]), ">", escape(cells[i]), "</td>");
    out_ += "</tr>\n";
  }
  std::string end() { return out_ + "</tbody></table></div>\n"; }

 private:
  static std::string_view css(const std::string& head) {
    return head.starts_with('#') ? " class=\"n\"" : head.starts_with('=') ? " class=\"wide\"" : "";
  }
  static std::string_view plain(const std::string& head) {
    return head.starts_with('#') || head.starts_with('=') ? std::string_view(head).substr(1) : std::string_view(head);
  }
  std::vector<std::string> heads_;
  std::string out_;
};

std::string section(std::string_view title, std::string_view content) {
  return cat("<section><h2>", title, "</h2>\n", content, "</section>\n");
}

std::string folded(std::string_view title, std::string_view content) {
  return cat("<details><summary>", title, "</summary>", content, "</details>\n");
}

std::string left_out(std::uint64_t n, const char* what) {
  return n == 0 ? std::string() : cat("<p class=\"note\">and ", grouped(n), " more ", what, "</p>\n");
}

std::string time_s(Instant at) { return text::fixed(static_cast<double>(at.us) / 1e6, 6); }

std::string share(const std::optional<double>& value) { return value ? text::percent(*value) : "\u2013"; }

std::string name_of(const Result& r, std::uint32_t node) {
  const std::string number = std::to_string(node);
  if (node >= r.node_results.size()) return number;
  const std::string& name = r.node_results[node].name;
  return name.empty() || name == number ? number : number + " (" + name + ")";
}

}  // namespace

std::string violation_table(const Result& r) {
  if (r.violations_total == 0) return {};
  Table table("Violations", {"#at, s", "node", "checker", "=what happened"});
  Table rest = table;
  const std::size_t shown = std::min(kRows, r.violations.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const Violation& v = r.violations[i];
    (i < kOpen ? table : rest).row({time_s(v.at), name_of(r, v.node), v.checker, v.what});
  }
  std::string content = table.end();
  if (shown > kOpen) content += folded("and " + grouped(shown - kOpen) + " more", rest.end());
  return section("Violations", content + left_out(r.violations_total - shown, "that are not listed"));
}

std::string flow_table(const Result& r) {
  if (r.flows.empty()) return {};
  Table table("Traffic",
              {"flow", "#sent", "#delivered", "#share", "#refused", "#no target", "#under way", "#false alarms",
               "#half within", "#95 % within", "#99 % within", "#all within", "=what senders were told"});
  for (std::size_t i = 0; i < r.flows.size(); ++i) {
    const FlowResult& f = r.flows[i];
    std::string told;
    for (const auto& [outcome, n] : f.outcomes)
      if (n != 0 && outcome != "open") told += (told.empty() ? "" : ", ") + outcome + " " + grouped(n);
    table.row({flow_name(r, i), grouped(f.sent),
               grouped(f.delivered) + (f.everyone ? " (" + text::count(f.arrivals, "copy", "copies") + ")" : ""),
               share(delivered_share(f.sent, f.delivered)), grouped(f.refused), grouped(f.no_target), grouped(f.open),
               grouped(f.told_failed_but_delivered), percentile(f.latency_us, 50), percentile(f.latency_us, 95),
               percentile(f.latency_us, 99), percentile(f.latency_us, 100), told});
  }
  return section("Traffic", table.end() +
                                "<p class=\"note\">False alarms: the sender was told of a failure, but the Package "
                                "had arrived. Refused: not even queued. Copies: each node that got a broadcast.</p>\n");
}

// A medium is a column: it has more figures than a screen has room for.
std::string media_table(const Result& r) {
  if (r.media.empty()) return {};
  std::vector<std::string> heads{""};
  for (const MediumResult& m : r.media) heads.push_back("#" + m.name);
  Table table("Media", heads);
  const auto row = [&](const char* what, auto&& figure) {
    std::vector<std::string> cells{what};
    for (const MediumResult& m : r.media) cells.push_back(figure(m));
    table.row(cells);
  };
  const auto count_row = [&](const char* what, std::uint64_t RadioCounts::*member) {
    row(what, [member](const MediumResult& m) { return grouped(m.total.*member); });
  };
  row("kind", [](const MediumResult& m) { return m.kind; });
  row("radios", [](const MediumResult& m) { return grouped(m.radios); });
  row("airtime, mean over radios", [](const MediumResult& m) {
    Duration airtime{};
    for (const Duration d : m.airtime) airtime = airtime + d;
    return share(airtime_share(m.times, airtime));
  });
  row("airtime of the busiest radio", [](const MediumResult& m) {
    return m.busy_ppm.count() == 0 ? "\u2013" : text::percent(static_cast<double>(m.busy_ppm.max()) / 1e6);
  });
  row("worst duty cycle in any window of the law's",
      [](const MediumResult& m) { return m.duty_worst_ppm == 0 ? "\u2013" : text::percent(m.duty_worst_ppm / 1e6); });
  count_row("frames sent", &RadioCounts::sent);
  count_row("bytes sent", &RadioCounts::sent_bytes);
  count_row("frames received", &RadioCounts::received);
  count_row("lost: collided", &RadioCounts::collided);
  count_row("lost: too weak", &RadioCounts::faded);
  count_row("lost: came while sending", &RadioCounts::deaf);
  count_row("lost: came while asleep", &RadioCounts::slept);
  count_row("lost: faults of the scenario", &RadioCounts::faulted);
  count_row("lost: inbox full", &RadioCounts::overflowed);
  count_row("unicast given up by the MAC", &RadioCounts::unanswered);
  count_row("sends refused, queue full", &RadioCounts::would_block);
  row("energy a radio, mWh", [](const MediumResult& m) { return text::significant(m.energy_mwh_mean); });
  row("energy of the hungriest, mWh", [](const MediumResult& m) { return text::significant(m.energy_mwh_max); });
  return section("Media", table.end());
}

std::string timeline_table(const Result& r) {
  if (r.timeline.empty()) return {};
  Table table("Time line of faults", {"#", "#at, s", "=what"});
  const std::size_t shown = std::min(kRows, r.timeline.size());
  for (std::size_t i = 0; i < shown; ++i)
    table.row({std::to_string(i + 1), time_s(r.timeline[i].at), r.timeline[i].what});
  std::string content = table.end() + left_out(r.timeline.size() - shown, "entries");
  if (shown > kOpen) content = folded(text::count(r.timeline.size(), "entry", "entries"), content);
  return section("Time line of faults", content);
}

std::string memory_table(const Result& r) {
  if (r.node_bytes == 0 && r.process_bytes == 0 && r.high_water.empty()) return {};
  Table table("Memory", {"what", "#size or slots"});
  if (r.node_bytes != 0) table.row({"one node, all its tables", text::size(r.node_bytes)});
  if (r.process_bytes != 0) table.row({"the whole process at the end", text::size(r.process_bytes)});
  for (const auto& [what, used] : r.high_water) table.row({what + ", the most that any node used", used});
  return section("Memory", table.end());
}

std::string counter_table(const Result& r) {
  if (r.counters.empty()) return {};
  Table table("Counters", {"counter", "#all nodes together"});
  std::string zeros;
  for (const auto& [counter, n] : r.counters) {
    if (n != 0)
      table.row({counter, grouped(n)});
    else
      zeros += (zeros.empty() ? "" : ", ") + counter;
  }
  std::string content = table.end();
  if (!zeros.empty()) content += cat("<p class=\"note\">Nothing was counted for ", escape(zeros), ".</p>\n");
  return section("Counters", content);
}

std::string node_table(const Result& r) {
  if (r.node_results.empty()) return {};
  std::vector<std::size_t> order(r.node_results.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const bool cut = order.size() > kRows;
  if (cut) {  // first those that one would look for: without power, without peers, hungry
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      const NodeResult &x = r.node_results[a], &y = r.node_results[b];
      const auto rank = [](const NodeResult& n) { return n.live && n.peers == 0 ? 0 : n.live ? 1 : 2; };
      if (rank(x) != rank(y)) return rank(x) < rank(y);
      return x.energy_mwh > y.energy_mwh;
    });
    order.resize(kRows);
  }
  Table table("Nodes", {"node", "power", "#peers", "#restarts", "#Packages sent", "#received", "#frames sent",
                        "#received", "#collided", "#mWh"});
  for (const std::size_t i : order) {
    const NodeResult& n = r.node_results[i];
    table.row({name_of(r, static_cast<std::uint32_t>(i)), n.live ? "on" : "off", grouped(n.peers), grouped(n.restarts),
               grouped(n.sent), grouped(n.received), grouped(n.frames_sent), grouped(n.frames_received),
               grouped(n.frames_collided), text::significant(n.energy_mwh)},
              n.live && n.peers == 0 ? "bad" : "");
  }
  const std::string title = cut ? text::count(kRows, "node", "nodes") + " of " + grouped(r.nodes) +
                                      ": those without peers first, then those that used most energy"
                                : text::count(order.size(), "node", "nodes");
  return section("Nodes", folded(title, table.end()));
}

}  // namespace mp::sim::html
