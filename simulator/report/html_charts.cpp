// SPDX-License-Identifier: ISC
// From a Result to its charts.
#include "simulator/report/charts.hpp"
#include "simulator/report/html_parts.hpp"
#include "simulator/report/text.hpp"

#include <algorithm>
#include <cmath>

namespace mp::sim::html {
namespace {

using charts::Key;

constexpr std::array<unsigned, kFrameClasses> kClassColours{0, 3, 2, 1, charts::kGrey};

std::vector<Key> class_keys() {
  std::vector<Key> keys;
  for (std::size_t i = 0; i < kFrameClasses; ++i) keys.push_back({name(static_cast<FrameClass>(i)), kClassColours[i]});
  return keys;
}

std::vector<double> marks_of(const Result& r) {
  std::vector<double> marks;
  for (const Event& e : r.timeline) marks.push_back(static_cast<double>(e.at.us));
  return marks;
}

std::string marks_note(const Result& r) {
  if (r.timeline.empty()) return {};
  return r.timeline.size() <= 9    ? " Numbers: the time line of faults below."
         : r.timeline.size() <= 30 ? " Dashed: faults, listed below."
                                   : " Strokes on top: faults, listed below.";
}

// Which samples to draw: at most about `most`, the first and the last among them.
std::vector<std::size_t> picked(const Result& r, std::size_t most) {
  std::vector<std::size_t> picks;
  const std::size_t n = r.series.size();
  if (n == 0) return picks;
  const std::size_t every = std::max<std::size_t>(1, (n + most - 1) / most);
  for (std::size_t i = (n - 1) % every; i < n; i += every) picks.push_back(i);
  if (picks.front() != 0) picks.insert(picks.begin(), 0);
  return picks;
}

double us_of(const Sample& s) { return static_cast<double>(s.at.us); }

Duration sum(const std::array<Duration, kFrameClasses>& airtime) {
  Duration all{};
  for (const Duration d : airtime) all = all + d;
  return all;
}

// The books begin anew when a warm-up ends.
Duration since(Duration now, Duration then) { return now < then ? now : now - then; }

// "16 ms": an edge of a bar.
std::string range(double from_us, double to_us) { return duration(from_us) + " to " + duration(to_us); }

}  // namespace

std::string duration(double us) {
  std::string text = text::duration(us);
  if (text.ends_with(" us")) text.replace(text.size() - 2, 2, "\u00b5s");
  // A number and its unit stay on one line.
  for (std::size_t at = text.find(' '); at != std::string::npos; at = text.find(' ', at)) text.replace(at, 1, "\u00a0");
  return text;
}

std::string percentile(const Distribution& d, unsigned p) {
  return d.count() == 0 ? "\u2013" : duration(static_cast<double>(d.percentile(p)));
}

std::string delivery_chart(const Result& r) {
  const std::vector<std::size_t> picks = picked(r, 60);
  if (picks.size() < 2 || r.series.back().sent == 0) return {};
  charts::OverTime chart;
  chart.steps = true;
  chart.curves = {{{"delivered", 0}, {}}, {{"sent", charts::kInk, true}, {}}};
  const double most = [&] {
    double top = 0;
    for (std::size_t i = 1; i < picks.size(); ++i) {
      const Sample &a = r.series[picks[i - 1]], &b = r.series[picks[i]];
      top = std::max(top, static_cast<double>(b.sent - a.sent) * 1e6 / std::max(1.0, us_of(b) - us_of(a)));
    }
    return top;
  }();
  struct Per {
    const char* unit;
    double s;
  };
  const Per per = most >= 1 ? Per{"per s", 1} : most * 60 >= 1 ? Per{"per min", 60} : Per{"per h", 3600};
  chart.y_unit = per.unit;
  for (std::size_t i = 0; i < picks.size(); ++i) {
    const Sample &b = r.series[picks[i]], &a = r.series[picks[i == 0 ? 0 : i - 1]];
    const double span_s = std::max(1.0, us_of(b) - us_of(a)) / 1e6;
    chart.t_us.push_back(us_of(b));
    chart.curves[0].y.push_back(static_cast<double>(b.delivered - a.delivered) / span_s * per.s);
    chart.curves[1].y.push_back(static_cast<double>(b.sent - a.sent) / span_s * per.s);
  }
  if (chart.t_us.size() > 1)  // the first interval begins where nothing has been counted yet
    for (charts::Curve& c : chart.curves) c.y[0] = c.y[1];
  chart.marks_us = marks_of(r);
  chart.heading = {"delivery", "Delivery over time",
                   "Packages that nodes sent, and Packages that reached the Application." + marks_note(r)};
  return charts::over_time(chart);
}

std::string mesh_chart(const Result& r) {
  const std::vector<std::size_t> picks = picked(r, 400);
  if (picks.size() < 2) return {};
  charts::OverTime chart;
  chart.y_unit = "%";
  chart.y_max = 100;
  chart.curves = {{{"pairs of neighbours that know each other", 2}, {}},
                  {{"nodes with power", charts::kInk, true}, {}}};
  for (const std::size_t i : picks) {
    const Sample& s = r.series[i];
    chart.t_us.push_back(us_of(s));
    chart.curves[0].y.push_back(s.known_ppm / 1e4);
    chart.curves[1].y.push_back(r.nodes == 0 ? 0 : 100.0 * s.live / r.nodes);
  }
  chart.marks_us = marks_of(r);
  chart.heading = {"mesh", "Convergence over time",
                   "Of all nodes and of all pairs of live neighbours, how many." + marks_note(r)};
  return charts::over_time(chart);
}

std::string airtime_chart(const Result& r, const Totals& t) {
  const std::vector<std::size_t> picks = picked(r, 100);
  if (picks.size() < 2 || t.radios == 0 || t.airtime_all().us == 0) return {};
  charts::OverTime chart;
  chart.stacked = true;
  chart.y_unit = "%";
  chart.decimals = 3;
  for (std::size_t c = 0; c < kFrameClasses; ++c) {
    if (t.airtime[c].us != 0) chart.curves.push_back({{name(static_cast<FrameClass>(c)), kClassColours[c]}, {}});
  }
  for (std::size_t i = 0; i < picks.size(); ++i) {
    const std::size_t to = std::max<std::size_t>(i, 1);  // the first point shows what the first interval gave
    const Sample &a = r.series[picks[to - 1]], &b = r.series[picks[to]];
    const double span = std::max(1.0, us_of(b) - us_of(a)) * static_cast<double>(t.radios);
    chart.t_us.push_back(us_of(r.series[picks[i]]));
    std::size_t curve = 0;
    for (std::size_t c = 0; c < kFrameClasses; ++c)
      if (t.airtime[c].us != 0)
        chart.curves[curve++].y.push_back(100.0 * static_cast<double>(since(b.airtime[c], a.airtime[c]).us) / span);
  }
  chart.marks_us = marks_of(r);
  chart.heading = {"airtime", "Airtime by class over time",
                   "Share of its time that a radio sends, mean over all radios." + marks_note(r)};
  return charts::over_time(chart);
}

std::string latency_chart(const Totals& t) {
  const Distribution& d = t.latency_us;
  if (d.count() == 0) return {};
  // Bars equally wide on a logarithmic scale; what a bucket of the distribution holds is split where it spans two.
  const double lo = std::max(1.0, static_cast<double>(d.min())),
               hi = std::max(lo + 1, static_cast<double>(d.max()) + 1);
  const double octaves = std::log2(hi / lo);
  const double per_octave = octaves < 3 ? 12 : octaves < 8 ? 6 : octaves < 16 ? 3 : 2;
  auto begin = std::floor(std::log2(lo) * per_octave), end = std::ceil(std::log2(hi) * per_octave);
  while (end - begin < 3 * per_octave) {  // a scale for those that are all about the same
    if (begin > 0) begin -= 1;
    end += 1;
  }
  std::vector<double> parts(static_cast<std::size_t>(std::max(1.0, end - begin)), 0);
  d.each([&](std::uint64_t lowest, std::uint64_t highest, std::uint64_t n) {
    const double from = std::log2(std::max(1.0, static_cast<double>(lowest))) * per_octave - begin;
    const double to = std::max(from + 1e-9, std::log2(static_cast<double>(highest) + 1) * per_octave - begin);
    for (double i = std::floor(from); i < to && i < static_cast<double>(parts.size()); i += 1)
      parts[static_cast<std::size_t>(i)] +=
          static_cast<double>(n) * (std::min(to, i + 1) - std::max(from, i)) / (to - from);
  });
  charts::Histogram chart;
  chart.logarithmic_us = true;
  chart.y_unit = "%";
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const double at = begin + static_cast<double>(i);
    const double from = std::exp2(at / per_octave), to = std::exp2((at + 1) / per_octave);
    const double share = parts[i] / static_cast<double>(d.count());
    chart.bars.push_back({from, to, 100 * share, range(from, to) + ": " + text::percent(share)});
  }
  for (const unsigned p : {50U, 95U})
    chart.marks.push_back({static_cast<double>(d.percentile(p)), std::to_string(p) + " %"});
  chart.heading = {"latency", "Latency",
                   "From send() to on_package(), of " + text::count(d.count(), "delivery", "deliveries") +
                       ": half within " + percentile(d, 50) + ", 95 % within " + percentile(d, 95) +
                       ". The scale is logarithmic."};
  return charts::histogram(chart);
}

