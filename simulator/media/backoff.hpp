// SPDX-License-Identifier: ISC
// The countdown of the distributed coordination function (IEEE 802.11-2016, 10.3.4.3): a number of slots, counted while
// the channel is idle, frozen while it is busy; the window it is drawn from doubles with every failure.
#pragma once

#include "simulator/engine/random.hpp"
#include "simulator/media/dsss.hpp"

#include <algorithm>

namespace mp::sim {

class Backoff {
 public:
  void reset(std::uint32_t window) { window_ = window; }
  void widen(std::uint32_t most) { window_ = std::min(2 * window_ + 1, most); }
  void draw(Stream& stream) {
    slots_ = static_cast<std::int64_t>(stream.below(std::uint64_t{window_} + 1));
    drawn_ = true;
  }
  // Nothing to wait for: the next frame goes as soon as the channel has been idle for long enough.
  void forget() {
    slots_ = 0;
    drawn_ = counting_ = false;
  }
  bool drawn() const { return drawn_; }

  // Counts from here; returns when the last slot is over.
  Instant resume(Instant from) {
    from_ = from;
    counting_ = true;
    return from + dsss::kSlot * slots_;
  }
  // The channel is busy: whole slots that passed are done with, a broken one is not.
  void freeze(Instant now) {
    if (!counting_) return;
    counting_ = false;
    if (now > from_) slots_ -= std::min((now - from_).us / dsss::kSlot.us, slots_);
  }

 private:
  std::uint32_t window_ = 0;
  bool drawn_ = false, counting_ = false;
  std::int64_t slots_ = 0;
  Instant from_{};
};

}  // namespace mp::sim
