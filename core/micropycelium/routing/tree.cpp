// SPDX-License-Identifier: ISC
#include "micropycelium/routing/tree.hpp"

#include "micropycelium/base/check.hpp"

#include <bit>

namespace mp {
namespace {

// A change is told so often more while a neighbour has not followed.
constexpr std::uint8_t kRepeatsMax = 11;
// The longest pause between two, for who has no place: four paces, doubled so often; where airtime is scarce paces are
// long.
constexpr std::uint8_t kAskDoublings = 6, kAskDoublingsScarce = 1;
// A span of this many paces for each bit of rank: a claim is some hops ahead of the next best.
constexpr std::int64_t kPacesOfRank = 2;
constexpr std::int64_t kListenPaces = 4;
// What was shown to cost so many times more has to be shown again: costs change, and records may say so much more, too.
constexpr unsigned kShownTimes = 2;

}  // namespace

void Tree::begin(std::uint8_t number, const NodeId& self, Neighbours& table, const TreeTimes& times, Instant now) {
  *this = Tree{};
  table_ = &table;
  table_->times_ = &times;
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

void Tree::take(std::uint8_t slot, const TreeEntry& e, Mercy mercy, Instant now) {
  TreeNeighbour& n = at(slot);
  const mp::Place before = n.place;
  const bool was_placed = n.placed;
  const std::uint16_t epoch_before = n.epoch;
  n.heard = true;
  n.orphan = e.orphan;
  n.cost = e.cost;
  n.epoch = tree_epoch(e.claim, number_);
  n.placed = false;
  if (e.place) n.put(e.place->place(), n.epoch);
  n.child = n.knows = false;
  const bool moved = n.epoch != epoch_before || (n.placed && n.place.index != before.index);
  // What has been shown is where it hangs, and that it is not much nearer to the root than it says.
  n.proven = n.proven && was_placed && n.placed && !moved && kShownTimes * n.place.weight >= n.shown;
  if (mercy == Mercy::full || (mercy == Mercy::if_it_moved && moved)) n.refused = false;

  if (!has_claim() || better_claim(e.claim, claim_)) {
    if (n.refused) return;
    if (!may_move(slot, e.claim, false, now)) return e.claim.lineage == claim_.lineage ? ask_for_root() : void();
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
    if (slot == trial_) end_trial();
    if (slot == parent_) return lose_parent(false, now);
    if (repeat_due_ == Instant::never()) dirty_ = true;
    return;
  }
  n.child = !e.root && e.parent == self();
  if (n.child) number_child(slot, e);
  if (e.claim.settled && !claim_.settled) {
    claim_.settled = true;
    if (!times().scarce()) changed();  // else with the next word
  }
  if (slot == parent_) return listen_to_parent(e, now);
  if (slot == trial_) return listen_to_trial(e, now);
  if (state_ == State::orphan) return reattach(now);
  consider(now);
}

void Tree::take_nothing(std::uint8_t slot, Instant now) {
  TreeNeighbour& n = at(slot);
  const bool was_parent = slot == parent_;
  if (slot == trial_) end_trial();
  n.forget();
  if (has_claim() && !times().scarce()) dirty_ = true;
  if (was_parent) lose_parent(own().placed && own().place.levels == 1, now);
}

void Tree::found(std::uint8_t slot) {
  at(slot).forget();
  if (has_claim() && !times().scarce()) changed();
}

void Tree::lost(std::uint8_t slot, Instant now) {
  const bool was_parent = slot == parent_;
  if (slot == trial_) end_trial();
  at(slot).forget();
  const bool was_asked = state_ == State::probing && slot == probed_;
  forget_probes(slot);
  if (was_asked) return lose_parent(true, now);  // somebody else may know
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
    // Two that are told alike would take each other's.
    for (std::size_t i = 0; i < slots(); ++i)
      if (i != slot && at(i).child && at(i).index != 0 && child_tag(slot_of(i).tag) == child_tag(slot_of(slot).tag))
        return;
    // There are no more than 65,535: whoever comes again and again waits.
    if (n.numbered) {
      if (slot_of(slot).renumbered >= kRenumberedMax) return;
      ++table_->at(slot).renumbered;
    }
    n.numbered = true;
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
  if (newer_serial(e.claim.seq, claim_.seq)) {
    claim_.seq = e.claim.seq;
    asked_ = false;
    refresh_due_ = now + patience();
  }
  const auto cost = static_cast<std::uint16_t>(cost_over(parent_));
  // Neither has a place by which a circle would show; but in one the costs only ever rise. Where airtime is scarce they
  // rise by losses too, and to start anew costs more than to wait for the end of a circle.
  if (!own().placed && !n.placed && cost > cost_ && !times().scarce()) return lose_parent(false, now);
  if (cost != cost_) {
    cost_ = cost;
    if (!times().scarce()) cost_alone_changed();
  }
  // Two that are told alike: the one that we have stays.
  std::uint16_t told = 0;
  for (std::size_t i = 0; i < e.child_count; ++i)
    if (e.children[i].tag == self() && (told == 0 || e.children[i].index == index_)) told = e.children[i].index;
  if (told != 0 && told != index_) {
    index_ = told;
    table_->at(parent_).in_vain = 0;
    changed();
  }
  if (e.place) settle_place(*e.place);
  consider(now);
}

// --- whose tree ----------------------------------------------------------------------------------------------

void Tree::new_epoch(const TreeClaim& claim, Instant now) {
  own().placed = false;
  asked_ = false;
  if (has_claim() && claim_.settled) note_move(now);
  claim_ = claim;
  epoch_ = tree_epoch(claim, number_);
  next_index_ = 1;
  index_ = 0;
  for (std::size_t i = 0; i < slots(); ++i) {
    at(i).index = 0;
    at(i).child = at(i).knows = at(i).numbered = false;
  }
  orphan_levels_ = 0;
  due_ = Instant::never();
  forming_until_ = now + times().forming;
  asker_count_ = probe_count_ = 0;
  probed_ = kNobody;
  changed();
}

void Tree::follow(std::uint8_t slot, const TreeClaim& claim, Instant now) {
  leave_parent();
  new_epoch(claim, now);
  attach(slot, now);
  refresh_due_ = now + patience();
}

// The renewal of a root comes down one level with each of the adverts that are sent in quiet times.
Duration Tree::patience() const { return times().refresh * (kRefreshesMissed + 2 * std::int64_t{cost_ / kCostUnit}); }

void Tree::become_root(const TreeClaim& claim, Instant now) {
  leave_parent();
  new_epoch(claim, now);
  claim_.root = self();
  claim_.seq = 0;
  epoch_ = tree_epoch(claim_, number_);
  state_ = State::root;
  cost_ = 0;
  hang(CompactAddress{});
  refresh_due_ = now + times().refresh;
  if (!claim_.settled) due_ = now + times().settle;
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
  if (state_ == State::attached && trial_ == kNobody) due_ = Instant::never();
  if (!there || !me_placed)
    changed();
  else if (!times().scarce())
    stale_ = true;
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

// What does not fit is asked again, or answered to nobody's loss: without an answer whoever asked waits a little
// longer.
void Tree::say(const TreeProbe& probe) {
  if (probe_count_ < probes_.size()) probes_[probe_count_++] = probe;
}

void Tree::answer_askers(TreeProbe::Kind kind) {
  for (std::size_t i = 0; i < asker_count_; ++i) say({askers_[i], number_, kind});
  asker_count_ = 0;
}

// The slot may be another's soon.
void Tree::forget_probes(std::uint8_t slot) {
  std::uint8_t n = 0;
  for (std::uint8_t i = 0; i < asker_count_; ++i)
    if (askers_[i] != slot) askers_[n++] = askers_[i];
  asker_count_ = n;
  n = 0;
  for (std::uint8_t i = 0; i < probe_count_; ++i)
    if (probes_[i].slot != slot) probes_[n++] = probes_[i];
  probe_count_ = n;
  if (probed_ == slot) probed_ = kNobody;
}

void Tree::take_probe(std::uint8_t slot, TreeProbe::Kind kind, Instant now) {
  if (kind == TreeProbe::Kind::is_root_there) {
    if (state_ == State::root) return say({slot, number_, TreeProbe::Kind::it_is});
    if (state_ != State::attached || parent_ == slot) return say({slot, number_, TreeProbe::Kind::it_is_gone});
    bool known = false;
    for (std::size_t i = 0; i < asker_count_; ++i) known = known || askers_[i] == slot;
    if (!known && asker_count_ == askers_.size()) return;
    if (!known) askers_[asker_count_++] = slot;
    return say({parent_, number_, TreeProbe::Kind::is_root_there});
  }
  if (state_ == State::probing) {
    if (slot != probed_) return;  // nobody asked it
    probed_ = kNobody;
    kind == TreeProbe::Kind::it_is ? reattach(now) : succeed(now);
    return;
  }
  if (slot != parent_) return;
  if (asked_ && kind == TreeProbe::Kind::it_is_gone && rests(now)) {
    rests_until_ = now;
    changed();  // who has another root tells us again
  }
  answer_askers(kind);
}

std::optional<TreeProbe> Tree::probe() {
  if (probe_count_ == 0) return std::nullopt;
  const TreeProbe out = probes_[0];
  for (std::size_t i = 1; i < probe_count_; ++i) probes_[i - 1] = probes_[i];
  --probe_count_;
  return out;
}

// --- time ----------------------------------------------------------------------------------------------------

// Whether somebody in reach has not followed what we told.
bool Tree::inconsistent() const {
  if (state_ == State::attached && (index_ == 0 || trial_ != kNobody)) return true;
  for (std::size_t i = 0; i < slots(); ++i) {
    const TreeNeighbour& n = at(i);
    if (!slot_of(i).met) continue;
    // Who was not heard has heard us, most likely: to say it again does not help.
    if (!n.heard && times().scarce()) continue;
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
        // The question may have got lost, or the answer.
        if (!probed_twice_) {
          probed_twice_ = true;
          ask_another(now);
          break;
        }
        succeed(now);
        break;
      case State::orphan:
        if (times().scarce() && !own().placed) {
          cost_ = kFar;  // whoever has a way at all
          if (const std::uint8_t other = best_parent(false, now); other != kNobody) return attach(other, now);
        }
        [[fallthrough]];
      case State::succeeding:
        ++next.term;
        become_root(next, now);
        break;
      case State::attached:
        if (trial_ != kNobody) {
          asked_in_vain(trial_, now);
          end_trial();
          break;
        }
        if (index_ == 0) asked_in_vain(parent_, now);
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
      refresh_due_ = now + times().refresh;
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
  dirty_ = stale_ = false;
  TreeEntry e;
  e.tree = number_;
  e.claim = claim_;
  e.orphan = state_ == State::orphan;
  e.root = state_ == State::root;
  e.cost = e.orphan ? orphan_levels_ : cost_;
  if (parent_ != kNobody) {
    e.parent = child_tag(slot_of(trial_ != kNobody ? trial_ : parent_).tag);
    e.index = trial_ != kNobody ? std::uint16_t{0} : index_;
  }
  if (own().placed) e.place = place().address;
  // Each in its turn: those that never learn theirs keep nobody from it.
  const std::size_t first = told_next_;
  for (std::size_t k = 0; k < slots() && e.child_count < TreeEntry::kChildrenMax; ++k) {
    const std::size_t i = (first + k) % slots();
    const TreeNeighbour& n = at(i);
    if (!slot_of(i).met || !n.child || n.index == 0 || n.knows) continue;
    e.children[e.child_count++] = {child_tag(slot_of(i).tag), n.index};
    told_next_ = static_cast<std::uint8_t>((i + 1) % slots());
  }
  if (inconsistent() && may_repeat()) {
    const bool asks = state_ == State::attached && index_ == 0;
    const std::uint8_t asks_most = times().scarce() ? kAskDoublingsScarce : kAskDoublings;
    const Duration shortest = times().scarce() ? std::max(times().pace * 2, window * 2) : times().pace * 4;
    const Duration pause = shortest * (std::int64_t{1} << (asks ? std::min(repeats_, asks_most) : repeats_));
    // Those who spoke at the same time now do not again.
    repeat_due_ =
        now + pause / 2 +
        microseconds(static_cast<std::int64_t>(std::uint64_t{chance} * static_cast<std::uint64_t>(pause.us) >> 32));
    repeats_ = std::min<std::uint8_t>(static_cast<std::uint8_t>(repeats_ + 1), kRepeatsMax);
  }
  return e;
}

}  // namespace mp
