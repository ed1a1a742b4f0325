// SPDX-License-Identifier: ISC
// Packets to a node by its id, wherever it is (specification: routing.md): own ones get a header and a next hop for
// each sending, those for others go on, or back; and who is not known is looked for.
#include "micropycelium/node/under_way.hpp"

namespace mp {
namespace {

// What is left of an error packet: why, and where.
constexpr std::size_t kErrorSize = 1 + NodeTag::kSize;
// A send whose target is looked for so often and still not reached ends.
constexpr std::uint8_t kSearchesMax = 3;

RouteError error_of(Counter why) { return why == Counter::rx_ttl_expired ? RouteError::ttl : RouteError::no_route; }

constexpr bool has_contents(Flags flags) {
  return !flags.error() && (flags.control() == Control::none || flags.control() == Control::ask);
}

}  // namespace

// --- what is known -------------------------------------------------------------------------------------

void Node::found(const NodeId& node, std::span<const TreePlace> places) {
  const NodeTag tag = node_tag(node);
  Target* t = ways_.targets.take(tag, now_);
  if (t == nullptr) return;
  t->set_node(node);
  t->set_places(places);
  wake_parked(tag);
}

// Somebody here names it in full: then what comes from there has a name.
void Node::know(const NodeId& node) {
  if (Target* t = ways_.targets.take(node_tag(node), now_)) t->set_node(node);
}

// It is known now where that node is.
void Node::wake_parked(const NodeTag& tag) {
  for (OutPacket& p : outbox_)
    if (p.used() && p.parked() && route_target(PacketView::parse(p.bytes())->route()) == tag) p.due = now_;
  for (OutSequence& out : outbound_)
    if (out.used() && out.by_id && out.node == tag) out.hold(now_);
  again_ = true;
}

void Node::not_found(const NodeTag& tag) {
  if (Target* t = ways_.targets.find(tag); t != nullptr && t->state() == Target::State::sought) t->lose();
  for (OutPacket& p : outbox_)
    if (p.used() && p.parked() && route_target(PacketView::parse(p.bytes())->route()) == tag)
      end_unreachable(p, here(RouteError::unknown));
  for (OutSequence& out : outbound_)
    if (out.used() && out.by_id && out.node == tag && !usable(out.peer))
      end_unreachable(out, here(RouteError::unknown));
}

RouteFailure Node::here(RouteError why) const { return {why, ways_.neighbours.self()}; }

template <typename Sending>
void Node::end_unreachable(Sending& sending, const RouteFailure& why) {
  failure_ = why;
  finish(sending, Outcome::unreachable);
  failure_.reset();
}

// Whether somebody is looking for it now.
bool Node::seek(const NodeTag& tag, bool anew) {
  Target* t = ways_.targets.take(tag, now_);
  if (t == nullptr || ways_.seeker == nullptr) return false;
  if (t->state() == Target::State::sought) return true;
  t->seek();
  counters_.add(Counter::targets_sought);
  ways_.seeker->seek(tag, anew);
  return true;
}

// --- own packets -----------------------------------------------------------------------------------------

// A header from here to there, for one sending. Its places, and then where we are ourselves, as far as `room` bytes of
// header go. False: nobody knows where it is.
bool Node::begin_route(RouteHeader& header, const NodeTag& to, std::size_t room, Metric metric) {
  header = RouteHeader{};
  header.target = to;
  header.source = ways_.neighbours.self();
  header.message = ++ways_.message;
  header.metric = metric;
  if (Target* t = ways_.targets.find(to); t != nullptr && t->known()) {
    t->write_to(header, room);
    t->used_at = now_;
  } else if (ways_.neighbours.find(to) == kNobody) {
    return false;
  }
  const TreePlaces own = ways_.own_places();
  header.source_trees = own.count;
  header.source_places = own.all;
  header.tells_source = true;
  if (size_of(header) > room) {
    header.tells_source = false;
    header.source_trees = 0;
  }
  const std::uint16_t far = Distances(header, ways_.neighbours).own().nearest;
  header.state = first_state(far == kFar || far <= kNear ? 0 : (far - kNear + kCostUnit - 1U) / kCostUnit);
  return true;
}

// Who may be the first hop of a longer Package, for what its link says of pace; kNoPeer: not known yet.
PeerIndex Node::likely_hop(const NodeTag& to) const {
  if (const std::uint8_t slot = ways_.neighbours.find(to); slot != kNobody) return slot;
  RouteHeader header;
  if (const Target* t = ways_.targets.find(to); t != nullptr && t->known()) t->write_to(header);
  const std::uint8_t next = nearer_neighbour(ways_.neighbours, Distances(header, ways_.neighbours));
  if (next != kNobody) return next;
  for (std::size_t i = 0; i < peers_.all().size(); ++i)
    if (ways_.neighbours[static_cast<std::uint8_t>(i)].used && usable(static_cast<PeerIndex>(i)))
      return static_cast<PeerIndex>(i);
  return kNoPeer;
}

const Neighbours& Node::neighbours() {
  for (std::size_t i = 0; i < peers_.all().size(); ++i)
    if (const auto slot = static_cast<std::uint8_t>(i); ways_.neighbours[slot].used) look_at(slot);
  return ways_.neighbours;
}

// Who answers, and what that costs, as of now.
void Node::look_at(std::uint8_t slot) {
  ways_.neighbours.set_alive(slot, costs_.answers(slot));
  ways_.neighbours.set_etx(slot, costs_.cost(slot));
}

// What the frame allows, on the links that there are.
FrameLimits Node::frame_limits(const Schema& schema, std::size_t size, const RouteHeader& header) {
  FrameLimits limits;
  std::size_t room = schema.frame;
  for (std::size_t i = 0; i < peers_.all().size(); ++i) {
    const auto slot = static_cast<std::uint8_t>(i);
    if (!ways_.neighbours[slot].used) continue;
    if (!usable(slot) || !supports(peers_[slot], schema, size)) {
      limits.leave_out(slot);
      continue;
    }
    look_at(slot);
    for (const PeerLink& l : peers_[slot].links)
      if (l.used()) room = std::min<std::size_t>(room, links_[l.interface].frame_max);
  }
  const Visited& visited = header.state.visited;
  limits.visited_last = visited.size_code();
  while (limits.visited_last < 3 &&
         size + Visited::size_of(static_cast<std::uint8_t>(limits.visited_last + 1)) - visited.size() <= room)
    ++limits.visited_last;
  return limits;
}

// A next hop for a packet of ours, and the header that goes with it. False: it has none now, and waits for its target
// to be found, or has ended.
bool Node::aim(OutPacket& p) {
  const auto packet = PacketView::parse(p.bytes());
  const Schema& schema = packet->schema();
  const NodeTag to = route_target(packet->route());
  const std::size_t behind = packet->contents().size();
  const Metric metric = packet->flags().mode() ? Metric::prefix : Metric::tree;
  p.peer = kNoPeer;
  RouteHeader header;
  if (!begin_route(header, to, schema.max_body - behind, metric)) return park(p, to, std::nullopt);
  auto size = replace_route(schema, p.datagram, p.size, header);
  MP_CHECK(size.ok());
  p.size = static_cast<std::uint8_t>(*size);
  const Decision d =
      decide(header, ways_.neighbours, ways_.detours, mp::Arrival::own, kNobody, frame_limits(schema, *size, header));
  if (d.kind != Decision::Kind::send) return park(p, to, here(RouteError::no_route));
  header.state = d.state;
  size = replace_route(schema, p.datagram, p.size, header);
  MP_CHECK(size.ok());
  p.size = static_cast<std::uint8_t>(*size);
  p.peer = d.to;
  p.custody = in_custody(d.to);
  p.handed = false;
  p.hop_tries = 0;
  p.state = OutPacket::State::queued;
  p.deadline = now_ + kLinkPatience;  // it may have waited for its target for long
  if (p.custody) p.fingerprint = hop_fingerprint(schema, p.bytes());
  return true;
}

// `failure`: what is known of the target leads nowhere. Returns false.
bool Node::park(OutPacket& p, const NodeTag& to, const std::optional<RouteFailure>& failure) {
  p.peer = kNoPeer;
  p.custody = false;
  p.state = OutPacket::State::queued;
  p.due = Instant::never();
  p.hop_due = p.answer_due = Instant::never();
  if (failure) {
    if (Target* t = ways_.targets.find(to); t != nullptr && t->known()) t->lose();
    if (++p.searches > kSearchesMax) {
      end_unreachable(p, *failure);
      return false;
    }
  }
  if (!seek(to, failure.has_value())) end_unreachable(p, here(RouteError::unknown));
  return false;
}

// The same for the next part of a sequence.
bool Node::aim(OutSequence& out, RouteHeader& header, std::size_t contents) {
  const Schema& schema = out.schema();
  const bool known = begin_route(header, out.node, schema.route_room, out.cpl_mode ? Metric::prefix : Metric::tree);
  if (known) {
    const std::size_t size = schema.body_offset + size_of(header) + contents;
    const Decision d =
        decide(header, ways_.neighbours, ways_.detours, mp::Arrival::own, kNobody, frame_limits(schema, size, header));
    if (d.kind == Decision::Kind::send) {
      header.state = d.state;
      out.peer = d.to;
      return true;
    }
  }
  out.peer = kNoPeer;
  out.hold(Instant::never());
  if (known) {
    if (Target* t = ways_.targets.find(out.node); t != nullptr && t->known()) t->lose();
    if (++out.searches > kSearchesMax) {
      end_unreachable(out, here(RouteError::no_route));
      return false;
    }
  }
  if (!seek(out.node, known)) end_unreachable(out, here(RouteError::unknown));
  return false;
}

// An answer or a report: nobody here waits to hear of it. What is not known is looked for, for the next time.
void Node::send_by_id(const NodeTag& to, const Schema& schema, const PacketFields& fields, Bytes contents) {
  RouteHeader header;
  ByteArray<kFrameMax> buffer;
  const std::size_t room = std::min<std::size_t>(schema.max_body - contents.size(), kRouteHeaderMax);
  if (!begin_route(header, to, room, fields.flags.mode() ? Metric::prefix : Metric::tree)) {
    (void)seek(to, false);
    counters_.add(Counter::answers_lost);
    return;
  }
  const auto size = encode(header, MutableBytes(buffer).subspan(schema.body_offset));
  MP_CHECK(size.ok());
  copy(contents, MutableBytes(buffer).subspan(schema.body_offset + *size));
  const auto datagram = write_header(schema, fields, *size + contents.size(), buffer);
  MP_CHECK(datagram.ok());
  if (send_on(buffer, datagram->size(), header, mp::Arrival::own, kNoPeer, Priority::acknowledgement) !=
      Counter::rx_forwarded)
    counters_.add(Counter::answers_lost);
}

// --- packets for others ----------------------------------------------------------------------------------

Counter Node::relay_by_id(Arrival& arrival) {
  // Who is no neighbour can not be given anything back.
  if (arrival.peer == kNoPeer || !ways_.neighbours[arrival.peer].used) return Counter::rx_no_route;
  ByteArray<kFrameMax> buffer;
  copy(arrival.datagram, buffer);
  if (arrival.packet.flags().error())
    return pass_back(*arrival.route, Bytes(buffer).first(arrival.datagram.size()), kNoPeer);
  return send_on(buffer, arrival.datagram.size(), *arrival.route, mp::Arrival::received, arrival.peer,
                 relay_priority(arrival.packet));
}

// Decides, and hands on until somebody takes it. `header`: that of the packet in `buffer`, as decide() wants it.
Counter Node::send_on(MutableBytes buffer, std::size_t size, const RouteHeader& header, mp::Arrival how, PeerIndex from,
                      Priority priority) {
  const Schema& schema = PacketView::parse(buffer.first(size))->schema();
  const auto source = load_be<std::uint32_t>(header.source.value.data());
  const Detour* known = ways_.detours.find(source, header.message);
  const Detour before = known != nullptr ? *known : Detour{};
  // Each time round a neighbour is found not to answer.
  for (std::size_t tries = 0; tries <= peers_.all().size(); ++tries) {
    const Decision d = decide(header, ways_.neighbours, ways_.detours, how, from, frame_limits(schema, size, header));
    if (d.kind == Decision::Kind::drop) return send_error(buffer, size, header, from, Counter::rx_ttl_expired);
    if (d.kind != Decision::Kind::send && d.kind != Decision::Kind::back)
      return send_error(buffer, size, header, from, Counter::rx_no_route);
    RouteHeader next = header;
    next.state = d.state;
    const auto replaced = replace_route(schema, buffer, size, next);
    MP_CHECK(replaced.ok());
    size = *replaced;
    const Status status = pass(d.to, buffer.first(size), priority, header.state.watermark);
    if (status == Status::ok) {
      if (d.state.returning || d.state.budget != header.state.budget) counters_.add(Counter::detours);
      return Counter::rx_forwarded;
    }
    if (status == Status::no_buffer) {
      ways_.detours.restore(source, header.message, before);  // it will come again
      return Counter::rx_no_room;
    }
    costs_.stop_answering(d.to, now_);
    how = mp::Arrival::undelivered;
  }
  return send_error(buffer, size, header, from, Counter::rx_no_route);
}

// The next hop did not take what was for others: another may. The slot is free.
void Node::reroute(OutPacket& p) {
  const auto packet = PacketView::parse(p.bytes());
  if (packet->flags().error()) return counters_.add(Counter::answers_lost);  // nobody else leads back
  const auto decoded = decode_route_header(packet->route());
  MP_CHECK(decoded.ok());
  ByteArray<kFrameMax> buffer;
  copy(p.bytes(), buffer);
  const std::size_t size = p.size;
  RouteHeader header = decoded->header;
  header.state.watermark = p.watermark;
  header.state.returning = false;
  if (send_on(buffer, size, header, mp::Arrival::undelivered, kNoPeer, p.priority) == Counter::rx_forwarded) return;
  counters_.add(p.priority == Priority::acknowledgement ? Counter::answers_lost : Counter::relays_lost);
}

// --- errors ------------------------------------------------------------------------------------------------

// Nobody is left to try from here: the source hears why and where, the way that its packet came. `from`: who handed it
// over, should that not be remembered.
Counter Node::send_error(MutableBytes buffer, std::size_t size, const RouteHeader& header, PeerIndex from,
                         Counter why) {
  const auto packet = PacketView::parse(buffer.first(size));
  if (!has_contents(packet->flags())) return why;
  if (header.source == ways_.neighbours.self()) {
    take_failure(*packet, header.target, here(error_of(why)));
    return why;
  }
  const std::size_t at = packet->schema().body_offset + packet->route().size();
  buffer[at] = static_cast<std::byte>(error_of(why));
  copy(ways_.neighbours.self().bytes(), buffer.subspan(at + 1));
  set_flags(buffer, packet->flags().with_error(true));
  (void)pass_back(header, Bytes(buffer.first(at + kErrorSize)), from);
  return why;
}

// An error on its way to the source.
Counter Node::pass_back(const RouteHeader& header, Bytes datagram, PeerIndex from) {
  const Detour* entry = ways_.detours.find(load_be<std::uint32_t>(header.source.value.data()), header.message);
  const PeerIndex to = entry != nullptr ? entry->parent : from;
  if (to == kNoPeer || !usable(to)) return Counter::rx_no_route;
  const Status status = pass(to, datagram, Priority::acknowledgement);
  return status == Status::ok          ? Counter::rx_forwarded
         : status == Status::no_buffer ? Counter::rx_no_room
                                       : Counter::rx_no_route;
}

// A packet of ours did not get there. If it is the latest sending of it, its target is looked for and it goes again.
bool Node::take_failure(const PacketView& packet, const NodeTag& to, const RouteFailure& failure) {
  if (packet.schema().sequenced()) {
    for (OutSequence& out : outbound_)
      if (out.used() && out.by_id && out.seq_id() == packet.seq_id() && out.node == to) {
        // Of parts that came to the same end only the first counts.
        Target* const t = ways_.targets.find(to);
        if (t == nullptr || !t->known()) return true;
        t->lose();
        if (++out.searches > kSearchesMax) end_unreachable(out, failure);
        return true;
      }
    return false;
  }
  for (OutPacket& p : outbox_) {
    if (!p.used() || !p.by_id || p.send_id == 0) continue;
    const auto sent = PacketView::parse(p.bytes());
    if (sent->packet_id() != packet.packet_id() || !(route_target(sent->route()) == to) ||
        route_message(sent->route()) != route_message(packet.route()))
      continue;
    (void)park(p, to, failure);
    return true;
  }
  return false;
}

Counter Node::take_error_by_id(Arrival& arrival) {
  const Bytes told = arrival.packet.contents();
  if (told.size() < kErrorSize) return Counter::rx_unexpected;
  const bool by_ttl = told[0] == static_cast<std::byte>(RouteError::ttl);
  const RouteFailure failure{by_ttl ? RouteError::ttl : RouteError::no_route,
                             NodeTag::from(told.subspan(1, NodeTag::kSize))};
  return take_failure(arrival.packet, arrival.route->target, failure) ? Counter::rx_error_returned
                                                                      : Counter::rx_unexpected;
}

// --- for us ------------------------------------------------------------------------------------------------

// What a packet for us tells of its source. False: nobody knows who that is, and it has contents for somebody: they
// come again when it has been looked for.
bool Node::meet_source(const Arrival& arrival) {
  const RouteHeader& header = *arrival.route;
  if (header.source == ways_.neighbours.self()) return false;
  Target* t = ways_.targets.take(header.source, now_);
  if (t == nullptr) return false;
  t->used_at = now_;
  if (header.tells_source) {
    const bool sought = !t->known();
    t->set_places(header.known_source_places());
    if (sought) wake_parked(header.source);
  }
  if (const std::uint8_t slot = ways_.neighbours.find(header.source); slot != kNobody) t->set_node(peers_[slot].id);
  if (!t->node().is_zero() || !has_contents(arrival.packet.flags())) return true;
  // What it says of itself is how it becomes known.
  const auto package = PackageView::parse(arrival.packet.contents());
  if (package && ways_.seeker != nullptr && package->head.app_id == ways_.seeker->id()) return true;
  if (t->known()) t->lose();
  (void)seek(header.source, false);
  return !t->node().is_zero();  // a Seeker may know it at once
}

}  // namespace mp
