// SPDX-License-Identifier: ISC
// Watches that nothing takes memory from the heap while a node is polled. While a HeapWatch lives in a thread, each
// allocation of that thread is counted; a HeapPause inside takes out what is the world's business, not the node's.
#pragma once

#include <cstdint>

namespace mp::sim {

class HeapWatch {
 public:
  HeapWatch() : before_(watching_) { watching_ = true; }
  ~HeapWatch() { watching_ = before_; }
  HeapWatch(const HeapWatch&) = delete;
  HeapWatch& operator=(const HeapWatch&) = delete;

  // Allocations seen in this thread while watching, since its start.
  static std::uint64_t seen() { return seen_; }
  static void note() {
    if (watching_) ++seen_;
  }

 private:
  friend class HeapPause;
  static thread_local bool watching_;
  static thread_local std::uint64_t seen_;
  bool before_;
};

class HeapPause {
 public:
  HeapPause() : before_(HeapWatch::watching_) { HeapWatch::watching_ = false; }
  ~HeapPause() { HeapWatch::watching_ = before_; }
  HeapPause(const HeapPause&) = delete;
  HeapPause& operator=(const HeapPause&) = delete;

 private:
  bool before_;
};

}  // namespace mp::sim
