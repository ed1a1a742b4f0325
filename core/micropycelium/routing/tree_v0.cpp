// SPDX-License-Identifier: ISC
// Neighbours, where this node hangs, and what is sent when. What neighbours say is in tree_v0_messages.cpp.
#include "micropycelium/routing/tree_v0_rules.hpp"

namespace mp {

using namespace tree_v0;

void TreeV0::start(const NodeId& self, std::uint32_t boot, Random& random, const TreeV0Options& options, Instant now) {
  *this = TreeV0(neighbours_, children_);
  for (TreeV0Neighbour& n : neighbours_) n = {};
  for (TreeV0Child& c : children_) c = {};
  random_ = &random;
  options_ = options;
  self_ = self;
  started_ = now;
  first_ts_ = std::uint64_t{boot} << kBootBit;
  last_send_ = now - options.beat;
  look_due_ = options.always ? now : Instant::never();
}

void TreeV0::found(std::uint8_t slot, const NodeId& id, bool equal, Instant now) {
  TreeV0Neighbour& n = at(slot);
  if (n.used && n.tag == node_tag(id)) {
    n.equal = equal;
    return;
  }
  lost(slot, now);
  n.tag = node_tag(id);
  n.used = true;
  n.equal = equal;
  n.room = kRoom;
  n.refilled = now;
  n.responded = now - options_.beat;
  n.respond = placed_ && equal;
  if (n.respond) look_due_ = now;
}

std::uint8_t TreeV0::find(const NodeId& id) const {
  for (std::size_t i = 0; i < neighbours_.size(); ++i)
    if (neighbours_[i].used && neighbours_[i].tag == node_tag(id)) return static_cast<std::uint8_t>(i);
  return kNobody;
}

void TreeV0::lists(std::uint8_t slot, Instant now) {
  TreeV0Neighbour& n = at(slot);
  if (!n.used || n.speaks) return;
  n.speaks = true;
  n.respond = placed_;
  look_due_ = now;
}

void TreeV0::lost(std::uint8_t slot, Instant now) {
  if (!at(slot).used) return;
  at(slot) = {};
  if (joining_ == slot) end_join();
  // Not parent_ = kNobody: whoever has no parent and is not the root of its claim is an orphan, and keeps its place.
  if (parent_ == slot) parent_ = kNobody;
  if (placed_) look_due_ = now;
}

// --- where we hang -------------------------------------------------------------------------------------

bool TreeV0::collides(const NodeId& claim) const { return placed_ && claim != claim_ && tree_state(claim) == state_; }

// Whether one may hang below it.
bool TreeV0::candidate(const TreeV0Neighbour& n, Instant now) const {
  // What is nearly past its lifetime may come from a root that is gone.
  if (!n.used || !n.told || !n.placed || now - n.made > options_.lifetime() / 4 * 3) return false;
  if (now < n.deaf_until || n.claim == self_ || collides(n.claim)) return false;
  return !(placed_ && n.claim == claim_ && within(n.place, place_));
}

bool TreeV0::parent_good(Instant now) const {
  if (parent_ == kNobody) return false;
  const TreeV0Neighbour& n = neighbours_[parent_];
  return n.used && n.told && n.placed && alive(n, now) && n.claim == claim_ && !within(n.place, place_);
}

bool TreeV0::nearer(const TreeV0Neighbour& a, std::uint8_t slot, const TreeV0Neighbour& b) const {
  if (a.claim != b.claim) return better(a.claim, b.claim);
  if (a.place.size != b.place.size) return a.place.size < b.place.size;
  return slot == parent_;
}

void TreeV0::decide(Instant now) {
  if (placed_ && now - made_ > options_.lifetime()) leave();
  const bool root = is_root();
  const bool lost = placed_ && !root && !parent_good(now);
  if (joining_ != kNobody && (!candidate(at(joining_), now) || at(joining_).claim != joining_claim_)) end_join();

  std::uint8_t best = kNobody;
  const unsigned levels = now - moved_at_ > options_.beat * kSettledBeats ? 1 : kLevelsBetter;
  bool self_told = false;
  yields_ = false;
  for (std::size_t i = 0; i < neighbours_.size(); ++i) {
    const auto slot = static_cast<std::uint8_t>(i);
    const TreeV0Neighbour& n = neighbours_[i];
    if (!n.used || !n.told || !alive(n, now)) continue;
    self_told = self_told || n.claim == self_;
    yields_ = yields_ || (collides(n.claim) && better(n.claim, claim_));
    if (!candidate(n, now)) continue;
    if (placed_ && n.claim == claim_) {
      if (!lost && (slot == parent_ || n.place.size + levels > neighbours_[parent_].place.size)) continue;
    } else if (placed_ && !better(n.claim, claim_)) {
      continue;
    }
    if (best == kNobody || nearer(n, slot, neighbours_[best])) best = slot;
  }

  // There is a tree, and this node is the better root for it.
  const bool tree = best != kNobody || (placed_ && !root && !lost);
  const NodeId& other = best != kNobody ? neighbours_[best].claim : claim_;
  if (tree && other != self_ && better(self_, other) && !collides(self_) && !root) {
    end_join();
    return become_root(now);
  }
  if (best != kNobody) {
    claim_due_ = Instant::never();
    if (joining_ == kNobody || better(neighbours_[best].claim, joining_claim_)) begin_join(best, now);
    return;
  }
  if (placed_) {
    // The parent is somewhere else now: so are we.
    if (!root && !lost && joining_ == kNobody) {
      Coordinates above = place_;
      above.value[--above.size] = 0;
      if (!(above == neighbours_[parent_].place) && now >= neighbours_[parent_].deaf_until) begin_join(parent_, now);
    }
    return;
  }
  if (joining_ != kNobody) return;
  if (self_told && now >= retired_until_) return become_root(now);
  if (!needed(now)) {
    claim_due_ = Instant::never();
  } else if (claim_due_ == Instant::never()) {
    const auto rank = std::to_integer<std::int64_t>(claim_score(self_).value[0]);
    claim_due_ = now + options_.beat / kRankParts * rank / 256;
  }
}

void TreeV0::begin_join(std::uint8_t slot, Instant now) {
  joining_ = slot;
  joining_claim_ = at(slot).claim;
  tries_ = 0;
  request_due_ = now;
}

void TreeV0::end_join() {
  joining_ = kNobody;
  request_due_ = Instant::never();
}

void TreeV0::keep_former() { former_ = {claim_, place_, state_, placed_}; }

// Coordinates are the same in every tree: whoever comes back to one finds nobody else where it was. When few are left,
// all begin anew.
void TreeV0::begin_children() {
  if (children_of_ == claim_) return;
  children_of_ = claim_;
  unsigned given = 0;
  for (const std::uint32_t word : given_) given += static_cast<unsigned>(std::popcount(word));
  if (given <= kGivenBorne) return;
  for (TreeV0Child& c : children_) c = {};
  given_ = {};
}

void TreeV0::become_root(Instant now) {
  keep_former();
  placed_ = true;
  yields_ = false;
  parent_ = kNobody;
  claim_ = self_;
  state_ = tree_state(self_);
  address_ = {};
  place_ = {};
  made_ = now;
  ts_ = first_ts_ + static_cast<std::uint64_t>((now - started_).ms());
  claim_due_ = Instant::never();
  wanted_until_ = std::max(wanted_until_, now + options_.beat * kLinger);
  ++counters_.moves;
  moved_at_ = now;
  begin_children();
  speak_soon(now);
}

void TreeV0::leave() {
  keep_former();
  placed_ = false;
  yields_ = false;
  parent_ = kNobody;
  send_due_ = keep_due_ = Instant::never();
}

// A place below this neighbour.
void TreeV0::commit(std::uint8_t slot, const TreeMessageV0& m, Instant now) {
  const TreeV0Neighbour& parent = at(slot);
  parent_ = slot;
  if (placed_ && claim_ == m.claim && address_ == m.address) return;
  keep_former();
  const bool other_tree = !placed_ || claim_ != m.claim;
  placed_ = true;
  yields_ = false;
  claim_ = m.claim;
  state_ = tree_state(m.claim);
  address_ = m.address;
  place_ = m.address.decode();
  ts_ = parent.claim == m.claim ? parent.ts : m.ts;
  made_ = parent.claim == m.claim ? parent.made : now - seconds(m.age);
  claim_due_ = Instant::never();
  ++counters_.moves;
  moved_at_ = now;
  begin_children();
  for (TreeV0Neighbour& n : neighbours_) {
    if (!n.used || !n.told || n.claim != claim_ || !n.placed) continue;
    const TreeV0Child* child = find_child(n.tag);
    // Who hung below the place before comes along.
    if (!other_tree && child != nullptr && within(n.place, former_.place) && n.place.size == former_.place.size + 1)
      n.child = child->coordinate;
    meet_child(n, now);
  }
  keep_due_ = now + options_.beat;
  speak_soon(now);
}

// --- time, and what is sent ----------------------------------------------------------------------------

Duration TreeV0::jitter(Duration most) const {
  return microseconds(most.us > 0 ? static_cast<std::int64_t>(random_->u32()) % most.us : 0);
}

void TreeV0::speak_soon(Instant now) {
  send_due_ = std::max(now, last_send_ + options_.beat / kBreaths);
  look_due_ = now;
}

void TreeV0::run(Instant now) {
  bool near = false, anything = placed_ || needed(now);
  for (const TreeV0Neighbour& n : neighbours_) {
    near = near || (n.used && !n.equal && n.speaks);
    anything = anything || (n.used && n.told && alive(n, now));
  }
  if (near) {
    wanted_until_ = std::max(wanted_until_, now + options_.beat * kLinger);
    passed_on_until_ = now + options_.beat / 2 * kHalfBeatsPassedOn;
  }
  if (is_root() && !needed(now)) {
    leave();
    retired_until_ = now + options_.lifetime();
  }
  if (joining_ != kNobody && request_due_ <= now && tries_ == kRequests) {
    at(joining_).deaf_until = now + options_.lifetime();
    end_join();
  }
  decide(now);
  if (claim_due_ <= now && !placed_ && joining_ == kNobody) become_root(now);
  look_due_ = anything || near || placed_ ? now + options_.beat / 4 : Instant::never();
}

Instant TreeV0::due() const {
  const Instant due = earlier(look_due_, request_due_);
  if (placed_) return earlier(earlier(due, send_due_), keep_due_);
  return joining_ == kNobody ? earlier(due, claim_due_) : due;
}

TreeMessageV0 TreeV0::own_message(TreeOp op, Instant now) const {
  TreeMessageV0 m;
  m.op = op;
  m.ts = ts_;
  m.age = static_cast<std::uint8_t>(std::clamp<std::int64_t>((now - made_).us / 1'000'000, 0, 255));
  m.claim = claim_;
  m.address = address_;
  m.node_id = self_;
  return m;
}

std::optional<TreeV0Out> TreeV0::next(Instant now) {
  for (std::size_t i = 0; i < neighbours_.size() && placed_; ++i) {
    TreeV0Neighbour& n = neighbours_[i];
    const auto slot = static_cast<std::uint8_t>(i);
    if (!n.used) continue;
    if (n.child != 0) {
      TreeMessageV0 m = own_message(TreeOp::assign_address, now);
      const auto address = child_address(place_, n.child);
      n.child = 0;
      if (!address) {
        ++counters_.no_room;
        continue;
      }
      m.address = *address;
      return TreeV0Out{slot, m};
    }
    if (n.respond) {
      if (const Instant soonest = n.responded + options_.beat / kBreaths; now < soonest) {
        look_due_ = earlier(look_due_, soonest);
        continue;
      }
      n.respond = false;
      n.responded = now;
      return TreeV0Out{slot, own_message(TreeOp::respond, now)};
    }
  }
  if (joining_ != kNobody && request_due_ <= now && tries_ < kRequests) {
    ++tries_;
    request_due_ = now + options_.beat / kRequestsPerBeat;
    const TreeV0Neighbour& n = at(joining_);
    TreeMessageV0 m;
    m.op = TreeOp::request_address_assignment;
    m.ts = n.ts;
    m.age = static_cast<std::uint8_t>(std::clamp<std::int64_t>((now - n.made).us / 1'000'000, 0, 255));
    m.claim = n.claim;
    // Not where it may be what we had: who only says that it is still there gets no answer.
    if (placed_ && claim_ == n.claim && !within(place_, n.place)) m.address = address_;
    m.node_id = self_;
    return TreeV0Out{joining_, m};
  }
  if (!placed_) return std::nullopt;
  // Up the tree: it is needed.
  if (keep_due_ <= now) {
    keep_due_ = now + options_.beat;
    if (joining_ == kNobody && parent_good(now) && (options_.always || now < passed_on_until_))
      return TreeV0Out{parent_, own_message(TreeOp::request_address_assignment, now)};
  }
  if (send_due_ > now) return std::nullopt;
  last_send_ = now;
  if (!is_root()) {
    // Most often the root's next word comes first, and is passed on.
    send_due_ = now + options_.beat + options_.beat / 4;
    return TreeV0Out{TreeV0Out::kEverybody, own_message(TreeOp::send, now)};
  }
  send_due_ = now + options_.beat;
  if (!yields_) {
    made_ = now;
    ts_ = first_ts_ + static_cast<std::uint64_t>((now - started_).ms());
  }
  return TreeV0Out{TreeV0Out::kEverybody, own_message(TreeOp::send, now)};
}

void TreeV0::unsent(const TreeV0Out& out, Instant now) {
  const Instant soon = now + options_.beat / kBreaths;
  switch (out.message.op) {
    case TreeOp::send:
      send_due_ = std::min(send_due_, soon);
      break;
    case TreeOp::respond:
      at(out.to).respond = true;
      break;
    case TreeOp::request_address_assignment:
      if (joining_ == out.to && tries_ > 0) --tries_;
      break;
    case TreeOp::assign_address:
      break;  // who asks, asks again
  }
  look_due_ = earlier(look_due_, soon);
}

// --- for routing ---------------------------------------------------------------------------------------

const Coordinates* TreeV0::own_place(std::uint8_t tree_state) const {
  if (placed_ && state_ == tree_state) return &place_;
  return former_.used && former_.state == tree_state ? &former_.place : nullptr;
}

const Coordinates* TreeV0::place(std::uint8_t slot, std::uint8_t tree_state) const {
  const bool present = placed_ && state_ == tree_state;
  if (slot >= neighbours_.size() || (!present && !(former_.used && former_.state == tree_state))) return nullptr;
  const TreeV0Neighbour& n = neighbours_[slot];
  if (!n.used || !n.told || n.claim != (present ? claim_ : former_.claim)) return nullptr;
  return n.placed || n.place.size > 0 ? &n.place : nullptr;
}

}  // namespace mp
