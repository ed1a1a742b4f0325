// SPDX-License-Identifier: ISC
// What a frame of each medium looks like in a capture, so that Wireshark reads as far as it can: ESP-NOW as the vendor
// action frame that ESP32s send, behind a radiotap header; LoRa as the RYLR998 sends it, behind a LoRaTap header; udp
// and ideal as UDP over IPv4. Radios have the addresses 02:00:<index>, LoRa <index> + 1 and 10.<index + 1>.
#pragma once

#include "simulator/media/radio.hpp"
#include "simulator/scenario/scenario.hpp"

#include <vector>

namespace mp::sim::capture {

// https://www.tcpdump.org/linktypes.html
enum class LinkType : std::uint16_t { raw_ip = 101, radiotap = 127, loratap = 270 };
LinkType link_type(MediumKind kind);

inline constexpr std::size_t kOverheadMax = 51;  // bytes before the datagram, at most
using Octets = std::vector<std::byte>;

// One frame on the air. `sequence`: the sender's, of 12 bits; `tries`: 2 and more when the MAC repeats it.
struct OnAir {
  RadioIndex from = 0, to = Frame::kEveryone;
  Bytes datagram;
  std::uint16_t sequence = 0;
  unsigned tries = 1;
};

// Append the frame with its headers to `out`. `nonce`: the four bytes by which ESP-NOW tells repeats apart.
void espnow(const OnAir& frame, std::uint32_t nonce, Octets& out);
void lora(const OnAir& frame, const LoraSpec& spec, Octets& out);
void udp(const OnAir& frame, Octets& out);
// The one of these that fits the medium, with a nonce made of the frame.
void frame(const MediumSpec& medium, const OnAir& frame, Octets& out);

}  // namespace mp::sim::capture
