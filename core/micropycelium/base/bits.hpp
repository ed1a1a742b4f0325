// SPDX-License-Identifier: ISC
// Bit by bit, most significant first, for formats that count in bits: fixed widths, and Elias' gamma code (P. Elias,
// 1975): k zeros, then the k + 1 bits of the value, so that 1 takes one bit, 2..3 three, 4..7 five.
#pragma once

#include "micropycelium/base/bytes.hpp"

#include <bit>

namespace mp {

// Bits of the gamma code of `value`, 1 or more.
constexpr unsigned gamma_bits(std::uint32_t value) { return 2 * static_cast<unsigned>(std::bit_width(value)) - 1; }

// Reading beyond the end yields zeros and is remembered: read straight on, ask ok() once.
class BitReader {
 public:
  explicit BitReader(Bytes input) : input_(input) {}

  // The next `n` bits, 0..32.
  std::uint32_t take(unsigned n) {
    if (n > left()) {
      fail();
      return 0;
    }
    const auto value = static_cast<std::uint32_t>(n == 0 ? 0 : window() >> (64 - n));
    at_ += n;
    return value;
  }

  // A gamma code of at most `max`, which is below 65,536; 0 when there is none such.
  std::uint32_t gamma(std::uint32_t max) {
    const std::uint64_t ahead = window();
    const auto zeros = static_cast<unsigned>(std::countl_zero(ahead));
    const unsigned size = 2 * zeros + 1;
    if (zeros > 15 || size > left()) {
      fail();
      return 0;
    }
    const auto value = static_cast<std::uint32_t>(ahead >> (64 - size));
    at_ += size;
    if (value > max) {
      fail();
      return 0;
    }
    return value;
  }

  std::size_t at() const { return at_; }
  std::size_t left() const { return input_.size() * 8 - at_; }
  bool ok() const { return ok_; }

 private:
  // The next 57 bits at least, at the top; zeros beyond the end.
  std::uint64_t window() const {
    const std::size_t byte = at_ / 8;
    const std::size_t n = std::min<std::size_t>(8, input_.size() - byte);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < n; ++i) value |= std::to_integer<std::uint64_t>(input_[byte + i]) << (56 - 8 * i);
    return value << (at_ % 8);
  }
  void fail() {
    ok_ = false;
    at_ = input_.size() * 8;
  }

  Bytes input_;
  std::size_t at_ = 0;  // bits
  bool ok_ = true;
};

// Writes into a buffer of the caller's that is zero. What does not fit is not written, and is remembered.
class BitWriter {
 public:
  explicit BitWriter(MutableBytes buffer) : buffer_(buffer) {}

  // The low `n` bits of `value`, 0..32.
  void put(std::uint32_t value, unsigned n) {
    if (!ok_ || n > buffer_.size() * 8 - at_) {
      ok_ = false;
      return;
    }
    for (unsigned left = n; left > 0;) {
      const auto room = static_cast<unsigned>(8 - at_ % 8);
      const unsigned now = std::min(room, left);
      const std::uint32_t piece = value >> (left - now) & ((1U << now) - 1);
      buffer_[at_ / 8] |= static_cast<std::byte>(piece << (room - now));
      at_ += now;
      left -= now;
    }
  }
  // Precondition: value is 1..65535.
  void gamma(std::uint32_t value) { put(value, gamma_bits(value)); }

  std::size_t at() const { return at_; }
  // Bytes begun.
  std::size_t size() const { return (at_ + 7) / 8; }
  bool ok() const { return ok_; }

 private:
  MutableBytes buffer_;
  std::size_t at_ = 0;  // bits
  bool ok_ = true;
};

// Spreads a number over all its bits (the last steps of splitmix64, Steele, Lea, Flood 2014); to and fro, one to one.
constexpr std::uint64_t mix64(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58'476d'1ce4'e5b9U;
  z = (z ^ (z >> 27)) * 0x94d0'49bb'1331'11ebU;
  return z ^ (z >> 31);
}

}  // namespace mp
