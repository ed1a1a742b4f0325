// SPDX-License-Identifier: ISC
// Who goes next (specification: airtime.md, "Classes" and "Queues"): class by class, within a class the destination
// that was served longest ago; and who gives way when there is no room.
#include "micropycelium/base/crc32.hpp"
#include "micropycelium/node/under_way.hpp"

namespace mp {
namespace {

// What a relay has and may hold for long is seldom sent anew: each copy takes up room there.
constexpr int kTriesWhileHeld = 5;

// How long the try that was just made waits for its answer. `held`: a relay may hold it for so long.
Duration wait_of(const OutPacket& p, Duration held) {
  if (!p.equal) return kPrototypeWait;
  const Duration wait = nth_wait(p.first_wait, p.tries);
  if (!p.by_id || !p.relayed_told || held <= Duration{} || wait < kLongestWait) return wait;
  Duration longer = p.first_wait;
  for (unsigned i = 1; i < p.tries && longer < held / kTriesWhileHeld; ++i) longer = longer * 2;
  return std::max(wait, std::min(longer, held / kTriesWhileHeld));
}

// The first of those that may go now, in the order of their coming, and whether all have the same turn. Then they go
// one after the other without a look at everything in between.
class Queue {
 public:
  void add(OutPacket& p) {
    alike_ = alike_ && (size_ == 0 || p.turn == first_[0]->turn);
    if (size_ == first_.size() && !before(p, *first_[size_ - 1])) return;
    std::size_t at = size_ < first_.size() ? size_++ : size_ - 1;
    for (; at > 0 && before(p, *first_[at - 1]); --at) first_[at] = first_[at - 1];
    first_[at] = &p;
  }
  bool all_alike() const { return alike_; }
  std::span<OutPacket* const> in_order() const { return std::span(first_).first(size_); }

