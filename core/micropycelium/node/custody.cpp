// SPDX-License-Identifier: ISC
// Until the next hop has it (specification: custody.md). A routed frame that goes to an equal is kept here until that
// neighbour names it in a hop acknowledgement; what is lost on the way is sent again from here, not from where it came
// from. A link that acknowledges by itself, and says so, only tells of losses sooner.
#include "micropycelium/node/under_way.hpp"

namespace mp {
namespace {

// Tries before the next hop counts as gone. With three frames in ten lost each way, one in thirty thousand gets so far.
constexpr std::uint8_t kHopTries = 16;
// A wait is twice as long as the one so many tries before; where frames collide, than the one before.
constexpr unsigned kTriesOfWait = 2;
// Once it has stopped answering, whatever it was sent: so long in all, and so often for each frame.
constexpr Duration kHopSilence = seconds(3);
constexpr std::uint8_t kHopTriesSilent = 3;
// Of one that has said that it has no room: it is there. But two nodes without room must not wait for each other for
// ever.
constexpr std::uint8_t kHopTriesFull = 40;
// Of a packet by id of somebody else less often: where many nodes are full they wait for each other in a circle. Its
// source sends it again, later.
constexpr std::uint8_t kHopTriesRefused = 8;
// Over a link that repeats by itself: each of these is many of the radio's own.
constexpr std::uint8_t kLinkTries = 6;
// Before the next of them: whatever was in the way has had some time to go.
constexpr Duration kLinkPause = milliseconds(50);
constexpr unsigned kLinkPauseDoublings = 4;
// What such a link has delivered is not lost. The next hop says at once when it has no room for it; so many full
// frames' time on the air are waited for that, and its silence means that it has it.
constexpr int kLinkAckFrames = 8, kLinkTrustFrames = 32;
// A link that has not told by then what became of a frame will not.
constexpr Duration kLinkSilence = seconds(10);
// The longest wait between two of them: a second, or so many first waits where these are long.
constexpr Duration kHopWaitMax = seconds(1);
constexpr std::int64_t kHopWaitsMax = 4;
// Where a radio is deaf while it sends, the next frame waits for so many after the next hop has said that it has the
// one before: it is sending that on, and hears the hop behind it say so.
constexpr int kHopQuietFrames = 2;
// Sendings that may overtake a frame before it counts as lost: links keep the order, but not always.
constexpr std::uint16_t kHopOvertaking = 2;
// An acknowledgement waits so many frames, for others to join it, and a little for the processor.
constexpr int kHopAckFrames = 2;
constexpr Duration kHopAckPause = microseconds(200);
// Added to the round trip before a hop counts as silent; the other end waits kHopAckFrames itself.
constexpr Duration kHopMargin = milliseconds(5);
// In place of both while no round trip is known, with a frame on the air.
constexpr Duration kFirstHopWait = milliseconds(20);

// It answered the last sending of this with that.
bool has_no_room(const Peer& next, const OutPacket& p) { return next.hop_room == 0 && next.last_heard >= p.hop_sent; }

}  // namespace

// Whether that neighbour says when it has a routed frame.
bool Node::in_custody(PeerIndex via) {
  if (!peers_[via].equal) return false;
  const PeerLink* link = best_link(peers_[via], 0);
  if (link == nullptr || links_[link->interface].loopback) return false;
  return links_[link->interface].reports || !links_[link->interface].acknowledges;
}

// Since it came the neighbour may have turned out an equal, or be reached by another link: who does not name it would
// get it ten times, and its origin would hear that it was lost; who would name it could not mend its loss.
void Node::settle_custody(OutPacket& p) {
  if (!p.routed || !usable(p.peer) || in_custody(p.peer) == p.custody) return;
  p.custody = !p.custody;
  p.hop_due = Instant::never();
  p.hop_tries = 0;
  if (p.custody)
    p.fingerprint = hop_fingerprint(PacketView::parse(p.bytes())->schema(), p.bytes());
  else if (p.answer_due > now_)
    p.state = OutPacket::State::queued;  // it goes that way once
}

// What may be held for others: three quarters of the slots, and for one next hop half of them, so that the two
// directions of a line can never fill each other up. Acknowledgements may use what is free.
bool Node::room_to_relay(PeerIndex via, Priority priority) const {
  if (outbox_.in_front() < outbox_.size() / 2) return true;  // so few cannot be too many: no need to count
  std::size_t relayed = 0, that_way = 0, used = 0;
  for (const OutPacket& p : outbox_) {
    if (!p.used()) continue;
    ++used;
    if (!p.relayed() || p.priority == Priority::acknowledgement) continue;
    ++relayed;
    that_way += p.peer == via ? 1U : 0U;
  }
  if (used == outbox_.size()) return false;
  if (priority <= Priority::acknowledgement) return true;
  return relayed < outbox_.size() - outbox_.size() / 4 && that_way < std::max<std::size_t>(outbox_.size() / 2, 1);
}

// How many frames this neighbour may have under way to us: as many as there is room for, whichever way they go on.
std::uint8_t Node::hop_room(PeerIndex from) const {
  std::size_t relayed = 0, used = 0, busiest = 0;
  PeerIndex counted = from;  // mostly all go the same way
  for (const OutPacket& p : outbox_) {
    if (!p.used()) continue;
    ++used;
    if (!p.relayed() || p.priority == Priority::acknowledgement) continue;
    ++relayed;
    if (p.peer == from || p.peer == counted) continue;
    counted = p.peer;
    std::size_t that_way = 0;
    for (const OutPacket& other : outbox_)
      that_way += other.used() && other.relayed() && other.peer == p.peer ? 1U : 0U;
    busiest = std::max(busiest, that_way);
  }
  const std::size_t all = outbox_.size() - outbox_.size() / 4;
  const std::size_t one_way = std::max<std::size_t>(outbox_.size() / 2, 1);
  const std::size_t room =
      std::min({all - std::min(all, relayed), one_way - std::min(one_way, busiest), outbox_.size() - used});
  return static_cast<std::uint8_t>(std::min<std::size_t>(room, 0xff));
}

unsigned Node::under_way_to(PeerIndex peer) const {
  unsigned n = 0;
  for (const OutPacket& p : outbox_) n += p.under_way() && p.peer == peer ? 1U : 0U;
  return n;
}

// Whether one more frame may go to it. With no room told there is always one under way, to ask. Where a radio is deaf
// while it sends there is one under way on the whole channel: the next would drown the word that this one has come.
bool Node::hop_open(PeerIndex peer) {
  if (const PeerLink* link = best_link(peers_[peer], 0); link != nullptr && links_[link->interface].half_duplex) {
    for (const OutPacket& p : outbox_) {
      // Who has been silent for too long does not stop the others.
      if (!p.under_way() || now_ >= p.hop_sent + first_hop_wait(p.peer)) continue;
      const PeerLink* other = best_link(peers_[p.peer], 0);
      if (other != nullptr && other->interface == link->interface) return false;
    }
    return true;
  }
  const unsigned room = std::max<unsigned>(peers_[peer].hop_room, 1);
  return outbox_.in_front() < room || under_way_to(peer) < room;
}

// How long the word of the next hop is waited for, the first time: its wait for others to say it with, a frame that it
// has on the air already, its own time.
Duration Node::first_hop_wait(PeerIndex peer) {
  const RoundTrip& known = peers_[peer].hop_round_trip;
  const Duration frame = airtime_to(peer);
  return (known.known() ? known.timeout(kHopMargin) : kFirstHopWait + frame) + frame * kHopAckFrames;
}

// --- sending -------------------------------------------------------------------------------------------

// Sends a frame to its next hop, for the first time or again.
void Node::hand_over(OutPacket& p) {
  if (!usable(p.peer)) return lose_custody(p);
  // By id there may be others: who has stopped answering is not waited for.
  if (p.by_id && p.hop_tries > 0 && !costs_.answers(p.peer)) return lose_custody(p);
  if (p.by_id && p.relayed() && p.hop_tries >= kHopTriesRefused && peers_[p.peer].hop_room == 0) {
    p.state = OutPacket::State::free;
    return counters_.add(p.priority == Priority::acknowledgement ? Counter::answers_lost : Counter::relays_lost);
  }
  const bool silent = p.state == OutPacket::State::waiting;
  if (silent && p.arrived && !has_no_room(peers_[p.peer], p)) return handed_over(p);
  // The radio is still at it.
  if (silent && p.answers_on != OutPacket::kNobody && now_ < p.hop_sent + kLinkSilence) {
    p.hop_due = now_ + first_hop_wait(p.peer);
    return;
  }
  if (silent) {
    // Of a radio that reports it is known what became of the frame; and what was refused for want of room has arrived.
    const Peer& next = peers_[p.peer];
    const PeerLink* link = best_link(peers_[p.peer], 0);
    const bool refused = has_no_room(next, p);
    if (link != nullptr && !links_[link->interface].reports && !refused) {
      costs_.lost(p.peer, now_);
      note_silence(p.peer);
    }
    blame_link(p.peer);
    if (!next.answers && p.hop_tries >= kHopTriesSilent && costs_.silent_for(p.peer, now_) >= kHopSilence)
      return lose_custody(p);
  }
  // Whoever answers, but has no room or never names this one, gets it more often.
  if (p.hop_tries >= (silent && peers_[p.peer].hop_room > 0 ? kHopTries : kHopTriesFull)) {
    if (!has_no_room(peers_[p.peer], p)) costs_.stop_answering(p.peer, now_);
    return lose_custody(p);
  }
  p.state = OutPacket::State::queued;
  if (!hop_open(p.peer)) {
    p.due = now_ + kHopWaitMax;  // the next acknowledgement makes it due
    // To wait for room is to try. Where a radio is deaf while it sends, it may be the channel that is waited for.
    const PeerLink* to = best_link(peers_[p.peer], 0);
    if (p.by_id && p.relayed() && peers_[p.peer].hop_room == 0 && to != nullptr && !links_[to->interface].half_duplex)
      ++p.hop_tries;
    return;
  }
  const PeerLink* link = best_link(peers_[p.peer], 0);
  if (link != nullptr && now_ < links_[link->interface].quiet_until) {
    p.due = links_[link->interface].quiet_until;
    return;
  }
  const bool half_duplex = link != nullptr && links_[link->interface].half_duplex;
  const Status status = transmit(p.peer, p.bytes(), p.priority);
  if (status == Status::would_block) {
    if (!busy(p)) lose_custody(p);
    return;
  }
  if (p.hop_tries > 0) counters_.add(Counter::hop_repeats);
  ++p.hop_tries;
  p.state = OutPacket::State::waiting;
  p.hop_number = ++hop_number_;
  p.hop_sent = now_;
  p.answers_on = status == Status::ok ? handed_to_ : OutPacket::kNobody;
  p.arrived = false;
  if (p.answers_on != OutPacket::kNobody) p.link_number = links_[p.answers_on].handed;
  // A link that failed outright counts as a try: it may be back by the next.
  const Duration first = first_hop_wait(p.peer);
  const Duration longest = std::max(kHopWaitMax, first * kHopWaitsMax);
  Duration wait = first;
  for (unsigned i = half_duplex ? 1 : kTriesOfWait; i < p.hop_tries && wait < longest;
       i += half_duplex ? 1 : kTriesOfWait)
    wait = wait * 2;
  wait = std::min(wait, longest);
  // Two that met on the air would meet again.
  if (half_duplex) wait = wait + microseconds(static_cast<std::int64_t>(platform_.random.u32()) % (first.us + 1));
  p.hop_due = now_ + wait;
  p.deadline = p.hop_due + kLinkPatience;
}

// The next hop has it.
void Node::handed_over(OutPacket& p) {
  p.handed = true;
  p.hop_due = Instant::never();
  if (!p.own()) {
    const std::uint32_t part_of = p.part_of;
    p.state = OutPacket::State::free;
    if (part_of == 0) return;
    for (OutSequence& out : outbound_)
      if (out.state() != OutSequence::State::free && out.send_id == part_of && !out.relayed) {
        out.relayed = true;
        return tell_state(out.owner, part_of, SendState::relayed);
      }
    return;
  }
  if (!p.ask) return finish(p, Outcome::unconfirmed);
  if (p.relayed_told) return;
  p.relayed_told = true;
  tell_state(p.owner, p.send_id, SendState::relayed);
}

// The next hop does not take it. What is ours waits for the answer of the far end and is sent anew in time; of what is
// not, the origin hears.
void Node::lose_custody(OutPacket& p) {
  p.hop_due = Instant::never();
  // Who has no room lives, and holds what is for others.
  if (p.by_id && usable(p.peer) && !has_no_room(peers_[p.peer], p)) {
    // Where frames to several fail it is the air: the packet goes another way, if there is one.
    costs_.others_fail(p.peer) ? ways_.neighbours.doubt(p.peer) : costs_.stop_answering(p.peer, now_);
  }
  if (p.by_id && p.own()) {
    p.peer = kNoPeer;
    p.state = OutPacket::State::queued;  // another may take it
    p.due = now_;
    return;
  }
  if (p.own()) {
    if (!p.ask || p.tries == 0) return finish(p, usable(p.peer) ? Outcome::unreachable : Outcome::peer_lost);
    p.state = OutPacket::State::waiting;
    return;
  }
  const bool relayed = p.relayed();
  p.state = OutPacket::State::free;
  if (!relayed) return;
  if (p.by_id) return reroute(p);
  counters_.add(p.priority == Priority::acknowledgement ? Counter::answers_lost : Counter::relays_lost);
  const auto packet = PacketView::parse(p.bytes());
  const Flags flags = packet->flags();
  if (flags.error() || (flags.control() != Control::none && flags.control() != Control::ask)) return;
  const PeerIndex back = way_back(*packet);
  if (back == kNoPeer) return;
  ByteArray<kFrameMax> datagram;
  const MutableBytes copy_of_it = MutableBytes(datagram).first(p.size);
  copy(p.bytes(), copy_of_it);
  set_flags(copy_of_it, flags.with_error(true));
  (void)pass(back, copy_of_it, Priority::acknowledgement);
}

// An acknowledgement of this neighbour's: what it has is done with here; what it should have had by now is lost.
Counter Node::take_hop_ack(const Arrival& arrival) {
  const auto ack = decode_hop_ack(arrival.packet.body());
  if (!ack || arrival.peer == kNoPeer || !peers_[arrival.peer].equal) return Counter::rx_unexpected;
  Peer& peer = peers_[arrival.peer];
  peer.hop_room = ack->room;
  std::uint32_t youngest = 0x1'0000;  // sendings ago, of the latest that has arrived
  bool sampled = false;
  std::array<std::uint32_t, HopAck::kFingerprintsMax> prints;
  for (std::size_t i = 0; i < ack->count(); ++i) prints[i] = ack->fingerprint(i);
  const auto all = std::span(prints).first(ack->count());
  const auto named = [&](std::uint32_t print) { return std::find(all.begin(), all.end(), print) != all.end(); };
  for (OutPacket& p : outbox_) {
    if (!p.under_way() || p.peer != arrival.peer || !named(p.fingerprint)) continue;
    youngest = std::min<std::uint32_t>(youngest, static_cast<std::uint16_t>(hop_number_ - p.hop_number));
    if (p.hop_tries > 1) {
      peer.hop_round_trip.doubt();
    } else if (!sampled) {
      peer.hop_round_trip.add(now_ - p.hop_sent);
      sampled = true;
    }
    if (!links_[arrival.interface].reports)
      costs_.acknowledged(arrival.peer, peer.link(arrival.interface, arrival.link), now_);
    if (Link& link = links_[arrival.interface]; link.half_duplex)
      link.quiet_until = now_ + airtime_to(arrival.peer) * kHopQuietFrames;
    handed_over(p);
    if (!usable(arrival.peer)) return Counter::rx_control;  // a handler threw it out
  }
  for (OutPacket& p : outbox_) {
    if (!p.under_way() || p.answers_on != OutPacket::kNobody || p.peer != arrival.peer) continue;
    const auto age = static_cast<std::uint16_t>(hop_number_ - p.hop_number);
    if (age <= youngest + kHopOvertaking) continue;
    if (ack->room > 0 && !links_[arrival.interface].reports) costs_.lost(p.peer, now_);
    p.state = OutPacket::State::queued;
    p.due = now_;
  }
  wake_waiting_for(arrival.peer);
  return Counter::rx_control;
}

// What became of the datagrams that a link took.
void Node::take_answers(std::uint8_t interface) {
  Link& link = links_[interface];
  while (link.answered != link.handed) {
    const auto report = interfaces_[interface]->answered();
    if (!report) return;
    take_answer(interface, ++link.answered, *report);
  }
}

void Node::take_answer(std::uint8_t interface, std::uint16_t number, const LinkReport& report) {
  if (!report.acknowledged) counters_.add(Counter::tx_unanswered);
  for (OutPacket& p : outbox_) {
    if (!p.under_way() || p.answers_on != interface || p.link_number != number) continue;
    p.answers_on = OutPacket::kNobody;
    costs_.reported(p.peer, interface, report, first_hop_wait(p.peer), now_);
    if (report.acknowledged) {
      for (PeerLink& l : peers_[p.peer].links)
        if (l.interface == interface) l.failures = 0;
      p.arrived = true;
      p.hop_due = now_ + std::max(first_hop_wait(p.peer), airtime_to(p.peer) * kLinkTrustFrames);
    } else {
      blame_link(p.peer);
      if (p.hop_tries >= kLinkTries) return lose_custody(p);
      // It was reckoned awake, and is not: it is asked.
      if (p.hop_tries == 1 && may_sleep(peers_[p.peer], interface)) peers_[p.peer].wake.rest();
      p.state = OutPacket::State::queued;
      // Twice as long each time, and not all at once again.
      const Duration pause =
          kLinkPause * (std::int64_t{1} << std::min<unsigned>(p.hop_tries - 1U, kLinkPauseDoublings));
      p.due = now_ + pause / 2 + microseconds(static_cast<std::int64_t>(platform_.random.u32()) % pause.us);
    }
    return;
  }
}

// Something may go that way again; where one frame at a time is under way on the whole channel, that way or another.
void Node::wake_waiting_for(PeerIndex peer) {
  const PeerLink* link = best_link(peers_[peer], 0);
  const bool all = link != nullptr && links_[link->interface].half_duplex;
  for (OutPacket& p : outbox_)
    if (p.custody && p.state == OutPacket::State::queued && (all || p.peer == peer)) p.due = earlier(p.due, now_);
  for (OutSequence& out : outbound_)
    if (out.used() && out.routed && (all || out.peer == peer)) out.wake(now_);
}

// --- receiving -----------------------------------------------------------------------------------------

// Where what this neighbour hands over is remembered; null: it is not acknowledged hop by hop.
HopMemory* Node::hop_memory(const Arrival& arrival) {
  const Link& link = links_[arrival.interface];
  if ((link.acknowledges && !link.reports) || link.loopback || arrival.peer == kNoPeer || !peers_[arrival.peer].equal ||
      hops_.empty())
    return nullptr;
  HopMemory* oldest = &hops_[0];
  for (HopMemory& m : hops_) {
    if (m.is(arrival.interface, arrival.link)) return &m;
    if (!m.used() || (oldest->used() && m.last_heard() < oldest->last_heard())) oldest = &m;
  }
  oldest->begin(arrival.interface, arrival.link, now_);
  return oldest;
}

// Whoever has many frames under way to us can wait for more of them to be acknowledged together. Where there is only
// one, nothing is gained by waiting.
HopMemory::Pace Node::hop_ack_pace(std::uint8_t interface) const {
  const Duration frame = interfaces_[interface]->airtime(links_[interface].frame_max);
  const Duration memory = std::max(HopMemory::kMemory, frame * HopMemory::kMemoryFrames);
  if (links_[interface].half_duplex) return {.delay = Duration{}, .every = 1, .memory = memory};
  return {
      .delay = frame * (links_[interface].reports ? kLinkAckFrames : kHopAckFrames) + kHopAckPause,
      .every = static_cast<std::uint8_t>(std::clamp<std::size_t>(outbox_.size() / 8, 4, HopMemory::kRemembered / 2)),
      .memory = memory,
      .trusted = links_[interface].reports};
}

void Node::send_hop_acks() {
  // Not for each place that becomes free: then a line that was full once would go on frame by frame, each of them
  // waiting for its acknowledgement (a silly window, RFC 1122 section 4.2.3.3).
  const auto enough = static_cast<std::uint8_t>(std::clamp<std::size_t>(outbox_.size() / 8, 1, 0xff));
  for (HopMemory& m : hops_) {
    if (!m.used()) continue;
    const PeerIndex peer = peers_.find(m.interface(), m.link());
    if (peer == kNoPeer || !peers_[peer].equal || peers_[peer].banned) {
      m.release();
      continue;
    }
    if (!m.starved() && m.due() > now_) continue;
    const std::uint8_t room = hop_room(peer);
    if (m.starved() && room >= enough) m.relieve(now_);
    if (m.due() > now_) continue;
    const Schema& schema =
        *schema_of(interfaces_[m.interface()]->caps().frame_max >= kEspNowFrame ? kHopSchemaEspNow : kHopSchemaLora);
    std::array<std::uint32_t, HopMemory::kRemembered> prints;
    ByteArray<kFrameMax> buffer;
    const auto body = encode_hop_ack(room, m.say(prints), MutableBytes(buffer).subspan(schema.body_offset));
    MP_CHECK(body.ok());
    PacketFields fields;
    fields.flags = Flags(Control::ack);
    fields.packet_id = new_packet_id();
    const auto datagram = write_header(schema, fields, body->size(), buffer);
    MP_CHECK(datagram.ok());
    if (transmit(m.interface(), m.link(), *datagram, Priority::acknowledgement) == Status::would_block) {
      m.hold(retry_at_);
      continue;
    }
    counters_.add(Counter::hop_acks_sent);
    m.said(room, enough);
  }
}

}  // namespace mp
