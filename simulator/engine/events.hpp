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
  bool empty() const { return near_.empty() && far_.empty(); }
  std::size_t size() const { return near_.size() + far_.size(); }
  Instant next() const {
    return !near_.empty() ? near_.first().at : !far_.empty() ? far_.first().at : Instant::never();
  }

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
  // A heap with four children to a parent: half the depth of a binary one, and siblings share cache lines.
  class Heap {
   public:
    bool empty() const { return events_.empty(); }
    std::size_t size() const { return events_.size(); }
    const Event& first() const { return events_.front(); }
    void push(const Event& event);
    Event pop();

   private:
    std::vector<Event> events_;
  };

  // Most events are planned for the next few milliseconds of a frame and its answer, while timers of seconds wait in
  // their thousands. Kept apart, what is near stays in the fastest memory. All in `near_` is due before all in `far_`.
  static constexpr Duration kNear = milliseconds(4);
  Heap near_, far_;
  Instant near_until_{};  // what is due by then, included, is near
  Instant now_{};
  std::uint64_t order_ = 0;
  std::uint64_t happened_ = 0;
};

}  // namespace mp::sim
