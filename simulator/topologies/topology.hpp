// SPDX-License-Identifier: ISC
// Makes the Layout that a TopologySpec asks for.
#pragma once

#include "simulator/engine/random.hpp"
#include "simulator/scenario/scenario.hpp"
#include "simulator/topologies/layout.hpp"

namespace mp::sim {

// `range_mm`: how far the first medium carries. Throws ScenarioError (scenario.hpp) when it can not be made: a
// missing or wrong file, a degree that no layout of that many nodes has, no connected one in 100 draws.
Layout make_layout(const TopologySpec& spec, std::int64_t range_mm, Seed seed);

}  // namespace mp::sim
