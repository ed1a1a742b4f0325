// SPDX-License-Identifier: ISC
// How much one radio has sent within a sliding window: what the law's duty cycle is about. The most in any window is
// the most in one that ends with a transmission, so it is enough to look then. Exact as long as a window holds no more
// than kEntriesMax separate transmissions; then pairs of them become one, which can only make the share larger.
#pragma once

#include "micropycelium/base/time.hpp"

#include <vector>

namespace mp::sim {

class DutyLedger {
 public:
  static constexpr std::size_t kEntriesMax = 4096;

  // A transmission that ends now. Returns the time spent sending in the window that ends with it.
  Duration add(Instant begin, Instant end, Duration window);
  // The most that add() returned.
  Duration worst() const { return worst_; }

 private:
  struct Entry {
    Instant begin, end;
    Duration airtime;  // end - begin, or less where several became one
  };
  void join_pairs();

  std::vector<Entry> entries_;  // from first_ on, oldest first
  std::size_t first_ = 0;
  Duration total_{};  // of entries_ from first_ on
  Duration worst_{};
};

}  // namespace mp::sim
