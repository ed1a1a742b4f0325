// SPDX-License-Identifier: ISC
// Counts every operator new of the program, so that a benchmark can prove that what it measures allocates nothing.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>

namespace mp::bench {

// Since the program began.
std::uint64_t allocations();

// Placed around a measured loop: shows the number of allocations, and fails the benchmark when there were any.
class NoAllocations {
 public:
  explicit NoAllocations(benchmark::State& state) : state_(state), before_(allocations()) {}
  NoAllocations(const NoAllocations&) = delete;
  NoAllocations& operator=(const NoAllocations&) = delete;
  ~NoAllocations() {
    const std::uint64_t made = allocations() - before_;
    state_.counters["allocations"] = static_cast<double>(made);
    if (made == 0) return;
    failed_ = true;
    state_.SkipWithError("memory was allocated");
  }
  // Whether any benchmark failed so far, for the exit code.
  static bool failed() { return failed_; }

 private:
  static inline bool failed_ = false;
  benchmark::State& state_;
  std::uint64_t before_;
};

}  // namespace mp::bench
