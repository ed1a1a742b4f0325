// SPDX-License-Identifier: ISC
// All that a node holds: its tables, cut out of the one block of memory, and what it remembers beside them. What it
// does with them is node.hpp. Not for users of the library, but for memory_required.
#pragma once

#include "micropycelium/base/arena.hpp"
#include "micropycelium/node/counters.hpp"
#include "micropycelium/node/identity.hpp"
#include "micropycelium/node/limits.hpp"
#include "micropycelium/node/link.hpp"
#include "micropycelium/node/link_costs.hpp"
#include "micropycelium/node/network.hpp"
#include "micropycelium/node/outbox.hpp"
#include "micropycelium/node/peers.hpp"
#include "micropycelium/node/slots.hpp"
#include "micropycelium/node/wayfinder.hpp"
#include "micropycelium/platform/platform.hpp"
#include "micropycelium/routing/routes.hpp"
#include "micropycelium/routing/tree_v0.hpp"
#include "micropycelium/transport/airtime.hpp"
#include "micropycelium/transport/hop_memory.hpp"
#include "micropycelium/transport/inbound.hpp"
#include "micropycelium/transport/modem_sleep.hpp"
#include "micropycelium/transport/outbound.hpp"
#include "micropycelium/transport/seen.hpp"

#include <optional>

namespace mp {

class Application;
class Sealer;
class Trace;

// Bytes that a node of these limits needs as its block of memory (aligned to 8).
constexpr std::size_t memory_required(const Limits& limits) {
  return Arena::bytes<Peer>(limits.peers) + Arena::bytes<Route>(limits.routes) +
         Arena::bytes<OutPacket>(limits.datagrams) + Arena::bytes<InSequence>(limits.sequences_in) +
         Arena::bytes<OutSequence>(limits.sequences_out) + Arena::bytes<SeenPackage>(limits.seen) +
         Arena::bytes<RoundTrip>(limits.routes) + Arena::bytes<HopMemory>(limits.hops) +
         Arena::bytes<Link>(limits.interfaces) + Arena::bytes<AirtimeLedger>(limits.ledgers) +
         Arena::bytes<PeerSeal>(limits.peers) + wayfinder_memory(limits);
}

struct NodeState {
  NodeState(const Limits& limits, MutableBytes memory, Platform platform)
      : limits_(limits),
        platform_(platform),
        arena_(memory),
        peers_(arena_.take<Peer>(limits.peers)),
        links_(arena_.take<Link>(limits.interfaces)),
        routes_(arena_.take<Route>(limits.routes)),
        outbox_(arena_.take<OutPacket>(limits.datagrams)),
        inbound_(arena_.take<InSequence>(limits.sequences_in)),
        outbound_(arena_.take<OutSequence>(limits.sequences_out)),
        seen_(arena_.take<SeenPackage>(limits.seen)),
        round_trips_(arena_.take<RoundTrip>(limits.routes)),
        hops_(arena_.take<HopMemory>(limits.hops)),
        ledgers_(arena_.take<AirtimeLedger>(limits.ledgers)),
        seals_(arena_.take<PeerSeal>(limits.peers)),
        ways_(limits, arena_) {}

  Limits limits_;
  Platform platform_;
  Arena arena_;
  Identity identity_;
  PeerTable peers_;
  std::span<Link> links_;  // of Interfaces, in order of attachment
  RouteTable routes_;
  Slots<OutPacket> outbox_;
  Inbound inbound_;
  Slots<OutSequence> outbound_;
  SeenTable seen_;
  std::span<RoundTrip> round_trips_;  // of each route
  std::span<HopMemory> hops_;
  std::span<AirtimeLedger> ledgers_;
  std::span<PeerSeal> seals_;  // beside the peers
  Wayfinder ways_;
  const TreeV0* tree_v0_ = nullptr;  // of the Application that speaks for it
  const Application* tree_v0_owner_ = nullptr;
  std::optional<RouteFailure> failure_;  // of the send that ends now
  Network network_;
  std::uint8_t ledgers_taken_ = 0;
  std::array<Interface*, Network::kInterfacesMax> interfaces_{};
  std::array<std::uint64_t, Network::kInterfacesMax> schema_masks_{};  // bit n: schema n fits this Interface
  LinkCosts costs_{peers_, links_};
  Application* applications_ = nullptr;
  Sealer* sealer_ = nullptr;
  Trace* trace_ = nullptr;
  Instant now_{};
  Instant peers_due_ = Instant::never();  // nobody's silence has lasted long enough before
  Counters counters_;
  std::array<TreeAddress, 2> addresses_{};
  std::uint8_t address_count_ = 0;
  bool started_ = false;
  bool polling_ = false;
  bool again_ = false;        // work was left over for the next poll
  std::uint8_t turn_ = 0;     // who is served first when the budget is short
  std::uint32_t budget_ = 0;  // bytes that this poll may still work on
  std::uint8_t interface_count_ = 0;
  std::uint8_t packet_id_ = 0;
  std::uint8_t seq_id_ = 0;
  std::uint16_t hop_number_ = 0;
  std::uint8_t handed_to_ = OutPacket::kNobody;  // the Interface that took the last datagram, if it reports
  std::uint32_t send_id_ = 0;
  std::uint32_t turns_ = 0;  // of destinations served
  SleepPlan sleep_plan_ = SleepPlan::off();
  Instant sleep_due_ = Instant::never();  // an Interface falls asleep or wakes up
  Instant ask_due_ = Instant::never();    // somebody is to be asked whether it is awake
  Instant retry_at_{};                    // after would_block
  bool airtime_wait_ = false;             // the law, a pace, throttle or sleep was the reason, not the link
  Instant overflowed_{-seconds(10).us};   // when something was last refused or lost for want of room
};

}  // namespace mp