std::string convergence_chart(const Result& r) {
  const Distribution& d = r.converged_us;
  if (d.count() == 0) return {};
  charts::Climb chart;
  const auto pairs = static_cast<double>(d.count() + r.never_met);
  double seen = 0;
  d.each([&](std::uint64_t, std::uint64_t highest, std::uint64_t n) {
    seen += static_cast<double>(n);
    chart.points.emplace_back(static_cast<double>(highest), seen / pairs);
  });
  for (const unsigned p : {50U, 95U})
    chart.marks.push_back({static_cast<double>(d.percentile(p)), std::to_string(p) + " %"});
  chart.heading = {"met", "Time until neighbours know each other",
                   "From when both had power: half of those that met within " + percentile(d, 50) + ", 95 % within " +
                       percentile(d, 95) + ". Of " + text::count(d.count() + r.never_met, "pair", "pairs") +
                       (r.never_met == 0 ? " all met." : ", " + text::grouped(r.never_met) + " never met.")};
  return charts::climb(chart);
}

std::string energy_chart(const Result& r) {
  double top = 0;
  for (const NodeResult& n : r.node_results) top = std::max(top, n.energy_mwh);
  if (top <= 0) return {};
  struct Unit {
    const char* name;
    double mwh;
  };
  const Unit unit = top < 1 ? Unit{"\u00b5Wh", 1e-3} : top < 1e4 ? Unit{"mWh", 1} : Unit{"Wh", 1e3};
  double bottom = top;
  for (const NodeResult& n : r.node_results) bottom = std::min(bottom, n.energy_mwh);
  const svg::Ticks ticks = svg::round_ticks(bottom / unit.mwh, std::max(top, bottom * 1.001) / unit.mwh, 24);
  const auto bars = static_cast<std::size_t>(std::max(1.0, std::round((ticks.hi - ticks.lo) / ticks.step)));
  std::vector<std::uint64_t> counts(bars, 0);
  for (const NodeResult& n : r.node_results) {
    const double bar = std::floor((n.energy_mwh / unit.mwh - ticks.lo) / ticks.step);
    ++counts[std::min(bars - 1, static_cast<std::size_t>(std::max(0.0, bar)))];
  }
  charts::Histogram chart;
  chart.whole = true;
  chart.x_unit = unit.name;
  chart.y_unit = "nodes";
  for (std::size_t i = 0; i < bars; ++i) {
    const double from = ticks.lo + static_cast<double>(i) * ticks.step, to = from + ticks.step;
    chart.bars.push_back({from, to, static_cast<double>(counts[i]),
                          text::significant(from, 4) + " to " + text::significant(to, 4) + " " + unit.name + ": " +
                              text::count(counts[i], "node", "nodes")});
  }
  chart.heading = {"energy", "Energy", "What the radios of each node used in " + duration(measured_s(r) * 1e6) + "."};
  return charts::histogram(chart);
}

