// SPDX-License-Identifier: ISC
#include "simulator/report/summary.hpp"

#include "simulator/report/figures.hpp"
#include "simulator/report/text.hpp"

#include <algorithm>

namespace mp::sim {
namespace {

using text::count;
using text::grouped;
using text::percent;

// Under way at the end: nobody was told of that.
constexpr std::string_view kOpen = "open";
constexpr std::size_t kShown = 5;  // violations, and as many expectations

class Page {
 public:
  // A word in the left column, a sentence in the right one; an empty word goes on with the one above.
  void row(std::string_view word, std::string_view sentence) {
    out_ += word;
    out_.append(word.size() < kColumn ? kColumn - word.size() : 1, ' ');
    out_ += sentence;
    out_ += '\n';
  }
  void line(std::string_view sentence) { out_.append(sentence).append("\n"); }
  std::string take() { return std::move(out_); }

 private:
  static constexpr std::size_t kColumn = 13;
  std::string out_;
};

double us(Duration d) { return static_cast<double>(d.us); }
double us(std::uint64_t n) { return static_cast<double>(n); }

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

void faults_first(Page& page, const Result& r) {
  if (r.violations_total != 0) {
    page.line("VIOLATIONS: " + count(r.violations_total, "time", "times") + " something happened that must not:");
    for (std::size_t i = 0; i < std::min(kShown, r.violations.size()); ++i) {
      const Violation& v = r.violations[i];
      page.line("  " + text::fixed(static_cast<double>(v.at.us) / 1e6, 6) + " s  node " + std::to_string(v.node) +
                "  " + v.checker + ": " + v.what);
    }
    if (r.violations_total > kShown) page.line("  and " + grouped(r.violations_total - kShown) + " more");
  }
  if (!r.unmet.empty()) {
    page.line("UNMET: " + count(r.unmet.size(), "expectation", "expectations") + " of the scenario did not hold:");
    for (std::size_t i = 0; i < std::min(kShown, r.unmet.size()); ++i) page.line("  " + r.unmet[i]);
    if (r.unmet.size() > kShown) page.line("  and " + grouped(r.unmet.size() - kShown) + " more");
  }
  if (r.interrupted) page.line("INTERRUPTED: all figures end at " + text::duration(r.virtual_s * 1e6) + ".");
  if (!r.ok() || r.interrupted) page.line("");
}

void world(Page& page, const Result& r, const Totals& t) {
  page.row("Scenario", r.scenario + ", seed " + std::to_string(r.seed));
  std::string nodes = count(r.nodes, "node", "nodes");
  if (!r.node_results.empty() && t.live != r.nodes) nodes += ", " + grouped(t.live) + " with power at the end";
  page.row("Mesh", nodes + ", " + count(t.radios, "radio", "radios"));
  std::string time = text::duration(r.virtual_s * 1e6) + " simulated in " + text::duration(r.wall_s * 1e6);
  if (r.wall_s > 0) time += ", " + text::significant(r.virtual_s / r.wall_s) + " times as fast as real time";
  if (measured_s(r) < r.virtual_s)
    time += "; figures without the first " + text::duration((r.virtual_s - measured_s(r)) * 1e6);
  page.row("Time", time + "; " + count(r.events, "event", "events"));
  if (!r.timeline.empty()) page.row("Faults", count(r.timeline.size(), "entry", "entries") + " in the time line");
}

void delivery(Page& page, const Result& r, const Totals& t) {
  if (r.flows.empty()) {
    page.row("Delivery", "the scenario has no traffic");
    return;
  }
  if (const auto share = delivered_share(t.sent, t.delivered)) {
    page.row("Delivery",
             percent(*share) +
                 (t.broadcasts_only ? " of the broadcasts reached somebody: " : " of the Packages arrived: ") +
                 grouped(t.delivered) + " of " + grouped(t.sent));
  } else {
    page.row("Delivery", "no Package was sent");
  }
  std::vector<std::string> rest;
  if (t.open != 0) rest.push_back(grouped(t.open) + " under way at the end");
  if (t.refused != 0) rest.push_back(grouped(t.refused) + " refused before they were sent");
  if (t.no_target != 0) rest.push_back(grouped(t.no_target) + " had nobody to go to");
  if (t.told_failed_but_delivered != 0)
    rest.push_back(grouped(t.told_failed_but_delivered) + " arrived though called failed");
  if (!rest.empty()) page.row("", joined(rest));
  std::vector<std::string> outcomes;
  for (const auto& [outcome, n] : t.outcomes)
    if (n != 0 && outcome != kOpen) outcomes.push_back(outcome + " " + grouped(n));
  if (!outcomes.empty()) page.row("", "senders were told: " + joined(outcomes));
  if (const Distribution& d = t.latency_us; d.count() != 0) {
    page.row("Latency", "half within " + text::duration(us(d.percentile(50))) + ", 95 % within " +
                            text::duration(us(d.percentile(95))) + ", 99 % within " +
                            text::duration(us(d.percentile(99))) + ", all within " + text::duration(us(d.max())));
  }
  if (r.flows.size() < 2) return;
  for (std::size_t i = 0; i < std::min<std::size_t>(6, r.flows.size()); ++i) {
    const FlowResult& f = r.flows[i];
    const auto share = delivered_share(f.sent, f.delivered);
    page.row("  flow", flow_name(r, i) + ": " + grouped(f.delivered) + " delivered of " + grouped(f.sent) +
                           (share ? " (" + percent(*share) + ")" : "") +
                           (f.everyone ? ", " + count(f.arrivals, "copy", "copies") : ""));
  }
  if (r.flows.size() > 6) page.row("", "and " + count(r.flows.size() - 6, "other flow", "other flows"));
}

void air(Page& page, const MediumResult& m) {
  Duration sum{};
  for (const Duration d : m.airtime) sum = sum + d;
  const std::string label = "\"" + m.name + "\" (" + m.kind + ", " + count(m.radios, "radio", "radios") + ")";
  if (sum.us == 0) {
    page.row("Air", label + ": silent");
    return;
  }
  std::string share = label;
  if (const auto busy = airtime_share(m.times, sum)) {
    share += ": a radio sent " + percent(*busy) + " of its time";
    if (m.busy_ppm.count() > 1) share += ", the busiest " + percent(static_cast<double>(m.busy_ppm.max()) / 1e6);
  }
  page.row("Air", share);
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < kFrameClasses; ++i)
    if (m.airtime[i].us != 0)
      parts.push_back(std::string(name(static_cast<FrameClass>(i))) + " " + percent(us(m.airtime[i]) / us(sum)));
  page.row("", "airtime: " + joined(parts));
  const RadioCounts& c = m.total;
  std::vector<std::string> lost;
  const auto add = [&lost](std::uint64_t n, const char* how) {
    if (n != 0) lost.push_back(grouped(n) + " " + how);
  };
  add(c.collided, "collided");
  add(c.faded, "too weak");
  add(c.deaf, "missed while sending");
  add(c.slept, "missed asleep");
  add(c.faulted, "lost to faults");
  add(c.overflowed, "lost to full inboxes");
  page.row("", "frames: " + grouped(c.sent) + " sent, heard " + count(c.received, "time", "times"));
  if (!lost.empty()) page.row("", "not heard: " + joined(lost));
  if (m.duty_worst_ppm != 0) page.row("", "duty cycle: at worst " + percent(m.duty_worst_ppm / 1e6) + " in any window");
}

void nodes(Page& page, const Result& r, const Totals& t) {
  if (t.energy_mwh_max > 0) {
    page.row("Energy", text::significant(t.energy_mwh_mean) + " mWh a node, the hungriest " +
                           text::significant(t.energy_mwh_max) + " mWh; " +
                           text::significant(per_day(r, t.energy_mwh_mean)) + " mWh a node and day");
  }
  if (const auto share = converged_share(r)) {
    std::string line = percent(*share) + " of the pairs in reach met";
    if (const Distribution& d = r.converged_us; d.count() != 0)
      line += ", half within " + text::duration(us(d.percentile(50))) + ", 95 % of these within " +
              text::duration(us(d.percentile(95)));
    page.row("Neighbours", line);
    if (r.never_met != 0) page.row("", count(r.never_met, "pair", "pairs") + " of live neighbours never met");
  }
  if (r.node_bytes != 0 || r.process_bytes != 0)
    page.row("Memory", text::size(r.node_bytes) + " a node, " + text::size(r.process_bytes) + " for the process");
}

}  // namespace

std::string summary(const Result& r) {
  const Totals t = totals(r);
  Page page;
  faults_first(page, r);
  world(page, r, t);
  delivery(page, r, t);
  for (std::size_t i = 0; i < std::min<std::size_t>(4, r.media.size()); ++i) air(page, r.media[i]);
  if (r.media.size() > 4) page.row("", "and " + count(r.media.size() - 4, "other medium", "other media"));
  nodes(page, r, t);
  page.row("Checks", r.violations_total == 0 ? "nothing happened that must not" : "see above");
  page.row("Replay", (r.replay.empty() ? "" : r.replay + "   ") + "trace " + text::hex64(r.trace_hash));
  return page.take();
}

}  // namespace mp::sim
