// SPDX-License-Identifier: ISC
#include "simulator/report/charts.hpp"

#include "simulator/report/text.hpp"

#include <algorithm>
#include <cmath>

namespace mp::sim::charts {
namespace {

using svg::cat;
using svg::escape;
using svg::Frame;
using svg::Scale;

constexpr std::size_t kPointersMax = 100;  // places where the pointer finds values

std::string colour(const char* kind, unsigned number) { return kind + std::to_string(number); }

// Faults as upright lines, numbered while they are few; many are strokes above the plot, which stays readable.
std::string mark_lines(const std::vector<double>& marks_us, const Scale& x, double unit_us) {
  constexpr std::size_t kNumbered = 9, kLines = 30;
  const bool lines = marks_us.size() <= kLines;
  std::string d, numbers;
  double last = -10;
  for (std::size_t i = 0; i < marks_us.size(); ++i) {
    const double at = x(marks_us[i] / unit_us);
    if (at < last + (lines ? 0 : 1.5)) continue;
    last = at;
    d += lines ? cat("M", at, " ", Frame::kTop, "V", Frame::kBottom) : cat("M", at, " ", Frame::kTop - 8, "v6");
    if (marks_us.size() <= kNumbered)
      numbers += svg::text(at, Frame::kTop - 3, "middle", std::to_string(i + 1), "mark");
  }
  if (d.empty()) return {};
  return cat("<path class=\"", lines ? "mark" : "marks", "\" d=\"", d, "\"/>", numbers);
}

// Upright lines with a short word above, beside its line where two would meet.
std::string labelled_marks(const std::vector<Mark>& marks, const Scale& x) {
  std::string out;
  double taken = Frame::kLeft - 2;  // labels of the upright axis end there
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const double at = x(marks[i].value);
    std::string label = marks[i].label;
    for (; i + 1 < marks.size() && x(marks[i + 1].value) < at + 3; ++i)
      label += ", " + marks[i + 1].label;  // one line for both
    out += cat("<path class=\"tell\" d=\"M", at, " ", Frame::kTop, "V", Frame::kBottom, "\"/>");
    const double half = 4.5 * static_cast<double>(label.size());
    const double middle = std::min(std::max(at, taken + half), Frame::kRight - half + 8);
    out += svg::text(middle, Frame::kTop - 4, "middle", label, "tell");
    taken = middle + half + 4;
  }
  return out;
}

std::string line_path(const OverTime& chart, const std::vector<double>& y, const Scale& sx, const Scale& sy,
                      double unit_us) {
  std::string d;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double px = sx(chart.t_us[i] / unit_us), py = sy(y[i]);
    if (i == 0)
      d += cat("M", px, " ", py);
    else if (chart.steps)
      d += cat("V", py, "H", px);
    else
      d += cat("L", px, " ", py);
  }
  return d;
}

std::string areas(const OverTime& chart, const Scale& sx, const Scale& sy, double unit_us) {
  std::vector<double> below(chart.t_us.size(), 0);
  std::string out;
  for (const Curve& curve : chart.curves) {
    std::vector<double> above = below;
    for (std::size_t i = 0; i < above.size(); ++i) above[i] += curve.y[i];
    if (above != below) {
      std::string d = line_path(chart, above, sx, sy, unit_us);
      for (std::size_t i = below.size(); i-- > 0;) {
        if (chart.steps && i + 1 < below.size()) d += cat("H", sx(chart.t_us[i] / unit_us));
        d += cat(chart.steps ? "V" : "L");
        if (!chart.steps) d += cat(sx(chart.t_us[i] / unit_us), " ");
        d += cat(sy(below[i]));
      }
      out += cat("<path class=\"area ", colour("f", curve.key.colour), "\" d=\"", d, "Z\"/>");
    }
    below = std::move(above);
  }
  return out;
}

// Invisible bands; the browser shows the title of the one below the pointer.
std::string pointers(const OverTime& chart, const Scale& sx, const svg::TimeScale& time) {
  const std::size_t n = chart.t_us.size(), every = (n + kPointersMax - 1) / kPointersMax;
  const double width = (Frame::kRight - Frame::kLeft) * static_cast<double>(every) / static_cast<double>(n);
  std::string out = "<g class=\"hit\">";
  for (std::size_t i = (n - 1) % every; i < n; i += every) {  // the last among them
    std::string values = cat(text::significant(chart.t_us[i] / time.us, 4), " ", time.unit);
    for (const Curve& curve : chart.curves)
      values += cat("\n", curve.key.name, ": ", text::fixed(curve.y[i], chart.decimals), " ", chart.y_unit);
    out += cat("<rect x=\"", sx(chart.t_us[i] / time.us) - width / 2, "\" y=\"", Frame::kTop, "\" width=\"", width,
               "\" height=\"", Frame::kBottom - Frame::kTop, "\"><title>", escape(values), "</title></rect>");
  }
  return out + "</g>";
}

