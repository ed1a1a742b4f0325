// SPDX-License-Identifier: ISC
// Consumes a message from its front. A read beyond the end yields zeros and is remembered, so a decoder
// reads straight on and asks ok() once: no index arithmetic to get wrong.
#pragma once

#include "micropycelium/base/bytes.hpp"

namespace mp {

class Reader {
 public:
  explicit Reader(Bytes input) : rest_(input) {}

  std::uint8_t u8() { return integer<std::uint8_t>(); }
  std::uint16_t u16() { return integer<std::uint16_t>(); }
  std::uint32_t u32() { return integer<std::uint32_t>(); }
  std::uint64_t u64() { return integer<std::uint64_t>(); }

  // A view of the next n bytes; empty when there are fewer.
  Bytes take(std::size_t n) {
    if (n > rest_.size()) {
      fail();
      return {};
    }
    const Bytes head = rest_.first(n);
    rest_ = rest_.subspan(n);
    return head;
  }

  // A copy of the next N bytes; zeros when there are fewer.
  template <std::size_t N>
  ByteArray<N> array() {
    ByteArray<N> out{};
    const Bytes head = take(N);
    if (!head.empty()) copy(head, out);
    return out;
  }

  // Everything that is left.
  Bytes rest() {
    const Bytes all = rest_;
    rest_ = {};
    return all;
  }

  std::size_t left() const { return rest_.size(); }
  bool ok() const { return ok_; }

 private:
  template <typename Int>
  Int integer() {
    const Bytes head = take(sizeof(Int));
    return head.empty() ? Int{0} : load_be<Int>(head.data());
  }

  void fail() {
    ok_ = false;
    rest_ = {};
  }

  Bytes rest_;
  bool ok_ = true;
};

}  // namespace mp
