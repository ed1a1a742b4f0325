// SPDX-License-Identifier: ISC
// The command line of a program that is a table of rows (row.hpp): what is measured, from which seed, printed how.
#pragma once

#include <cstdint>
#include <string>

namespace mp::bench {

struct Program {
  std::string name, about;
  std::string amount;  // the option that says how much is measured, without dashes
  std::uint32_t amount_usual = 0, amount_quick = 0;
  std::string examples;  // of the command line, for --help
};

// The exit status: 0 every bar is met, 1 one is not, 2 bad use.
int run_bench(const Program& program, int argc, char** argv);

}  // namespace mp::bench
