// SPDX-License-Identifier: ISC
// The spanning trees over the mesh, a map for each: a line from each node to its parent, thicker the more nodes are
// behind it, the root by name, and at each node how deep it hangs, as long as there is room for numbers.
#pragma once

#include "simulator/report/result.hpp"

namespace mp::sim {

// An HTML <figure>; empty when no node was in any tree.
std::string to_trees_map(const Result& result);

}  // namespace mp::sim
