// SPDX-License-Identifier: ISC
// What the rows of a sweep add up to: for each combination of parameters the mean and the spread of every figure over
// the seeds, and the runs that failed. Keeps numbers only.
#pragma once

#include "simulator/sweep/row.hpp"

#include <map>

namespace mp::sim {

class Table {
 public:
  explicit Table(const Header& header);

  void add(const Row& row);
  std::size_t runs() const { return runs_; }
  std::size_t failed() const { return failed_; }

  // For a person.
  std::string text() const;
  // For a program: one object, all figures.
  std::string json() const;

  struct Spread {
    std::size_t count = 0;
    double mean = 0, least = 0, p5 = 0, p50 = 0, p95 = 0, most = 0;
  };
  // Percentiles are values that occurred (nearest rank).
  static Spread spread(std::vector<double> values);

 private:
  static constexpr std::size_t kFailuresShown = 5;
  struct Failure {
    std::uint64_t seed = 0;
    std::string why;
  };
  struct Combination {
    std::size_t runs = 0, failed = 0;
    std::vector<Failure> failures;             // the first kFailuresShown
    std::vector<std::vector<double>> figures;  // by number of the name
  };
  std::size_t number_of(const std::string& name);
  std::string replay(std::size_t combination, std::uint64_t seed) const;

  Header header_;
  std::vector<Combination> combinations_;
  std::vector<std::string> names_;  // of the figures, as they first appeared
  std::map<std::string, std::size_t> numbers_;
  std::size_t runs_ = 0, failed_ = 0;
};

}  // namespace mp::sim
