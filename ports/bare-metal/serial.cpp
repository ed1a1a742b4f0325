// SPDX-License-Identifier: ISC
#include "serial.hpp"

#include "board.hpp"

namespace serial {
namespace {

constexpr std::byte kEnd{0xc0};
constexpr std::byte kEscape{0xdb};
constexpr std::byte kEscapedEnd{0xdc};
constexpr std::byte kEscapedEscape{0xdd};
constexpr std::byte kText{0x0a};

std::size_t on_the_line(mp::Bytes contents) {
  std::size_t n = 2;  // an end before it, too: it flushes noise
  for (const std::byte b : contents) n += b == kEnd || b == kEscape ? 2 : 1;
  return n;
}

void put(std::byte b) { board::uart::put({&b, 1}); }

void put_escaped(mp::Bytes contents) {
  for (const std::byte b : contents) {
    if (b == kEnd || b == kEscape) {
      put(kEscape);
      put(b == kEnd ? kEscapedEnd : kEscapedEscape);
    } else {
      put(b);
    }
  }
}

}  // namespace

void say(std::string_view text) {
  if (board::uart::room() < on_the_line(mp::bytes(text)) + 1) return;
  put(kEnd);
  put(kText);
  put_escaped(mp::bytes(text));
  put(kEnd);
}

mp::InterfaceCaps SerialInterface::caps() const {
  static constexpr std::uint8_t kSchemas[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
  return {.name = "serial", .bit_rate = 115'200, .schema_ids = kSchemas, .frame_max = kFrameMax, .can_sleep = true};
}

mp::Status SerialInterface::send(const mp::LinkAddress&, mp::Bytes datagram) {
  if (datagram.size() > kFrameMax) return mp::Status::too_large;
  if (board::uart::room() < on_the_line(datagram)) return mp::Status::would_block;
  put(kEnd);
  put_escaped(datagram);
  put(kEnd);
  return mp::Status::ok;
}

std::optional<mp::Received> SerialInterface::receive() {
  while (const auto in = board::uart::get()) {
    std::byte b = *in;
    if (b == kEnd) {
      const std::size_t size = size_;
      const bool good = !bad_ && !escaped_;
      size_ = 0;
      bad_ = escaped_ = false;
      if (!good || size == 0 || frame_[0] == kText) continue;
      return mp::Received{other_end(), mp::MutableBytes(frame_).first(size)};
    }
    if (b == kEscape) {
      bad_ = bad_ || escaped_;
      escaped_ = true;
      continue;
    }
    if (escaped_) {
      bad_ = bad_ || (b != kEscapedEnd && b != kEscapedEscape);
      b = b == kEscapedEnd ? kEnd : kEscape;
      escaped_ = false;
    }
    if (size_ == frame_.size()) bad_ = true;
    if (!bad_) frame_[size_++] = b;
  }
  return std::nullopt;
}

mp::Status SerialInterface::listen(bool on) {
  if (!on && size_ > 0 && !bad_) return mp::Status::would_block;
  if (on) {  // perhaps in the middle of a frame
    size_ = 0;
    bad_ = true;
    escaped_ = false;
  }
  board::uart::listen(on);
  return mp::Status::ok;
}

}  // namespace serial
