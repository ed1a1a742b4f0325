// SPDX-License-Identifier: ISC
// Where is that node? (specification: tree.md, "Where is that node?"): a request that goes round in growing
// rings, passed on once by each node, and an answer that comes back by the trees.
#include "micropycelium/applications/spanning_tree.hpp"

#include <utility>

namespace mp {
namespace {

struct Ring {
  std::uint8_t hops;
  std::int64_t paces;  // that an answer may take
};
constexpr std::array<Ring, 3> kRings{{{2, 3}, {8, 8}, {255, 24}}};
// Whoever waits to pass a request on and hears it so often more, leaves it to those.
constexpr std::uint8_t kHeardEnough = 2;
// Nobody is sought again for so long, or so many paces if that is shorter; after each failure twice as long.
constexpr Duration kRest = seconds(2), kRestMax = seconds(60);
constexpr std::int64_t kPacesOfRest = 20;
constexpr std::uint8_t kRestDoublings = 5;
// Requests are passed on at a pace, so many in a pace of the trees: from each neighbour, and of all; so many at once.
constexpr std::int64_t kOfNeighbour = 2, kOfAll = 4;
constexpr std::int64_t kAtOnce = 32;
// A leaf without a parent waits for one for so long.
constexpr Duration kAlone = seconds(60);
// Introductions of strangers in a pace.
constexpr std::int64_t kNamesOfPace = 8;
// Who hangs nowhere yet asks after so many at most: a start takes that, and not much more.
constexpr std::uint8_t kPacesToPlace = 64;

}  // namespace

// --- ours ----------------------------------------------------------------------------------------------------

SpanningTree::Seek* SpanningTree::seek_of(const NodeTag& target) {
  for (Seek& s : seeks_)
    if (s.state != Seek::State::free && s.target == target) return &s;
  return nullptr;
}

// A free one, or the one that has rested for longest; null: all are busy.
SpanningTree::Seek* SpanningTree::free_seek() {
  Seek* best = nullptr;
  for (Seek& s : seeks_) {
    if (s.state == Seek::State::free) return &s;
    if (s.state == Seek::State::resting && (best == nullptr || s.rests_until < best->rests_until)) best = &s;
  }
  return best;
}

void SpanningTree::seek(const NodeTag& target, bool /*anew*/) {
  const Instant now = node().now();
  Seek* s = seek_of(target);
  if (s == nullptr) {
    s = free_seek();
    if (s == nullptr) return;  // its turn comes: look_for_more()
    *s = Seek{};
    s->target = target;
  }
  if (s->state != Seek::State::free && s->state != Seek::State::resting) return;
  if (s->rests_until + kRestMax < now) s->failures = 0;
  s->ring = 0;
  s->due = now;
  s->alone_until = now + kAlone;
  if (now >= s->rests_until) {
    s->state = Seek::State::waiting;
  } else if (s->failures > 0) {
    s->state = Seek::State::refusing;
  } else {
    s->state = Seek::State::waiting;
    s->due = s->rests_until;
  }
  node().wake(*this);
}

// Of those whom the node wants to know, one that found no place before.
void SpanningTree::look_for_more(Instant) {
  for (const Target& t : node().targets())
    if (t.state() == Target::State::sought && seek_of(t.tag()) == nullptr) seek(t.tag(), false);
}

void SpanningTree::ask(Seek& s, Instant now) {
  s.state = Seek::State::asking;
  // The node listens for a while after it has asked; in the end an answer may wait for its next window.
  s.due = now + pace_ * kRings[s.ring].paces;
  if (options_.leaf && node().sleep_plan().on() && s.ring + 1U == kRings.size())
    s.due = s.due + node().sleep_plan().sleep + node().sleep_plan().wake;
  SeekMessage m;
  m.hops = kRings[s.ring].hops;
  m.request = s.requests[s.ring] = node().random().u32();  // nobody can say the next ring's before us
  m.target = s.target;
  m.origin = node().id();
  m.places = ways().own_places();
  if (m.places.count == 0) return;  // as above
  fit_places(m.places, node().single_packet_max({}) - SeekMessage::kHead);
  ByteArray<kSeekMax> buffer;
  const auto message = encode_seek(m, buffer);
  MP_CHECK(message.ok());
  say(*message, interfaces(), false, now);
}

Duration SpanningTree::rest() const { return std::min(kRest, pace_ * kPacesOfRest); }

void SpanningTree::fail(Seek& s, Instant now) {
  s.state = Seek::State::resting;
  s.due = Instant::never();
  if (now >= s.rests_until) {
    s.rests_until = now + std::min(rest() * (std::int64_t{1} << s.failures), kRestMax);
    s.failures = std::min<std::uint8_t>(static_cast<std::uint8_t>(s.failures + 1), kRestDoublings);
  }
  ++counts_.seeks_failed;
  not_found(s.target);
}

// Who hangs elsewhere than when it asked in vain may be answered now.
void SpanningTree::forgive_failures(Instant now) {
  std::uint32_t where = 0;
  for (std::size_t i = 0; i < ways().trees.count(); ++i) {
    const Tree::Place place = ways().trees[i].place();
    where = where * 65'537 + (place.used ? place.epoch + 1U : 0U);
  }
  if (std::exchange(where_, where) == where) return;
  for (Seek& s : seeks_)
    if (s.failures > 0) {
      s.failures = 0;
      s.rests_until = now;
    }
}

// A leaf asks by its parent: as long as it has none, for a while.
bool SpanningTree::waits_for_parent(Seek& s, Instant now) const {
  if (!options_.leaf || s.state != Seek::State::waiting || node().parent() != nullptr || now >= s.alone_until)
    return false;
  s.due = s.alone_until;
  return true;
}

Instant SpanningTree::tend_seeks(Instant now) {
  forgive_failures(now);
  Instant due = Instant::never();
  bool ended = false;
  for (Seek& s : seeks_) {
    if (s.due <= now && !waits_for_parent(s, now)) {
      const Target* t = ways().targets.find(s.target);
      if (s.state == Seek::State::asking && t != nullptr && t->known() && t->sure(now)) {
        s.state = Seek::State::resting;  // it said itself where it is
        s.due = Instant::never();
        ended = true;
      } else if (s.state == Seek::State::waiting && ways().own_places().count == 0 && s.ring < kPacesToPlace) {
        ++s.ring;  // an answer would not come back: when this node hangs somewhere
        s.due = now + pace_;
      } else if (s.state == Seek::State::waiting) {
        ++counts_.seeks_begun;
        s.ring = 0;
        ask(s, now);
      } else if (s.state == Seek::State::asking && s.ring + 1U < kRings.size()) {
        ++s.ring;
        ask(s, now);
      } else if (s.state == Seek::State::asking || s.state == Seek::State::refusing) {
        fail(s, now);
        ended = true;
      }
    }
    due = earlier(due, s.due);
  }
  for (Held& h : held_) {
    if (h.due <= now) pass_on(h, now);
    due = earlier(due, h.due);
  }
  if (ended) look_for_more(now);
  return due;
}

// --- others' -------------------------------------------------------------------------------------------------

// Nobody can flood the mesh by asking: each neighbour has its share of what is passed on.
bool SpanningTree::has_share(std::uint8_t slot, Instant now) {
  Instant& his = ways().heard[slot].asks;
  const Duration step = pace_ / kOfNeighbour;
  if (his > now + step * (kAtOnce / 2)) return false;
  his = std::max(his, now) + step;
  return true;
}

bool SpanningTree::may_ask(std::uint8_t slot, Instant now) {
  const Duration step = pace_ / kOfAll;
  if (all_ask_ > now + step * kAtOnce || !has_share(slot, now)) return false;
  all_ask_ = std::max(all_ask_, now) + step;
  return true;
}

bool SpanningTree::has_children() const {
  if (ways().trees.count() == 0) return false;
  for (const TreeNeighbour& n : ways().trees.neighbours(0))
    if (n.child) return true;
  return false;
}

void SpanningTree::take_seek(std::uint8_t slot, const SeekMessage& seek) {
  if (seek.origin == node().id()) return;
  const Instant now = node().now();
  const NodeTag origin = node_tag(seek.origin);
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    Request& r = requests_[i];
    if (!r.used || r.request != seek.request || !(r.origin == origin) || !(r.target == seek.target)) continue;
    if (r.heard < kHeardEnough) ++r.heard;
    if (r.heard < kHeardEnough || has_children()) return;
    for (Held& h : held_)
      if (h.of == i && h.due != Instant::never()) {
        h.due = Instant::never();
        ++counts_.seeks_suppressed;
      }
    return;
  }
  if (!may_ask(slot, now)) {
    ++counts_.seeks_refused;
    return;
  }
  const std::uint8_t of = next_request_;
  next_request_ = static_cast<std::uint8_t>((next_request_ + 1U) % kRequests);
  requests_[of] = {origin, seek.target, seek.request, 0, true};
  // Its place may be taken while it waits to be passed on: then it goes without being counted.
  for (Held& h : held_)
    if (h.of == of) h.of = kNone;
  if (seek.target == node_tag(node().id())) return answer(seek);
  if (answer_for_leaf(seek)) return;
  if (seek.hops > 1) hold(seek, of, now);
}

