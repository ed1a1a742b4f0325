// SPDX-License-Identifier: ISC
// The flags byte of a packet (specification: packet.md, "Flags"). Bit 0 is the most significant.
#pragma once

#include <cstdint>

namespace mp {

// Bits 2-4: one of eight, so a packet asks, acknowledges or requests, never two at once.
enum class Control : std::uint8_t {
  none = 0,
  ask = 1,  // acknowledge this packet
  ack = 2,  // the answer
  rtx = 3,  // retransmit the packet with this id
  rns = 4,  // request node status: are you awake?
  nia = 5,  // node is active
  reserved6 = 6,
  reserved7 = 7,
};

class Flags {
 public:
  constexpr Flags() = default;
  constexpr explicit Flags(std::uint8_t state) : state_(state) {}
  constexpr explicit Flags(Control c) : state_(static_cast<std::uint8_t>(static_cast<unsigned>(c) << 3)) {}

  constexpr std::uint8_t state() const { return state_; }

  constexpr bool error() const { return has(kError); }        // on its way back, undeliverable
  constexpr bool throttle() const { return has(kThrottle); }  // its sender is congested
  constexpr bool reserved1() const { return has(kReserved1); }
  constexpr bool reserved2() const { return has(kReserved2); }
  constexpr bool mode() const { return has(kMode); }  // routing metric: false dTree, true dCPL
  constexpr Control control() const { return static_cast<Control>((state_ & kControl) >> 3); }

  constexpr Flags with_error(bool on) const { return with(kError, on); }
  constexpr Flags with_throttle(bool on) const { return with(kThrottle, on); }
  constexpr Flags with_mode(bool on) const { return with(kMode, on); }
  constexpr Flags with_control(Control c) const {
    return Flags(static_cast<std::uint8_t>((state_ & (0xffU ^ kControl)) | (static_cast<unsigned>(c) << 3)));
  }

  constexpr bool operator==(const Flags&) const = default;

 private:
  static constexpr std::uint8_t kError = 0x80;
  static constexpr std::uint8_t kThrottle = 0x40;
  static constexpr std::uint8_t kControl = 0x38;
  static constexpr std::uint8_t kReserved1 = 0x04;
  static constexpr std::uint8_t kReserved2 = 0x02;
  static constexpr std::uint8_t kMode = 0x01;

  constexpr bool has(std::uint8_t mask) const { return (state_ & mask) != 0; }
  constexpr Flags with(std::uint8_t mask, bool on) const {
    return Flags(static_cast<std::uint8_t>(on ? state_ | mask : state_ & (0xffU ^ mask)));
  }

  std::uint8_t state_ = 0;
};

}  // namespace mp
