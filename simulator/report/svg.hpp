// SPDX-License-Identifier: ISC
// The small parts of which the pictures of a report are made: escaping, numbers as SVG wants them, round ticks, axes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mp::sim::svg {

// For text and attributes of HTML and SVG. Control characters become spaces.
std::string escape(std::string_view text);
// At most so many characters, the last then "…"; what comes out is not escaped yet.
std::string shortened(std::string_view text, std::size_t characters);
// A coordinate: one digit behind the point at most.
std::string num(double value);

inline void append_one(std::string& to, std::string_view part) { to += part; }
inline void append_one(std::string& to, double part) { to += num(part); }
// Joins texts and coordinates.
template <typename... Parts>
std::string cat(const Parts&... parts) {
  std::string text;
  (append_one(text, parts), ...);
  return text;
}

// Round values from at most `lo` up to at least `hi`, 1, 2 or 5 times a power of ten apart.
struct Ticks {
  double step = 1;
  double lo = 0, hi = 1;
  int decimals = 0;
  std::vector<double> at;
};
Ticks round_ticks(double lo, double hi, int about);

// A unit for a span of time, and ticks that are round in it (10 min apart, 6 h apart).
struct TimeScale {
  const char* unit = "s";
  double us = 1e6;  // of one unit
  Ticks ticks;      // in units
};
TimeScale time_scale(double span_us, int about);

// From values to places.
struct Scale {
  double from = 0, to = 1;    // values
  double begin = 0, end = 1;  // places
  double operator()(double v) const { return to == from ? begin : begin + (v - from) / (to - from) * (end - begin); }
};

// The frame of a chart: a plot in a picture that is about as wide as a phone, so that its letters keep their size.
struct Frame {
  static constexpr double kWidth = 460, kHeight = 260;
  static constexpr double kLeft = 54, kRight = 448, kTop = 26, kBottom = 222;
};

// Where the middle of a label has to be so that it ends within the picture, with letters as large as on a phone.
double inside(double x, std::string_view label);
std::string text(double x, double y, std::string_view anchor, std::string_view label, std::string_view css = "");
// Grid lines and labels of the upright axis; `unit` stands above it.
std::string y_axis(const Ticks& ticks, const Scale& y, std::string_view unit);
std::string x_axis(const Ticks& ticks, const Scale& x, std::string_view unit);
// An <svg> with a title and a description for those who do not see it. `id`: unique in the page.
std::string picture(std::string_view id, double width, double height, std::string_view title,
                    std::string_view description, std::string_view content);

}  // namespace mp::sim::svg