double highest(const OverTime& chart) {
  double top = 0;
  for (std::size_t i = 0; i < chart.t_us.size(); ++i) {
    double sum = 0;
    for (const Curve& curve : chart.curves) {
      sum = chart.stacked ? sum + curve.y[i] : curve.y[i];
      top = std::max(top, sum);
    }
  }
  return top;
}

// Ticks of a logarithmic scale of microseconds at 1, 2 and 5 times the powers of ten; the powers have labels, the
// others where there is room.
std::string log_axis(double from, double to, const Scale& x) {
  constexpr double kRoom = 62;  // for a label as letters are on a phone
  std::string lines, labels;
  std::vector<double> taken;
  for (const bool powers : {true, false}) {
    for (double power = 1; power <= to; power *= 10) {
      for (const double times : {1.0, 2.0, 5.0}) {
        const double value = power * times;
        if ((times == 1) != powers || value < from * 0.999 || value > to * 1.001) continue;
        const double at = x(std::log2(value));
        lines += cat("M", at, " ", Frame::kBottom, "v", powers ? "6" : "4");
        if (std::any_of(taken.begin(), taken.end(), [at](double t) { return std::fabs(t - at) < kRoom; })) continue;
        taken.push_back(at);
        std::string label = text::duration(value);
        if (label.ends_with(" us")) label.replace(label.size() - 2, 2, "\u00b5s");
        labels += svg::text(svg::inside(at, label), Frame::kBottom + 20, "middle", label);
      }
    }
  }
  lines += cat("M", Frame::kLeft, " ", Frame::kBottom, "H", Frame::kRight);
  return cat("<path class=\"axis\" d=\"", lines, "\"/>", labels);
}

}  // namespace

std::string legend(std::span<const Key> keys) {
  if (keys.empty()) return {};
  std::string out = "<ul class=\"legend\">";
  for (const Key& key : keys) {
    const char* form = key.hollow ? "ring " : key.dot ? "dot " : key.dashed ? "dash " : "";
    out += cat("<li><span class=\"key ", form, colour("k", key.colour), "\"></span>", escape(key.name), "</li>");
  }
  return out + "</ul>";
}

std::string figure(const Heading& heading, std::span<const Key> keys, std::string_view picture, std::string_view after,
                   std::string_view css) {
  return cat("<figure class=\"card ", css, "\"><figcaption><h3>", escape(heading.title), "</h3><p>",
             escape(heading.about), "</p>", legend(keys), "</figcaption>", picture, after, "</figure>\n");
}

std::string over_time(const OverTime& chart) {
  if (chart.t_us.size() < 2 || chart.curves.empty()) return {};
  const svg::TimeScale time = svg::time_scale(chart.t_us.back(), 6);
  const svg::Ticks y = svg::round_ticks(0, std::max(chart.y_max, highest(chart)), 5);
  const Scale sx{0, chart.t_us.back() / time.us, Frame::kLeft, Frame::kRight};
  const Scale sy{y.lo, y.hi, Frame::kBottom, Frame::kTop};
  std::string content = svg::y_axis(y, sy, chart.y_unit) + svg::x_axis(time.ticks, sx, time.unit);
  if (chart.stacked) content += areas(chart, sx, sy, time.us);
  content += mark_lines(chart.marks_us, sx, time.us);
  std::vector<Key> keys;
  for (const Curve& curve : chart.curves) {
    keys.push_back(curve.key);
    if (chart.stacked) continue;
    content += cat("<path class=\"line ", curve.key.dashed ? "dashed " : "", colour("l", curve.key.colour), "\" d=\"",
                   line_path(chart, curve.y, sx, sy, time.us), "\"/>");
  }
  content += pointers(chart, sx, time);
  return figure(
      chart.heading, keys,
      svg::picture(chart.heading.id, Frame::kWidth, Frame::kHeight, chart.heading.title, chart.heading.about, content));
}