void SpanningTree::hold(const SeekMessage& seek, std::uint8_t of, Instant now) {
  SeekMessage on = seek;
  --on.hops;
  // Whoever has it as a neighbour hands it the request, and nobody else. For a leaf its parent answers, who may be
  // farther on; in the last ring it is asked as well, since its parent may have forgotten it.
  const std::uint8_t target = ways().neighbours.find(seek.target);
  const bool last_ring = seek.hops > kRings[kRings.size() - 2].hops;
  if (target < node().peers().size() && (!node().peers()[target].leaf || last_ring)) {
    ByteArray<kSeekMax> buffer;
    const auto message = encode_seek(on, buffer);
    MP_CHECK(message.ok());
    ++counts_.seeks_passed;
    (void)node().send(*this, node().peers()[target].id, *message, {.priority = Priority::interactive});
    if (!node().peers()[target].leaf) return;
  }
  // When all wait, the one whose turn is next goes now: how many may come is limited, and none is lost by it.
  Held* slot = &held_[0];
  for (Held& h : held_)
    if (h.due == Instant::never() || (slot->due != Instant::never() && h.due < slot->due)) slot = &h;
  if (slot->due != Instant::never()) pass_on(*slot, now);
  *slot = {on, now + microseconds(node().random().u32() % (pace_.us / 2 + 1)), of};
  node().wake(*this);
}

