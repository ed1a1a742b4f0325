// SPDX-License-Identifier: ISC
#include "simulator/report/capture.hpp"

#include "micropycelium/base/crc32.hpp"

namespace mp::sim::capture {
namespace {

template <typename... Octet>
void put(Octets& out, Octet... octets) {
  (out.push_back(static_cast<std::byte>(octets)), ...);
}

void put(Octets& out, Bytes bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

template <typename Int>
void put_be(Octets& out, Int value) {
  for (std::size_t i = sizeof(Int); i-- > 0;) put(out, static_cast<std::uint64_t>(value) >> (8 * i) & 0xff);
}

template <typename Int>
void put_le(Octets& out, Int value) {
  for (std::size_t i = 0; i < sizeof(Int); ++i) put(out, static_cast<std::uint64_t>(value) >> (8 * i) & 0xff);
}

void put_mac(Octets& out, RadioIndex radio) {
  if (radio == Frame::kEveryone) {
    out.insert(out.end(), 6, std::byte{0xff});
    return;
  }
  put(out, Radio::address_of(radio).bytes());
}

// The sum of RFC 1071 over big-endian words, not yet folded.
std::uint64_t sum_of(Bytes bytes) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) sum += load_be<std::uint16_t>(bytes.data() + i);
  if (bytes.size() % 2 != 0) sum += std::to_integer<std::uint64_t>(bytes.back()) << 8;
  return sum;
}

std::uint16_t folded(std::uint64_t sum) {
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

std::uint32_t ipv4_of(RadioIndex radio) {
  if (radio == Frame::kEveryone) return 0xffff'ffff;
  return 10U << 24 | ((radio + 1) & 0xff'ffffU);
}

// RYLR998 addresses are 1 to 65535; 0 is everyone.
std::uint16_t lora_address_of(RadioIndex radio) {
  return radio == Frame::kEveryone ? std::uint16_t{0} : static_cast<std::uint16_t>(radio % 65'535 + 1);
}

std::uint32_t nonce_of(const OnAir& frame) {
  ByteArray<10> head;
  store_be(head.data(), frame.from);
  store_be(head.data() + 4, frame.to);
  store_be(head.data() + 8, frame.sequence);
  return crc32(head) ^ crc32(frame.datagram);
}

}  // namespace

LinkType link_type(MediumKind kind) {
  switch (kind) {
    case MediumKind::espnow:
      return LinkType::radiotap;
    case MediumKind::lora:
      return LinkType::loratap;
    case MediumKind::ideal:
    case MediumKind::udp:
      break;
  }
  return LinkType::raw_ip;
}

void espnow(const OnAir& frame, std::uint32_t nonce, Octets& out) {
  const bool broadcast = frame.to == Frame::kEveryone;
  // radiotap: version, length 12, present: rate and TX flags; 1 Mb/s; no ACK is waited for (a broadcast).
  put(out, 0x00, 0x00, 0x0c, 0x00, 0x04, 0x80, 0x00, 0x00, 0x02, 0x00, broadcast ? 0x08 : 0x00, 0x00);
  // 802.11 management, subtype action. Duration: SIFS and an ACK at 1 Mb/s with long preamble, 314 us.
  constexpr std::uint8_t kRetry = 0x08;
  put(out, 0xd0, frame.tries > 1 ? kRetry : 0x00);
  put_le(out, static_cast<std::uint16_t>(broadcast ? 0 : 314));
  put_mac(out, frame.to);
  put_mac(out, frame.from);
  put_mac(out, Frame::kEveryone);
  put_le(out, static_cast<std::uint16_t>(frame.sequence << 4));
  // Category vendor specific, Espressif; the nonce; one element with type ESP-NOW, version 1.
  put(out, 0x7f, 0x18, 0xfe, 0x34);
  put_be(out, nonce);
  put(out, 0xdd, 5 + frame.datagram.size(), 0x18, 0xfe, 0x34, 0x04, 0x01);
  put(out, frame.datagram);
}

void lora(const OnAir& frame, const LoraSpec& spec, Octets& out) {
  // LoRaTap 0: version, padding, length 15, frequency, bandwidth in 125 kHz, spreading factor, four levels that a
  // sender does not know (packet, maximum, current, ratio), sync word of network 18.
  constexpr std::uint32_t kFrequency_hz = 868'300'000;
  put(out, 0x00, 0x00, 0x00, 0x0f);
  put_be(out, kFrequency_hz);
  put(out, spec.bandwidth_khz / 125, spec.spreading_factor, 0x00, 0x00, 0x00, 0x00, 0x12);
  put_le(out, lora_address_of(frame.to));
  put_le(out, lora_address_of(frame.from));
  put(out, frame.datagram.size());
  put(out, frame.datagram);
}

void udp(const OnAir& frame, Octets& out) {
  constexpr std::size_t kIp = 20, kUdp = 8;
  constexpr std::uint16_t kPort = 47'474;  // of the UDP Interface
  const std::size_t at = out.size();
  const auto udp_size = static_cast<std::uint16_t>(kUdp + frame.datagram.size());
  put(out, 0x45, 0x00);
  put_be(out, static_cast<std::uint16_t>(kIp + udp_size));
  put_be(out, frame.sequence);
  put(out, 0x40, 0x00, 64, 17, 0, 0);  // do not fragment, ttl, UDP, checksum to come
  put_be(out, ipv4_of(frame.from));
  put_be(out, ipv4_of(frame.to));
  store_be(out.data() + at + 10, folded(sum_of(Bytes(out).subspan(at, kIp))));

  put_be(out, kPort);
  put_be(out, kPort);
  put_be(out, udp_size);
  put(out, 0, 0);
  put(out, frame.datagram);
  // Over the pseudo header too: both addresses, the protocol, the size.
  const Bytes written(out);
  const std::uint64_t sum = sum_of(written.subspan(at + 12, 8)) + 17 + udp_size + sum_of(written.subspan(at + kIp));
  const std::uint16_t checksum = folded(sum);
  store_be(out.data() + at + kIp + 6, checksum == 0 ? std::uint16_t{0xffff} : checksum);
}

void frame(const MediumSpec& medium, const OnAir& frame, Octets& out) {
  switch (link_type(medium.kind)) {
    case LinkType::radiotap:
      return espnow(frame, nonce_of(frame), out);
    case LinkType::loratap:
      return lora(frame, medium.lora, out);
    case LinkType::raw_ip:
      return udp(frame, out);
  }
}

}  // namespace mp::sim::capture
