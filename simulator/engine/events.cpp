// SPDX-License-Identifier: ISC
#include "simulator/engine/events.hpp"

#include <algorithm>

namespace mp::sim {

std::uint64_t EventQueue::plan(Instant at, Handler& handler, std::uint64_t what) {
  const Event event{std::max(at, now_), order_, &handler, what};
  (event.at <= near_until_ ? near_ : far_).push(event);
  return order_++;
}

bool EventQueue::step(Instant end) {
  if (next() > end || empty()) return false;
  if (near_.empty()) {
    const Instant first = far_.first().at;
    near_until_ = first + std::min(kNear, Instant::never() - first);
    while (!far_.empty() && far_.first().at <= near_until_) near_.push(far_.pop());
  }
  const Event event = near_.pop();
  if (!near_.empty()) __builtin_prefetch(near_.first().handler);  // it is next, and may not have been for long
  now_ = event.at;
  ++happened_;
  event.handler->on_event(event.what);
  return true;
}

void EventQueue::run_until(Instant end) {
  while (step(end)) {
  }
  now_ = std::max(now_, end);
}

void EventQueue::Heap::push(const Event& event) {
  std::size_t i = events_.size();
  events_.push_back(event);
  while (i > 0) {
    const std::size_t parent = (i - 1) / 4;
    if (!event.before(events_[parent])) break;
    events_[i] = events_[parent];
    i = parent;
  }
  events_[i] = event;
}

EventQueue::Event EventQueue::Heap::pop() {
  const Event first = events_.front();
  const Event last = events_.back();
  events_.pop_back();
  if (events_.empty()) return first;
  // Where `last` belongs when it starts from the top.
  std::size_t i = 0;
  for (;;) {
    const std::size_t begin = 4 * i + 1;
    if (begin >= events_.size()) break;
    const std::size_t end = std::min(begin + 4, events_.size());
    std::size_t least = begin;
    for (std::size_t c = begin + 1; c < end; ++c)
      if (events_[c].before(events_[least])) least = c;
    if (!events_[least].before(last)) break;
    events_[i] = events_[least];
    i = least;
  }
  events_[i] = last;
  return first;
}

}  // namespace mp::sim
