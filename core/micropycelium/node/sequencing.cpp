// SPDX-License-Identifier: ISC
// Larger Packages, both ways: joins the sequencer of transport/ to links, routes and Applications
// (specification: delivery.md, "Sequences").
#include "micropycelium/node/under_way.hpp"

namespace mp {
namespace {

constexpr Duration kFailedPause = milliseconds(250);
constexpr std::uint8_t kLinkFailuresMax = 8;
// Frames that may wait for the law on the way, one after the other, where only one pause shows.
constexpr std::int64_t kRelayQueue = 4;

}  // namespace

// --- receiving ---------------------------------------------------------------------------------------

Counter Node::take_part(Arrival& arrival) {
  const PacketView& part = arrival.packet;
  if (part.packet_id() > part.seq_size()) return Counter::rx_bad_package;
  if (part.seq_size() == 0) return deliver_single(arrival, true);

  const Source source = source_of(arrival);
  InSequence* in = inbound_.find(source, part);
  if (in != nullptr) {
    const bool new_head =
        part.packet_id() == 0 && part.contents().size() >= kPackageHeader &&
        !equal(part.contents().first<kPackageHeader>().first(AppId::kSize), in->head().app_id.bytes());
    const bool new_digest =
        part.packet_id() == 0 && part.contents().size() >= kPackageHeader &&
        !equal(part.contents().subspan(AppId::kSize, HalfSha256::kSize), in->head().half_sha256.bytes());
    if (!in->same_shape(part) || new_head || new_digest) {
      if (part.packet_id() != 0) return Counter::rx_first_missing;
      // The sender started another Package under the same id: what it had begun will never be completed.
      if (in->state() != InSequence::State::ended)
        abandon(*in);
      else
        in->release();
      in = nullptr;
    }
  }
  if (in == nullptr) {
    if (part.packet_id() == 0) return start_inbound(arrival, source);
    return Counter::rx_first_missing;
  }
  if (in->state() == InSequence::State::ended) {
    if (arrival.asks()) send_end(*in);
    return Counter::rx_duplicate;
  }
  in->via = arrival.peer;
  const InSequence::Took took = in->take(part, now_);
  switch (took) {
    case InSequence::Took::bad_size:
      return Counter::rx_bad_package;
    case InSequence::Took::unwanted:
    case InSequence::Took::storage_failed:
      return give_up(*in, took);
    case InSequence::Took::stored:
    case InSequence::Took::duplicate:
    case InSequence::Took::outside_window:
      break;
  }
  if (in->state() == InSequence::State::proving)
    progress(*in);
  else if (arrival.asks())
    send_report(*in);
  if (took == InSequence::Took::stored) return Counter::rx_part;
  return took == InSequence::Took::duplicate ? Counter::rx_duplicate : Counter::rx_no_room;
}

// What its Blob did not take.
Counter Node::give_up(InSequence& in, InSequence::Took took) {
  const bool unwanted = took == InSequence::Took::unwanted;
  abandon(in, unwanted ? EndStatus::not_wanted : EndStatus::no_room);
  return unwanted ? Counter::rx_refused : Counter::rx_no_room;
}

Counter Node::start_inbound(Arrival& arrival, const Source& source) {
  const PacketView& part = arrival.packet;
  if (part.contents().size() != arrival.schema().max_part()) return Counter::rx_bad_package;
  const auto package = PackageView::parse(part.contents());
  if (!package) return Counter::rx_bad_package;

  Application* app = find_application(package->head.app_id);
  const bool repeat = app != nullptr && app->info().repeats == Repeats::drop && seen_before(arrival, package->head);
  InSequence* in = inbound_.allocate();
  if (in == nullptr) {
    answer_part(arrival, package->head, EndStatus::no_room);
    return Counter::rx_no_room;
  }
  Blob* blob = nullptr;
  if (app != nullptr && !repeat) {
    IncomingPackage incoming;
    incoming.app_id = package->head.app_id;
    incoming.half_sha256 = package->head.half_sha256;
    incoming.from = origin_of(arrival);
    incoming.size_max =
        (std::uint32_t{part.seq_size()} + 1) * arrival.schema().max_part() - static_cast<std::uint32_t>(kPackageHeader);
    const NodeId sender = incoming.from.node;
    blob = app->accept(incoming);
    // The handler may have thrown the sender out.
    if (source.kind == Source::Kind::peer && !(usable(source.peer) && peers_[source.peer].id == sender)) {
      if (blob != nullptr) app->on_abandoned(*blob);
      return Counter::rx_refused;
    }
  }
  if (blob == nullptr) {
    // Remembered, so that the rest of the sequence is answered alike without asking again.
    in->refuse(source, part, package->head, repeat ? EndStatus::delivered : EndStatus::not_wanted, now_);
    in->via = arrival.peer;
    in->own_address = arrival.to().address;
    send_end(*in);
    return repeat ? Counter::rx_duplicate : app == nullptr ? Counter::rx_unknown_app : Counter::rx_refused;
  }
  const Duration frame = interfaces_[arrival.interface]->airtime(arrival.schema().frame);
  // Over relays several of them may wait, one after the other.
  Duration pause =
      links_[arrival.interface].budget.bulk_interval(frame) * (arrival.schema().routed() ? kRelayQueue : 1);
  if (arrival.schema().by_id()) pause = std::max(pause, held_for_sleepers(links_) / InSequence::kPausesBorne);
  in->begin(source, part, package->head, *blob, frame, pause, now_);
  in->via = arrival.peer;
  in->own_address = arrival.to().address;
  if (const InSequence::Took took = in->take(part, now_); took != InSequence::Took::stored) return give_up(*in, took);
  if (arrival.asks()) send_report(*in);
  return Counter::rx_part;
}

// An end for a part that no slot could be had for.
void Node::answer_part(const Arrival& arrival, const PackageHead& head, EndStatus why) {
  if (!from_equal(arrival)) return;
  PacketFields fields = answer_fields(arrival.packet, Control::ack);
  fields.packet_id = arrival.packet.seq_size();
  const auto body = End{why, head.half_sha256}.encode();
  answer(arrival, fields, body);
}

// Hashing goes on, silence is noticed, what has ended is forgotten.
void Node::progress(InSequence& in) {
  switch (in.state()) {
    case InSequence::State::free:
      return;
    case InSequence::State::receiving:
      (void)in.prove(budget_);
      if (in.unproven()) again_ = true;
      if (now_ < in.due) return;
      if (in.gave_up(equal_sender(in), now_))
        abandon(in);
      else if (in.silence(equal_sender(in), now_))
        send_report(in);
      return;
    case InSequence::State::proving:
      if (!in.prove(budget_)) {
        again_ = true;
        in.due = now_;
        return;
      }
      break;
    case InSequence::State::ended:
      if (now_ >= in.due) in.release();
      return;
  }
  complete(in);
}

void Node::complete(InSequence& in) {
  Application* app = find_application(in.head().app_id);
  if (app == nullptr || !in.digest_ok())
    return abandon(in, app == nullptr ? EndStatus::not_wanted : EndStatus::bad_digest);
  Blob* const blob = in.blob();
  Package whole;
  whole.app_id = in.head().app_id;
  whole.half_sha256 = in.head().half_sha256;
  whole.stream = blob;
  whole.size = in.size();
  const Source source = in.source();
  if (source.kind == Source::Kind::peer) {
    const Peer& peer = peers_[source.peer];
    whole.from.node = peer.id;
    if (const PeerLink* link = best_link(peers_[source.peer], 0)) {
      whole.from.interface = link->interface;
      whole.from.link = link->address;
    }
  } else if (source.kind == Source::Kind::node) {
    whole.from.by_id = true;
    whole.from.node = name_of(source.node);
    // Its slot was taken meanwhile: it comes again, and says who it is.
    if (whole.from.node.is_zero()) return abandon(in, std::nullopt);
  } else if (source.kind == Source::Kind::tree) {
    whole.from.routed = true;
    whole.from.address = source.tree;
    whole.from.node = node_at(source.tree);
  } else {
    whole.from.interface = source.interface;
    whole.from.link = source.link;
  }
  remember(source, in.head(), in.seq_id(), true);
  counters_.add(Counter::packages_delivered);
  trace({.event = TraceEvent::deliver,
         .peer = &whole.from.node,
         .app = &app->id(),
         .size = whole.size,
         .packet_id = in.seq_id(),
         .schema = in.schema().id});
  in.end(EndStatus::delivered, now_);
  send_end(in);
  app->on_package(whole);
}

// The slot is done with before the Application hears of it: its handler may call whatever it likes.
void Node::abandon(InSequence& in, std::optional<EndStatus> say) {
  Application* const app = find_application(in.head().app_id);
  Blob* const blob = in.blob();
  counters_.add(Counter::sequences_abandoned);
  if (say) {
    in.end(*say, now_);
    send_end(in);
  } else {
    in.release();
  }
  if (app != nullptr && blob != nullptr) app->on_abandoned(*blob);
}

bool Node::equal_sender(const InSequence& in) const {
  switch (in.source().kind) {
    case Source::Kind::peer:
      return peers_[in.source().peer].equal;
    case Source::Kind::tree:
      return equal_at(in.source().tree);
    case Source::Kind::node:
      return true;
    case Source::Kind::link:
      break;
  }
  return false;
}

void Node::send_report(InSequence& in) {
  if (!equal_sender(in)) return;
  std::array<std::byte, kWindowBytes> room;
  const Report report = in.report(room);
  trace({.event = TraceEvent::sync_sequence,
         .packet_id = static_cast<std::uint16_t>(report.first_missing),
         .schema = in.schema().id});
  send_control(in, Control::rtx, static_cast<std::uint16_t>(report.first_missing), report.more);
}

void Node::send_end(InSequence& in) {
  const auto body = End{in.end_status(), in.head().half_sha256}.encode();
  send_control(in, Control::ack, in.seq_size(), body);
}

// Never to an existing node: it takes both for parts.
void Node::send_control(InSequence& in, Control control, std::uint16_t packet_id, Bytes body) {
  if (!equal_sender(in)) return;
  PacketFields fields;
  fields.flags = Flags(control);
  fields.packet_id = packet_id;
  fields.seq_id = in.seq_id();
  fields.seq_size = in.seq_size();
  fields.ttl = repeated_ttl(in.answers++);
  if (congested()) fields.flags = fields.flags.with_throttle(true);
  if (in.source().kind == Source::Kind::node) return send_by_id(in.source().node, in.schema(), fields, body);
  PeerIndex to = in.source().peer;
  if (in.source().kind == Source::Kind::tree) {
    const TreeAddress& target = in.source().tree;
    fields.tree_state = target.tree_state;
    fields.to_addr = target.address;
    fields.from_addr = in.own_address;
    const Route* route = routes_.find(target);
    to = route != nullptr && usable(route->via) ? route->via : in.via;
  }
  if (to == kNoPeer) return;
  ByteArray<kFrameMax> buffer;
  const auto datagram = write_packet(in.schema(), fields, body, buffer);
  if (datagram && pass(to, *datagram, Priority::acknowledgement) != Status::ok) counters_.add(Counter::answers_lost);
}

void Node::pump_inbound() {
  const auto all = inbound_.all();
  for (std::size_t i = 0; i < all.size(); ++i) {
    InSequence& in = all[(turn_ + i) % all.size()];
    if (in.due <= now_ || in.unproven()) progress(in);
  }
}

// --- sending -----------------------------------------------------------------------------------------

// What has to be seen to before a part can go: the neighbour is gone, the digest is not known, nobody answers.
void Node::tend(OutSequence& out) {
  using State = OutSequence::State;
  if (!usable(out.peer) && !out.by_id) return finish(out, Outcome::peer_lost);
  if (now_ >= out.expires) return finish(out, Outcome::expired);
  if (out.state() == State::hashing) {
    const Status status = out.hash_step(now_, budget_);
    if (status == Status::would_block)
      again_ = true;
    else if (status != Status::ok)
      return finish(out, Outcome::storage_failed);
    return;
  }
  if (out.overdue(now_)) {
    blame_link(out.peer);
    if (!out.routed && out.equal()) note_silence(out.peer);
    if (out.by_id && usable(out.peer)) ways_.neighbours.doubt(out.peer);
    if (!out.on_due(now_)) return finish(out, Outcome::no_answer);
  }
}

// Sends one part. Precondition: it is ready.
void Node::serve_sequence(OutSequence& out) {
  if (!out.by_id && throttled(out.peer, out.priority)) return out.hold(retry_at_);
  const auto next = out.next(now_);
  MP_CHECK(next.has_value());
  budget_ -= std::min<std::uint32_t>(budget_, kDatagramCost + out.schema().frame);
  // What the budget leaves is due at once, in the next poll.
  if (budget_ == 0) again_ = true;
  const std::uint32_t sending = out.send_id;
  const Status status = send_part(out, *next);
  if (status == Status::not_found || out.send_id != sending)
    return;  // it waits for its target to be found, or has ended
  if (status == Status::no_buffer) return out.hold(now_ + kFailedPause);  // the next hop's word makes it due
  if (status == Status::would_block) {
    if (out.busy_until == Instant::never() || airtime_wait_)
      out.busy_until = (airtime_wait_ ? retry_at_ : now_) + kLinkPatience;
    if (now_ >= out.busy_until) return finish(out, Outcome::unreachable);
    return out.hold(std::max(retry_at_, now_ + microseconds(1)));
  }
  out.busy_until = Instant::never();
  if (status == Status::io_error) return finish(out, Outcome::storage_failed);
  if (status != Status::ok) {
    if (++out.link_failures >= kLinkFailuresMax) return finish(out, Outcome::unreachable);
    return out.hold(now_ + kFailedPause);
  }
  out.link_failures = 0;
  const bool first = !out.begun();
  out.sent(*next, now_);
  peers_[out.peer].last_sent = now_;
  const std::uint32_t id = out.send_id;
  if (first) tell_state(out.owner, id, SendState::sent);
  const bool still = out.send_id == id && out.state() != OutSequence::State::free;
  if (still && !out.equal() && out.owner != nullptr) out.owner->on_progress(SendId(id), out.parts_done(), out.parts());
  if (out.send_id == id && out.state() == OutSequence::State::finished) finish(out, Outcome::unconfirmed);
}

// Half of the slots at most, and never the last two: somebody may have something urgent to say.
bool Node::room_for_part(PeerIndex next) {
  if (!hop_open(next)) return false;
  std::size_t used = 0, parts = 0;
  for (const OutPacket& p : outbox_) {
    used += p.used() ? 1U : 0U;
    parts += p.used() && p.part_of != 0 ? 1U : 0U;
  }
  return 2 * parts < outbox_.size() && (parts == 0 || used + 2 < outbox_.size());
}

// Status: as transmit; no_buffer (it would have to wait for the next hop, and there is no place for it), io_error (the
// Blob), not_found (by id, and nobody knows the way now).
Status Node::send_part(OutSequence& out, const OutSequence::Next& next) {
  const Schema& schema = out.schema();
  OutPacket* place = nullptr;
  const std::size_t size = out.body_size(next.part);
  RouteHeader header;
  std::size_t route = 0;
  if (out.by_id) {
    // A decision is remembered: none for a part that would have to wait where the one before went.
    if (usable(out.peer) && costs_.answers(out.peer) && in_custody(out.peer) && !room_for_part(out.peer))
      return Status::no_buffer;
    if (!aim(out, header, size, static_cast<std::uint16_t>(next.part))) return Status::not_found;
    route = size_of(header);
  }
  if (out.routed && in_custody(out.peer)) {
    if (!room_for_part(out.peer)) return Status::no_buffer;
    place = free_packet(Priority::bulk);
    if (place == nullptr) return Status::no_buffer;
  }
  PacketFields fields;
  fields.flags = Flags(next.ask ? Control::ask : Control::none).with_mode(out.cpl_mode);
  fields.packet_id = static_cast<std::uint16_t>(next.part);
  fields.seq_id = out.seq_id();
  fields.seq_size = out.seq_size();
  fields.ttl = next.repeat ? repeated_ttl(++out.repeats) : kInitialTtl;
  fields.tree_state = out.to.tree_state;
  fields.to_addr = out.to.address;
  fields.from_addr = out.from;
  ByteArray<kFrameMax> stack;
  const MutableBytes buffer = place != nullptr ? MutableBytes(place->datagram) : MutableBytes(stack);
  if (out.by_id) MP_CHECK(encode(header, buffer.subspan(schema.body_offset)).ok());
  if (out.read_part(next.part, buffer.subspan(schema.body_offset + route, size)) != Status::ok) return Status::io_error;
  const auto datagram = write_header(schema, fields, route + size, buffer);
  MP_CHECK(datagram.ok());
  if (next.repeat) counters_.add(Counter::retransmissions);
  if (place != nullptr) {
    place->routed = place->equal = place->custody = true;
    place->peer = out.peer;
    place->priority = out.priority;
    place->size = static_cast<std::uint8_t>(datagram->size());
    place->part_of = out.send_id;
    place->by_id = out.by_id;
    enqueue(*place, now_);
    hand_over(*place);
    return Status::ok;
  }
  if (next.repeat && !out.routed && out.equal()) costs_.lost(out.peer, now_);
  const Status status = transmit(out.peer, *datagram, out.priority);
  return status == Status::io_error ? Status::unreachable : status;
}

OutSequence* Node::find_outbound(const Arrival& arrival) {
  for (OutSequence& out : outbound_) {
    if (out.state() == OutSequence::State::free || out.seq_id() != arrival.packet.seq_id() ||
        &out.schema() != &arrival.schema() || out.seq_size() != arrival.packet.seq_size())
      continue;
    if (out.by_id != (arrival.route != nullptr)) continue;
    if (out.by_id    ? out.node == arrival.route->source
        : out.routed ? out.to == arrival.from()
                     : out.peer == arrival.peer)
      return &out;
  }
  return nullptr;
}

void Node::finish(OutSequence& out, Outcome outcome) {
  Application* const owner = out.owner;
  const std::uint32_t id = out.send_id;
  out.release();
  // Parts that wait for the next hop are nobody's any more.
  for (OutPacket& p : outbox_)
    if (p.used() && p.part_of == id) p.state = OutPacket::State::free;
  report_outcome(owner, id, outcome);
}

}  // namespace mp
