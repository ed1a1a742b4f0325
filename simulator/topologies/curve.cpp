// SPDX-License-Identifier: ISC
#include "simulator/topologies/curve.hpp"

#include <algorithm>
#include <numeric>

namespace mp::sim {
namespace {

constexpr unsigned kBits = 16;  // of each coordinate

// Bit n moves to bit 2n.
std::uint64_t spread(std::uint64_t v) {
  std::uint64_t spread = 0;
  for (unsigned bit = 0; bit < kBits; ++bit) spread |= (v >> bit & 1) << (2 * bit);
  return spread;
}

}  // namespace

std::vector<std::uint32_t> along_curve(std::span<const Point> points) {
  std::vector<std::uint32_t> order(points.size());
  std::iota(order.begin(), order.end(), 0U);
  if (points.empty()) return order;
  Point least = points.front(), most = least;
  for (const Point& p : points) {
    least = {std::min(least.x_mm, p.x_mm), std::min(least.y_mm, p.y_mm)};
    most = {std::max(most.x_mm, p.x_mm), std::max(most.y_mm, p.y_mm)};
  }
  const double side = static_cast<double>(std::max({most.x_mm - least.x_mm, most.y_mm - least.y_mm, std::int64_t{1}}));
  const auto step = [&](std::int64_t from_least) {
    return static_cast<std::uint64_t>(static_cast<double>(from_least) / side * ((1U << kBits) - 1));
  };
  std::vector<std::uint64_t> keys;
  for (const Point& p : points)
    keys.push_back(spread(step(p.x_mm - least.x_mm)) | spread(step(p.y_mm - least.y_mm)) << 1);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return keys[a] < keys[b]; });
  return order;
}

}  // namespace mp::sim
