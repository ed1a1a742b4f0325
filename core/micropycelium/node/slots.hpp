// SPDX-License-Identifier: ISC
// A table of which mostly little is in use, though every packet looks through it several times: so what is in use is
// kept together at the front, and what lies behind was free when last asked.
#pragma once

#include <cstddef>
#include <span>

namespace mp {

// `Slot` says by used() whether it is.
template <typename Slot>
class Slots {
 public:
  explicit Slots(std::span<Slot> all) : all_(all) {}

  // Those in use, with free ones among them.
  Slot* begin() const { return all_.data(); }
  Slot* end() const { return all_.data() + end_; }
  std::size_t in_front() const { return end_; }
  Slot& operator[](std::size_t i) const { return all_[i]; }
  // How many there are in all.
  std::size_t size() const { return all_.size(); }

  // Sees to it that a free one is among them, if there is any.
  void make_room() {
    for (const Slot& slot : *this)
      if (!slot.used()) return;
    (void)next_behind();
  }
  // Adds the first of those behind, which is free; null: there is none.
  Slot* next_behind() { return end_ < all_.size() ? &all_[end_++] : nullptr; }
  void tidy() {
    while (end_ > 0 && !all_[end_ - 1].used()) --end_;
  }

 private:
  std::span<Slot> all_;
  std::size_t end_ = 0;
};

}  // namespace mp
