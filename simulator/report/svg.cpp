// SPDX-License-Identifier: ISC
#include "simulator/report/svg.hpp"

#include "simulator/report/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace mp::sim::svg {

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '\n':
        out += '\n';
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    }
  }
  return out;
}

std::string shortened(std::string_view text, std::size_t characters) {
  std::size_t seen = 0, last = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0U) == 0x80U) continue;
    if (++seen == characters) last = i;
    if (seen > characters) return std::string(text.substr(0, last)) + "\u2026";
  }
  return std::string(text);
}

std::string num(double value) {
  std::string text = text::fixed(value, 1);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

Ticks round_ticks(double lo, double hi, int about) {
  Ticks ticks;
  if (!(hi > lo)) hi = lo + 1;
  const double rough = (hi - lo) / about;
  double power = 1;
  while (power * 10 <= rough && power < 1e300) power *= 10;
  while (power > rough && power > 1e-12) {
    power /= 10;
    ++ticks.decimals;
  }
  ticks.step = power;
  for (const double times : {1.0, 2.0, 5.0, 10.0}) {
    ticks.step = power * times;
    if (ticks.step >= rough * 0.999) break;
  }
  if (ticks.step >= power * 10 && ticks.decimals > 0) --ticks.decimals;
  const double first = std::floor(lo / ticks.step + 1e-9), last = std::ceil(hi / ticks.step - 1e-9);
  ticks.lo = first * ticks.step;
  ticks.hi = last * ticks.step;
  for (double i = first; i <= last; i += 1) ticks.at.push_back(i * ticks.step);
  return ticks;
}

TimeScale time_scale(double span_us, int about) {
  struct Unit {
    const char* name;
    double us;
    std::array<double, 8> steps;  // that are rounder than 1, 2, 5 here; 0: no more
  };
  static constexpr std::array<Unit, 6> kUnits{{{"\u00b5s", 1, {}},
                                               {"ms", 1e3, {}},
                                               {"s", 1e6, {1, 2, 5, 10, 15, 20, 30, 60}},
                                               {"min", 60e6, {1, 2, 5, 10, 15, 20, 30, 60}},
                                               {"h", 3600e6, {1, 2, 3, 4, 6, 12, 24, 48}},
                                               {"d", 86'400e6, {}}}};
  std::size_t unit = 0;
  while (unit + 1 < kUnits.size() && span_us >= 2.5 * kUnits[unit + 1].us) ++unit;
  const Unit& u = kUnits[unit];
  const double span = span_us / u.us;
  TimeScale scale{u.name, u.us, round_ticks(0, span, about)};
  for (const double step : u.steps) {
    if (step == 0 || span / step > about * 1.2) continue;
    scale.ticks = {};
    scale.ticks.step = step;
    scale.ticks.hi = std::ceil(span / step - 1e-9) * step;
    for (double at = 0; at <= scale.ticks.hi; at += step) scale.ticks.at.push_back(at);
    break;
  }
  return scale;
}

double inside(double x, std::string_view label) {
  return std::min(x, Frame::kWidth - 4.5 * static_cast<double>(label.size()));
}

std::string text(double x, double y, std::string_view anchor, std::string_view label, std::string_view css) {
  std::string out = cat("<text x=\"", x, "\" y=\"", y, "\"");
  if (!anchor.empty()) out += cat(" text-anchor=\"", anchor, "\"");
  if (!css.empty()) out += cat(" class=\"", css, "\"");
  return out + cat(">", escape(label), "</text>");
}

std::string y_axis(const Ticks& ticks, const Scale& y, std::string_view unit) {
  std::string lines, labels;
  for (const double at : ticks.at) {
    lines += cat("M", Frame::kLeft, " ", y(at), "H", Frame::kRight);
    const bool large = std::fabs(at) >= 1000;
    labels +=
        text(Frame::kLeft - 6, y(at) + 4, "end", large ? text::significant(at, 6) : text::fixed(at, ticks.decimals));
  }
  return cat("<path class=\"grid\" d=\"", lines, "\"/>", labels, text(2, 13, "", unit, "unit"));
}

std::string x_axis(const Ticks& ticks, const Scale& x, std::string_view unit) {
  std::string lines, labels;
  for (const double at : ticks.at) {
    if (at < x.from - ticks.step * 1e-6 || at > x.to + ticks.step * 1e-6) continue;
    lines += cat("M", x(at), " ", Frame::kBottom, "v4");
    const std::string label = text::fixed(at, ticks.decimals);
    labels += text(inside(x(at), label), Frame::kBottom + 19, "middle", label);
  }
  lines += cat("M", Frame::kLeft, " ", Frame::kBottom, "H", Frame::kRight);
  return cat("<path class=\"axis\" d=\"", lines, "\"/>", labels,
             text(Frame::kRight, Frame::kBottom + 35, "end", unit, "unit"));
}

std::string picture(std::string_view id, double width, double height, std::string_view title,
                    std::string_view description, std::string_view content) {
  return cat("<svg viewBox=\"0 0 ", width, " ", height, "\" role=\"img\" aria-labelledby=\"", id, "-t ", id,
             "-d\"><title id=\"", id, "-t\">", escape(title), "</title><desc id=\"", id, "-d\">", escape(description),
             "</desc>", content, "</svg>\n");
}

}  // namespace mp::sim::svg
