// SPDX-License-Identifier: ISC
// routing_bench: how far packets go by the decisions of core/micropycelium/routing, over graphs. Each row of the table
// is a file of its own (rows/row.hpp).
#include "benchmarks/rows/bench_main.hpp"

int main(int argc, char** argv) {
  return mp::bench::run_bench(
      {"routing_bench",
       "Measures the next hop over graphs whose trees are ideal: a table, each figure beside the bar it has to meet.",
       "pairs", 1'000'000, 4'000,
       R"(The same seed and number of pairs give the same table on every machine, but for the row `time`.

Examples:
  routing_bench                                    all, 1,000,000 pairs of each graph, a seed that nobody has seen
  routing_bench --quick --seed 1                   a minute's look
  routing_bench --only dead --pairs 20000 --seed 7
  routing_bench --quick --json | jq '.figures[] | select(.met == false)')"},
      argc, argv);
}
