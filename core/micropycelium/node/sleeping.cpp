// SPDX-License-Identifier: ISC
// Radios that sleep, ours and the neighbours' (specification: sleep.md). The times are reckoned in
// transport/modem_sleep.hpp; here they meet the links, the peers and what waits to go out. The other files ask one
// question, asleep_until(), where a frame picks its link, and say that something was sent or heard.
#include "micropycelium/messages/signed_beacon.hpp"
#include "micropycelium/node/under_way.hpp"

namespace mp {

// --- ours ----------------------------------------------------------------------------------------------

Status Node::set_sleep(const SleepPlan& plan) {
  if (!plan.sound()) return Status::bad_value;
  sleep_plan_ = plan;
  return started_ ? begin_sleep() : Status::ok;
}

Status Node::begin_sleep() {
  Status status = Status::ok;
  sleep_due_ = Instant::never();
  for (std::uint8_t i = 0; i < interface_count_; ++i) {
    Link& link = links_[i];
    if (!link.can_sleep) continue;
    // A random place in the period, so that not all who start together are awake together.
    Status begun = link.sleep.begin(sleep_plan_, rns_times(i), now_);
    if (begun == Status::ok && link.sleep.on()) {
      const auto phase = static_cast<std::int64_t>(platform_.random.u32()) % link.sleep.period().us;
      begun = link.sleep.begin(sleep_plan_, rns_times(i), now_ + microseconds(phase));
    }
    if (begun != Status::ok) status = begun;
    if (link.sleep.on() || !link.listening) sleep_due_ = now_;
  }
  return status;
}

// Switches each receiver as its grid has it.
void Node::tend_sleep() {
  if (now_ < sleep_due_) return;
  sleep_due_ = Instant::never();
  for (std::uint8_t i = 0; i < interface_count_; ++i) {
    Link& link = links_[i];
    if (!link.sleep.on() && link.listening) continue;
    bool skipped = false;
    const bool on = link.sleep.awake(now_, skipped) || lonely(i);
    Instant due = link.sleep.next_change(now_);
    if (skipped) {
      counters_.add(Counter::sleeps_skipped);
      trace({.event = TraceEvent::sleepskip, .interface = i});
    }
    if (on != link.listening) {
      if (interfaces_[i]->listen(on) == Status::ok) {
        link.listening = on;
        if (!on) trace({.event = TraceEvent::modemsleep, .interface = i});
      } else {
        due = earlier(due, now_ + std::max(interfaces_[i]->busy_for(), milliseconds(1)));
      }
    }
    sleep_due_ = earlier(sleep_due_, due);
  }
}

// Two strangers that sleep would meet by chance: where the law lets nobody say much, the one's Beacons seldom fall into
// the windows of the other. So who has not met anybody since it began listens, until Beacons must have come. Where
// control has a frame every few milliseconds that is next to nothing.
bool Node::lonely(std::uint8_t interface) const {
  const Link& link = links_[interface];
  if (!link.sleep.on() || now_ >= link.sleep.begun() + control_interval(interface, link.frame_max) * kLonelyFrames)
    return false;
  return std::none_of(peers_.all().begin(), peers_.all().end(), [&](const Peer& peer) {
    return peer.used && std::any_of(peer.links.begin(), peer.links.end(),
                                    [&](const PeerLink& l) { return l.interface == interface; });
  });
}

// A datagram was sent (so many bytes) or received (0): a sleep is skipped for it, at once if one is under way.
void Node::after_traffic(std::uint8_t interface, bool broadcast, std::size_t sent) {
  Link& link = links_[interface];
  if (!link.sleep.on()) return;
  if (sent > 0) link.sends_until = std::max(link.sends_until, now_) + interfaces_[interface]->airtime(sent);
  broadcast ? link.sleep.touch_by_copy(now_) : link.sleep.touch();
  if (!link.listening) sleep_due_ = now_;
}

// As of when a datagram given to the Interface now will leave it, behind those before.
WakeTime Node::phase_to_tell(std::uint8_t interface) const {
  const Link& link = links_[interface];
  return link.sleep.tell(std::max(now_, link.sends_until));
}

// What tells the phase tells it as of now: a Beacon that waited, or goes out on several Interfaces, is written for each
// as it goes.
Bytes Node::with_phase(std::uint8_t interface, Bytes datagram, MutableBytes buffer) const {
  const auto packet = PacketView::parse(datagram);
  if (!packet) return datagram;
  const Schema& schema = packet->schema();
  if (schema.sequenced() || schema.routed() || schema.checksum.present()) return datagram;
  const MutableBytes copied = buffer.first(datagram.size());
  copy(datagram, copied);
  const MutableBytes package = copied.subspan(schema.body_offset);
  const WakeTime phase = phase_to_tell(interface);
  return stamp_beacon(package, phase) || stamp_signed_beacon(package, phase) ? Bytes(copied) : datagram;
}

// --- the neighbours' -----------------------------------------------------------------------------------

RnsTimes Node::rns_times(std::uint8_t interface) const {
  const Interface& i = *interfaces_[interface];
  return {i.airtime(control_schema(i)->body_offset + seal_size(interface, Wrap::sealed))};
}

// An equal that has not said that it sleeps does not. A peer that sleeps on several Interfaces is waited for on the
// fastest of them.
bool Node::may_sleep(const Peer& peer, std::uint8_t interface) const {
  if (!links_[interface].can_sleep) return false;
  return !peer.equal || (peer.wake.known() && peer.wake.interface() == interface);
}

// When a frame to this neighbour may go over that link, as far as is known; it is asked in time whether it is awake.
Instant Node::asleep_until(PeerIndex index, const PeerLink& link) {
  Peer& peer = peers_[index];
  if (!may_sleep(peer, link.interface) || peer.wake.awake(now_, peer.last_heard)) return now_;
  if (!peer.wake.asked()) {
    peer.wake.ask(rns_times(link.interface), now_);
    ask_due_ = earlier(ask_due_, peer.wake.due(now_));
  }
  return std::max(peer.wake.due(now_), now_ + milliseconds(1));
}

void Node::heard_from(PeerIndex index, const Arrival& arrival) {
  const Instant sent = now_ - interfaces_[arrival.interface]->airtime(arrival.wire_size);
  if (arrival.packet.flags().control() != Control::rns) peers_[index].rns_in_a_row = 0;
  if (peers_[index].wake.heard(sent, now_, arrival.broadcast))
    release_waiting(index, arrival.packet.flags().control() == Control::rns);
}

// A NIA that is held back is no harm to who asks honestly: its next RNS is answered, or what it has to say comes.
bool Node::may_answer_rns(const Arrival& arrival, std::size_t size) {
  const Interface& interface = *interfaces_[arrival.interface];
  if (arrival.peer != kNoPeer && links_[arrival.interface].can_sleep) {
    std::uint8_t& in_a_row = peers_[arrival.peer].rns_in_a_row;
    if (in_a_row < NiaPace::kInARow * 2 - 1)
      ++in_a_row;
    else
      in_a_row = NiaPace::kInARow;
    if (in_a_row > NiaPace::kInARow) return false;
  }
  return links_[arrival.interface].nia_pace.take(
      interface.caps().rule, interface.airtime(size + seal_size(arrival.interface, Wrap::sealed)), now_);
}

void Node::take_wake(Peer& peer, std::uint8_t interface, const WakeTime& wake, std::size_t datagram, bool at_once) {
  if (!links_[interface].can_sleep) return;
  PeerWake& known = peer.wake;
  if (known.known() && known.interface() != interface &&
      links_[known.interface()].bit_rate > links_[interface].bit_rate)
    return;
  known.tell(wake, interface, now_ - interfaces_[interface]->airtime(datagram), at_once);
}

void Node::hear_wake(const NodeId& from, std::uint8_t interface, const WakeTime& wake, std::size_t datagram) {
  const PeerIndex index = peers_.find(from);
  if (index == kNoPeer || !usable(index) || interface >= interface_count_ || !links_[interface].can_sleep) return;
  take_wake(peers_[index], interface, wake, datagram, false);
  // What it sent is reckoned by the phase that it told with it.
  if (peers_[index].wake.heard(now_ - interfaces_[interface]->airtime(datagram), now_, true))
    release_waiting(index, false);
}

Counter Node::take_nia(const Arrival& arrival) {
  trace({.event = TraceEvent::receive_nia,
         .peer = arrival.peer != kNoPeer ? &peers_[arrival.peer].id : nullptr,
         .interface = arrival.interface});
  if (arrival.peer == kNoPeer || !links_[arrival.interface].can_sleep) return Counter::rx_control;
  Peer& peer = peers_[arrival.peer];
  const auto wake = decode_wake(arrival.packet.body());
  if (wake || peer.equal) take_wake(peer, arrival.interface, wake ? *wake : WakeTime{}, arrival.wire_size, true);
  // It skips a sleep for our question, and one for its answer.
  heard_from(arrival.peer, arrival);
  return Counter::rx_control;
}

// Puts the questions that are due.
void Node::ask_sleepers() {
  if (now_ < ask_due_) return;
  ask_due_ = Instant::never();
  for (std::size_t i = 0; i < peers_.all().size(); ++i) {
    const auto index = static_cast<PeerIndex>(i);
    Peer& peer = peers_[index];
    if (!peer.used || !peer.wake.asked()) continue;
    if (peer.wake.due(now_) <= now_) ask(index);
    if (peer.wake.asked()) ask_due_ = earlier(ask_due_, peer.wake.due(now_));
  }
}

void Node::ask(PeerIndex index) {
  Peer& peer = peers_[index];
  const PeerLink* link = usable(index) && waits_for(index) ? best_link(peer, 0) : nullptr;
  if (link == nullptr) return peer.wake.rest();
  const Schema* schema = control_schema(*interfaces_[link->interface]);
  PacketFields fields;
  fields.flags = Flags(Control::rns);
  fields.packet_id = new_packet_id();
  ByteArray<kFrameMax> buffer;
  const auto datagram = write_packet(*schema, fields, {}, buffer);
  MP_CHECK(datagram.ok());
  const std::uint8_t interface = link->interface;
  if (transmit(interface, link->address, *datagram, Priority::acknowledgement) == Status::would_block)
    return peer.wake.postpone(std::max(retry_at_, now_ + microseconds(1)), now_);
  counters_.add(Counter::rns_sent);
  trace({.event = TraceEvent::rns, .peer = &peer.id, .interface = interface});
  if (!peer.wake.asked_once(rns_times(interface), now_)) release_waiting(index, false);
}

bool Node::waits_for(PeerIndex peer) const {
  for (const OutPacket& p : outbox_)
    if (p.used() && !p.broadcast && p.peer == peer) return true;
  for (const OutSequence& out : outbound_)
    if (out.state() != OutSequence::State::free && out.peer == peer) return true;
  return false;
}

// It is awake: whatever waits for it may try now. Where frames take long, one after the other: an answer to the first
// would come while the second is being sent, and nobody hears while sending. And whoever asks has the word first.
void Node::release_waiting(PeerIndex peer, bool it_asks) {
  const PeerLink* link = best_link(peers_[peer], 0);
  const Interface* interface = link != nullptr ? interfaces_[link->interface] : nullptr;
  const bool slow = interface != nullptr && rns_times(link->interface).airtime > kNiaMargin;
  Instant turn = now_;
  if (slow && it_asks)
    turn = turn + interface->airtime(links_[link->interface].frame_max) + rns_times(link->interface).gap() * 2;
  for (OutPacket& p : outbox_) {
    if (p.state != OutPacket::State::queued || p.broadcast || p.peer != peer) continue;
    p.due = slow ? turn : earlier(p.due, turn);
    if (slow) turn = turn + interface->airtime(p.size) + rns_times(link->interface).gap();
  }
  for (OutSequence& out : outbound_)
    if (out.state() != OutSequence::State::free && out.peer == peer) out.wake(now_);
  again_ = true;
}

// --- broadcasts ----------------------------------------------------------------------------------------

// When this broadcast has to go out again on that Interface, so that it meets the windows of those who sleep. A Beacon
// of a node that sleeps itself is for strangers too, whose windows nobody knows.
Stabs Node::stabs(const OutPacket& p, std::uint8_t interface) const {
  const RnsTimes times = rns_times(interface);
  Stabs stabs(times.airtime, p.first_sent, p.hop_sent);
  const SleepPlan usual;
  const OwnSleep& own = links_[interface].sleep;
  // What is said of trees, and Beacons, are nothing to a leaf: it calls when it needs a neighbour.
  const bool not_for_leaves = (p.owner != nullptr && p.owner == ways_.seeker) || p.priority == Priority::control;
  const auto there = [&](const Peer& peer) {
    return peer.used && !peer.banned && !(not_for_leaves && peer.leaf) &&
           std::any_of(peer.links.begin(), peer.links.end(),
                       [&](const PeerLink& l) { return l.interface == interface; });
  };
  // Where a copy takes long, only who has no neighbour yet spends so much on strangers.
  const bool cheap = interfaces_[interface]->airtime(p.size) * 4 < times.step(own.wake());
  const bool settled = ways_.neighbours.leaf && ways_.neighbours.parent != kNobody;
  const bool for_strangers = own.on() && !settled && p.priority == Priority::control &&
                             (cheap || std::none_of(peers_.all().begin(), peers_.all().end(), there));
  // For so many that a row which meets any window is shorter than one for each, there is that row.
  Duration period = own.period(), step = times.step(for_strangers ? own.wake() : usual.wake);
  unsigned sleepers = 0, known = 0;
  const auto each = [&](auto&& give) {
    for (const Peer& peer : peers_.all())
      if (may_sleep(peer, interface) && there(peer))
        give(peer.wake, peer.wake.known() && peer.wake.interface() == interface);
  };
  each([&](const PeerWake& wake, bool told) {
    ++sleepers;
    known += told ? 1U : 0U;
    period = std::max(period, told ? wake.period() : usual.sleep + usual.wake);
    if (told) step = std::min(step, times.step(wake.wake()));
  });
  step = std::max(step, interfaces_[interface]->airtime(p.size));
  if (for_strangers || known < sleepers || sleepers > RnsTimes::round(period, step)) {
    if (!for_strangers && sleepers == 0) return stabs;
    stabs.add(nullptr, period, step);
    stabs.fit(nullptr, period, step);
    return stabs;
  }
  each([&](const PeerWake& wake, bool) { stabs.add(&wake, period, step); });
  each([&](const PeerWake& wake, bool) { stabs.fit(&wake, period, step); });
  return stabs;
}

// --- collisions ----------------------------------------------------------------------------------------

// Nobody acknowledges a copy, and most sleepers hear just one. Two that waited for the same frame to end may begin at
// once: then nobody has it. So where neighbours spoke around it a copy goes once more, if that costs little. Beacons do
// not: the next one comes.
bool Node::may_be_unsure(const OutPacket& p, std::uint8_t interface) const {
  return links_[interface].can_sleep && p.priority != Priority::control &&
         interfaces_[interface]->airtime(p.size) * 4 < SleepPlan{}.wake &&
         std::any_of(peers_.all().begin(), peers_.all().end(),
                     [&](const Peer& peer) { return peer.used && may_sleep(peer, interface); });
}

// For so long after a copy was given to the radio, frames that may have met it come in.
Duration Node::overlap(const OutPacket& p, std::uint8_t interface) const {
  return interfaces_[interface]->airtime(p.size) + kNiaMargin;
}

// Whether a neighbour was heard there around the last copy. What it said is answered for as long as a window.
bool Node::others_spoke(const OutPacket& p, std::uint8_t interface) const {
  const Instant since = p.hop_sent - SleepPlan{}.wake;
  return std::any_of(peers_.all().begin(), peers_.all().end(), [&](const Peer& peer) {
    return peer.used && !peer.banned && std::any_of(peer.links.begin(), peer.links.end(), [&](const PeerLink& l) {
             return l.interface == interface && l.last_heard >= since;
           });
  });
}

}  // namespace mp