namespace {

constexpr std::size_t kMediaMax = 8;

// One bar for each medium that has something to show.
template <typename Parts>
std::string bars_of(const Result& r, charts::LyingBars chart, Parts&& parts) {
  for (std::size_t i = 0; i < std::min(kMediaMax, r.media.size()); ++i) {
    charts::LyingBar bar = parts(r.media[i]);
    if (std::any_of(bar.parts.begin(), bar.parts.end(), [](double part) { return part > 0; })) {
      bar.name = r.media[i].name + " (" + r.media[i].kind + ")";
      chart.bars.push_back(std::move(bar));
    }
  }
  for (std::size_t k = chart.keys.size(); k-- > 0;) {  // nobody needs a key to nothing
    if (std::any_of(chart.bars.begin(), chart.bars.end(), [k](const auto& bar) { return bar.parts[k] > 0; })) continue;
    chart.keys.erase(chart.keys.begin() + static_cast<std::ptrdiff_t>(k));
    for (auto& bar : chart.bars) bar.parts.erase(bar.parts.begin() + static_cast<std::ptrdiff_t>(k));
  }
  return chart.bars.empty() ? std::string() : charts::lying_bars(chart);
}

// In percent of their sum.
std::vector<double> shares(std::vector<double> parts) {
  double sum = 0;
  for (const double part : parts) sum += part;
  if (sum > 0)
    for (double& part : parts) part *= 100 / sum;
  return parts;
}

double us(Duration d) { return static_cast<double>(d.us); }
double d(std::uint64_t n) { return static_cast<double>(n); }

}  // namespace

