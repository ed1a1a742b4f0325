// SPDX-License-Identifier: ISC
// Views of bytes and big-endian loads and stores: everything above works on these, nothing copies.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace mp {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

template <std::size_t N>
using ByteArray = std::array<std::byte, N>;

// The bytes of a text, valid as long as the text is.
inline Bytes bytes(std::string_view text) { return std::as_bytes(std::span<const char>(text.data(), text.size())); }

inline std::string_view text(Bytes b) { return {reinterpret_cast<const char*>(b.data()), b.size()}; }

inline bool equal(Bytes a, Bytes b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

// Copies all of `from` to the start of `to`, which must be at least as long.
inline void copy(Bytes from, MutableBytes to) {
  if (!from.empty()) std::memmove(to.data(), from.data(), from.size());
}

inline void fill_zero(MutableBytes to) {
  if (!to.empty()) std::memset(to.data(), 0, to.size());
}

// Big-endian integers of `n` bytes (1..8) at `p`; the wire knows no other order.
template <typename Int>
constexpr Int load_be(const std::byte* p, std::size_t n = sizeof(Int)) {
  Int value = 0;
  for (std::size_t i = 0; i < n; ++i)
    value = static_cast<Int>((static_cast<std::uint64_t>(value) << 8) | std::to_integer<std::uint64_t>(p[i]));
  return value;
}

template <typename Int>
constexpr void store_be(std::byte* p, Int value, std::size_t n = sizeof(Int)) {
  for (std::size_t i = 0; i < n; ++i)
    p[i] = static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * (n - 1 - i)));
}

}  // namespace mp
