// SPDX-License-Identifier: ISC
// Bytes that must not stay behind in memory, nor show themselves by the time that a comparison takes.
#pragma once

#include "micropycelium/base/bytes.hpp"

namespace mp {

// Overwrites a secret so that the compiler cannot leave it out.
void wipe(MutableBytes secret);

// Whether both hold the same bytes, in a time that depends on their sizes only.
bool equal_secret(Bytes a, Bytes b);

// N secret bytes, all zero at first. They are wiped when the object ends or is moved from, and copied only by copy().
// An Arena does not end what it made: clear() what lies in one.
template <std::size_t N, typename Tag = void>
class Secret {
 public:
  static constexpr std::size_t kSize = N;

  Secret() = default;
  explicit Secret(std::span<const std::byte, N> bytes) { mp::copy(bytes, bytes_); }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept : Secret(other.bytes()) { other.clear(); }
  Secret& operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    mp::copy(other.bytes_, bytes_);
    other.clear();
    return *this;
  }
  ~Secret() { clear(); }

  Secret copy() const { return Secret(bytes()); }
  void clear() { wipe(bytes_); }

  std::span<const std::byte, N> bytes() const { return bytes_; }
  std::span<std::byte, N> fill() { return bytes_; }  // to be written to

  bool operator==(const Secret& other) const { return equal_secret(bytes_, other.bytes_); }

 private:
  ByteArray<N> bytes_{};
};

}  // namespace mp
