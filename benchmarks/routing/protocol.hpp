// SPDX-License-Identifier: ISC
// The trees that nodes make among themselves (tests/trees), in the forms of this bench.
#pragma once

#include "mesh.hpp"
#include "tests/trees/tree_world.hpp"

namespace mp::bench {

test::Graph in_world(const Graph& graph);
// Where everybody hangs now. The dead, and who has no place, have none.
std::vector<Tree> trees_of(const test::TreeWorld& world);

}  // namespace mp::bench
