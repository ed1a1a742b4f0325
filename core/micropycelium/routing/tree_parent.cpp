// SPDX-License-Identifier: ISC
// Below whom a node hangs (specification: tree.md, "Parent and place", "A parent is lost"): who may be the parent, when
// it is left for another, and what is done when it is gone.
#include "micropycelium/routing/tree.hpp"

#include <bit>

namespace mp {
namespace {

// A place comes from the root down, so many paces a level at most, and some more for what is lost.
constexpr std::int64_t kPlacePaces = 60, kPlacePacesScarce = 120, kPacesOfLevel = 4;
// A move is told by all below; where airtime is scarce a parent is left only for one that is much better.
constexpr unsigned kHysteresisScarce = kCostUnit * 6;
// So long does a better parent have to give an index, while the place of before is kept.
constexpr std::int64_t kTrialPaces = 20;
// Whoever gave none is left out for so long at first, twice that the next time, a refresh at most.
constexpr std::int64_t kVainPaces = 64;
constexpr std::uint8_t kVainDoublings = 8;
// The children of a root wait for those before them.
constexpr std::int64_t kPacesOfSuccession = 3;
constexpr int kSuccessorLast = 16;

bool left_out(const Neighbour& n, Instant now) {
  return n.in_vain > 0 && now < Instant{} + seconds(std::int64_t{n.rests_until});
}

}  // namespace

bool Tree::descendant(const TreeNeighbour& n) const {
  if (!n.placed || !same(n)) return false;
  if (own().known && own().place_epoch == n.epoch && below(n.place, own().place)) return true;
  for (const Former& f : former_)
    if (f.used && f.epoch == n.epoch && below(n.place, f.place)) return true;
  return false;
}

// The neighbour by which the root is nearest. `placed`: only one that has a place; else also one that waits for its
// own, if that brings us nearer than we are: whoever only ever comes nearer makes no loop.
// Left out is who was asked in vain lately.
std::uint8_t Tree::best_parent(bool placed, Instant now) const {
  std::uint8_t best = kNobody;
  unsigned best_cost = 0;
  for (std::size_t i = 0; i < slots(); ++i) {
    const TreeNeighbour& n = at(i);
    if (!slot_of(i).met || !same(n) || n.orphan || n.child || n.refused || descendant(n) || left_out(slot_of(i), now))
      continue;
    const unsigned cost = cost_over(i);
    if (!n.placed && (placed || cost >= cost_)) continue;
    if (n.placed && orphan_levels_ > 0 && own().placed && below(n.place, own().place, orphan_levels_)) continue;
    const bool less_used = best != kNobody && cost == best_cost && slot_of(i).uses < slot_of(best).uses;
    if (best != kNobody && cost >= best_cost && !less_used) continue;
    best = static_cast<std::uint8_t>(i);
    best_cost = cost;
  }
  return best;
}

// Who has none is not choosy: who gave no index before may give one now.
std::uint8_t Tree::any_parent(Instant now) const {
  const std::uint8_t best = best_parent(true, now);
  return best != kNobody ? best : best_parent(true, Instant::never());
}

void Tree::leave_parent() {
  if (parent_ != kNobody && slot_of(parent_).uses > 0) --table_->at(parent_).uses;
  parent_ = trial_ = kNobody;
}

void Tree::attach(std::uint8_t slot, Instant now) {
  leave_parent();
  parent_ = slot;
  ++table_->at(slot).uses;
  ++parent_changes_;
  own().placed = false;
  index_ = 0;
  state_ = State::attached;
  orphan_levels_ = 0;
  cost_ = static_cast<std::uint16_t>(cost_over(slot));
  const std::int64_t paces = times().scarce() ? kPlacePacesScarce : kPlacePaces;
  due_ = now + times().pace * (paces + kPacesOfLevel * std::int64_t{cost_ / kCostUnit});
  repeat_due_ = now + times().pace * 4;
  changed();
}

void Tree::lose_parent(bool the_root_went, Instant now) {
  leave_parent();
  answer_askers(TreeProbe::Kind::it_is_gone);
  if (!the_root_went) return reattach(now);
  probed_twice_ = false;
  ask_another(now);
}

void Tree::ask_another(Instant now) {
  const std::uint8_t other = any_parent(now);
  if (other == kNobody) return succeed(now);
  state_ = State::probing;
  probed_ = other;
  say({other, number_, TreeProbe::Kind::is_root_there});
  due_ = now + times().pace * (std::int64_t{at(other).place.levels} + 3);
}

void Tree::reattach(Instant now) {
  if (const std::uint8_t other = any_parent(now); other != kNobody) return attach(other, now);
  // A tree that is only just coming about must not begin anew for one that waits in it for its place.
  if (times().scarce() && !own().placed)
    if (const std::uint8_t other = best_parent(false, now); other != kNobody) return attach(other, now);
  if (state_ == State::orphan) return;
  state_ = State::orphan;
  if (orphan_levels_ == 0) orphan_levels_ = static_cast<std::uint8_t>(own().placed ? own().place.levels : 1);
  // Time enough for all below to look around, and for the news of it to come back.
  const std::int64_t hops = 2 * std::int64_t{std::max<std::uint8_t>(8, own().place.levels)};
  due_ = now + times().pace * hops + rank_delay(times().pace * std::int64_t{kRankBits});
  changed();
}

// The root is gone: one of its children follows it, the first of them if it can. Indexes only ever grow, so the wait
// goes by their order of magnitude.
void Tree::succeed(Instant now) {
  state_ = State::succeeding;
  const auto before_us = index_ > 0 ? std::bit_width(index_ - 1U) : kSuccessorLast;
  due_ = now + times().pace * (kPacesOfSuccession * std::int64_t{before_us});
}

unsigned Tree::hysteresis() const { return times().scarce() ? kHysteresisScarce : kHysteresis; }

void Tree::consider(Instant now) {
  if (state_ != State::attached || trial_ != kNobody) return;
  const std::uint8_t best = best_parent(own().placed, now);
  if (best == kNobody || best == parent_) return;
  const unsigned cost = cost_over(best);
  const unsigned gain = now < forming_until_ && !own().placed ? 1 : hysteresis();
  if (cost + gain > cost_) return;
  if (!own().placed) return attach(best, now);
  if (claim_.settled && !at(best).proven) return;
  // It may not know us, or have no more indexes: the place that we have is given up when it has given us another.
  trial_ = best;
  due_ = now + times().pace * kTrialPaces;
  repeat_due_ = now + times().pace * 4;
  changed();
}

std::uint8_t Tree::better_parent(Instant now) const {
  if (state_ != State::attached || !claim_.settled || !own().placed || trial_ != kNobody) return kNobody;
  const std::uint8_t best = best_parent(true, now);
  if (best == kNobody || best == parent_ || at(best).proven || cost_over(best) + hysteresis() > cost_) return kNobody;
  return best;
}

void Tree::end_trial() {
  trial_ = kNobody;
  due_ = Instant::never();
  changed();
}

void Tree::asked_in_vain(std::uint8_t slot, Instant now) {
  Neighbour& n = table_->at(slot);
  n.in_vain = std::min<unsigned>(n.in_vain + 1U, kVainDoublings) & 15U;
  const Duration rest = std::min(times().pace * (kVainPaces << (n.in_vain - 1)), times().refresh);
  n.rests_until = static_cast<std::uint32_t>((now + rest).us / 1'000'000 + 1);
}

void Tree::listen_to_trial(const TreeEntry& e, Instant now) {
  const std::uint8_t slot = trial_;
  const TreeNeighbour& n = at(slot);
  if (n.orphan || n.child || n.refused || !e.place || descendant(n) || cost_over(slot) + hysteresis() > cost_) {
    end_trial();
    return consider(now);
  }
  for (std::size_t i = 0; i < e.child_count; ++i) {
    if (e.children[i].tag != self()) continue;
    if (!e.place->child(e.children[i].index, cost_class(slot_of(slot).cost))) {
      asked_in_vain(slot, now);  // too deep
      return end_trial();
    }
    leave_parent();
    parent_ = slot;
    ++table_->at(slot).uses;
    ++parent_changes_;
    return listen_to_parent(e, now);
  }
}

}  // namespace mp
