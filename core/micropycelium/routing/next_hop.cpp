// SPDX-License-Identifier: ISC
#include "micropycelium/routing/next_hop.hpp"

#include <optional>
#include <utility>

namespace mp {
namespace {

constexpr unsigned kBudgetHops = 8, kBudgetMore = 32;

// The order in which neighbours come into question: smaller first.
struct Choice {
  std::uint32_t key = ~0U;
  std::uint32_t sum = ~0U;
  std::uint16_t distance = kFar;
  std::uint8_t slot = kNobody;

  bool beats(const Choice& other) const { return key != other.key ? key < other.key : sum < other.sum; }
};

// How far it is over this neighbour, 16 bits. By prefix, the link's cost has no common unit with the distance.
std::uint16_t key_of(std::uint16_t etx, std::uint16_t distance, Metric metric) {
  if (metric == Metric::prefix) return distance;
  return static_cast<std::uint16_t>(std::min<unsigned>(unsigned{etx} + distance, kFar));
}

class Turn {
 public:
  Turn(const RouteHeader& header, const Neighbours& neighbours, DetourTable& detours, const FrameLimits& limits)
      : header_(header),
        neighbours_(neighbours),
        detours_(detours),
        policy_(detours.policy()),
        limits_(limits),
        source_(load_be<std::uint32_t>(header.source.value.data())),
        state_(header.state) {}

  Decision decide(Arrival arrival, std::uint8_t from) {
    const bool returned = arrival == Arrival::received && state_.returning;
    state_.returning = false;
    if (header_.target == neighbours_.self()) return {Kind::deliver, kNobody, state_};
    entry_ = detours_.find(source_, header_.message);
    if (const auto early = enter(arrival, returned, from)) return *early;
    // Before any distance: places may be old, a neighbour's name is not.
    if (const std::uint8_t slot = neighbours_.find(header_.target);
        slot != kNobody && slot != failed_ && limits_.fits(slot))
      return send_to(slot);
    return choose();
  }

 private:
  using Kind = Decision::Kind;

  // Which entry it is; a decision, where it needs no more.
  std::optional<Decision> enter(Arrival arrival, bool returned, std::uint8_t from) {
    if (returned) {
      // Only who has it can give it back, and once. Anything else is a circle in what nodes remember.
      if (entry_ == nullptr || entry_->at != from) return Decision{Kind::ask, kNobody, state_};
      parent_ = entry_->parent;
      entry_->at = kNobody;
      return std::nullopt;
    }
    if (entry_ != nullptr && arrival == Arrival::received) return back_to(from);  // it has been here
    parent_ = from;
    if (entry_ != nullptr && arrival == Arrival::undelivered) {
      parent_ = entry_->parent;
      failed_ = std::exchange(entry_->at, kNobody);
      if (failed_ == kNobody) return Decision{Kind::ask, kNobody, state_};  // it was on its way back
      return std::nullopt;
    }
    // An own packet again under the same number, or one that was forgotten meanwhile, begins anew.
    if (entry_ == nullptr) entry_ = detours_.add(source_, header_.message, from);
    return std::nullopt;
  }

  Decision choose() {
    const Distances distances(header_, neighbours_);
    state_.watermark = std::min(state_.watermark, distances.own().nearest);
    const std::uint8_t greedy = entry_ != nullptr ? entry_->greedy : kNobody;
    const unsigned farthest = farthest_of_detour();
    Choice nearer, any;
    for (std::uint8_t slot = 0; slot < neighbours_.slots(); ++slot) {
      const Neighbour& n = neighbours_[slot];
      if (!n.used || !n.alive || slot == parent_ || slot == greedy || slot == failed_) continue;
      if (!limits_.fits(slot)) continue;
      const Distance d = distances.of(slot);
      const Choice here{key_of(n.etx, d.nearest, header_.metric), d.sum, d.nearest, slot};
      if (d.nearest < state_.watermark) {
        if (here.beats(nearer)) nearer = here;
      } else if (here.key < any.key && (d.nearest <= farthest || (d.refused && d.nearest == kFar)) && untried(here) &&
                 !state_.visited.has(n.tag.bytes(), header_.message)) {
        any = here;
      }
    }
    if (nearer.slot != kNobody) return greedy_hop(nearer, distances.tree_of(nearer.slot));
    return detour_hop(any);
  }

