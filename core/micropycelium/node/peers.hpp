// SPDX-License-Identifier: ISC
// The neighbours of a node: who they are, over which links they can be reached, whether they are still
// there. A slot may be held without any link: a banned node, or the next hop of a static route.
#pragma once

#include "micropycelium/base/result.hpp"
#include "micropycelium/base/time.hpp"
#include "micropycelium/packet/ids.hpp"
#include "micropycelium/platform/interface.hpp"
#include "micropycelium/transport/link_cost.hpp"
#include "micropycelium/transport/modem_sleep.hpp"
#include "micropycelium/transport/round_trip.hpp"

namespace mp {

// One way to reach a peer.
struct PeerLink {
  static constexpr std::uint8_t kNone = 0xff;
  Instant last_heard{};
  LinkAddress address;
  std::uint8_t interface = kNone;  // in order of attachment
  std::uint8_t failures = 0;       // sends in a row that failed or went unanswered
  std::uint8_t number = 0;         // in a closed network: of its Interface at the peer
  LinkCost cost;

  bool used() const { return interface != kNone; }
};

struct Peer {
  static constexpr std::size_t kLinksMax = 3;
  static constexpr std::uint8_t kHopRoomUnknown = 4;
  NodeId id;
  std::array<PeerLink, kLinksMax> links;
  Instant last_heard{};
  Duration timeout{};   // removed after so long a silence; 0: never
  Instant last_sent{};  // of the last Package or part, while it is congested
  RoundTrip round_trip;
  RoundTrip hop_round_trip;                 // until it says that it has a routed frame
  PeerWake wake;                            // on Interfaces whose radios may sleep
  std::uint8_t rns_in_a_row = 0;            // nothing else came of it there
  std::uint8_t hop_room = kHopRoomUnknown;  // routed frames that may be under way to it
  std::uint8_t throttle : 7 = 0;            // how often it said that it is congested, less how often that it is not
  bool refuses : 1 = false;                 // it has no room for us: it said so
  bool used : 1 = false;
  bool equal : 1 = false;  // understands our extensions (it lists the Extensions id in its Beacon)
  bool banned : 1 = false;
  bool pinned : 1 = false;          // the next hop of a static route: the slot stays when the links are gone
  bool itself : 1 = false;          // this very node, over a loopback Interface
  bool leaf : 1 = false;            // hangs in no tree itself, but at somebody's place
  bool answers : 1 = true;          // false: it took nothing of late, and nothing was heard from it since
  bool knows_us : 1 = false;        // we are its neighbour too: it said so
  std::uint8_t told = 0;            // the cost that the Applications know, eighths; kToldNoAnswer
  std::uint8_t failed = 0;          // sendings without a word since it was heard last
  std::uint16_t failing_since = 0;  // of the first of these, in kTick; wraps
  std::uint16_t announced = 0;      // when it was last heard to announce itself, seconds; wraps
  // Signed Beacons that were not true (specification: beacon.md), 255 at most, for as long as the slot is its.
  std::uint8_t lies = 0;    // under the key of the two of us: its own
  std::uint8_t doubts = 0;  // in its name or from its link: some member's

  static constexpr std::uint8_t kToldNoAnswer = 0xff;
  static constexpr Duration kTick = milliseconds(16);

  bool connected() const {
    for (const PeerLink& l : links)
      if (l.used()) return true;
    return false;
  }
  // Nobody but the node itself has a use for it.
  bool gives_way() const { return used && refuses && !banned && !pinned && !itself; }
  // Its link there; null: none.
  PeerLink* link(std::uint8_t interface, const LinkAddress& address) {
    for (PeerLink& l : links)
      if (l.interface == interface && l.address == address) return &l;
    return nullptr;
  }
  // Whether it has a link there.
  bool on(std::uint8_t interface) const {
    for (const PeerLink& l : links)
      if (l.interface == interface) return true;
    return false;
  }
};

using PeerIndex = std::uint8_t;
inline constexpr PeerIndex kNoPeer = 0xff;

class PeerTable {
 public:
  explicit PeerTable(std::span<Peer> slots) : slots_(slots) {}

  std::span<const Peer> all() const { return slots_; }
  std::span<Peer> all() { return slots_; }
  Peer& operator[](PeerIndex i) { return slots_[i]; }
  const Peer& operator[](PeerIndex i) const { return slots_[i]; }

  // Whether anything can go there.
  bool usable(PeerIndex i) const { return i != kNoPeer && slots_[i].connected() && !slots_[i].banned; }
  PeerIndex find(const NodeId& id) const;
  PeerIndex find(std::uint8_t interface, const LinkAddress& link) const;
  // The slot of this node, taking a free one if need be. Status: no_buffer.
  Result<PeerIndex> find_or_add(const NodeId& id);
  // Adds or refreshes a link; the stalest is replaced when all are taken. A link address belongs to one peer: the
  // owner takes it away from whoever had it before (take_link).
  void set_link(PeerIndex peer, std::uint8_t interface, const LinkAddress& link, Instant now);
  void take_link(PeerIndex peer, std::uint8_t interface, const LinkAddress& link);
  void clear_links(PeerIndex peer);
  // Frees the slot, or only its links when it is banned or pinned.
  void disconnect(PeerIndex peer);

 private:
  std::span<Peer> slots_;
};

}  // namespace mp