std::string histogram(const Histogram& chart) {
  if (chart.bars.empty()) return {};
  double top = 0;
  for (const Bar& bar : chart.bars) top = std::max(top, bar.height);
  const auto place = [&chart](double value) { return chart.logarithmic_us ? std::log2(value) : value; };
  const double from = chart.bars.front().from, to = chart.bars.back().to;
  const svg::Ticks y = svg::round_ticks(0, chart.whole ? std::max(top, 5.0) : top, 5);
  const Scale sx{place(from), place(to), Frame::kLeft, Frame::kRight};
  const Scale sy{0, y.hi, Frame::kBottom, Frame::kTop};
  std::string content = svg::y_axis(y, sy, chart.y_unit);
  content += "<g class=\"bars f0\">";
  for (const Bar& bar : chart.bars) {
    if (bar.height <= 0) continue;
    const double x = sx(place(bar.from)), width = sx(place(bar.to)) - x;
    // Something is better seen than nothing, however rare.
    const double height = std::max(Frame::kBottom - sy(bar.height), 0.7);
    content += cat("<rect x=\"", x, "\" y=\"", Frame::kBottom - height, "\" width=\"", std::max(width, 0.8),
                   "\" height=\"", height, "\"><title>", escape(bar.about), "</title></rect>");
  }
  content += "</g>";
  content +=
      chart.logarithmic_us ? log_axis(from, to, sx) : svg::x_axis(svg::round_ticks(from, to, 6), sx, chart.x_unit);
  std::vector<Mark> marks;
  for (const Mark& mark : chart.marks) marks.push_back({place(std::clamp(mark.value, from, to)), mark.label});
  content += labelled_marks(marks, sx);
  return figure(
      chart.heading, {},
      svg::picture(chart.heading.id, Frame::kWidth, Frame::kHeight, chart.heading.title, chart.heading.about, content));
}

std::string lying_bars(const LyingBars& chart) {
  constexpr double kRow = 46, kBar = 20, kLeft = 4, kRight = Frame::kWidth - 4;
  double longest = 0;
  for (const LyingBar& bar : chart.bars) {
    double sum = 0;
    for (const double part : bar.parts) sum += part;
    longest = std::max(longest, sum);
  }
  if (longest <= 0) return {};
  const Scale width{0, longest, 0, kRight - kLeft};
  std::string content;
  double y = 4;
  for (const LyingBar& bar : chart.bars) {
    content += svg::text(kLeft, y + 12, "start", svg::shortened(bar.name, 30));
    content += svg::text(kRight, y + 12, "end", bar.total);
    content += cat("<rect class=\"rail\" x=\"", kLeft, "\" y=\"", y + 18, "\" width=\"", kRight - kLeft, "\" height=\"",
                   kBar, "\"/>");
    double x = kLeft;
    for (std::size_t i = 0; i < bar.parts.size() && i < chart.keys.size(); ++i) {
      if (bar.parts[i] <= 0) continue;
      const double w = width(bar.parts[i]);
      content += cat("<rect class=\"part ", colour("f", chart.keys[i].colour), "\" x=\"", x, "\" y=\"", y + 18,
                     "\" width=\"", std::max(w, 0.6), "\" height=\"", kBar, "\"><title>",
                     escape(cat(chart.keys[i].name, ": ", text::significant(bar.parts[i]), " ", chart.unit)),
                     "</title></rect>");
      x += w;
    }
    y += kRow;
  }
  return figure(chart.heading, chart.keys,
                svg::picture(chart.heading.id, Frame::kWidth, y + 2, chart.heading.title, chart.heading.about, content),
                "", "low");
}

std::string climb(const Climb& chart) {
  if (chart.points.empty()) return {};
  const svg::TimeScale time = svg::time_scale(chart.points.back().first, 6);
  const Scale sx{0, chart.points.back().first / time.us, Frame::kLeft, Frame::kRight};
  const svg::Ticks y = svg::round_ticks(0, 100, 5);
  const Scale sy{0, 100, Frame::kBottom, Frame::kTop};
  std::string d = cat("M", Frame::kLeft, " ", Frame::kBottom);
  double last = -1;
  for (const auto& [us, share] : chart.points) {
    const double x = sx(us / time.us);
    if (x - last < 0.5 && &chart.points.back().first != &us) continue;
    last = x;
    d += cat("L", x, " ", sy(share * 100));
  }
  std::vector<Mark> marks;
  for (const Mark& mark : chart.marks) marks.push_back({mark.value / time.us, mark.label});
  const std::string content = svg::y_axis(y, sy, "%") + svg::x_axis(time.ticks, sx, time.unit) +
                              cat("<path class=\"line l0\" d=\"", d, "\"/>") + labelled_marks(marks, sx);
  return figure(
      chart.heading, {},
      svg::picture(chart.heading.id, Frame::kWidth, Frame::kHeight, chart.heading.title, chart.heading.about, content));
}

}  // namespace mp::sim::charts
