// SPDX-License-Identifier: ISC
// Keeps lines that strangers can cause from filling the log: so many in ten seconds, the others are counted.
#pragma once

#include "micropycelium/base/time.hpp"

#include <cstdint>

namespace mp::host {

class LogBudget {
 public:
  static constexpr Duration kSpan = seconds(10);

  explicit LogBudget(std::uint64_t lines) : lines_(lines) {}

  // Whether one more line may be written now.
  bool take(Instant now) {
    if (over(now)) {
      begun_ = now;
      used_ = 0;
    }
    if (used_ < lines_) {
      ++used_;
      return true;
    }
    ++held_back_;
    return false;
  }
  // How many were not written, once their span is over; each is told once.
  std::uint64_t held_back(Instant now) {
    if (held_back_ == 0 || !over(now)) return 0;
    const std::uint64_t count = held_back_;
    held_back_ = 0;
    return count;
  }

 private:
  bool over(Instant now) const { return now - begun_ >= kSpan; }

  std::uint64_t lines_;
  std::uint64_t used_ = 0;
  std::uint64_t held_back_ = 0;
  Instant begun_{};
};

}  // namespace mp::host
