// SPDX-License-Identifier: ISC
#include "micropycelium/routing/tree.hpp"

#include "micropycelium/base/check.hpp"
#include "micropycelium/base/writer.hpp"
#include "micropycelium/crypto/hash.hpp"

#include <bit>

namespace mp {
namespace {

// A change is told so often more while a neighbour has not followed.
constexpr std::uint8_t kRepeatsMax = 11;
// The longest pause between two, for who has no place: four paces, doubled so often; where airtime is scarce paces are
// long.
constexpr std::uint8_t kAskDoublings = 6, kAskDoublingsScarce = 1;
// The best of 2^20 nodes does not wait at all.
constexpr unsigned kRankBits = 20;
// A span of this many paces for each bit of rank: a claim is some hops ahead of the next best.
constexpr std::int64_t kPacesOfRank = 2;
constexpr std::int64_t kListenPaces = 4;
// A place comes from the root down, so many paces a level at most, and some more for what is lost.
constexpr std::int64_t kPlacePaces = 60, kPlacePacesScarce = 120, kPacesOfLevel = 4;
// A move is told by all below; where airtime is scarce a parent is left only for one that is much better.
constexpr unsigned kHysteresisScarce = kCostUnit * 6;
// The children of a root wait for those before them.
constexpr std::int64_t kPacesOfSuccession = 3;
constexpr int kSuccessorLast = 16;

bool newer(std::uint16_t a, std::uint16_t b) { return static_cast<std::int16_t>(a - b) > 0; }

}  // namespace

std::uint16_t tree_epoch(const TreeClaim& claim, std::uint8_t tree) {
  ByteArray<15> text;
  Writer out(text);
  out.u8(tree);
  out.u64(claim.lineage);
  out.u16(claim.term);
  out.u32(claim.root);
  return load_be<std::uint16_t>(sha256(text).data());
}

std::uint64_t tree_score(std::uint8_t tree, const NodeId& id) {
  constexpr std::string_view kDomain = "Micropycelium tree 1";
  ByteArray<kDomain.size() + 1 + NodeId::kSize> text;
  Writer out(text);
  out.put(bytes(kDomain));
  out.u8(tree);
  out.put(id.bytes());
  return load_be<std::uint64_t>(sha256(text).data());
}

bool better_claim(const TreeClaim& a, const TreeClaim& b) {
  if (a.lineage == b.lineage) return a.term != b.term ? newer(a.term, b.term) : a.root < b.root;
  return a.settled != b.settled ? a.settled : a.lineage < b.lineage;
}

void Tree::begin(std::uint8_t number, const NodeId& self, Neighbours& table, const TreeTimes& times, Instant now) {
  *this = Tree{};
  table_ = &table;
  times_ = &times;
  number_ = number;
  score_ = tree_score(number, self);
  due_ = now + times.pace * kListenPaces + rank_delay(times.pace * kPacesOfRank * std::int64_t{kRankBits});
}

// The lower the score, the sooner: of n nodes the best waits (1 - log2(n) / 20) of the span, the next best a twentieth
// of it longer.
Duration Tree::rank_delay(Duration span) const {
  const auto whole = static_cast<unsigned>(std::countl_zero(score_ | 1));
  const auto fraction = static_cast<std::int64_t>((score_ << whole) >> 48 & 0x7fff);  // 0 .. 32767: above the top bit
  const std::int64_t rank =
      std::min<std::int64_t>(std::int64_t{whole} * 32768 + 32767 - fraction, std::int64_t{kRankBits} * 32768);
  return microseconds(span.us - span.us * rank / (std::int64_t{kRankBits} * 32768));
}

// --- what neighbours say -----------------------------------------------------------------------------------

void Tree::take(std::uint8_t slot, const TreeEntry& e, Instant now) {
  TreeNeighbour& n = at(slot);
  n.heard = true;
  n.orphan = e.orphan;
  n.cost = e.cost;
  n.epoch = tree_epoch(e.claim, number_);
  n.placed = false;
  if (e.place) n.put(e.place->place(), n.epoch);
  n.child = n.knows = false;

  if (!has_claim() || better_claim(e.claim, claim_)) {
    if (e.claim.root == self()) {
      // Ours, of before a restart, or from when we were the root: nobody else will renew it.
      TreeClaim again = e.claim;
      ++again.term;
      return become_root(again, now);
    }
    if (e.orphan || (!e.root && e.parent == self())) return;
    return follow(slot, e.claim, now);
  }
  if (!e.claim.same_root(claim_)) {
    n.index = 0;
    if (slot == parent_) return lose_parent(false, now);
    if (repeat_due_ == Instant::never()) dirty_ = true;
    return;
  }
  n.child = !e.root && e.parent == self();
  if (n.child) number_child(slot, e);
  if (e.claim.settled && !claim_.settled) {
    claim_.settled = true;
    if (!times_->scarce()) changed();  // else with the next word
  }
  if (slot == parent_) return listen_to_parent(e, now);
  if (state_ == State::orphan) return reattach(now);
  consider(now);
}

void Tree::take_nothing(std::uint8_t slot, Instant now) {
  TreeNeighbour& n = at(slot);
  const bool was_parent = slot == parent_;
  n.forget();
  if (has_claim() && !times_->scarce()) dirty_ = true;
  if (was_parent) lose_parent(own().placed && own().place.levels == 1, now);
}

void Tree::found(std::uint8_t slot) {
  at(slot).forget();
  if (has_claim() && !times_->scarce()) changed();
}

void Tree::lost(std::uint8_t slot, Instant now) {
  const bool was_parent = slot == parent_;
  at(slot).forget();
  if (asked_by_ == slot) asked_by_ = kNobody;
  if (was_parent) lose_parent(own().placed && own().place.levels == 1, now);
}

// It has forgotten its own children: under the same address they might be numbered alike.
void Tree::rebooted(std::uint8_t slot, Instant now) { lost(slot, now); }

void Tree::cost_changed(Instant now) {
  if (state_ != State::attached) return;
  cost_ = static_cast<std::uint16_t>(cost_over(parent_));
  if (own().placed && own().place.levels > 0)
    if (const auto anew = place().address.with_last_cost(cost_class(slot_of(parent_).cost))) hang(*anew);
  consider(now);
}

// More than a number can say is as much as it can.
unsigned Tree::cost_over(std::size_t slot) const {
  return std::min(unsigned{at(slot).cost} + slot_of(slot).cost, unsigned{kFar});
}

void Tree::number_child(std::uint8_t slot, const TreeEntry& e) {
  TreeNeighbour& n = at(slot);
  if (n.index == 0) {
    if (next_index_ == 0) return;  // no more in this epoch
    n.index = next_index_++;
  }
  n.knows = e.index == n.index;
  if (!n.knows) dirty_ = true;
}

void Tree::listen_to_parent(const TreeEntry& e, Instant now) {
  TreeNeighbour& n = at(parent_);
  if (e.orphan) {
    orphan_levels_ = static_cast<std::uint8_t>(std::min<unsigned>(e.cost, kLevelsMax));
    return lose_parent(false, now);
  }
  if ((!e.root && e.parent == self()) || descendant(n)) return lose_parent(false, now);
  if (newer(e.claim.seq, claim_.seq)) {
    claim_.seq = e.claim.seq;
    refresh_due_ = now + patience();
  }
  const auto cost = static_cast<std::uint16_t>(cost_over(parent_));
  // Neither has a place by which a circle would show; but in one the costs only ever rise. Where airtime is scarce they
  // rise by losses too, and to start anew costs more than to wait for the end of a circle.
  if (!own().placed && !n.placed && cost > cost_ && !times_->scarce()) return lose_parent(false, now);
  if (cost != cost_) {
    cost_ = cost;
    if (!times_->scarce()) changed();
  }
  for (std::size_t i = 0; i < e.child_count; ++i)
    if (e.children[i].tag == self() && index_ != e.children[i].index) {
      index_ = e.children[i].index;
      changed();
    }
  if (e.place) settle_place(*e.place);
  consider(now);
}

// --- whose tree ----------------------------------------------------------------------------------------------

void Tree::new_epoch(const TreeClaim& claim, Instant now) {
  own().placed = false;
  claim_ = claim;
  epoch_ = tree_epoch(claim, number_);
  next_index_ = 1;
  index_ = 0;
  for (std::size_t i = 0; i < slots(); ++i) {
    at(i).index = 0;
    at(i).child = at(i).knows = false;
  }
  orphan_levels_ = 0;
  due_ = Instant::never();
  forming_until_ = now + times_->forming;
  asked_by_ = kNobody;
  changed();
}

void Tree::follow(std::uint8_t slot, const TreeClaim& claim, Instant now) {
  leave_parent();
  new_epoch(claim, now);
  attach(slot, now);
  refresh_due_ = now + patience();
}

// The renewal of a root comes down one level with each of the adverts that are sent in quiet times.
Duration Tree::patience() const { return times_->refresh * (kRefreshesMissed + 2 * std::int64_t{cost_ / kCostUnit}); }

void Tree::become_root(const TreeClaim& claim, Instant now) {
  leave_parent();
  new_epoch(claim, now);
  claim_.root = self();
  claim_.seq = 0;
  epoch_ = tree_epoch(claim_, number_);
  state_ = State::root;
  cost_ = 0;
  hang(CompactAddress{});
  refresh_due_ = now + times_->refresh;
  if (!claim_.settled) due_ = now + times_->settle;
}

// --- the parent ----------------------------------------------------------------------------------------------

bool Tree::descendant(const TreeNeighbour& n) const {
  if (!n.placed || !same(n)) return false;
  if (own().known && own().place_epoch == n.epoch && below(n.place, own().place)) return true;
  for (const Former& f : former_)
    if (f.used && f.epoch == n.epoch && below(n.place, f.place)) return true;
  return false;
}

// The neighbour by which the root is nearest. `placed`: only one that has a place; else also one that waits for its
// own, if that brings us nearer than we are: whoever only ever comes nearer makes no loop.
std::uint8_t Tree::best_parent(bool placed) const {
  std::uint8_t best = kNobody;
  unsigned best_cost = 0;
  for (std::size_t i = 0; i < slots(); ++i) {
    const TreeNeighbour& n = at(i);
    if (!slot_of(i).met || !same(n) || n.orphan || n.child || descendant(n)) continue;
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

void Tree::leave_parent() {
  if (parent_ != kNobody && slot_of(parent_).uses > 0) --table_->at(parent_).uses;
  parent_ = kNobody;
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
  const std::int64_t paces = times_->scarce() ? kPlacePacesScarce : kPlacePaces;
  due_ = now + times_->pace * (paces + kPacesOfLevel * std::int64_t{cost_ / kCostUnit});
  repeat_due_ = now + times_->pace * 4;
  changed();
}

void Tree::lose_parent(bool the_root_went, Instant now) {
  leave_parent();
  if (asked_by_ != kNobody) {
    probe_out_ = TreeProbe{asked_by_, number_, TreeProbe::Kind::it_is_gone};
    asked_by_ = kNobody;
  }
  if (!the_root_went) return reattach(now);
  const std::uint8_t other = best_parent(true);
  if (other == kNobody) return succeed(now);
  state_ = State::probing;
  probe_out_ = TreeProbe{other, number_, TreeProbe::Kind::is_root_there};
  due_ = now + times_->pace * (std::int64_t{at(other).place.levels} + 3);
}

void Tree::reattach(Instant now) {
  if (const std::uint8_t other = best_parent(true); other != kNobody) return attach(other, now);
  // A tree that is only just coming about must not begin anew for one that waits in it for its place.
  if (times_->scarce() && !own().placed)
    if (const std::uint8_t other = best_parent(false); other != kNobody) return attach(other, now);
  if (state_ == State::orphan) return;
  state_ = State::orphan;
  if (orphan_levels_ == 0) orphan_levels_ = static_cast<std::uint8_t>(own().placed ? own().place.levels : 1);
  // Time enough for all below to look around, and for the news of it to come back.
  const std::int64_t hops = 2 * std::int64_t{std::max<std::uint8_t>(8, own().place.levels)};
  due_ = now + times_->pace * hops + rank_delay(times_->pace * std::int64_t{kRankBits});
  changed();
}

// The root is gone: one of its children follows it, the first of them if it can. Indexes only ever grow, so the wait
// goes by their order of magnitude.
void Tree::succeed(Instant now) {
  state_ = State::succeeding;
  const auto before_us = index_ > 0 ? std::bit_width(index_ - 1U) : kSuccessorLast;
  due_ = now + times_->pace * (kPacesOfSuccession * std::int64_t{before_us});
}

void Tree::consider(Instant now) {
  if (state_ != State::attached) return;
  const std::uint8_t best = best_parent(own().placed);
  if (best == kNobody || best == parent_) return;
  const unsigned cost = cost_over(best);
  const unsigned gain = now < forming_until_ && !own().placed ? 1 : times_->scarce() ? kHysteresisScarce : kHysteresis;
  if (cost + gain <= cost_) attach(best, now);
}

// --- the place -----------------------------------------------------------------------------------------------

void Tree::hang(const CompactAddress& address) {
  TreeNeighbour& me = own();
  const bool there = me.known && me.place_epoch == epoch_ && me.place.index == address.indexes() &&
                     me.place.bits == address.index_bits();
  const bool me_placed = me.placed;
  if (there && me_placed && costs_ == address.costs()) return;
  if (me.known && !there) {
    former_[1] = former_[0];
    former_[0] = {me.place, me.place_epoch, true};
  }
  me.put(address.place(), epoch_);
  costs_ = address.costs();
  if (state_ == State::attached) due_ = Instant::never();
  // What has become dearer or cheaper is told with the next word.
  if (!(there && me_placed && times_->scarce())) changed();
}

void Tree::settle_place(const CompactAddress& parents) {
  if (index_ == 0) return;
  if (const auto place = parents.child(index_, cost_class(slot_of(parent_).cost))) return hang(*place);
  due_ = Instant::never();  // too deep
  if (!own().placed) return;
  own().placed = false;
  changed();
}

// --- the root, is it there? ----------------------------------------------------------------------------------

void Tree::take_probe(std::uint8_t slot, TreeProbe::Kind kind, Instant now) {
  if (kind == TreeProbe::Kind::is_root_there) {
    if (state_ == State::root) {
      probe_out_ = TreeProbe{slot, number_, TreeProbe::Kind::it_is};
    } else if (state_ == State::attached && parent_ != slot) {
      asked_by_ = slot;
      probe_out_ = TreeProbe{parent_, number_, TreeProbe::Kind::is_root_there};
    } else {
      probe_out_ = TreeProbe{slot, number_, TreeProbe::Kind::it_is_gone};
    }
    return;
  }
  if (state_ == State::probing) {
    kind == TreeProbe::Kind::it_is ? reattach(now) : succeed(now);
  } else if (asked_by_ != kNobody && slot == parent_) {
    probe_out_ = TreeProbe{asked_by_, number_, kind};
    asked_by_ = kNobody;
  }
}

std::optional<TreeProbe> Tree::probe() {
  const auto out = probe_out_;
  probe_out_.reset();
  return out;
}

// --- time ----------------------------------------------------------------------------------------------------

// Whether somebody in reach has not followed what we told.
bool Tree::inconsistent() const {
  if (state_ == State::attached && index_ == 0) return true;
  for (std::size_t i = 0; i < slots(); ++i) {
    const TreeNeighbour& n = at(i);
    if (!slot_of(i).met) continue;
    // Who was not heard has heard us, most likely: to say it again does not help.
    if (!n.heard && times_->scarce()) continue;
    if (!n.heard || n.epoch != epoch_) return true;
    if (!n.child) continue;
    if (!n.knows || (own().placed && !(n.placed && below(n.place, own().place)))) return true;
  }
  return false;
}

void Tree::run(Instant now) {
  if (due_ <= now) {
    due_ = Instant::never();
    TreeClaim next = claim_;
    switch (state_) {
      case State::searching:
        next = {.lineage = score_, .term = 1, .seq = 0, .root = self(), .settled = false};
        become_root(next, now);
        break;
      case State::probing:
        succeed(now);
        break;
      case State::orphan:
        if (times_->scarce() && !own().placed) {
          cost_ = kFar;  // whoever has a way at all
          if (const std::uint8_t other = best_parent(false); other != kNobody) return attach(other, now);
        }
        [[fallthrough]];
      case State::succeeding:
        ++next.term;
        become_root(next, now);
        break;
      case State::attached:
        lose_parent(false, now);  // no place in all that time
        break;
      case State::root:
        claim_.settled = true;
        changed();
        break;
    }
  }
  if (refresh_due_ <= now) {
    if (state_ == State::root) {
      refresh_due_ = now + times_->refresh;
      ++claim_.seq;
    } else {
      refresh_due_ = Instant::never();
      leave_parent();
      state_ = State::attached;  // to be lost below, with nobody to go to: all in reach are as stale
      for (std::size_t i = 0; i < slots(); ++i) at(i).placed = false;
      reattach(now);
    }
  }
  if (repeat_due_ <= now) {
    repeat_due_ = Instant::never();
    dirty_ = dirty_ || (inconsistent() && may_repeat());
  }
}

// Whoever has no place asks for it without end, though ever more rarely.
bool Tree::may_repeat() const { return repeats_ < kRepeatsMax || (state_ == State::attached && index_ == 0); }

Instant Tree::due() const {
  Instant due = earlier(due_, repeat_due_);
  if (state_ != State::searching) due = earlier(due, refresh_due_);
  return due;
}

TreeEntry Tree::told(Instant now, Duration window, std::uint32_t chance) {
  MP_CHECK(has_claim());
  dirty_ = false;
  TreeEntry e;
  e.tree = number_;
  e.claim = claim_;
  e.orphan = state_ == State::orphan;
  e.root = state_ == State::root;
  e.cost = e.orphan ? orphan_levels_ : cost_;
  if (parent_ != kNobody) {
    e.parent = child_tag(slot_of(parent_).tag);
    e.index = index_;
  }
  if (own().placed) e.place = place().address;
  for (std::size_t i = 0; i < slots() && e.child_count < TreeEntry::kChildrenMax; ++i) {
    const TreeNeighbour& n = at(i);
    if (slot_of(i).met && n.child && n.index != 0 && !n.knows)
      e.children[e.child_count++] = {child_tag(slot_of(i).tag), n.index};
  }
  if (inconsistent() && may_repeat()) {
    const bool asks = state_ == State::attached && index_ == 0;
    const std::uint8_t asks_most = times_->scarce() ? kAskDoublingsScarce : kAskDoublings;
    const Duration first = times_->scarce() ? std::max(times_->pace * 2, window * 2) : times_->pace * 4;
    const Duration pause = first * (std::int64_t{1} << (asks ? std::min(repeats_, asks_most) : repeats_));
    // Those who spoke at the same time now do not again.
    repeat_due_ =
        now + pause / 2 +
        microseconds(static_cast<std::int64_t>(std::uint64_t{chance} * static_cast<std::uint64_t>(pause.us) >> 32));
    repeats_ = std::min<std::uint8_t>(static_cast<std::uint8_t>(repeats_ + 1), kRepeatsMax);
  }
  return e;
}

}  // namespace mp
