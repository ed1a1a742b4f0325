// SPDX-License-Identifier: ISC
#include "simulator/engine/events.hpp"

#include <algorithm>

namespace mp::sim {

std::uint64_t EventQueue::plan(Instant at, Handler& handler, std::uint64_t what) {
  heap_.push_back({std::max(at, now_), order_, &handler, what});
  sift_up(heap_.size() - 1);
  return order_++;
}

bool EventQueue::step(Instant end) {
  if (heap_.empty() || heap_.front().at > end) return false;
  const Event event = heap_.front();
  heap_.front() = heap_.back();
  heap_.pop_back();
  if (!heap_.empty()) sift_down(0);
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

void EventQueue::sift_up(std::size_t i) {
  const Event event = heap_[i];
  while (i > 0) {
    const std::size_t parent = (i - 1) / 4;
    if (!event.before(heap_[parent])) break;
    heap_[i] = heap_[parent];
    i = parent;
  }
  heap_[i] = event;
}

void EventQueue::sift_down(std::size_t i) {
  const Event event = heap_[i];
  for (;;) {
    const std::size_t first = 4 * i + 1;
    if (first >= heap_.size()) break;
    const std::size_t last = std::min(first + 4, heap_.size());
    std::size_t least = first;
    for (std::size_t c = first + 1; c < last; ++c)
      if (heap_[c].before(heap_[least])) least = c;
    if (!heap_[least].before(event)) break;
    heap_[i] = heap_[least];
    i = least;
  }
  heap_[i] = event;
}

}  // namespace mp::sim
