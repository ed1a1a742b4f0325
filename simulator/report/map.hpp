// SPDX-License-Identifier: ISC
// The mesh as a map: who stands where, who knows whom, which node has no power. Five nodes have names; of ten thousand
// the picture keeps its shape and the page its size, since links and nodes are thinned out (the legend says how much).
#pragma once

#include "simulator/report/result.hpp"

namespace mp::sim {

// An HTML <figure>; empty when there are no nodes to show.
std::string to_map(const Result& result);

}  // namespace mp::sim
