// SPDX-License-Identifier: ISC
// transport_bench: what reliable transport promises, measured in the simulator. Each row of the table is a file of its
// own (rows/row.hpp).
#include "benchmarks/rows/bench_main.hpp"

int main(int argc, char** argv) {
  return mp::bench::run_bench(
      {"transport_bench",
       "Measures reliable transport in the simulator: a table, each figure beside the bar it has to meet.", "transfers",
       1000, 4, R"(The same seed and number of transfers give the same table, on every machine.

Examples:
  transport_bench                                  all, 1,000 transfers, a seed that nobody has seen
  transport_bench --quick --seed 1                 a minute's look
  transport_bench --only one_hop,relayed --transfers 100
  transport_bench --only hostile --seed 7 --json | jq '.figures[] | select(.met == false)')"},
      argc, argv);
}
