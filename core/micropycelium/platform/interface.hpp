// SPDX-License-Identifier: ISC
// An Interface carries datagrams between link addresses: a radio, a socket, a wire
// (specification: interface.md). The node calls it; it never calls the node.
#pragma once

#include "micropycelium/base/bytes.hpp"
#include "micropycelium/base/status.hpp"
#include "micropycelium/base/time.hpp"

#include <optional>

namespace mp {

inline constexpr std::size_t kLinkAddressMax = 18;

// An address on one kind of link (a MAC, an IPv4 address and port ...); empty means everyone in reach.
struct LinkAddress {
  ByteArray<kLinkAddressMax> value{};
  std::uint8_t size = 0;

  static LinkAddress broadcast() { return {}; }
  // Precondition: b.size() <= kLinkAddressMax.
  static LinkAddress from(Bytes b) {
    LinkAddress a;
    a.size = static_cast<std::uint8_t>(b.size());
    copy(b, a.value);
    return a;
  }
  Bytes bytes() const { return Bytes(value).first(size); }
  bool is_broadcast() const { return size == 0; }
  bool operator==(const LinkAddress&) const = default;
};

// What the law of a place asks of a transmitter (regions.hpp has those we know). The node keeps to it.
struct AirtimeRule {
  std::uint32_t share_ppm = 1'000'000;  // of any window that it may send, in parts per million; 1,000,000: all of it
  Duration window = seconds(3600);
  Duration longest{};  // a single transmission; 0: no limit

  constexpr bool limits() const { return share_ppm < 1'000'000; }
  bool operator==(const AirtimeRule&) const = default;
};

struct InterfaceCaps {
  std::string_view name;                     // part of the interface id, e.g. "udp"
  std::uint32_t bit_rate = 0;                // bits per second; the node prefers the fastest
  std::span<const std::uint8_t> schema_ids;  // the first for single packets carries control packets
  std::uint16_t frame_max = 0;               // bytes of the largest datagram it carries: 240, 250 or more
  bool loopback = false;                     // reaches only this very node (inter-application)
  // The link itself acknowledges what is sent to one, and repeats it (802.11). Unless it also reports, nodes do not do
  // so at each hop.
  bool acknowledges = false;
  // It does, and says of each datagram to one what became of it: see answered().
  bool reports = false;
  // How often it sends a datagram to one before it gives it up; 1 where it does not repeat.
  std::uint8_t tries = 1;
  // Deaf while it sends, and sends without listening first (LoRa): who asks there has to pause for the answer.
  bool half_duplex = false;
  AirtimeRule rule{};
  // Radios of its kind may sleep: this one by listen(), those of the neighbours by theirs. Who is silent may not hear.
  bool can_sleep = false;
  // Its own, exactly as each neighbour sees it (a MAC); empty where it cannot know (a socket behind a translator). With
  // it, nobody can pass on the admission to a closed network under somebody else's address.
  LinkAddress address{};
};

struct Received {
  LinkAddress from;
  MutableBytes datagram;   // valid until the next receive(); the node patches relayed packets in place
  bool broadcast = false;  // it was sent to everyone; false when the Interface cannot tell
};

// What became of a datagram to one, of a link that acknowledges and says so.
struct LinkReport {
  bool acknowledged = false;  // false: it gave up
  std::uint8_t tries = 0;     // sendings that it took; 0: it does not know
};

class Interface {
 public:
  // Constant while attached; the views in it live as long as the Interface.
  virtual InterfaceCaps caps() const = 0;
  // Hands over one datagram. `datagram` is only valid during the call. Status: ok (the link took it, nothing
  // more), would_block (queue full: try again later), too_large, unreachable, io_error.
  virtual Status send(const LinkAddress& to, Bytes datagram) = 0;
  // The next datagram that arrived, oldest first; none when there is none. Never blocks.
  virtual std::optional<Received> receive() = 0;
  // Where `reports` says so: whether the oldest datagram to one that it took, and has not told of yet, was
  // acknowledged, or it gave up; none: that is not known yet. Exactly one answer for each, in the order of send(). A
  // port that hears of one polls the node.
  virtual std::optional<LinkReport> answered() { return std::nullopt; }
  // After would_block: how long until send() is worth another try. A port that hears of it sooner may poll sooner.
  virtual Duration busy_for() const { return milliseconds(1); }
  // Turns the receiver off, or on again; sending works at any time. Called where can_sleep says so. Status: ok;
  // would_block (a frame is coming in: ask again when it is over), io_error.
  virtual Status listen(bool /*on*/) { return Status::ok; }
  // Time on air of a datagram of n bytes. The default divides by the bit rate.
  virtual Duration airtime(std::size_t n) const {
    const InterfaceCaps c = caps();
    return c.bit_rate == 0 ? Duration{} : microseconds(static_cast<std::int64_t>(n) * 8'000'000 / c.bit_rate);
  }

 protected:
  ~Interface() = default;
};

}  // namespace mp
