// SPDX-License-Identifier: ISC
// The one queue of a world: what happens next, in order of (time, order of planning). Nothing else moves time.
#pragma once

#include "micropycelium/base/time.hpp"

#include <cstdint>
#include <vector>

namespace mp::sim {

// Something that events happen to. `what` is the number that was given when the event was planned; an event can not
// be taken back: who changes plans counts a generation in `what` and ignores the stale ones.
class Handler {
 public:
  virtual void on_event(std::uint64_t what) = 0;

 protected:
  ~Handler() = default;
};

class EventQueue {
 public:
  Instant now() const { return now_; }
  // Events that have happened.
  std::uint64_t happened() const { return happened_; }
  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  Instant next() const { return heap_.empty() ? Instant::never() : heap_.front().at; }

  // Plans an event; a time that is past means now. Returns its order, unique in this queue.
  std::uint64_t plan(Instant at, Handler& handler, std::uint64_t what = 0);
  std::uint64_t plan_in(Duration in, Handler& handler, std::uint64_t what = 0) {
    return plan(now_ + in, handler, what);
  }
  // Lets everything happen that is planned until `end`, included; time is `end` then.
  void run_until(Instant end);
  // Lets the next event happen if it is not after `end`.
  bool step(Instant end);

 private:
  struct Event {
    Instant at;
    std::uint64_t order;
    Handler* handler;
    std::uint64_t what;
    bool before(const Event& other) const { return at != other.at ? at < other.at : order < other.order; }
  };
  void sift_up(std::size_t i);
  void sift_down(std::size_t i);

  // A heap with four children to a parent: half the depth of a binary one, and siblings share cache lines.
  std::vector<Event> heap_;
  Instant now_{};
  std::uint64_t order_ = 0;
  std::uint64_t happened_ = 0;
};

}  // namespace mp::sim
