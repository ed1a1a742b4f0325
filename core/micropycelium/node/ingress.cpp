// SPDX-License-Identifier: ISC
// What becomes of a received datagram: drop, control, forward or accept. Every way out names the one
// Counter that the datagram is counted under.
#include "micropycelium/node/under_way.hpp"

namespace mp {
namespace {

Counter counter_of(Status why) {
  switch (why) {
    case Status::truncated:
      return Counter::rx_too_short;
    case Status::bad_version:
      return Counter::rx_bad_version;
    case Status::unknown_schema:
      return Counter::rx_unknown_schema;
    default:
      return Counter::rx_too_large;
  }
}

Outcome outcome_of(EndStatus status) {
  switch (status) {
    case EndStatus::delivered:
      return Outcome::delivered;
    case EndStatus::not_wanted:
      return Outcome::not_wanted;
    case EndStatus::no_room:
      return Outcome::no_room;
    case EndStatus::bad_digest:
      break;
  }
  return Outcome::bad_digest;
}

// Of somebody's closed network.
bool opening_frame(Bytes frame) {
  if (frame.size() < kFixedHeader || frame[0] != std::byte{0}) return false;
  const auto schema = std::to_integer<std::uint8_t>(frame[2]);
  return schema == kOpeningSchemaEspNow || schema == kOpeningSchemaLora;
}

constexpr bool is_drop(Counter c) {
  return c != Counter::rx_package && c != Counter::rx_part && c != Counter::rx_control && c != Counter::rx_forwarded &&
         c != Counter::rx_error_returned;
}

}  // namespace

void Node::receive_all(std::uint8_t index) {
  while (budget_ > 0) {
    const auto received = interfaces_[index]->receive();
    if (!received) return;
    budget_ -= std::min(budget_, kDatagramCost + static_cast<std::uint32_t>(received->datagram.size()));
    Arrival arrival;
    arrival.interface = index;
    arrival.link = received->from;
    arrival.broadcast = received->broadcast;
    arrival.datagram = received->datagram;
    arrival.wire_size = received->datagram.size();
    after_traffic(index, arrival.broadcast, 0);
    const Counter end = ingress(arrival);
    counters_.add(end);
    if (is_drop(end))
      trace({.event = TraceEvent::drop,
             .size = static_cast<std::uint32_t>(arrival.datagram.size()),
             .interface = index,
             .detail = static_cast<std::uint8_t>(end)});
  }
  again_ = true;
}

Counter Node::ingress(Arrival& arrival) {
  if (closed() && !links_[arrival.interface].loopback)
    if (const auto end = open(arrival)) return *end;
  const auto packet = PacketView::parse(arrival.datagram);
  if (!packet) return opening_frame(arrival.datagram) ? Counter::rx_unsealed : counter_of(packet.status());
  if (packet->schema().sealed() != closed()) return Counter::rx_unsealed;
  arrival.packet = *packet;
  if (!packet->checksum_ok()) return Counter::rx_bad_checksum;

  arrival.peer = peers_.find(arrival.interface, arrival.link);
  if (arrival.peer != kNoPeer) {
    Peer& peer = peers_[arrival.peer];
    if (peer.banned) return Counter::rx_banned;
    peer.last_heard = now_;
    for (PeerLink& l : peer.links)
      if (l.interface == arrival.interface && l.address == arrival.link) {
        l.last_heard = now_;
        l.failures = 0;
      }
    costs_.heard(arrival.peer, now_);
    if (links_[arrival.interface].can_sleep) heard_from(arrival.peer, arrival);
  }
  if (trace_ != nullptr)
    trace({.event = TraceEvent::receive,
           .peer = arrival.peer != kNoPeer ? &peers_[arrival.peer].id : nullptr,
           .size = static_cast<std::uint32_t>(arrival.datagram.size()),
           .packet_id = packet->packet_id(),
           .interface = arrival.interface,
           .schema = packet->schema().id,
           .flags = packet->flags().state()});

  if (arrival.peer != kNoPeer && !packet->schema().routed())
    hear_throttle(peers_[arrival.peer], packet->flags().throttle());
  if (packet->schema().base() == kHopSchemaEspNow || packet->schema().base() == kHopSchemaLora)
    return take_hop_ack(arrival);
  return packet->schema().routed() ? take_routed(arrival) : direct(arrival);
}

Counter Node::direct(Arrival& arrival) {
  return arrival.packet.flags().error() ? take_returned(arrival) : accept(arrival);
}

Counter Node::take_routed(Arrival& arrival) {
  if (arrival.schema().by_id()) return take_by_id(arrival);
  const bool ours = is_own(arrival.packet.flags().error() ? arrival.from() : arrival.to());
  return take_once(arrival, ours, [&] { return ours ? direct(arrival) : relay(arrival); });
}

Counter Node::take_by_id(Arrival& arrival) {
  if (!ways_.used()) return Counter::rx_no_route;
  const auto decoded = decode_route_header(arrival.packet.route());
  if (!decoded) return Counter::rx_bad_route;
  arrival.route = &decoded->header;
  const bool error = arrival.packet.flags().error();
  const bool ours = (error ? arrival.route->source : arrival.route->target) == ways_.neighbours.self();
  // It hands on what is others'.
  if (arrival.peer != kNoPeer && !(ways_.neighbours[arrival.peer].tag == arrival.route->source))
    ways_.neighbours.trust(arrival.peer);
  return take_once(arrival, ours, [&] {
    if (!ours) return relay_by_id(arrival);
    if (error) return take_error_by_id(arrival);
    return take_from(arrival);
  });
}

// A neighbour that waits for our word that we have it gets it; what it only repeats is not taken twice.
template <typename Take>
Counter Node::take_once(Arrival& arrival, bool ours, const Take& take) {
  HopMemory* const hop = hop_memory(arrival);
  if (hop == nullptr) return take();

  const std::uint32_t fingerprint = hop_fingerprint(arrival.schema(), arrival.datagram);  // before it is patched
  const HopMemory::Pace pace = hop_ack_pace(arrival.interface);
  if (hop->repeated(fingerprint, now_, pace)) return Counter::rx_duplicate;
  // Remembered first: a handler may do what it likes to the neighbour.
  const std::uint8_t interface = arrival.interface;
  const LinkAddress link = arrival.link;
  const Counter end = take();
  if (!hop->is(interface, link)) return end;
  if (!ours && end == Counter::rx_no_room)
    hop->refused(now_);
  else
    hop->taken(fingerprint, now_, pace);
  return end;
}

Counter Node::accept(Arrival& arrival) {
  switch (arrival.packet.flags().control()) {
    case Control::none:
    case Control::ask:
      return arrival.schema().sequenced() ? take_part(arrival) : take_single(arrival);
    case Control::ack:
      return take_ack(arrival);
    case Control::rtx:
      return take_report(arrival);
    case Control::rns:
      return answer_rns(arrival);
    case Control::nia:
      return take_nia(arrival);
    case Control::reserved6:
    case Control::reserved7:
      break;
  }
  return Counter::rx_unexpected;
}

Counter Node::take_single(Arrival& arrival) { return deliver_single(arrival, false); }

// A Package in one packet: a packet without sequence, or the only part of one.
Counter Node::deliver_single(Arrival& arrival, bool in_sequence) {
  const auto package = PackageView::parse(arrival.packet.contents());
  if (!package) return Counter::rx_bad_package;
  if (!package->verify()) return Counter::rx_bad_digest;

  // An existing node would take the acknowledgement of a part for a part, and knows no refusals.
  const bool equal = from_equal(arrival);
  const auto answer_with = [&](EndStatus status) {
    if (in_sequence ? !equal : !arrival.asks() || (status != EndStatus::delivered && !equal)) return;
    const auto body = End{status, package->head.half_sha256}.encode();
    answer(arrival, answer_fields(arrival.packet, Control::ack), equal ? Bytes(body) : Bytes{});
  };

  Application* app = find_application(package->head.app_id);
  if (app == nullptr) {
    answer_with(EndStatus::not_wanted);
    return Counter::rx_unknown_app;
  }
  const bool drop_repeats = app->info().repeats == Repeats::drop;
  const auto remember_it = [&] {
    remember(arrival.schema().routed() ? source_of(arrival) : Source::of_link(arrival.interface, arrival.link),
             package->head, in_sequence ? arrival.packet.seq_id() : arrival.packet.packet_id(), in_sequence);
  };
  if (drop_repeats && seen_before(arrival, package->head)) {
    remember_it();  // anew: as long as it is repeated
    answer_with(EndStatus::delivered);
    return Counter::rx_duplicate;
  }
  Package whole;
  whole.app_id = package->head.app_id;
  whole.half_sha256 = package->head.half_sha256;
  whole.from = origin_of(arrival);
  whole.blob = package->blob;
  whole.size = static_cast<std::uint32_t>(package->blob.size());
  if (!app->wants(whole)) {
    answer_with(EndStatus::not_wanted);
    return Counter::rx_refused;
  }
  if (drop_repeats) remember_it();
  counters_.add(Counter::packages_delivered);
  trace({.event = TraceEvent::deliver,
         .peer = &whole.from.node,
         .app = &app->id(),
         .size = whole.size,
         .packet_id = arrival.packet.packet_id(),
         .interface = arrival.interface});
  // The answer goes first: a handler may send, and what it sends must not overtake the acknowledgement.
  answer_with(EndStatus::delivered);
  app->on_package(whole);
  return Counter::rx_package;
}

Counter Node::take_ack(Arrival& arrival) {
  const Bytes body = arrival.packet.contents();
  if (arrival.schema().sequenced()) {
    OutSequence* out = find_outbound(arrival);
    if (out == nullptr || !out->equal() || arrival.packet.packet_id() != out->seq_size()) return Counter::rx_unexpected;
    const auto status = End::of(out->half_sha256(), body);
    if (!status || !out->may_end(*status == EndStatus::delivered)) return Counter::rx_unexpected;
    finish(*out, outcome_of(*status));
    return Counter::rx_control;
  }
  for (OutPacket& p : outbox_) {
    if (!p.used() || !p.ask || p.tries == 0 || p.send_id == 0) continue;
    const auto sent = PacketView::parse(p.bytes());
    if (sent->packet_id() != arrival.packet.packet_id() || &sent->schema() != &arrival.schema()) continue;
    if (p.by_id != (arrival.route != nullptr)) continue;
    if (p.by_id ? !(route_target(sent->route()) == arrival.route->source)
        : p.routed
            ? !(sent->to_addr() == arrival.packet.from_addr() && sent->tree_state() == arrival.packet.tree_state())
            : p.peer != arrival.peer)
      continue;
    // A body that names the Package is an equal's, be it one that we do not know to be an equal yet; who does not know
    // us as one, and a prototype, sends none.
    EndStatus status = EndStatus::delivered;
    if (const auto told = End::of(PackageView::parse(sent->contents())->head.half_sha256, body))
      status = *told;
    else if (p.equal && !body.empty())
      return Counter::rx_unexpected;
    if (!p.routed && p.equal) costs_.acknowledged(p.peer, peers_[p.peer].link(arrival.interface, arrival.link), now_);
    if (p.by_id && usable(p.peer)) ways_.neighbours.trust(p.peer);
    if (RoundTrip* known = round_trip_of(p)) p.tries == 1 ? known->add(now_ - p.first_sent) : known->doubt();
    finish(p, outcome_of(status));
    return Counter::rx_control;
  }
  return Counter::rx_unexpected;
}

Counter Node::take_report(Arrival& arrival) {
  if (!arrival.schema().sequenced()) return Counter::rx_unexpected;
  OutSequence* out = find_outbound(arrival);
  if (out == nullptr) return Counter::rx_unexpected;
  const Report report{arrival.packet.packet_id(),
                      arrival.packet.contents().first(std::min(arrival.packet.contents().size(), kWindowBytes))};
  const std::uint32_t before = out->parts_done();
  if (!out->on_report(report, now_)) return Counter::rx_unexpected;
  if (RoundTrip* known = round_trip_of(*out)) *known = out->round_trip();
  if (out->parts_done() != before) out->searches = 0;
  if (!out->routed)
    for (std::uint32_t n = out->parts_done(); n > before; --n)
      costs_.acknowledged(out->peer, peers_[out->peer].link(arrival.interface, arrival.link), now_);
  if (out->parts_done() != before && out->owner != nullptr)
    out->owner->on_progress(SendId(out->send_id), out->parts_done(), out->parts());
  return Counter::rx_control;
}

// A packet of ours comes back with the error flag: a relay could not get it on.
Counter Node::take_returned(Arrival& arrival) {
  if (!arrival.schema().routed()) return Counter::rx_unexpected;
  const TreeAddress to = arrival.to();
  if (arrival.schema().sequenced()) {
    for (OutSequence& out : outbound_)
      if (out.state() != OutSequence::State::free && out.routed && out.seq_id() == arrival.packet.seq_id() &&
          out.to == to) {
        finish(out, Outcome::unreachable);
        return Counter::rx_error_returned;
      }
    return Counter::rx_unexpected;
  }
  for (OutPacket& p : outbox_) {
    if (!p.used() || !p.routed || p.send_id == 0) continue;
    const auto sent = PacketView::parse(p.bytes());
    if (sent->packet_id() == arrival.packet.packet_id() && sent->to_addr() == to.address &&
        sent->tree_state() == to.tree_state) {
      finish(p, Outcome::unreachable);
      return Counter::rx_error_returned;
    }
  }
  return Counter::rx_unexpected;
}

Counter Node::answer_rns(const Arrival& arrival) {
  trace({.event = TraceEvent::receive_rns,
         .peer = arrival.peer != kNoPeer ? &peers_[arrival.peer].id : nullptr,
         .interface = arrival.interface});
  const Schema* schema = control_schema(*interfaces_[arrival.interface]);
  PacketFields fields;
  fields.flags = Flags(Control::nia);
  fields.packet_id = new_packet_id();
  ByteArray<kFrameMax> buffer;
  ByteArray<kWakeSize> phase;
  encode_wake(phase_to_tell(arrival.interface), phase);
  const Bytes body = links_[arrival.interface].sleep.on() ? Bytes(phase) : Bytes{};
  const auto datagram = write_packet(*schema, fields, body, buffer);
  if (datagram && may_answer_rns(arrival, datagram->size()) &&
      transmit(arrival.interface, arrival.link, *datagram, Priority::acknowledgement) == Status::ok)
    trace({.event = TraceEvent::nia, .interface = arrival.interface});
  return Counter::rx_control;
}

// Sends an answer the way the question came. Lost, the question will be put again.
void Node::answer(const Arrival& arrival, PacketFields fields, Bytes body) {
  if (congested()) fields.flags = fields.flags.with_throttle(true);
  if (arrival.route != nullptr) return send_by_id(arrival.route->source, arrival.schema(), fields, body);
  ByteArray<kFrameMax> buffer;
  const auto datagram = write_packet(arrival.schema(), fields, body, buffer);
  if (!datagram) return;
  const PeerIndex way = arrival.schema().routed() ? way_back(arrival.packet) : kNoPeer;
  const bool by_route = way != kNoPeer;
  const PeerIndex to = by_route ? way : arrival.peer;
  // By the link that it came by, as long as that one takes it.
  Status status = Status::would_block;
  if (!by_route && !(arrival.schema().routed() && to != kNoPeer && in_custody(to)))
    status = transmit(arrival.interface, arrival.link, *datagram, Priority::acknowledgement);
  if (status == Status::would_block && to != kNoPeer) status = pass(to, *datagram, Priority::acknowledgement);
  if (status != Status::ok) counters_.add(Counter::answers_lost);
}

bool Node::from_equal(const Arrival& arrival) const {
  if (arrival.schema().by_id()) return true;
  if (arrival.schema().routed()) return equal_at(arrival.from());
  return (arrival.peer != kNoPeer && peers_[arrival.peer].equal);
}

Source Node::source_of(const Arrival& arrival) const {
  if (arrival.route != nullptr) return Source::of_node(arrival.route->source);
  if (arrival.schema().routed()) return Source::of_tree(arrival.from());
  if (arrival.peer != kNoPeer) return Source::of_peer(arrival.peer);
  return Source::of_link(arrival.interface, arrival.link);
}

Origin Node::origin_of(const Arrival& arrival) const {
  Origin origin;
  origin.interface = arrival.interface;
  origin.link = arrival.link;
  origin.broadcast = arrival.broadcast;
  if (arrival.route != nullptr) {
    origin.by_id = true;
    origin.node = name_of(arrival.route->source);
  } else if (arrival.schema().routed()) {
    origin.routed = true;
    origin.address = arrival.from();
    origin.node = node_at(origin.address);
  } else if (arrival.peer != kNoPeer) {
    origin.node = peers_[arrival.peer].id;
  }
  return origin;
}

// Neighbours are told apart by their links: a node that lost its storage comes back under another id, and repeats there
// what it had under way.
SeenKey Node::seen_key(const Source& source, const PackageHead& head, std::uint16_t id, bool sequence) const {
  switch (source.kind) {
    case Source::Kind::peer:
      for (const PeerLink& l : peers_[source.peer].links)
        if (l.used()) return seen_key(Source::of_link(l.interface, l.address), head, id, sequence);
      break;
    case Source::Kind::tree: {
      ByteArray<1 + kAddressSize> who;
      who[0] = static_cast<std::byte>(source.tree.tree_state);
      copy(source.tree.address.value, MutableBytes(who).subspan(1));
      return seen_.key(who, head, id, sequence);
    }
    case Source::Kind::node:
      return seen_.key(source.node.bytes(), head, id, sequence);
    case Source::Kind::link:
      break;
  }
  ByteArray<1 + kLinkAddressMax> who;
  who[0] = static_cast<std::byte>(source.interface);
  copy(source.link.bytes(), MutableBytes(who).subspan(1));
  return seen_.key(Bytes(who).first(1 + source.link.size), head, id, sequence);
}

// A neighbour may repeat on another of its links.
bool Node::seen_before(const Arrival& arrival, const PackageHead& head) const {
  const bool sequence = arrival.schema().sequenced();
  const std::uint16_t id = sequence ? arrival.packet.seq_id() : arrival.packet.packet_id();
  const auto seen = [&](const Source& source) { return seen_.contains(seen_key(source, head, id, sequence), now_); };
  if (arrival.schema().routed()) return seen(source_of(arrival));
  if (seen(Source::of_link(arrival.interface, arrival.link))) return true;
  if (arrival.peer == kNoPeer) return false;
  const auto& links = peers_[arrival.peer].links;
  return std::any_of(links.begin(), links.end(),
                     [&](const PeerLink& l) { return l.used() && seen(Source::of_link(l.interface, l.address)); });
}

void Node::remember(const Source& source, const PackageHead& head, std::uint16_t id, bool sequence) {
  // Whoever repeats on a slow link is patient; it may be any of ours.
  Duration frame{};
  for (std::uint8_t i = 0; i < interface_count_; ++i)
    frame = std::max(frame, interfaces_[i]->airtime(links_[i].frame_max));
  const Duration memory = std::max(SeenTable::kMemory, frame * SeenTable::kMemoryFrames);
  if (!seen_.add(seen_key(source, head, id, sequence), now_, memory)) counters_.add(Counter::seen_evicted);
}

}  // namespace mp
