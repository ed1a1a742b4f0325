// SPDX-License-Identifier: ISC
// Where nodes are that are no neighbours, as far as it is known: found by asking, or told by their own packets
// (specification: routing.md, "Whom a node knows"). In the memory of the caller, 104 bytes each; the one that was of no
// use for longest gives way.
#pragma once

#include "micropycelium/base/time.hpp"
#include "micropycelium/packet/route_header.hpp"
#include "micropycelium/transport/round_trip.hpp"

#include <algorithm>

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
  void lose() {
    state_ = State::unknown;
    signed_s_ = 0;
  }
  // Precondition: by tree, ascending.
  void set_places(std::span<const TreePlace> places);
  // The node has signed them just now.
  void set_signed(Instant now) { signed_s_ = seconds_of(now); }
  // Its places were signed so lately that what somebody says in its name does not count.
  bool sure(Instant now) const { return signed_s_ != 0 && seconds_of(now) - signed_s_ < kSureSeconds; }
  TreePlaces places() const;
  // Into the header, as the places of its target: as many as `room` bytes of header hold. Precondition: it is not less
  // than kRouteHeaderFixed.
  void write_to(RouteHeader& header, std::size_t room = kRouteHeaderMax) const;

  Instant used_at{};
  RoundTrip round_trip;

 private:
  friend class Targets;

  static constexpr std::uint32_t kSureSeconds = 60;
  static std::uint32_t seconds_of(Instant t) { return static_cast<std::uint32_t>(t.us / 1'000'000 + 1); }

  NodeId node_;
  State state_ = State::free;
  bool whole_ = false;
  bool wanted_ = false;  // this node sent there, or looked for it to do so
  std::uint8_t size_ = 0;
  std::uint32_t signed_s_ = 0;  // when its places were signed; 0: never
  ByteArray<kPlacesMax> places_{};
};
static_assert(sizeof(Target) == 104);

class Targets {
 public:
  explicit Targets(std::span<Target> slots) : slots_(slots) {}

  Target* find(const NodeTag& tag);
  const Target* find(const NodeTag& tag) const { return const_cast<Targets*>(this)->find(tag); }
  // The slot of a node that is wanted here. Of the others the one gives way that was of no use for longest, none that
  // is being looked for, and who is `in_use` last; null: all are being looked for.
  template <typename InUse>
  Target* take_wanted(const NodeTag& tag, Instant now, const InUse& in_use);
  // The slot of a node that came by itself: it takes the place of others like it, and of one that is wanted only if
  // nothing went there for long or the strangers have less than a quarter; null: there is none.
  template <typename InUse>
  Target* take_stranger(const NodeTag& tag, Instant now, const InUse& in_use);
  std::span<const Target> all() const { return slots_; }
  bool full() const {
    return std::all_of(slots_.begin(), slots_.end(), [](const Target& t) { return t.used(); });
  }

 private:
  static constexpr Duration kWantedFor = seconds(600);

  // The free one or the oldest of those that may go; null: none.
  template <typename MayGo>
  Target* oldest(const MayGo& may_go) {
    Target* best = nullptr;
    for (Target& t : slots_) {
      if (!t.used()) return &t;
      if (t.state() != Target::State::sought && may_go(t) && (best == nullptr || t.used_at < best->used_at)) best = &t;
    }
    return best;
  }
  static Target* begin(Target* slot, const NodeTag& tag, Instant now);

  std::span<Target> slots_;
};

template <typename InUse>
Target* Targets::take_wanted(const NodeTag& tag, Instant now, const InUse& in_use) {
  Target* t = find(tag);
  if (t == nullptr) {
    t = oldest([&](const Target& o) { return !in_use(o.tag()); });
    if (t == nullptr) t = oldest([](const Target&) { return true; });
    t = begin(t, tag, now);
  }
  if (t != nullptr) t->wanted_ = true;
  return t;
}

template <typename InUse>
Target* Targets::take_stranger(const NodeTag& tag, Instant now, const InUse& in_use) {
  if (Target* const known = find(tag)) return known;
  const auto is_wanted = [&](const Target& o) { return o.wanted_ && now - o.used_at < kWantedFor; };
  std::size_t strangers = 0;
  for (const Target& o : slots_)
    if (o.used() && !is_wanted(o)) ++strangers;
  const bool few = 4 * strangers < slots_.size();
  return begin(oldest([&](const Target& o) { return (few || !is_wanted(o)) && !in_use(o.tag()); }), tag, now);
}

}  // namespace mp
