// SPDX-License-Identifier: ISC
// Whether the trees of nodes that can all reach each other are whole: each has one root, and everybody a place of its
// own below its parent's (docs/specification/tree.md).
#pragma once

#include "simulator/world/world.hpp"

#include <span>
#include <string>

namespace mp::sim {

// The first thing that is wrong, for a person; empty: nothing. Precondition: all have power, and there is one.
std::string wrong_in_trees(World& world, std::span<const std::uint32_t> nodes);

}  // namespace mp::sim
