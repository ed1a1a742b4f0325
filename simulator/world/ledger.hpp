// SPDX-License-Identifier: ISC
// Every Package that the world's traffic sends, what became of it, and whether that is right: nothing arrives that was
// not sent, nothing arrives wrong, or at the wrong place, or twice at the same incarnation of a node; every sender is
// told once, and "delivered" is true. The contents of a Package follow from its serial number, so none is kept.
#pragma once

#include "micropycelium/node/application.hpp"
#include "simulator/engine/trace_hash.hpp"
#include "simulator/world/referee.hpp"

#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace mp::sim {

inline constexpr std::uint32_t kNoNode = 0xffff'ffff;

// A node as it was between two losses of power.
struct Incarnation {
  std::uint32_t node = 0;
  std::uint32_t number = 0;
  bool operator==(const Incarnation&) const = default;
};

class Ledger {
 public:
  struct Entry {
    std::uint32_t from = 0, to = kNoNode;  // kNoNode: everyone
    std::uint32_t size = 0;
    std::uint32_t from_number = 0, to_number = 0;  // incarnations: at sending; of the one that got it
    std::uint16_t flow = 0;
    std::uint8_t outcome = kOpen;  // an mp::Outcome, or kOpen
    bool delivered = false;
    bool damaged = false;  // what brought it (first) was not as it was sent, and passed for good
    Instant sent{}, got{};
  };
  static constexpr std::uint8_t kOpen = 0xff;

  Ledger(const EventQueue& events, Referee& referee, Seed seed) : events_(events), referee_(referee), seed_(seed) {}

  // The serial number that the next Package will have, for contents(); enter() then says that it was queued.
  std::uint64_t next_serial() const { return entries_.size() + 1; }
  // Fills `out` with the contents of Package `serial` from `offset` on.
  void contents(std::uint64_t serial, std::uint32_t offset, MutableBytes out) const;
  std::uint64_t enter(std::uint32_t flow, Incarnation from, std::uint32_t to, std::uint32_t size);
  // The sender was told. `damaged`: a frame from the receiver that it took since it sent was not as it was sent. The
  // acknowledgement of another packet can then pass for this one's, as nothing in version 0 covers a packet's id: an
  // untrue "delivered" is counted, and no violation.
  void told(std::uint64_t serial, Incarnation sender, Outcome outcome, bool damaged = false);
  // Nodes relay: what one of them took damaged may go on as if it were whole, and spoil any Package under way.
  void set_relayed() { relayed_ = true; }
  void on_damage() { damaged_at_ = events_.now(); }
  // The sender was told of something that was not, or no longer, under way.
  void told_of_nothing(Incarnation sender);
  // An Application got this. `from` is whom the node says it is from, kNoNode if it does not know. Returns the entry,
  // or null when nothing of the kind was sent. `damaged`: the frame that brought it was not as it was sent. A repeated
  // packet whose id was damaged is a new one to every node of version 0: that is counted, and no violation.
  const Entry* arrived(Incarnation at, std::uint32_t from, Bytes blob, bool damaged = false);

  const Entry& entry(std::uint64_t serial) const { return entries_[serial - 1]; }
  const std::vector<Entry>& entries() const { return entries_; }
  // Whether every sender was told how its Packages ended. Those of nodes that lost power never are.
  bool all_told() const { return open_ == 0; }
  // The node lost its power: nobody there waits any more.
  void forget_sender(Incarnation sender);
  std::uint64_t delivered() const { return delivered_; }
  std::uint64_t redelivered() const { return redelivered_; }  // to another incarnation of the same node
  std::uint64_t damaged_repeats() const { return damaged_repeats_; }
  std::uint64_t damaged_acks() const { return damaged_acks_; }
  std::uint64_t hash() const { return hash_.value(); }

 private:
  static constexpr std::uint32_t kSerialBytes = 8;
  bool spoilt(const Entry& e) const { return relayed_ && damaged_at_ >= e.sent; }
  std::uint64_t find(Incarnation at, std::uint32_t from, Bytes blob) const;
  std::uint64_t key() const { return seed_.value(); }

  const EventQueue& events_;
  Referee& referee_;
  Seed seed_;
  std::vector<Entry> entries_;
  std::unordered_map<std::uint64_t, std::vector<std::uint64_t>> small_;  // (from, to): those too small for a serial
  std::unordered_set<std::uint64_t> broadcast_seen_;                     // hash of (serial, incarnation)
  std::unordered_map<std::uint32_t, std::uint64_t> open_of_;             // per node
  bool relayed_ = false;
  Instant damaged_at_{-1};  // the latest frame that a node took damaged
  std::uint64_t open_ = 0;
  std::uint64_t delivered_ = 0, redelivered_ = 0, damaged_repeats_ = 0, damaged_acks_ = 0;
  TraceHash hash_;
};

}  // namespace mp::sim
