// SPDX-License-Identifier: ISC
// An Interface over a serial line between two nodes: datagrams in SLIP frames (RFC 1055). A frame that begins with
// 0x0a is a line of text for people instead (a datagram begins with the protocol version, 0).
#pragma once

#include "micropycelium/platform/interface.hpp"

#include <array>

namespace serial {

// Writes a line of text, if there is room for it.
void say(std::string_view text);

class SerialInterface final : public mp::Interface {
 public:
  mp::InterfaceCaps caps() const override;
  // Status: would_block (the line is busy), too_large.
  mp::Status send(const mp::LinkAddress& to, mp::Bytes datagram) override;
  std::optional<mp::Received> receive() override;
  // Status: would_block (a frame is coming in).
  mp::Status listen(bool on) override;
  // The one address on a line: the other end.
  static mp::LinkAddress other_end() { return mp::LinkAddress::from(kOtherEnd); }

 private:
  static constexpr std::size_t kFrameMax = 250;
  static constexpr std::array<std::byte, 1> kOtherEnd{std::byte{1}};

  std::array<std::byte, kFrameMax> frame_{};
  std::size_t size_ = 0;
  bool escaped_ = false;
  // The frame is too long or broken and is dropped whole. At first: we may have come in the middle of one.
  bool bad_ = true;
};

}  // namespace serial
