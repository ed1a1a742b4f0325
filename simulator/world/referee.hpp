// SPDX-License-Identifier: ISC
// The book of broken rules. Checkers stand outside the code under test: they believe the world and the ledger, never
// what a node says of itself.
#pragma once

#include "simulator/report/result.hpp"

namespace mp::sim {

class Referee {
 public:
  static constexpr std::size_t kKept = 100;

  explicit Referee(const EventQueue& events) : events_(events) {}

  void report(std::uint32_t node, std::string_view checker, std::string what) {
    ++total_;
    if (kept_.size() < kKept) kept_.push_back({events_.now(), node, std::string(checker), std::move(what)});
  }
  std::uint64_t total() const { return total_; }
  const std::vector<Violation>& kept() const { return kept_; }

 private:
  const EventQueue& events_;
  std::uint64_t total_ = 0;
  std::vector<Violation> kept_;
};

}  // namespace mp::sim
