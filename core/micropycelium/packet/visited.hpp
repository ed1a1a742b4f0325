// SPDX-License-Identifier: ISC
// Which nodes a packet has been to on a detour: a Bloom filter (B. H. Bloom, 1970) of 0, 8, 16 or 32 bytes that travels
// with it and grows as it fills. It may say yes wrongly, never no (specification: routing.md, "Visited nodes").
#pragma once

#include "micropycelium/base/bits.hpp"

#include <bit>

namespace mp {

class Visited {
 public:
  static constexpr std::size_t kSizeMax = 32;
  static constexpr unsigned kBitsEach = 3;  // set for each node

  Visited() = default;
  // Nobody yet. `size_code`: 0, 1, 2, 3 for 0, 8, 16, 32 bytes.
  static Visited of(std::uint8_t size_code) {
    Visited v;
    v.size_code_ = size_code;
    return v;
  }
  static constexpr std::size_t size_of(std::uint8_t size_code) { return size_code == 0 ? 0 : 4U << size_code; }

  std::uint8_t size_code() const { return size_code_; }
  std::size_t size() const { return size_of(size_code_); }
  Bytes bytes() const { return Bytes(bits_).first(size()); }
  MutableBytes bytes() { return MutableBytes(bits_).first(size()); }

  // `tag`: 8 bytes of the node; `message` salts, so that another attempt errs about others. Without size: nothing. One
  // that is half full doubles first, up to `size_code_max`: the larger one answers as the smaller did.
  void add(Bytes tag, std::uint32_t message, std::uint8_t size_code_max) {
    if (size_code_ == 0) return;
    if (size_code_ < size_code_max && half_full()) {
      // A node's bits are the low bits of its hash, so each is now one of two.
      copy(bytes(), MutableBytes(bits_).subspan(size(), size()));
      ++size_code_;
    }
    std::uint64_t h = hash(tag, message);
    for (unsigned i = 0; i < kBitsEach; ++i, h >>= 8) bits_[byte_of(h)] |= bit_of(h);
  }
  bool has(Bytes tag, std::uint32_t message) const {
    if (size_code_ == 0) return false;
    std::uint64_t h = hash(tag, message);
    for (unsigned i = 0; i < kBitsEach; ++i, h >>= 8)
      if ((bits_[byte_of(h)] & bit_of(h)) == std::byte{0}) return false;
    return true;
  }
  bool operator==(const Visited&) const = default;

 private:
  bool half_full() const {
    std::size_t set = 0;
    for (const std::byte b : bytes()) set += static_cast<std::size_t>(std::popcount(std::to_integer<std::uint8_t>(b)));
    return 2 * set > 8 * size();
  }
  // The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
  static std::uint64_t hash(Bytes tag, std::uint32_t message) {
    return mix64(load_be<std::uint64_t>(tag.data()) ^ message * 0x9e37'79b9'7f4a'7c15U);
  }
  // A byte of the hash chooses a bit; the size is a power of two.
  std::size_t byte_of(std::uint64_t h) const { return static_cast<std::size_t>(h & (8 * size() - 1)) / 8; }
  static std::byte bit_of(std::uint64_t h) { return std::byte{0x80} >> (h % 8); }

  ByteArray<kSizeMax> bits_{};
  std::uint8_t size_code_ = 0;
};

}  // namespace mp
