// SPDX-License-Identifier: ISC
// The charts of a report, each an HTML <figure> with a heading, a legend that wraps and a picture. Values show when the
// pointer rests on them; no script. Colours are numbers of the palette in html_style.cpp.
#pragma once

#include "simulator/report/svg.hpp"

#include <span>
#include <utility>

namespace mp::sim::charts {

// Colours 0 to 4 are told apart by people who do not see red or green; then:
inline constexpr unsigned kGrey = 5, kBad = 6, kInk = 7;

struct Heading {
  std::string id;  // unique in the page
  std::string title;
  std::string about;  // one sentence: what it shows; not escaped yet, as all texts here
};

struct Key {
  std::string name;
  unsigned colour = 0;
  bool dashed = false, hollow = false;
  bool dot = false;  // a round key
};
std::string legend(std::span<const Key> keys);
// A figure around a picture or whatever else; `after` (HTML) stands below it.
std::string figure(const Heading& heading, std::span<const Key> keys, std::string_view picture,
                   std::string_view after = "", std::string_view css = "");

struct Curve {
  Key key;
  std::vector<double> y;  // one for each time
};
struct OverTime {
  Heading heading;
  std::vector<double> t_us;  // ascending
  std::vector<Curve> curves;
  std::string y_unit;            // "%", "per s"
  double y_max = 0;              // the axis reaches at least to here
  int decimals = 1;              // of values shown at the pointer
  std::vector<double> marks_us;  // faults
  bool stacked = false;          // areas, the first curve at the bottom
  bool steps = false;            // a value holds from the time before to its own
};
std::string over_time(const OverTime& chart);

// A value worth an upright line of its own.
struct Mark {
  double value = 0;
  std::string label;  // a few letters: "50 %"
};

// Bars side by side without gaps: a distribution.
struct Bar {
  double from = 0, to = 0, height = 0;
  std::string about;  // shown at the pointer
};
struct Histogram {
  Heading heading;
  std::vector<Bar> bars;
  bool logarithmic_us = false;  // `from` and `to` are microseconds on a logarithmic scale
  std::string x_unit, y_unit;
  bool whole = false;  // heights are counts
  std::vector<Mark> marks;
};
std::string histogram(const Histogram& chart);

// Lying bars, each of parts.
struct LyingBar {
  std::string name, total;
  std::vector<double> parts;  // as many as there are keys
};
struct LyingBars {
  Heading heading;
  std::vector<Key> keys;
  std::vector<LyingBar> bars;
  std::string unit;  // of the parts, for the pointer: "%"
};
std::string lying_bars(const LyingBars& chart);

// A curve that only climbs, over a span of time: what share had happened by then.
struct Climb {
  Heading heading;
  std::vector<std::pair<double, double>> points;  // microseconds, share of 1
  std::vector<Mark> marks;
};
std::string climb(const Climb& chart);

}  // namespace mp::sim::charts