 private:
  static bool before(const OutPacket& a, const OutPacket& b) {
    return static_cast<std::int32_t>(a.order - b.order) < 0;
  }
  std::array<OutPacket*, 16> first_;
  std::size_t size_ = 0;
  bool alike_ = true;
};

}  // namespace

// --- room ----------------------------------------------------------------------------------------------

// Who does not answer, or is still being looked for, gets half of the slots: what is for others shall not have to wait
// until it is given up.
bool Node::has_share(std::uint32_t destination) const {
  std::size_t held = 0;
  bool silent = false;
  for (const OutPacket& p : outbox_) {
    if (!p.used() || !p.own() || p.broadcast || p.destination != destination) continue;
    ++held;
    silent = silent || p.parked() || p.tries > 1;
  }
  return !silent || held < std::max<std::size_t>(outbox_.size() / 2, 1);
}

// A free slot; else that of the oldest send of ours in the lowest class below `need`, whose sender is told. What is
// held for others was promised to them, and stays.
OutPacket* Node::free_packet(Priority need) {
  for (OutPacket& p : outbox_)
    if (!p.used()) {
      p = OutPacket{};
      return &p;
    }
  if (OutPacket* p = outbox_.next_behind()) {
    *p = OutPacket{};
    return p;
  }
  OutPacket* victim = nullptr;
  for (OutPacket& p : outbox_) {
    if (!p.own() || p.priority <= need) continue;
    const bool older = victim == nullptr || p.priority > victim->priority ||
                       (p.priority == victim->priority && static_cast<std::int32_t>(p.order - victim->order) < 0);
    if (older) victim = &p;
  }
  if (victim == nullptr) return nullptr;
  finish(*victim, Outcome::displaced);
  if (victim->used()) return nullptr;  // who heard of it sent anew
  *victim = OutPacket{};
  return victim;
}

// A slot for a datagram that nobody here waits to hear of; null: there is no room for it.
OutPacket* Node::place(PeerIndex via, Bytes datagram, Priority priority) {
  // Answers that find no room are asked for again, as often as the link bears: that is no reason to hold everyone up.
  const auto refuse_it = [&]() -> OutPacket* {
    if (priority > Priority::acknowledgement) overflowed_ = now_;
    return nullptr;
  };
  if (!room_to_relay(via, priority)) return refuse_it();
  OutPacket* p = free_packet(Priority::bulk);
  if (p == nullptr) return refuse_it();
  p->routed = PacketView::parse(datagram)->schema().routed();
  p->by_id = PacketView::parse(datagram)->schema().by_id();
  p->peer = via;
  p->equal = true;
  p->priority = priority;
  p->size = static_cast<std::uint8_t>(datagram.size());
  copy(datagram, p->datagram);
  return p;
}

// A report on a sequence that has not gone yet, where a newer one on it, or its end, goes the same way, or one end
// where another does; by id also a packet that its source has sent anew. Null: none. On a slow link, or where the next
// hop sleeps, the slots would fill up with them.
OutPacket* Node::outdated_by(PeerIndex via, Bytes datagram) {
  const auto latest = PacketView::parse(datagram);
  const Control control = latest->flags().control();
  if (latest->schema().by_id() && !latest->schema().sequenced()) {
    for (OutPacket& p : outbox_) {
      if (p.state != OutPacket::State::queued || !p.relayed() || !p.by_id || p.peer != via || p.hop_tries > 0) continue;
      const auto old = PacketView::parse(p.bytes());
      if (&old->schema() == &latest->schema() && old->flags().state() == latest->flags().state() &&
          old->packet_id() == latest->packet_id() && equal(old->contents(), latest->contents()) &&
          route_target(old->route()) == route_target(latest->route()) &&
          route_source(old->route()) == route_source(latest->route()))
        return &p;
    }
    return nullptr;
  }
  if (!latest->schema().sequenced() || latest->flags().error() || (control != Control::rtx && control != Control::ack))
    return nullptr;
  for (OutPacket& p : outbox_) {
    if (p.state != OutPacket::State::queued || !p.relayed() || p.peer != via || p.hop_tries > 0) continue;
    const auto old = PacketView::parse(p.bytes());
    const Control said = old->flags().control();
    if (&old->schema() == &latest->schema() && (said == Control::rtx || said == control) && !old->flags().error() &&
        old->seq_id() == latest->seq_id() && old->seq_size() == latest->seq_size() &&
        old->tree_state() == latest->tree_state() && old->to_addr() == latest->to_addr() &&
        old->from_addr() == latest->from_addr() && route_target(old->route()) == route_target(latest->route()) &&
        route_source(old->route()) == route_source(latest->route()))
      return &p;
  }
  return nullptr;
}

// Precondition: all else is filled in.
void Node::enqueue(OutPacket& p, Instant due) {
  const auto packet = PacketView::parse(p.bytes());
  p.state = OutPacket::State::queued;
  p.due = due;
  p.deadline = now_ + kLinkPatience;
  p.destination = p.broadcast ? 0
                  : p.by_id   ? destination_of(route_target(packet->route()))
                              : destination_of(p.routed, p.peer, packet->tree_state(), packet->to_addr());
  if (p.custody) p.fingerprint = hop_fingerprint(packet->schema(), p.bytes());
  p.fresh = !polling_;
  p.order = p.turn = ++turns_;
  for (const OutPacket& other : outbox_)
    if (&other != &p && other.used() && other.destination == p.destination && other.priority == p.priority)
      p.turn = other.turn;
}

// A number that stands for whoever it is for.
std::uint32_t Node::destination_of(bool routed, PeerIndex peer, std::uint8_t tree_state, const Address& to) const {
  if (!routed) return 1U + peer;
  return crc32(to.value, tree_state) | 0x8000'0000U;
}

std::uint32_t Node::destination_of(const Destination& to) const {
  return to.by_id ? destination_of(node_tag(to.node))
                  : destination_of(to.routed, to.peer, to.to.tree_state, to.to.address);
}

std::uint32_t Node::destination_of(const NodeTag& to) const {
  return load_be<std::uint32_t>(to.value.data()) | 0x8000'0000U;
}

// --- turns ---------------------------------------------------------------------------------------------

void Node::serve() {
  const std::uint32_t begun = turns_;
  // Who goes first alternates: hashing for one cannot use up the budget of every poll.
  if (turn_ % 2 == 0) pump_inbound();
  // Half of it at most, so that what is hashed already goes on meanwhile.
  const std::uint32_t kept = budget_ / 2;
  budget_ -= kept;
  for (std::size_t i = 0; i < outbound_.in_front(); ++i) {
    OutSequence& out = outbound_[(turn_ + i) % outbound_.in_front()];
    if (out.state() != OutSequence::State::free && earlier(out.due(), out.expires) <= now_) tend(out);
  }
  budget_ += kept;
  for (std::uint8_t i = 0; i < kPriorities; ++i) {
    const auto priority = static_cast<Priority>(i);
    if (priority == Priority::acknowledgement) {
      pump_inbound();
      send_hop_acks();
    }
    serve(priority, begun);
  }
}

// Each one that is served has sent something, has ended, or is due later, and what comes meanwhile (from handlers) is
// for the next poll: so this comes to an end.
void Node::serve(Priority priority, std::uint32_t begun) {
  const auto may_go = [&](const OutPacket& p) {
    if (!p.used() || p.priority != priority || p.next_due() > now_) return false;
    const bool later = static_cast<std::int32_t>(p.order - begun) > 0;
    again_ = again_ || later;
    return !later;
  };
  const auto serve_one = [&](OutPacket& p) {
    const std::uint32_t sent = counters_[Counter::tx_datagrams];
    const std::uint32_t destination = p.destination, turn = p.turn;
    serve_packet(p);
    // Who only found the link busy keeps the turn.
    if (counters_[Counter::tx_datagrams] != sent) settle_turn(destination, priority, turn);
  };
  for (;;) {
    OutPacket* packet = nullptr;
    Queue queue;
    OutSequence* sequence = nullptr;
    std::uint32_t turn = 0, order = 0;
    const auto better = [&](std::uint32_t its_turn, std::uint32_t its_order) {
      if (packet == nullptr && sequence == nullptr) return true;
      const auto by = static_cast<std::int32_t>(its_turn - turn);
      return by < 0 || (by == 0 && static_cast<std::int32_t>(its_order - order) < 0);
    };
    for (OutPacket& p : outbox_)
      if (may_go(p)) {
        queue.add(p);
        if (!better(p.turn, p.order)) continue;
        packet = &p;
        turn = p.turn;
        order = p.order;
      }
    bool sequences = false;
    for (OutSequence& out : outbound_)
      if (out.state() == OutSequence::State::sending && out.priority == priority && budget_ > 0 && out.ready(now_)) {
        sequences = true;
        if (!better(out.turn, out.order)) continue;
        packet = nullptr;
        sequence = &out;
        turn = out.turn;
        order = out.order;
      }
    if (sequence == nullptr && packet == nullptr) return;
    if (sequence == nullptr) {
      if (sequences || !queue.all_alike()) {
        serve_one(*packet);
        continue;
      }
      // Nobody comes between those that go the same way: what a handler adds is for later.
      for (OutPacket* const next : queue.in_order())
        if (may_go(*next)) serve_one(*next);
      continue;
    }
    const std::uint32_t sent = counters_[Counter::tx_datagrams];
    const std::uint32_t destination = sequence->destination, id = sequence->send_id;
    serve_sequence(*sequence);
    if (counters_[Counter::tx_datagrams] == sent) continue;
    settle_turn(destination, priority, 0);
    if (sequence->send_id == id) sequence->order = turns_;
  }
}

// This destination was served in this class: the others come first now. `turn`: of the packet of its that went, and so
// of all of them; 0: no packet.
void Node::settle_turn(std::uint32_t destination, Priority priority, std::uint32_t turn) {
  // Where nobody has come since it was served last, it is the last already.
  if (turn == 0 || turn != turns_) {
    ++turns_;
    for (OutPacket& p : outbox_)
      if (p.used() && p.destination == destination && p.priority == priority) p.turn = turns_;
  }
  for (OutSequence& out : outbound_)
    if (out.used() && out.destination == destination && out.priority == priority) out.turn = turns_;
}

// --- packets -------------------------------------------------------------------------------------------

void Node::serve_packet(OutPacket& p) {
  if (now_ >= p.expires) return finish(p, Outcome::expired);
  if (p.broadcast) return serve_broadcast(p);
  settle_custody(p);
  if (p.own()) return serve_own(p);
  if (p.custody) return hand_over(p);
  // An answer, or a packet for others, that waited for a busy link. Nobody hears how it ends, so it is counted when it
  // ends badly.
  const Status status = peers_[p.peer].connected() ? transmit(p.peer, p.bytes(), p.priority) : Status::unreachable;
  if (status == Status::would_block && busy(p)) return;
  if (status != Status::ok)
    counters_.add(p.priority == Priority::acknowledgement ? Counter::answers_lost : Counter::relays_lost);
  p.state = OutPacket::State::free;
}

// The link did not take it, or it is not its turn. False: it has been so for too long. What waits for airtime waits as
// long as it takes.
bool Node::busy(OutPacket& p) {
  if (airtime_wait_) p.deadline = std::max(p.deadline, retry_at_ + kLinkPatience);
  if (now_ >= p.deadline) return false;
  p.state = OutPacket::State::queued;
  p.due = std::max(retry_at_, now_ + microseconds(1));
  return true;
}

bool Node::gives_up(const OutPacket& p) {
  if (!p.equal) return p.tries >= kPrototypeTries;
  const RoundTrip* known = round_trip_of(p);
  Duration held{};
  if (p.by_id && (p.relayed_told || p.searches > 0)) held = held_for_sleepers(links_);
  if (!p.routed) held = peers_[p.peer].wake.period() * 2;  // it may have been asleep
  return now_ - p.first_sent >= patience(known != nullptr ? *known : RoundTrip{}, airtime_to(p.peer)) + held;
}

void Node::serve_own(OutPacket& p) {
  const bool anew = p.tries > 0 && p.answer_due <= now_;
  if (p.by_id && !usable(p.peer)) {
    if (p.tries > 0 && gives_up(p)) return finish(p, Outcome::no_answer);
    if (!aim(p)) return;
  }
  if (!peers_[p.peer].connected()) return finish(p, Outcome::peer_lost);
  if (p.state == OutPacket::State::waiting && !anew)
    return hand_over(p);  // the next hop is silent, the far end not yet
  if (anew && p.state == OutPacket::State::waiting && !p.routed && p.equal) {
    costs_.lost(p.peer, now_);
    note_silence(p.peer);
    // It was reckoned awake, and may not be: it is asked.
    if (p.tries == 1 && peers_[p.peer].wake.known()) peers_[p.peer].wake.rest();
  }
  if (anew && gives_up(p)) return finish(p, Outcome::no_answer);
  if (anew && p.state == OutPacket::State::waiting) {
    blame_link(p.peer);
    counters_.add(Counter::retransmissions);
    p.state = OutPacket::State::queued;
    p.deadline = now_ + kLinkPatience;
    p.handed = false;
    p.hop_tries = 0;
    // No hop takes it for a copy of the sending before.
    const auto packet = PacketView::parse(p.bytes());
    if (p.by_id && !aim(p)) return;
    if (packet->schema().ttl.present()) set_ttl(packet->schema(), p.datagram, repeated_ttl(p.tries));
    if (p.custody) p.fingerprint = hop_fingerprint(packet->schema(), p.bytes());
  }
  if (!p.by_id && throttled(p.peer, p.priority)) {
    (void)busy(p);
    return;
  }
  if (p.custody) {
    const std::uint32_t id = p.send_id;
    hand_over(p);
    if (p.send_id != id || p.state != OutPacket::State::waiting) return;  // it waits, or has ended
  } else {
    // As it leaves, so that its acknowledgement is known to be for it. Should that link fail and another take it, it is
    // sent once more.
    if (const PeerLink* link = best_link(peers_[p.peer], 0); link != nullptr && links_[link->interface].sleep.on())
      (void)with_phase(link->interface, p.bytes(), p.datagram);
    const Status status = transmit(p.peer, p.bytes(), p.priority);
    if (status == Status::would_block) {
      if (!busy(p)) finish(p, Outcome::unreachable);
      return;
    }
    if (!p.ask) return finish(p, status == Status::ok ? Outcome::unconfirmed : Outcome::unreachable);
    if (status == Status::banned) return finish(p, Outcome::peer_lost);
    // A link that failed outright counts as a try: it may be back by the next.
    if (status != Status::ok && p.tries > 0 && gives_up(p)) return finish(p, Outcome::unreachable);
    p.state = OutPacket::State::waiting;
  }
  peers_[p.peer].last_sent = now_;
  // Only the next hop's word is waited for; or it went again to a silent hop, and the far end's time runs on.
  if (!p.ask || p.hop_tries > 1) return;
  const bool first = p.tries == 0;
  if (first) {
    p.first_sent = now_;
    const RoundTrip* known = round_trip_of(p);
    p.first_wait = first_wait(known != nullptr ? *known : RoundTrip{}, airtime_to(p.peer));
  }
  if (p.tries < 0xff) ++p.tries;
  p.answer_due = now_ + wait_of(p, held_for_sleepers(links_));
  p.deadline = p.answer_due + kLinkPatience;
  if (first) tell_state(p.owner, p.send_id, SendState::sent);
}

void Node::serve_broadcast(OutPacket& p) {
  bool all = true, sent = false;
  unsigned blocked = 0;
  Instant again = Instant::never();
  for (std::uint8_t i = 0; i < interface_count_; ++i) {
    const auto bit = static_cast<std::uint8_t>(1U << i);
    if ((p.interfaces_done & bit) != 0 || links_[i].loopback) continue;
    const bool repeated = (p.interfaces_begun & bit) != 0;
    const bool unsure = (p.interfaces_unsure & bit) != 0 && now_ >= p.hop_sent + overlap(p, i);
    if (unsure) p.interfaces_unsure = static_cast<std::uint8_t>(p.interfaces_unsure & ~bit);
    const bool turn = !repeated || stabs(p, i).opened() <= now_;
    if (!turn && !(unsure && others_spoke(p, i))) continue;
    const Status status = broadcast_on(i, p);
    // One that has no airtime for it in time goes without: the next announcement comes.
    if (status == Status::would_block && now_ < p.deadline && retry_at_ < p.deadline) {
      all = false;
      again = earlier(again, retry_at_);
      blocked |= bit;
      continue;
    }
    if (status == Status::ok) {
      ++p.tries;
      sent = sent || turn;
      if (turn && may_be_unsure(p, i)) p.interfaces_unsure = static_cast<std::uint8_t>(p.interfaces_unsure | bit);
      if (p.interfaces_begun == 0) p.first_sent = now_;
      if (repeated) counters_.add(Counter::broadcast_repeats);
    }
    if (status == Status::would_block) unblock(i, p.priority);
    if (status == Status::ok && links_[i].can_sleep)
      p.interfaces_begun = static_cast<std::uint8_t>(p.interfaces_begun | bit);
    else
      p.interfaces_done = static_cast<std::uint8_t>(p.interfaces_done | bit);
  }
  if (sent) p.hop_sent = now_;
  // Who sleeps gets it in a window of its own.
  for (std::uint8_t i = 0; i < interface_count_; ++i) {
    const auto bit = static_cast<std::uint8_t>(1U << i);
    if ((p.interfaces_begun & ~p.interfaces_done & ~blocked & bit) == 0) continue;
    Instant next = stabs(p, i).next();
    if ((p.interfaces_unsure & bit) != 0) next = earlier(next, p.hop_sent + overlap(p, i));
    if (next == Instant::never()) {
      p.interfaces_done = static_cast<std::uint8_t>(p.interfaces_done | bit);
      continue;
    }
    all = false;
    again = earlier(again, next);
  }
  if (all) return finish(p, p.tries > 0 ? Outcome::unconfirmed : Outcome::unreachable);
  p.due = std::max(again, now_ + microseconds(1));
}

Status Node::broadcast_on(std::uint8_t interface, const OutPacket& p) {
  const auto packet = PacketView::parse(p.bytes());
  const Wrap how = p.opening ? Wrap::opening : Wrap::sealed;
  const Schema* schema = broadcast_schema(interface, packet->body().size());
  if (schema == nullptr) return Status::too_large;
  if (schema == &packet->schema()) return transmit(interface, LinkAddress::broadcast(), p.bytes(), p.priority, how);
  PacketFields fields;
  fields.flags = packet->flags();
  fields.packet_id = packet->packet_id();
  ByteArray<kFrameMax> buffer;
  const auto rewritten = write_packet(*schema, fields, packet->body(), buffer);
  MP_CHECK(rewritten.ok());
  return transmit(interface, LinkAddress::broadcast(), *rewritten, p.priority, how);
}

// --- ends ----------------------------------------------------------------------------------------------

void Node::finish(OutPacket& p, Outcome outcome) {
  Application* const owner = p.owner;
  const std::uint32_t id = p.send_id;
  if (p.state == OutPacket::State::queued)
    for (std::uint8_t i = 0; i < interface_count_; ++i) unblock(i, p.priority);
  p.state = OutPacket::State::free;
  if (id != 0)
    report_outcome(owner, id, outcome);
  else if (p.relayed())
    counters_.add(Counter::relays_lost);
}

void Node::tell_state(Application* owner, std::uint32_t send_id, SendState state) {
  if (owner != nullptr) owner->on_state(SendId(send_id), state);
}

}  // namespace mp
