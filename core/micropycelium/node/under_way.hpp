// SPDX-License-Identifier: ISC
// What the node's own files pass to each other: a datagram on its way in, a destination on the way out.
// Not for users of the library.
#pragma once

#include "micropycelium/node/node.hpp"

namespace mp {

struct Node::Arrival {
  std::uint8_t interface = 0;
  LinkAddress link;
  bool broadcast = false;
  MutableBytes datagram;      // opened, in a closed network
  std::size_t wire_size = 0;  // bytes, as it came
  PacketView packet;
  PeerIndex peer = kNoPeer;
  const RouteHeader* route = nullptr;  // of a packet by id

  const Schema& schema() const { return packet.schema(); }
  TreeAddress to() const { return {packet.tree_state(), packet.to_addr()}; }
  TreeAddress from() const { return {packet.tree_state(), packet.from_addr()}; }
  bool asks() const { return packet.flags().control() == Control::ask; }
};

struct Node::Destination {
  PeerIndex peer = kNoPeer;  // the neighbour, or the next hop when routed; by id only whoever may be it
  bool routed = false;
  bool by_id = false;  // to `node`, wherever it is
  NodeId node;
  bool equal = false;          // the far end understands our extensions
  TreeAddress to;              // when routed
  Address from;                // ours in the same state of the tree
  std::uint8_t frame_max = 0;  // of the path, 0 when it is not known

  bool everyone() const { return peer == kNoPeer && !by_id; }
};

// Hops a packet of ours may take. Not 255: an error on its way back counts up and is dropped there.
inline constexpr std::uint8_t kInitialTtl = 128;
// Of a repetition: another one each time, so that no hop on the way takes it for a copy of the sending before.
inline constexpr std::uint8_t repeated_ttl(unsigned repeats) {
  return static_cast<std::uint8_t>(kInitialTtl - repeats % 16);
}

// A send by id whose target is looked for so often, or does not know us so often, ends.
inline constexpr std::uint8_t kSearchesMax = 3;

// Bytes that one poll takes in, and hashes or sends for sequences. Hashing is what costs most: reckoned with 80
// cycles a byte, both together are 4 ms at 160 MHz. A flood starves neither the timers nor what goes out
// (docs/decisions/0010).
inline constexpr std::uint32_t kReceiveBudget = 4 * 1024;
inline constexpr std::uint32_t kSequenceBudget = 4 * 1024;
// What every datagram costs at least, be it empty.
inline constexpr std::uint32_t kDatagramCost = 64;

// A link that is busy for so long will not take the packet any more.
inline constexpr Duration kLinkPatience = seconds(30);

// What goes by id may wait at relays for windows of those who sleep, twice as long as the longest period there is.
// Nobody knows who is on the way: it is so where this node has a radio that may sleep.
inline constexpr Duration kHeldForSleepers = milliseconds(2 * kWakePeriodMax_ms);
inline Duration held_for_sleepers(std::span<const Link> links) {
  for (const Link& link : links)
    if (link.can_sleep) return kHeldForSleepers;
  return {};
}

// Between the parts of a sequence to an existing node, which reads one datagram a millisecond at best.
inline constexpr Duration kPrototypePace = milliseconds(2);

// What others send has the class that its form tells.
inline Priority relay_priority(const PacketView& packet) {
  const Control control = packet.flags().control();
  if ((control != Control::none && control != Control::ask) || packet.flags().error()) return Priority::acknowledgement;
  return packet.schema().sequenced() ? Priority::bulk : Priority::interactive;
}

// What stays the same when a packet by id, or a part, is sent anew from end to end; 0: it has no sense there. Reports
// are new each time; an acknowledgement answers the same question again.
std::uint16_t what_is_sent(const RouteHeader& header, const PacketView& packet);
std::uint16_t what_is_sent(const RouteHeader& header, const Schema& schema, std::uint8_t seq_id,
                           std::uint16_t packet_id, bool answer = false);

// The fields of a packet that answers this one, in the same schema: back where it came from.
inline PacketFields answer_fields(const PacketView& packet, Control control) {
  PacketFields f;
  f.flags = Flags(control).with_mode(packet.flags().mode());
  f.packet_id = packet.packet_id();
  f.seq_id = packet.seq_id();
  f.seq_size = packet.seq_size();
  f.ttl = repeated_ttl(packet.ttl());
  f.tree_state = packet.tree_state();
  f.to_addr = packet.from_addr();
  f.from_addr = packet.to_addr();
  return f;
}

}  // namespace mp