void SpanningTree::pass_on(Held& h, Instant now) {
  h.due = Instant::never();
  ++counts_.seeks_passed;
  ByteArray<kSeekMax> buffer;
  const auto message = encode_seek(h.message, buffer);
  MP_CHECK(message.ok());
  say(*message, interfaces(), false, now);
}

void SpanningTree::answer(const SeekMessage& seek) {
  // Who does not say where it is can not be answered.
  if (seek.places.count == 0 || !told(seek.origin, seek.places.view())) {
    ++counts_.seeks_refused;
    return;
  }
  tell_places(seek.origin, seek.request);
}

void SpanningTree::introduce_to(const NodeId& to, std::uint32_t number) {
  const Instant now = node().now();
  if (introduces_ > now + pace_) return;
  introduces_ = std::max(introduces_, now) + pace_ / kNamesOfPace;
  tell_places(to, number);
}

// Who this node is and where, signed for one other. A stranger knows it by `number`.
void SpanningTree::tell_places(const NodeId& to, std::uint32_t number) {
  SeekAnswer a;
  a.request = number;
  a.node = node().id();
  a.places = ways().own_places();
  const std::size_t room = node().single_packet_max(to);
  if (room <= SeekAnswer::kHead + SeekAnswer::kTail) return;
  fit_places(a.places, room - SeekAnswer::kHead - SeekAnswer::kTail);
  ByteArray<kSeekAnswerMax> buffer;
  const auto message = encode_seek_answer(a, to, node().keys(), buffer);
  MP_CHECK(message.ok());
  ++counts_.signatures_made;
  ++counts_.answers_sent;
  // Wanted of strangers too: it is no greeting, and its acknowledgement says nothing of whether the other knows us.
  const Peer* peer = node().peer(to);
  const bool ask = peer == nullptr || peer->knows_us;
  // What goes again because its target did not know us must not overtake this.
  (void)node().send(*this, to, *message, {.ask = ask, .priority = Priority::control});
}

// A stranger that was asked for its name (Node::ask_who); each costs a signature.
bool SpanningTree::may_introduce_itself(const NodeTag& who, std::uint32_t number) {
  const Instant now = node().now();
  if (!asked(who, number) || names_ > now + pace_ * 2) return false;
  names_ = std::max(names_, now) + pace_ / kNamesOfPace;
  return true;
}

void SpanningTree::settle_found(Seek& s) {
  ++counts_.seeks_found;
  s.state = Seek::State::resting;
  s.due = Instant::never();
  s.failures = 0;
  s.rests_until = node().now() + rest();
  s.lease = 0;
}

void SpanningTree::take_answer(Bytes message) {
  const auto a = decode_seek_answer(message);
  if (!a) {
    ++counts_.answers_refused;
    return;
  }
  const NodeTag tag = node_tag(a->node);
  Seek* s = seek_of(tag);
  if (s != nullptr && (s->state != Seek::State::asking || !s->asked(a->request))) s = nullptr;
  // Another one whose id begins alike is not the one that is meant.
  const Target* const t = ways().targets.find(tag);
  const bool other = t != nullptr && !t->node().is_zero() && !(t->node() == a->node);
  if (other || (s == nullptr && !may_introduce_itself(tag, a->request))) {
    ++counts_.answers_refused;
    return;
  }
  ++counts_.signatures_checked;
  if (!seek_answer_genuine(message, node().id())) {
    ++counts_.answers_refused;
    return;
  }
  if (s == nullptr) {
    ++counts_.strangers_met;
    return found(a->node, a->places.view());
  }
  settle_found(*s);
  found(a->node, a->places.view());
  look_for_more(node().now());
  node().wake(*this);
}

}  // namespace mp
