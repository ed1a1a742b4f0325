// SPDX-License-Identifier: ISC
// Where the nodes of a map stand in its picture, and what its pictures have in common.
#pragma once

#include "simulator/engine/random.hpp"
#include "simulator/report/result.hpp"
#include "simulator/report/svg.hpp"

#include <algorithm>

namespace mp::sim {

// Every n-th so that not more than `most` of `all` remain, spread evenly whatever the order means.
inline bool keeps(std::size_t i, std::size_t all, std::size_t most) { return all <= most || Seed::mix(i) % all < most; }

// From millimetres to the picture; north is up.
class Projection {
 public:
  static constexpr double kWidth = 1000;
  explicit Projection(const std::vector<NodeResult>& nodes) {
    Point lo = nodes.front().at, hi = lo;
    for (const NodeResult& n : nodes) {
      lo = {std::min(lo.x_mm, n.at.x_mm), std::min(lo.y_mm, n.at.y_mm)};
      hi = {std::max(hi.x_mm, n.at.x_mm), std::max(hi.y_mm, n.at.y_mm)};
    }
    const double w = std::max(1.0, static_cast<double>(hi.x_mm - lo.x_mm));
    const double h = std::max(1.0, static_cast<double>(hi.y_mm - lo.y_mm));
    // Between a strip and a square: a line of nodes is not a line of pixels.
    height_ = std::clamp(kWidth * h / w, kWidth * 0.3, kWidth * 0.95);
    per_mm_ = std::min((kWidth - 2 * kMargin) / w, (height_ - 2 * kMargin) / h);
    x0_ = kWidth / 2 - per_mm_ * static_cast<double>(lo.x_mm + hi.x_mm) / 2;
    y0_ = height_ / 2 + per_mm_ * static_cast<double>(lo.y_mm + hi.y_mm) / 2;
  }
  double height() const { return height_ + kFoot; }
  double per_m() const { return per_mm_ * 1000; }
  double x(const Point& p) const { return x0_ + per_mm_ * static_cast<double>(p.x_mm); }
  double y(const Point& p) const { return y0_ - per_mm_ * static_cast<double>(p.y_mm); }

 private:
  static constexpr double kMargin = 45, kFoot = 20;  // the foot is for the scale
  double height_ = 0, per_mm_ = 0, x0_ = 0, y0_ = 0;
};

// A wall stands across the middle of the line between the two cells that it parts.
inline std::string walls(const Result& r, const Projection& project) {
  std::string d;
  for (const FixedLink& wall : r.walls) {
    if (wall.a >= r.node_results.size() || wall.b >= r.node_results.size()) continue;
    const Point& a = r.node_results[wall.a].at;
    const Point& b = r.node_results[wall.b].at;
    const double ax = project.x(a), ay = project.y(a);
    const double dx = project.x(b) - ax, dy = project.y(b) - ay;
    d += svg::cat("M", ax + dx / 2 - dy / 2, " ", ay + dy / 2 + dx / 2, "l", dy, " ", -dx);
  }
  return d.empty() ? d : svg::cat("<path class=\"wall\" d=\"", d, "\"/>");
}

}  // namespace mp::sim
