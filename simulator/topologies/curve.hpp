// SPDX-License-Identifier: ISC
// An order in which what stands close together comes close together: along a Morton curve (G. M. Morton, 1966). What a
// world lays out in this order it also finds together in memory.
#pragma once

#include "simulator/topologies/layout.hpp"

#include <span>

namespace mp::sim {

// The indices of the points, in that order; equal places in the order they came.
std::vector<std::uint32_t> along_curve(std::span<const Point> points);

}  // namespace mp::sim
