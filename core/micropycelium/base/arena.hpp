// SPDX-License-Identifier: ISC
// Cuts arrays out of one block of memory, once, before start. There is no freeing and no heap.
#pragma once

#include "micropycelium/base/bytes.hpp"
#include "micropycelium/base/check.hpp"

#include <new>

namespace mp {

// A block of N bytes, aligned for whatever an Arena places in it.
template <std::size_t N>
class ByteBlock {
 protected:
  MutableBytes memory() { return memory_; }

 private:
  alignas(8) ByteArray<N> memory_;
};

class Arena {
 public:
  // Precondition: `memory` is aligned to 8.
  explicit Arena(MutableBytes memory) : rest_(memory) {
    MP_CHECK(reinterpret_cast<std::uintptr_t>(memory.data()) % 8 == 0);
  }

  // What take<T>(n) uses up: a multiple of 8, so that the next array is aligned too.
  template <typename T>
  static constexpr std::size_t bytes(std::size_t n) {
    static_assert(alignof(T) <= 8);
    return (n * sizeof(T) + 7) / 8 * 8;
  }

  // n default-constructed objects, or an empty span when the block is too small; then ok() is false.
  template <typename T>
  std::span<T> take(std::size_t n) {
    const std::size_t size = bytes<T>(n);
    if (size > rest_.size()) {
      ok_ = false;
      return {};
    }
    T* first = reinterpret_cast<T*>(rest_.data());
    for (std::size_t i = 0; i < n; ++i) ::new (static_cast<void*>(first + i)) T();
    rest_ = rest_.subspan(size);
    return {first, n};
  }

  bool ok() const { return ok_; }

 private:
  MutableBytes rest_;
  bool ok_ = true;
};

}  // namespace mp