  unsigned farthest_of_detour() const {
    if (policy_.slack == kFar) return kFar;
    const unsigned slack = header_.metric == Metric::tree ? policy_.slack : policy_.slack * kPrefixStep / kCostUnit;
    return state_.watermark + slack;
  }

  Decision greedy_hop(const Choice& choice, std::uint8_t by) {
    if (state_.ttl == 0) return {Kind::drop, kNobody, state_};
    --state_.ttl;
    state_.watermark = choice.distance;
    if (entry_ != nullptr) entry_->greedy = choice.slot;
    return send_to(choice.slot, by);
  }

  Decision detour_hop(const Choice& choice) {
    // Nobody here knows a tree in which the target is: no reason to try one neighbour rather than another.
    if (state_.watermark == kFar) return back_or_ask();
    if (state_.visited.size_code() == 0)
      state_.visited = Visited::of(std::min(policy_.visited_first, limits_.visited_last));
    // Who can not remember must not try: it would try the same again.
    if (choice.slot == kNobody || state_.budget == 0 || entry_ == nullptr) return back_or_ask();
    mark();
    --state_.budget;
    entry_->key = static_cast<std::uint16_t>(choice.key);
    entry_->slot = choice.slot;
    return send_to(choice.slot);
  }

  Decision back_or_ask() {
    if (parent_ == kNobody || !neighbours_[parent_].alive) return {Kind::ask, kNobody, state_};
    return back_to(parent_);
  }

  Decision send_to(std::uint8_t slot, std::uint8_t by = kNobody) {
    if (entry_ != nullptr) entry_->at = slot;
    return {Kind::send, slot, state_, by};
  }

  Decision back_to(std::uint8_t slot) {
    mark();
    state_.returning = true;
    return {Kind::back, slot, state_};
  }

  void mark() {
    const std::uint8_t last = std::min(policy_.visited_last, limits_.visited_last);
    state_.visited.add(neighbours_.self().bytes(), header_.message, last);
  }

  bool untried(const Choice& c) const {
    if (entry_ == nullptr || !entry_->begun()) return true;
    return c.key != entry_->key ? c.key > entry_->key : c.slot > entry_->slot;
  }

  const RouteHeader& header_;
  const Neighbours& neighbours_;
  DetourTable& detours_;
  const DetourPolicy& policy_;
  const FrameLimits& limits_;
  std::uint32_t source_;  // as the ring keeps it: the first 4 bytes
  RouteState state_;
  Detour* entry_ = nullptr;
  std::uint8_t parent_ = kNobody;  // whom it came from first
  std::uint8_t failed_ = kNobody;  // who did not take it just now
};

}  // namespace

Decision decide(const RouteHeader& header, const Neighbours& neighbours, DetourTable& detours, Arrival arrival,
                std::uint8_t from, const FrameLimits& limits) {
  MP_CHECK(from == kNobody || from < neighbours.slots());
  return Turn(header, neighbours, detours, limits).decide(arrival, from);
}

std::uint8_t nearer_neighbour(const Neighbours& neighbours, const Distances& distances) {
  const std::uint16_t here = distances.own().nearest;
  Choice best;
  for (std::uint8_t slot = 0; slot < neighbours.slots(); ++slot) {
    const Neighbour& n = neighbours[slot];
    if (!n.used || !n.alive) continue;
    const Distance d = distances.of(slot);
    const Choice choice{key_of(n.etx, d.nearest, distances.metric()), d.sum, d.nearest, slot};
    if (d.nearest < here && choice.beats(best)) best = choice;
  }
  return best.slot;
}

RouteState first_state(unsigned hops) {
  RouteState state;
  state.budget = static_cast<std::uint8_t>(std::min(kBudgetHops * hops + kBudgetMore, 255U));
  return state;
}

}  // namespace mp
