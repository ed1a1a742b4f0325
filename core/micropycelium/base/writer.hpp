// SPDX-License-Identifier: ISC
// Appends a message to a buffer of the caller's. A write beyond the end is not done and is remembered, so
// an encoder writes straight on and asks ok() once.
#pragma once

#include "micropycelium/base/bytes.hpp"

namespace mp {

class Writer {
 public:
  explicit Writer(MutableBytes buffer) : buffer_(buffer) {}

  void u8(std::uint8_t v) { integer(v); }
  void u16(std::uint16_t v) { integer(v); }
  void u32(std::uint32_t v) { integer(v); }
  void u64(std::uint64_t v) { integer(v); }

  void put(Bytes b) {
    if (MutableBytes to = room(b.size()); ok_ && !b.empty()) copy(b, to);
  }

  bool ok() const { return ok_; }
  std::size_t size() const { return used_; }
  Bytes written() const { return Bytes(buffer_).first(used_); }

 private:
  template <typename Int>
  void integer(Int v) {
    if (MutableBytes to = room(sizeof(Int)); ok_) store_be(to.data(), v);
  }

  MutableBytes room(std::size_t n) {
    if (!ok_ || n > buffer_.size() - used_) {
      ok_ = false;
      return {};
    }
    const MutableBytes to = buffer_.subspan(used_, n);
    used_ += n;
    return to;
  }

  MutableBytes buffer_;
  std::size_t used_ = 0;
  bool ok_ = true;
};

}  // namespace mp
