// SPDX-License-Identifier: ISC
// A node that is a leaf (specification: tree.md, "Leaves"): which neighbour is its parent, where that is, and what it
// says when it is looked for itself.
#include "micropycelium/applications/spanning_tree.hpp"

#include <utility>

namespace mp {
namespace {

// Sendings of one question. The second time it says who it is too, in an open network.
constexpr std::uint8_t kQuestions = 2;
// An answer may wait for the next windows of both ends.
constexpr Duration kAnswerPatience = seconds(20);
// Who would not, or did not answer, is not asked again for so long.
constexpr Duration kRestsFor = seconds(60);
// A parent that answers is kept for so long at least, whatever others would cost.
constexpr Duration kStays = seconds(300);

}  // namespace

void SpanningTree::start_leaf(Instant now) {
  leaf_ = {};
  ways().neighbours.leaf = true;
  ways().neighbours.parent = kNone;
  offer();
  node().wake(*this);
  (void)now;
}

TreePlaces SpanningTree::leased() const {
  if (leaf_.size == 0) return {};
  const auto places = decode_places(Bytes(leaf_.places).first(leaf_.size));
  MP_CHECK(places.ok());  // we wrote it
  return *places;
}

void SpanningTree::set_leased(const TreePlaces& places) {
  TreePlaces some = places;
  fit_places(some, Target::kPlacesMax);
  leaf_.size = static_cast<std::uint8_t>(bytes_of(some.view()));
  encode_places(some.view(), MutableBytes(leaf_.places).first(leaf_.size));
}

// --- the choice ----------------------------------------------------------------------------------------------

bool SpanningTree::may_be_parent(std::uint8_t slot) const {
  const Peer& p = node().peers()[slot];
  return p.used && p.equal && !p.leaf && !p.itself && !p.banned && p.connected() &&
         node().costs_.cost(slot) != kNoAnswer;
}

bool SpanningTree::rests(const NodeTag& who, Instant now) const {
  for (const Resting& r : leaf_.resting)
    if (r.who == who && now < r.until) return true;
  return false;
}

// The one whose link costs least, if that is enough to leave the parent that it has; kNone: nobody.
std::uint8_t SpanningTree::better_parent(Instant now) const {
  const std::uint8_t parent = ways().neighbours.parent;
  unsigned most = kFar;
  if (parent != kNone) {
    const unsigned has = node().costs_.cost(parent);
    if (now < leaf_.stays_until || has <= Tree::kHysteresis) return kNone;
    most = has - Tree::kHysteresis;
  }
  std::uint8_t best = kNone;
  for (std::size_t i = 0; i < node().peers().size(); ++i) {
    const auto slot = static_cast<std::uint8_t>(i);
    if (slot == parent || !may_be_parent(slot) || rests(node_tag(node().peers()[slot].id), now)) continue;
    const unsigned cost = node().costs_.cost(slot);
    if (cost > most || (best != kNone && cost == most)) continue;
    best = slot;
    most = cost;
  }
  return best;
}

void SpanningTree::ask_parent(std::uint8_t slot, Instant now) {
  leaf_.asked = slot;
  leaf_.tries = 0;
  leaf_.wanted = make_lease(node_tag(node().peers()[slot].id), node().boot(), ++leaf_.count, node().keys());
  ++counts_.signatures_made;
  put_question(now);
}

void SpanningTree::put_question(Instant now) {
  const NodeId& to = node().peers()[leaf_.asked].id;
  ++leaf_.tries;
  ++counts_.leases_asked;
  // Of whom it does not know it wants no lease.
  if ((leaf_.tries > 1 || !node().peers()[leaf_.asked].knows_us) && !node().closed()) {
    ++counts_.introductions_sent;
    (void)node().send(*this, to, encode_introduction({TreeMessage::introduction, node().id()}),
                      {.priority = Priority::control});
  }
  const SendId sent = node().send(*this, to, encode_lease({LeaseMessage::What::ask, leaf_.wanted}),
                                  {.priority = Priority::interactive});
  leaf_.send = sent.value();
  const SleepPlan& plan = node().sleep_plan();
  leaf_.asked_due =
      now + (sent ? kAnswerPatience + (plan.on() ? (plan.sleep + plan.wake) * 2 : Duration{}) : pace_ * 4);
}

// The one that rests for longest gives way to another.
void SpanningTree::give_up_asked(Instant now) {
  Resting* place = &leaf_.resting[0];
  for (Resting& r : leaf_.resting) {
    if (r.who == leaf_.wanted.parent) {
      place = &r;
      break;
    }
    if (r.until < place->until) place = &r;
  }
  *place = {leaf_.wanted.parent, now + kRestsFor};
  leaf_.asked = kNone;
  leaf_.asked_due = Instant::never();
}

void SpanningTree::say_lease(std::uint8_t slot, const TreeLease& lease, LeaseMessage::What what) {
  (void)node().send(*this, node().peers()[slot].id, encode_lease({what, lease}), {.priority = Priority::interactive});
}

Instant SpanningTree::leaf_time(Instant now) {
  if (ways().neighbours.parent != kNone && !may_be_parent(ways().neighbours.parent)) ways().neighbours.parent = kNone;
  if (leaf_.asked != kNone) {
    const Peer& asked = node().peers()[leaf_.asked];
    const bool here = may_be_parent(leaf_.asked) && node_tag(asked.id) == leaf_.wanted.parent;
    if (here && leaf_.asked_due <= now && leaf_.tries < kQuestions)
      put_question(now);
    else if (!here || leaf_.asked_due <= now)
      give_up_asked(now);
  }
  if (leaf_.asked == kNone)
    if (const std::uint8_t slot = better_parent(now); slot != kNone) ask_parent(slot, now);
  if (ways().neighbours.parent != kNone && leaf_.renew_due <= now) {
    say_lease(ways().neighbours.parent, leaf_.lease, LeaseMessage::What::renew);
    const auto fifth = static_cast<std::uint32_t>(options_.refresh.us / 5);
    leaf_.renew_due = now + options_.refresh + microseconds(node().random().u32() % (fifth + 1));
  }
  Instant due = leaf_.asked_due;
  if (ways().neighbours.parent != kNone) {
    due = earlier(due, leaf_.renew_due);
    if (now < leaf_.stays_until) due = earlier(due, leaf_.stays_until);
  } else if (leaf_.asked == kNone) {
    for (const Resting& r : leaf_.resting)
      if (r.until > now) due = earlier(due, r.until);
  }
  return due;
}

// A question that did not get there needs no longer wait.
bool SpanningTree::leaf_sent(std::uint32_t send, Outcome outcome) {
  if (send != leaf_.send || leaf_.asked == kNone) return true;
  if (outcome == Outcome::delivered) return true;
  leaf_.asked_due = node().now();
  node().wake(*this);
  return true;
}

// --- what comes ----------------------------------------------------------------------------------------------

void SpanningTree::take_as_leaf(TreeMessage kind, const Package& package) {
  if (kind == TreeMessage::seek_answer) return take_answer(package.blob);
  if (kind == TreeMessage::leaf_answer) return take_leaf_answer(package.blob);
  if (package.from.routed || package.from.by_id || package.from.node.is_zero()) return;
  std::uint8_t slot = kNone;
  const auto peers = node().peers();
  for (std::size_t i = 0; i < peers.size(); ++i)
    if (peers[i].used && peers[i].id == package.from.node) slot = static_cast<std::uint8_t>(i);
  if (slot == kNone) return;
  if (kind == TreeMessage::lease_answer) return take_lease_answer(slot, package.blob);
  // It is asked itself where nobody answered for it: its parent has forgotten it.
  const auto seek = decode_seek(package.blob);
  if (kind != TreeMessage::seek || !seek || !(seek->target == node_tag(node().id()))) return;
  if (seek->request == leaf_.answered || ways().neighbours.parent == kNone) return;
  leaf_.answered = seek->request;
  answer(*seek);
  leaf_.renew_due = node().now();
  node().wake(*this);
}

void SpanningTree::take_lease_answer(std::uint8_t slot, Bytes message) {
  const auto a = decode_lease_answer(message);
  if (!a || a->boot != node().boot()) return;
  const bool asked = slot == leaf_.asked && a->count == leaf_.wanted.count;
  const bool told =
      slot == ways().neighbours.parent && !asked && a->count == leaf_.lease.count && a->number > leaf_.number;
  if (!asked && !told) return;
  ++counts_.signatures_checked;
  if (!lease_answer_genuine(message, node().id(), node().peers()[slot].id)) {
    ++counts_.answers_refused;
    return;
  }
  const Instant now = node().now();
  if (a->places.count == 0) {
    if (told) {
      leaf_.wanted = leaf_.lease;
      ways().neighbours.parent = kNone;
    }
    give_up_asked(now);
    return node().wake(*this);
  }
  leaf_.number = a->number;
  set_leased(a->places);
  if (told) return;
  ++counts_.leases_had;
  leaf_.asked = kNone;
  leaf_.asked_due = Instant::never();
  leaf_.lease = leaf_.wanted;
  leaf_.stays_until = now + kStays;
  leaf_.renew_due = now + options_.refresh;
  const std::uint8_t before = std::exchange(ways().neighbours.parent, slot);
  if (before != kNone && before != slot && may_be_parent(before))
    say_lease(before, leaf_.lease, LeaseMessage::What::renew);
  // Whoever is looked for can be asked for now.
  for (Seek& s : seeks_)
    if (s.state == Seek::State::waiting && s.due > now) s.due = now;
  node().wake(*this);
}

}  // namespace mp
