// SPDX-License-Identifier: ISC
// mesh_bench: what a mesh of a thousand nodes does on air that collides, measured in the simulator. Each row of the
// table is a file of its own (rows/row.hpp).
#include "benchmarks/rows/bench_main.hpp"

int main(int argc, char** argv) {
  return mp::bench::run_bench(
      {"mesh_bench",
       "Measures meshes of real nodes on radios whose frames collide: a table, each figure beside the bar it has to "
       "meet.",
       "nodes", 1000, 100,
       R"(The same seed and number of nodes give the same table on every machine.

Examples:
  mesh_bench                                  all, 1,000 nodes, a seed that nobody has seen: an hour and more
  mesh_bench --quick --seed 1                 a look
  mesh_bench --only mesh_espnow --nodes 200 --seed 7 --json | jq '.figures[] | select(.met == false)')"},
      argc, argv);
}
