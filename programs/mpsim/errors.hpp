// SPDX-License-Identifier: ISC
// How mpsim ends.
#pragma once

#include <stdexcept>

namespace mp::sim {

inline constexpr int kExitOk = 0;      // all that was checked held
inline constexpr int kExitUsage = 1;   // the command line, the scenario or a file of rows is wrong
inline constexpr int kExitOutput = 2;  // something could not be written
inline constexpr int kExitBroken = 3;  // a checker saw something that must not be, or an expectation did not hold
inline constexpr int kExitInterrupted = 130;

class OutputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace mp::sim
