// SPDX-License-Identifier: ISC
// Leaves that hang at this node's place (specification: tree.md, "Leaves"): they are told where it is, and it answers
// for them when they are looked for.
#include "micropycelium/applications/spanning_tree.hpp"

#include "micropycelium/base/crc32.hpp"

namespace mp {
namespace {

// A place that changes may change again at once: a leaf is told after so many paces.
constexpr std::int64_t kSettlePaces = 8;
// A leaf that was not reached is told again after this.
constexpr Duration kTellAgain = seconds(60);
// As in spanning_tree.cpp: signatures of one neighbour that are looked at in a pace, and at once.
constexpr std::int64_t kChecksOfPace = 16;
constexpr std::int64_t kChecksAtOnce = 32;

// What stands for these places; never 0.
std::uint32_t short_of(const TreePlaces& places) {
  ByteArray<kTreePlacesMax> buffer;
  const MutableBytes text = MutableBytes(buffer).first(bytes_of(places.view()));
  encode_places(places.view(), text);
  return std::max(crc32(text), std::uint32_t{1});
}

}  // namespace

HeldLease* SpanningTree::lease_of(const NodeTag& leaf) {
  for (HeldLease& held : leases_)
    if (!held.leaf.is_zero() && node_tag(held.leaf) == leaf) return &held;
  return nullptr;
}

void SpanningTree::take_lease(std::uint8_t slot, const Package& package) {
  const auto message = decode_lease(package.blob);
  if (!message || slot == kNone || package.from.broadcast) return;
  const NodeId& leaf = package.from.node;
  const TreeLease& lease = message->lease;
  const Instant now = node().now();
  HeldLease* held = lease_of(node_tag(leaf));
  if (held != nullptr && lease.order() < held->lease.order()) return;
  if (held != nullptr && lease.order() == held->lease.order()) {
    // It is here still; if it asks, it has not heard us.
    if (message->what == LeaseMessage::What::ask && held->send == 0) {
      held->told = 0;
      held->due = now;
      node().wake(*this);
    }
    return;
  }
  TreeHeard& heard = ways().heard[slot];
  const Duration step = pace_ / kChecksOfPace;
  if (heard.checks > now + step * kChecksAtOnce) return;
  heard.checks = std::max(heard.checks, now) + step;
  ++counts_.signatures_checked;
  if (!lease_genuine(lease, leaf)) {
    ++counts_.leaves_refused;
    return;
  }
  node().note_leaf(leaf, true);
  if (!(lease.parent == ways().neighbours.self())) {  // it went to another
    if (held != nullptr) *held = {};
    return;
  }
  if (held == nullptr)
    for (HeldLease& free : leases_)
      if (free.leaf.is_zero()) {
        held = &free;
        break;
      }
  if (held == nullptr) return refuse_leaf(leaf, lease, 1);
  *held = {};
  held->leaf = leaf;
  held->lease = lease;
  held->due = now;
  ++counts_.leaves_taken;
  node().wake(*this);
}

SendId SpanningTree::send_lease_answer(const NodeId& leaf, const LeaseAnswer& answer) {
  ByteArray<kLeaseAnswerMax> buffer;
  const auto message = encode_lease_answer(answer, leaf, node().keys(), buffer);
  MP_CHECK(message.ok());
  ++counts_.signatures_made;
  return node().send(*this, leaf, *message, {.priority = Priority::interactive});
}

void SpanningTree::refuse_leaf(const NodeId& leaf, const TreeLease& lease, std::uint16_t number) {
  ++counts_.leaves_refused;
  LeaseAnswer answer;
  answer.boot = lease.boot;
  answer.count = lease.count;
  answer.number = std::uint64_t{node().boot()} << 16 | number;
  (void)send_lease_answer(leaf, answer);
}

// A node that has lost all its places has none to give; one that waits for its first lets the leaf wait too.
void SpanningTree::tell_leaf(HeldLease& held, Instant now) {
  held.due = Instant::never();
  if (held.told == 0 && ways().own_places().count == 0) {
    held.due = now + pace_ * kSettlePaces;
    return;
  }
  LeaseAnswer answer;
  answer.boot = held.lease.boot;
  answer.count = held.lease.count;
  answer.number = std::uint64_t{node().boot()} << 16 | ++held.number;
  answer.places = ways().own_places();
  held.telling = short_of(answer.places);
  const std::size_t room = node().single_packet_max(held.leaf);
  if (room > LeaseAnswer::kHead + LeaseAnswer::kTail)
    fit_places(answer.places, std::min(room - LeaseAnswer::kHead - LeaseAnswer::kTail, Target::kPlacesMax));
  else
    answer.places = {};
  if (answer.places.count == 0) {
    refuse_leaf(held.leaf, held.lease, held.number);
    held = {};
    return;
  }
  const SendId sent = send_lease_answer(held.leaf, answer);
  if (!sent) {
    held.due = now + pace_ * kSettlePaces;
    return;
  }
  ++counts_.leaves_told;
  held.send = sent.value();
}

Instant SpanningTree::tend_leases(Instant now) {
  Instant due = Instant::never();
  std::uint32_t where = 0;
  for (HeldLease& held : leases_) {
    if (held.leaf.is_zero()) continue;
    const Peer* leaf = node().peer(held.leaf);
    if (leaf == nullptr || !leaf->connected() || leaf->banned) {
      held = {};
      continue;
    }
    if (held.send != 0) continue;
    if (where == 0) where = short_of(ways().own_places());
    if (held.due == Instant::never() && held.told != where) held.due = now + pace_ * kSettlePaces;
    if (held.due <= now) tell_leaf(held, now);
    if (!held.leaf.is_zero()) due = earlier(due, held.due);
  }
  return due;
}

bool SpanningTree::lease_sent(std::uint32_t send, Outcome outcome) {
  for (HeldLease& held : leases_) {
    if (held.leaf.is_zero() || held.send != send) continue;
    held.send = 0;
    if (outcome == Outcome::delivered)
      held.told = held.telling;
    else
      held.due = node().now() + kTellAgain;
    node().wake(*this);
    return true;
  }
  return false;
}

// In place of a leaf that hangs here and may sleep: with its own word that it does. False: none does, or it is gone.
bool SpanningTree::answer_for_leaf(const SeekMessage& seek) {
  const HeldLease* held = lease_of(seek.target);
  if (held == nullptr || node().link_cost(held->leaf) == kNoAnswer) return false;
  LeafAnswer a;
  a.request = seek.request;
  a.leaf = held->leaf;
  a.lease = held->lease;
  a.places = ways().own_places();
  if (seek.places.count == 0 || !told(seek.origin, seek.places.view())) return false;
  const std::size_t room = node().single_packet_max(seek.origin);
  if (room <= LeafAnswer::kHead) return false;
  fit_places(a.places, room - LeafAnswer::kHead);
  if (a.places.count == 0) return false;
  ByteArray<kLeafAnswerMax> buffer;
  const auto message = encode_leaf_answer(a, buffer);
  MP_CHECK(message.ok());
  ++counts_.answers_sent;
  (void)node().send(*this, seek.origin, *message, {.priority = Priority::control});
  return true;
}

// A parent that its leaf has left may answer too, and sooner: the later lease is right.
void SpanningTree::take_leaf_answer(Bytes message) {
  const auto a = decode_leaf_answer(message);
  Seek* s = a ? seek_of(node_tag(a->leaf)) : nullptr;
  const bool open = s != nullptr && s->asked(a->request) &&
                    (s->state == Seek::State::asking ||
                     (s->state == Seek::State::resting && s->lease != 0 && a->lease.order() > s->lease));
  if (!open || a->places.count == 0) {
    ++counts_.answers_refused;
    return;
  }
  ++counts_.signatures_checked;
  if (!lease_genuine(a->lease, a->leaf)) {
    ++counts_.answers_refused;
    return;
  }
  settle_found(*s);
  s->lease = a->lease.order();
  found(a->leaf, a->places.view());
  look_for_more(node().now());
  node().wake(*this);
}

}  // namespace mp
