// SPDX-License-Identifier: ISC
// Packets to a node by its id, wherever it is (specification: routing.md): own ones get a header and a next hop for
// each sending, those for others go on, or back; and who is not known is looked for.
#include "micropycelium/node/under_way.hpp"

namespace mp {
namespace {

// What is left of an error packet: why, and where.
constexpr std::size_t kErrorSize = 1 + NodeTag::kSize;

RouteError error_of(Counter why) { return why == Counter::rx_ttl_expired ? RouteError::ttl : RouteError::no_route; }

constexpr bool has_contents(Flags flags) {
  return !flags.error() && (flags.control() == Control::none || flags.control() == Control::ask);
}

}  // namespace

// --- what is known -------------------------------------------------------------------------------------

// Somebody here names it in full: then what comes from there has a name.
void Node::know(const NodeId& node) {
  if (Target* t = wanted(node_tag(node))) t->set_node(node);
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

template void Node::end_unreachable(OutPacket&, const RouteFailure&);  // strangers.cpp

// Whether somebody is looking for it now.
bool Node::seek(const NodeTag& tag, bool anew) {
  Target* t = wanted(tag);
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
  header.message = platform_.random.u32();  // nobody else shall know the next one
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
  header.tells_source = own.count > 0;
  if (size_of(header) > room) {
    header.tells_source = false;
    header.source_trees = 0;
  }
  const std::uint16_t far = own_distance(header);
  header.state = first_state(far == kFar || far <= kNear ? 0 : (far - kNear + kCostUnit - 1U) / kCostUnit);
  return true;
}

// Who may be the first hop of a longer Package, for what its link says of pace; kNoPeer: not known yet.
PeerIndex Node::likely_hop(const NodeTag& to) const {
  if (const std::uint8_t slot = ways_.neighbours.find(to); slot != kNobody) return slot;
  if (ways_.neighbours.leaf && ways_.neighbours.parent != kNobody) return ways_.neighbours.parent;
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
  const std::uint16_t cost = costs_.cost(slot);
  const std::uint8_t doubt = ways_.neighbours[slot].doubt;
  ways_.neighbours.set_etx(slot, cost < kNoAnswer - doubt ? static_cast<std::uint16_t>(cost + doubt) : cost);
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
      choose(header, mp::Arrival::own, kNoPeer, frame_limits(schema, *size, header), what_is_sent(header, *packet));
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
  send_anew(p, Instant::never());
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

void Node::send_anew(OutPacket& p, Instant due) {
  p.peer = kNoPeer;
  p.custody = false;
  p.state = OutPacket::State::queued;
  p.due = due;
  p.hop_due = p.answer_due = Instant::never();
}

// The same for the next part of a sequence.
bool Node::aim(OutSequence& out, RouteHeader& header, std::size_t contents, std::uint16_t part) {
  const Schema& schema = out.schema();
  const bool known = begin_route(header, out.node, schema.route_room, out.cpl_mode ? Metric::prefix : Metric::tree);
  if (known) {
    const std::size_t size = schema.body_offset + size_of(header) + contents;
    const Decision d = choose(header, mp::Arrival::own, kNoPeer, frame_limits(schema, size, header),
                              what_is_sent(header, schema, out.seq_id(), part));
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

// An answer or a report: nobody here waits to hear of it. Where a node is that has a name is looked for, for the next
// time.
void Node::send_by_id(const NodeTag& to, const Schema& schema, const PacketFields& fields, Bytes contents) {
  RouteHeader header;
  ByteArray<kFrameMax> buffer;
  const std::size_t room = std::min<std::size_t>(schema.max_body - contents.size(), kRouteHeaderMax);
  if (!begin_route(header, to, room, fields.flags.mode() ? Metric::prefix : Metric::tree)) {
    if (!name_of(to).is_zero()) (void)seek(to, false);
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
  const Detour* const entry = remembered(*arrival.route);
  // In our name, and not by us; or an error from somebody who does not have the packet.
  if (arrival.route->source == ways_.neighbours.self() && entry == nullptr) return Counter::rx_unexpected;
  if (arrival.packet.flags().error() && (entry == nullptr || entry->at != arrival.peer)) return Counter::rx_unexpected;
  if (arrival.packet.flags().error()) passed_on(*arrival.route);
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
  const std::uint16_t what = what_is_sent(header, *PacketView::parse(buffer.first(size)));
  // Each time round a neighbour is found not to answer.
  for (std::size_t tries = 0; tries <= peers_.all().size(); ++tries) {
    const Decision d = choose(header, how, from, frame_limits(schema, size, header), what);
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
  OutPacket* const p = own_packet(packet, to);
  if (p != nullptr) (void)park(*p, to, failure);
  return p != nullptr;
}

// The one of ours that this was the latest sending of; null: it has ended, or goes again already.
OutPacket* Node::own_packet(const PacketView& sending, const NodeTag& to) {
  if (sending.schema().sequenced()) return nullptr;
  for (OutPacket& p : outbox_) {
    if (!p.used() || !p.by_id || !p.own()) continue;
    const auto sent = PacketView::parse(p.bytes());
    if (sent->packet_id() == sending.packet_id() && route_target(sent->route()) == to &&
        route_message(sent->route()) == route_message(sending.route()))
      return &p;
  }
  return nullptr;
}

// What this node remembers of that packet; null: nothing.
const Detour* Node::remembered(const RouteHeader& header) const {
  return ways_.detours.find(load_be<std::uint32_t>(header.source.value.data()), header.message);
}

// Only who has the packet can say that it came to nothing.
Counter Node::take_error_by_id(Arrival& arrival) {
  const Bytes told = arrival.packet.contents();
  const Detour* const entry = remembered(*arrival.route);
  if (told.size() < kErrorSize || entry == nullptr || entry->at != arrival.peer) return Counter::rx_unexpected;
  passed_on(*arrival.route);
  const NodeTag& to = arrival.route->target;
  if (told[0] == static_cast<std::byte>(RouteError::stranger))
    return introduce(arrival.packet, to, told) ? Counter::rx_error_returned : Counter::rx_unexpected;
  const bool by_ttl = told[0] == static_cast<std::byte>(RouteError::ttl);
  const RouteFailure failure{by_ttl ? RouteError::ttl : RouteError::no_route,
                             NodeTag::from(told.subspan(1, NodeTag::kSize))};
  return take_failure(arrival.packet, to, failure) ? Counter::rx_error_returned : Counter::rx_unexpected;
}

}  // namespace mp