std::string media_airtime_chart(const Result& r) {
  charts::LyingBars chart;
  chart.heading = {"media-airtime", "Airtime by medium", "Share of its time that a radio sends, by what it sends."};
  chart.keys = class_keys();
  chart.unit = "%";
  return bars_of(r, std::move(chart), [](const MediumResult& m) {
    charts::LyingBar bar;
    const RadioTimes& t = m.times;
    const double powered = us(t.tx + t.rx + t.idle + t.asleep);
    for (const Duration a : m.airtime) bar.parts.push_back(powered > 0 ? 100 * us(a) / powered : 0);
    if (const auto share = airtime_share(t, sum(m.airtime))) bar.total = text::percent(*share);
    return bar;
  });
}

std::string media_time_chart(const Result& r) {
  charts::LyingBars chart;
  chart.heading = {"media-time", "What radios did", "How their time divides."};
  chart.keys = {{"sending", 1}, {"receiving", 0}, {"listening", 2}, {"asleep", 3}, {"off", charts::kGrey}};
  chart.unit = "%";
  return bars_of(r, std::move(chart), [](const MediumResult& m) {
    const RadioTimes& t = m.times;
    charts::LyingBar bar;
    bar.parts = shares({us(t.tx), us(t.rx), us(t.idle), us(t.asleep), us(t.off)});
    bar.total = text::count(m.radios, "radio", "radios");
    return bar;
  });
}

std::string media_fate_chart(const Result& r) {
  charts::LyingBars chart;
  chart.heading = {"media-fate", "What became of frames", "At each radio that could have heard them."};
  chart.keys = {
      {"received", 0},       {"collided", charts::kBad},   {"too weak", 1}, {"while sending", 4}, {"asleep", 3},
      {"lost to faults", 2}, {"inbox full", charts::kGrey}};
  chart.unit = "%";
  return bars_of(r, std::move(chart), [](const MediumResult& m) {
    const RadioCounts& c = m.total;
    charts::LyingBar bar;
    bar.parts =
        shares({d(c.received), d(c.collided), d(c.faded), d(c.deaf), d(c.slept), d(c.faulted), d(c.overflowed)});
    bar.total = text::percent(bar.parts[0] / 100) + " received";
    return bar;
  });
}

}  // namespace mp::sim::html
