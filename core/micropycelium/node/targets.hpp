// SPDX-License-Identifier: ISC
// Where nodes are that are no neighbours, as far as it is known: found by asking, or told by their own packets
// (specification: routing.md, "Whom a node knows"). In the memory of the caller, 104 bytes each; the one that was of no
// use for longest gives way.
#pragma once

#include "micropycelium/base/time.hpp"
#include "micropycelium/packet/route_header.hpp"
#include "micropycelium/transport/round_trip.hpp"

namespace mp {

class Target {
 public:
  // Bytes of its places. What has no room is left out: those of the trees with the longest addresses.
  static constexpr std::size_t kPlacesMax = 47;

  enum class State : std::uint8_t {
    free,
    unknown,  // where it is
    sought,   // somebody is asking
    known,
  };

  State state() const { return state_; }
  bool used() const { return state_ != State::free; }
  bool known() const { return state_ == State::known; }
  NodeTag tag() const { return node_tag(node_); }
  // Zero: only its tag is known.
  NodeId node() const { return whole_ ? node_ : NodeId{}; }
  void set_node(const NodeId& node) {
    node_ = node;
    whole_ = true;
  }

  void seek() { state_ = State::sought; }
  void lose() { state_ = State::unknown; }
  // Precondition: by tree, ascending.
  void set_places(std::span<const TreePlace> places);
  TreePlaces places() const;
  // Into the header, as the places of its target: as many as `room` bytes of header hold. Precondition: it is not less
  // than kRouteHeaderFixed.
  void write_to(RouteHeader& header, std::size_t room = kRouteHeaderMax) const;

  Instant used_at{};
  RoundTrip round_trip;

 private:
  friend class Targets;

  NodeId node_;
  State state_ = State::free;
  bool whole_ = false;
  std::uint8_t size_ = 0;
  ByteArray<kPlacesMax> places_{};
};
static_assert(sizeof(Target) == 104);

class Targets {
 public:
  explicit Targets(std::span<Target> slots) : slots_(slots) {}

  Target* find(const NodeTag& tag);
  const Target* find(const NodeTag& tag) const { return const_cast<Targets*>(this)->find(tag); }
  // The slot of this node, in place of the one that was of no use for longest; null: all others are being looked for.
  Target* take(const NodeTag& tag, Instant now);
  std::span<const Target> all() const { return slots_; }

 private:
  std::span<Target> slots_;
};

}  // namespace mp
