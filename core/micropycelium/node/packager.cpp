// SPDX-License-Identifier: ISC
// Packages out: which way, in which schema, in one packet or in a sequence (specification: delivery.md).
#include "micropycelium/node/under_way.hpp"

namespace mp {
namespace {

constexpr std::uint32_t kPeerPrototypePartsMax = 255;
// Of a route header: with a place of usual length in one tree.
constexpr std::size_t kRouteLeast = kRouteHeaderFixed + 14;
// What a hop takes there and back, as a guess: frames on air, and time of the nodes.
constexpr std::int64_t kFramesOfHop = 4;
constexpr Duration kTimeOfHop = milliseconds(5);

}  // namespace

SendId Node::send(Application& from, const NodeId& to, Bytes blob, SendOptions options) {
  if (!started_) return refuse(Status::not_started);
  if (options.sealed) return send_sealed(from, {.node = to}, blob, options);
  const auto destination = find_destination(to, from.info().greets && options.ask);
  // Until it is answered, what it says by itself is newer.
  if (destination && from.info().greets && options.ask && !destination->by_id && !destination->routed)
    peers_[destination->peer].knows_us = false;
  return destination ? send_single(from, *destination, blob, options) : refuse(destination.status());
}

SendId Node::send(Application& from, const NodeId& to, Blob& blob, SendOptions options) {
  if (!started_) return refuse(Status::not_started);
  if (options.sealed) return send_sealed(from, {.node = to}, blob, options);
  const auto destination = find_destination(to, from.info().greets && options.ask);
  return destination ? send_blob(from, *destination, blob, options) : refuse(destination.status());
}

SendId Node::send(Application& from, const TreeAddress& to, Bytes blob, SendOptions options) {
  if (!started_) return refuse(Status::not_started);
  if (options.sealed) return send_sealed(from, {.address = to, .by_address = true}, blob, options);
  const auto destination = find_destination(to, options.cpl_mode);
  return destination ? send_single(from, *destination, blob, options) : refuse(destination.status());
}

SendId Node::send(Application& from, const TreeAddress& to, Blob& blob, SendOptions options) {
  if (!started_) return refuse(Status::not_started);
  if (options.sealed) return send_sealed(from, {.address = to, .by_address = true}, blob, options);
  const auto destination = find_destination(to, options.cpl_mode);
  return destination ? send_blob(from, *destination, blob, options) : refuse(destination.status());
}

template <typename Contents>
SendId Node::send_sealed(Application& from, const SealTarget& to, Contents& blob, const SendOptions& options) {
  const SendId id = sealer_ != nullptr ? sealer_->send_sealed(from, to, blob, options) : SendId(Status::unsupported);
  return id ? id : refuse(id.refusal());
}

SendId Node::refuse(Status why) {
  counters_.add(Counter::sends_refused);
  return {why};
}

// To a neighbour that has no room for us we are a stranger: what is no greeting goes by others, who know us.
Result<Node::Destination> Node::find_destination(const NodeId& to, bool greeting) const {
  Destination d;
  d.peer = peers_.find(to);
  if (d.peer != kNoPeer) {
    if (peers_[d.peer].banned) return Status::banned;
    if (peers_[d.peer].connected() && (greeting || !peers_[d.peer].refuses)) {
      d.equal = peers_[d.peer].equal;
      return d;
    }
  }
  if (const Route* route = routes_.find(to)) return find_destination(route->to);
  if (ways_.used() && (ways_.seeker != nullptr || ways_.targets.find(node_tag(to)) != nullptr)) {
    d.peer = kNoPeer;
    d.node = to;
    d.routed = d.by_id = d.equal = true;
    return d;
  }
  return Status::unreachable;
}

Result<Node::Destination> Node::find_destination(const TreeAddress& to, bool by_prefix) const {
  const Route* route = routes_.find(to);
  // Without an address of ours in that state of the tree no answer could come back.
  const Address* from = own_address(to.tree_state);
  const PeerIndex via = route != nullptr ? route->via : next_by_address(to, by_prefix, nullptr, 0, kNoPeer);
  if (via == kNoPeer || from == nullptr) return Status::unreachable;
  const Peer& next = peers_[via];
  if (next.banned) return Status::banned;
  if (!next.connected()) return Status::unreachable;
  Destination d;
  d.peer = via;
  d.routed = true;
  d.equal = equal_at(to);
  d.to = to;
  d.from = *from;
  d.frame_max = route != nullptr ? route->frame_max : 0;
  return d;
}

// `frame`: bytes that will be sent.
bool Node::carries(const Destination& to, const Schema& schema, std::size_t frame) const {
  if (schema.by_id() || to.by_id) return schema.by_id() && to.by_id && frame <= schema.frame;
  if (schema.routed() != to.routed || (to.routed && !schema.ttl.present())) return false;
  if (to.frame_max != 0 && schema.frame > to.frame_max) return false;
  return supports(peers_[to.peer], schema, frame);
}

// What carries a broadcast of this size on one Interface: the schema with the most room, as an existing node
// that hears it would expect of its radio.
const Schema* Node::broadcast_schema(std::uint8_t interface, std::size_t package_size) const {
  const Schema* best = nullptr;
  for (const Schema& s : schemas()) {
    if (s.sequenced() || s.routed() || s.max_body < package_size || !supports(interface, s)) continue;
    if (s.body_offset + package_size > links_[interface].frame_max) continue;
    if (best == nullptr || s.max_body > best->max_body) best = &s;
  }
  return best;
}

// A broadcast is cut for the smallest of the Interfaces, and goes out on each in its own schema.
const Schema* Node::choose_broadcast(std::size_t package_size, std::uint8_t interface) const {
  const Schema* smallest = nullptr;
  for (std::uint8_t i = 0; i < interface_count_; ++i) {
    if (links_[i].loopback || (interface != kEveryInterface && i != interface)) continue;
    const Schema* here = broadcast_schema(i, package_size);
    if (here == nullptr) return nullptr;
    if (smallest == nullptr || here->max_body < smallest->max_body) smallest = here;
  }
  return smallest;
}

const Schema* Node::choose_single(const Destination& to, std::size_t package_size, std::uint8_t interface) const {
  if (to.everyone()) return choose_broadcast(package_size, interface);
  if (to.by_id) package_size += kRouteLeast;
  const Schema* best = nullptr;
  for (const Schema& s : schemas()) {
    if (s.sequenced() || s.max_body < package_size || !carries(to, s, s.body_offset + package_size)) continue;
    if (best == nullptr || s.max_body > best->max_body) best = &s;
  }
  return best;
}

// Prefers a checksum on every part, then the larger body. An existing node bears neither 256 parts nor a last
// part that is full.
const Schema* Node::choose_sequence(const Destination& to, std::uint32_t blob_size) const {
  const Schema* best = nullptr;
  unsigned best_score = 0;
  for (const Schema& s : schemas()) {
    if (!s.sequenced() || !carries(to, s, s.frame) || blob_size > s.max_package() - kPackageHeader) continue;
    const std::uint32_t package_size = blob_size + static_cast<std::uint32_t>(kPackageHeader);
    if (!to.equal) {
      if (s.seq_size.size == 1 && OutSequence::parts_needed(s, blob_size) > kPeerPrototypePartsMax) continue;
      if (package_size % s.max_body == 0) continue;
    }
    const unsigned score = (s.checksum.present() ? 0x100U : 0U) + s.max_body;
    if (score > best_score) {
      best = &s;
      best_score = score;
    }
  }
  return best;
}

std::size_t Node::single_packet_max(const NodeId& to, const SendOptions& options) const {
  if (options.sealed) return sealer_ != nullptr && !to.is_zero() ? sealer_->sealed_packet_max(to) : 0;
  Destination d;
  if (!to.is_zero()) {
    const auto found = find_destination(to);
    if (!found) return 0;
    d = *found;
  }
  const Schema* schema = choose_single(d, kPackageHeader);
  if (schema == nullptr) return 0;
  // Where the law lets no full frame be, less than the schema has room for.
  std::size_t size = schema->max_part();
  while (size > kPackageHeader && choose_single(d, size) == nullptr) --size;
  return size - kPackageHeader;
}

// An id that waits for its acknowledgement is not given twice: the answer to one would end the other.
std::uint8_t Node::new_packet_id() {
  const auto waits = [this](std::uint8_t id) {
    for (const OutPacket& p : outbox_)
      if (p.used() && p.send_id != 0 && PacketView::parse(p.bytes())->packet_id() == id) return true;
    return false;
  };
  while (waits(packet_id_)) ++packet_id_;
  return packet_id_++;
}

std::uint8_t Node::new_seq_id() {
  const auto runs = [this](std::uint8_t id) {
    for (const OutSequence& out : outbound_)
      if (out.state() != OutSequence::State::free && out.seq_id() == id) return true;
    return false;
  };
  while (runs(seq_id_)) ++seq_id_;
  return seq_id_++;
}

SendId Node::send_single(Application& from, const Destination& to, Bytes blob, SendOptions options) {
  const Schema* schema = choose_single(to, blob.size() + kPackageHeader, options.interface);
  if (schema == nullptr) return refuse(Status::too_large);
  const NodeId whom = to.peer != kNoPeer ? peers_[to.peer].id : NodeId{};
  const std::size_t route = to.by_id ? kRouteHeaderFixed : 0;
  const Priority priority = options.priority.value_or(Priority::interactive);
  if (!to.everyone() && priority > Priority::acknowledgement && !has_share(destination_of(to)))
    return refuse(Status::no_buffer);
  OutPacket* p = free_packet(priority);
  if (p == nullptr) return refuse(Status::no_buffer);
  // Who gave way for it has heard so, and may have thrown the neighbour out.
  if (to.peer != kNoPeer && !(usable(to.peer) && peers_[to.peer].id == whom)) return refuse(Status::unreachable);

  PacketFields fields;
  fields.flags = Flags(options.ask ? Control::ask : Control::none).with_mode(options.cpl_mode);
  fields.packet_id = new_packet_id();
  fields.ttl = kInitialTtl;
  fields.tree_state = to.to.tree_state;
  fields.to_addr = to.to.address;
  fields.from_addr = to.from;
  if (to.by_id) {
    know(to.node);
    // Where that is is filled in when it goes.
    RouteHeader header;
    header.target = node_tag(to.node);
    MP_CHECK(encode(header, MutableBytes(p->datagram).subspan(schema->body_offset)).ok());
  }
  const MutableBytes body = MutableBytes(p->datagram).subspan(schema->body_offset + route);
  write_package_head({from.id(), half_sha256(blob)}, body.first<kPackageHeader>());
  copy(blob, body.subspan(kPackageHeader));
  const auto datagram = write_header(*schema, fields, route + kPackageHeader + blob.size(), p->datagram);
  MP_CHECK(datagram.ok());

  p->priority = priority;
  p->ask = options.ask;
  p->routed = to.routed;
  p->by_id = to.by_id;
  p->broadcast = to.everyone();
  p->opening = p->broadcast && options.opening && closed();
  p->equal = to.equal;
  p->peer = to.peer;
  p->size = static_cast<std::uint8_t>(datagram->size());
  p->send_id = new_send_id();
  p->owner = &from;
  p->custody = p->routed && !p->by_id && in_custody(p->peer);
  if (options.interface != kEveryInterface) p->interfaces_done = static_cast<std::uint8_t>(~(1U << options.interface));
  if (options.expires_after > Duration{}) p->expires = now_ + options.expires_after;
  enqueue(*p, now_);
  counters_.add(Counter::sends_queued);
  trace({.event = p->broadcast ? TraceEvent::broadcast : TraceEvent::send,
         .peer = to.peer == kNoPeer ? nullptr : &peers_[to.peer].id,
         .app = &from.id(),
         .send_id = p->send_id,
         .size = static_cast<std::uint32_t>(blob.size()),
         .packet_id = fields.packet_id,
         .schema = schema->id});
  return SendId(p->send_id);
}

SendId Node::send_blob(Application& from, const Destination& to, Blob& blob, SendOptions options) {
  const std::uint32_t size = blob.size();
  if (const Schema* single = choose_single(to, kPackageHeader);
      single != nullptr && size + (to.by_id ? kRouteLeast : 0) <= single->max_body - kPackageHeader) {
    ByteArray<kFrameMax> copy_of_blob;
    const MutableBytes contents = MutableBytes(copy_of_blob).first(size);
    if (blob.read(0, contents) != Status::ok) return refuse(Status::io_error);
    return send_single(from, to, contents, options);
  }
  const Schema* schema = choose_sequence(to, size);
  if (schema == nullptr) return refuse(Status::too_large);
  outbound_.make_room();
  for (OutSequence& out : outbound_) {
    if (out.used()) continue;
    OutSequence::Plan plan;
    plan.app_id = from.id();
    plan.schema = schema;
    plan.seq_id = new_seq_id();
    plan.equal = to.equal;
    plan.routed = to.routed;
    const PeerIndex next = to.by_id ? likely_hop(node_tag(to.node)) : to.peer;
    plan.airtime = airtime_to(next);
    plan.pace = std::max(kPrototypePace, plan.airtime);
    if (const PeerLink* link = next != kNoPeer ? best_link(peers_[next], 0) : nullptr) {
      plan.half_duplex = links_[link->interface].half_duplex;
      plan.pause = links_[link->interface].budget.bulk_interval(plan.airtime);
    }
    if (to.by_id) plan.pause = std::max(plan.pause, held_for_sleepers(links_) / OutSequence::kRelayPauses);
    if (const RoundTrip* known =
            to.by_id ? round_trip(node_tag(to.node)) : round_trip(to.peer, to.routed ? &to.to : nullptr))
      plan.round_trip = *known;
    out.begin(plan, blob, now_);
    out.priority = options.priority.value_or(Priority::bulk);
    out.expires = options.expires_after > Duration{} ? now_ + options.expires_after : Instant::never();
    out.fresh = !polling_;
    out.destination = destination_of(to);
    out.turn = out.order = ++turns_;
    out.send_id = new_send_id();
    out.owner = &from;
    out.peer = next;
    out.routed = to.routed;
    out.by_id = to.by_id;
    out.node = node_tag(to.node);
    if (to.by_id) know(to.node);
    // More than usual only where no hop is handed more than it has room for.
    if (to.routed && next != kNoPeer && in_custody(next))
      out.flight = static_cast<std::uint8_t>(
          std::clamp<std::size_t>(outbox_.size() * 3 / 4, OutSequence::kRoutedFlight, OutSequence::kRoutedFlightFast));
    out.cpl_mode = options.cpl_mode;
    out.to = to.to;
    out.from = to.from;
    counters_.add(Counter::sends_queued);
    trace({.event = TraceEvent::send,
           .peer = to.peer != kNoPeer ? &peers_[to.peer].id : nullptr,
           .app = &from.id(),
           .send_id = out.send_id,
           .size = size,
           .packet_id = plan.seq_id,
           .schema = schema->id});
    return SendId(out.send_id);
  }
  return refuse(Status::no_buffer);
}

SendId Node::broadcast(Application& from, Bytes blob, SendOptions options) {
  if (!started_) return refuse(Status::not_started);
  if (options.sealed) return refuse(Status::unsupported);
  options.ask = false;
  if (closed() && options.opening && !from.info().opening) return refuse(Status::unsupported);
  if (closed() && options.opening && kPackageHeader + blob.size() + 1 > kOpeningTextMax)
    return refuse(Status::too_large);
  return send_single(from, Destination{}, blob, options);
}

Status Node::cancel(SendId id) {
  for (OutPacket& p : outbox_)
    if (p.used() && p.send_id == id.value() && p.send_id != 0) {
      finish(p, Outcome::cancelled);
      return Status::ok;
    }
  for (OutSequence& out : outbound_)
    if (out.state() != OutSequence::State::free && out.send_id == id.value()) {
      finish(out, Outcome::cancelled);
      return Status::ok;
    }
  return sealer_ != nullptr ? sealer_->cancel_sealed(id) : Status::not_found;
}

std::optional<SendState> Node::state(SendId id) const {
  if (!id) return std::nullopt;
  for (const OutPacket& p : outbox_)
    if (p.used() && p.send_id == id.value())
      return p.relayed_told ? SendState::relayed : p.tries > 0 || p.under_way() ? SendState::sent : SendState::queued;
  for (const OutSequence& out : outbound_)
    if (out.state() != OutSequence::State::free && out.send_id == id.value())
      return out.relayed ? SendState::relayed : out.begun() ? SendState::sent : SendState::queued;
  return sealer_ != nullptr ? sealer_->sealed_state(id) : std::nullopt;
}

// What is known of the way there: of the route, or of the neighbour itself.
RoundTrip* Node::round_trip(PeerIndex peer, const TreeAddress* to) {
  if (to == nullptr) return &peers_[peer].round_trip;
  const Route* route = routes_.find(*to);
  return route != nullptr ? &round_trips_[routes_.index_of(*route)] : nullptr;
}

// While nothing was measured it is guessed by the hops: who sends again before an answer can be here loads each of them
// for nothing.
RoundTrip* Node::round_trip(const NodeTag& to) {
  Target* target = ways_.targets.find(to);
  if (target == nullptr) return nullptr;
  if (!target->round_trip.known() && target->known()) {
    RouteHeader header;
    target->write_to(header);
    const std::uint16_t far = Distances(header, ways_.neighbours).own().nearest;
    const PeerIndex next = likely_hop(to);
    if (next != kNoPeer && far != kFar && far > kNear) {
      const std::int64_t hops = (far - kNear + kCostUnit - 1U) / kCostUnit;
      target->round_trip.add((airtime_to(next) * kFramesOfHop + kTimeOfHop) * hops);
    }
  }
  return &target->round_trip;
}

RoundTrip* Node::round_trip_of(const OutSequence& out) {
  return out.by_id ? round_trip(out.node) : round_trip(out.peer, out.routed ? &out.to : nullptr);
}

RoundTrip* Node::round_trip_of(const OutPacket& p) {
  if (p.by_id) return round_trip(route_target(PacketView::parse(p.bytes())->route()));
  if (!p.routed) return round_trip(p.peer, nullptr);
  const auto packet = PacketView::parse(p.bytes());
  const TreeAddress to{packet->tree_state(), packet->to_addr()};
  return round_trip(p.peer, &to);
}

void Node::report_outcome(Application* owner, std::uint32_t send_id, Outcome outcome) {
  counters_.add(outcome == Outcome::delivered     ? Counter::sends_delivered
                : outcome == Outcome::unconfirmed ? Counter::sends_unconfirmed
                                                  : Counter::sends_failed);
  if (outcome == Outcome::displaced) counters_.add(Counter::sends_displaced);
  trace({.event = TraceEvent::sent,
         .app = owner != nullptr ? &owner->id() : nullptr,
         .send_id = send_id,
         .detail = static_cast<std::uint8_t>(outcome)});
  if (owner != nullptr) owner->on_sent(SendId(send_id), outcome);
}

}  // namespace mp
