// SPDX-License-Identifier: ISC
// Nodes beyond the neighbours (specification: routing.md, "Whom a node knows" and "Strangers"): who has a slot, whose
// word counts, and what becomes of a packet whose source nobody here can name.
#include "micropycelium/node/under_way.hpp"

#include "micropycelium/node/seeker.hpp"

namespace mp {
namespace {

// What a target tells a source that it does not know: why, who asks, and a number to be signed.
constexpr std::size_t kAskSize = 1 + NodeTag::kSize + 4;
// A number is good for one to two of these.
constexpr Duration kNumberEpoch = seconds(64);

constexpr bool has_contents(Flags flags) {
  return !flags.error() && (flags.control() == Control::none || flags.control() == Control::ask);
}

// What proves that the packet belongs to something here.
constexpr bool believed(Counter end) {
  return end == Counter::rx_package || end == Counter::rx_part || end == Counter::rx_control;
}

}  // namespace

// --- slots -----------------------------------------------------------------------------------------------

// Whether something is under way there, or from there.
bool Node::in_use(const NodeTag& tag) const {
  for (const OutPacket& p : outbox_)
    if (p.used() && p.by_id && p.own() && route_target(PacketView::parse(p.bytes())->route()) == tag) return true;
  for (const OutSequence& out : outbound_)
    if (out.used() && out.by_id && out.node == tag) return true;
  for (const InSequence& in : inbound_.all())
    if (in.state() != InSequence::State::free && in.source().kind == Source::Kind::node && in.source().node == tag)
      return true;
  return false;
}

// The slot of a node that is wanted here; null: there is none.
Target* Node::wanted(const NodeTag& tag) {
  if (ways_.targets.find(tag) == nullptr && ways_.targets.full()) counters_.add(Counter::targets_evicted);
  return ways_.targets.take_wanted(tag, now_, [&](const NodeTag& other) { return in_use(other); });
}

// The slot of a node that came by itself; null: there is none for it.
Target* Node::stranger(const NodeTag& tag) {
  if (Target* const known = ways_.targets.find(tag)) return known;
  const bool full = ways_.targets.full();
  Target* const t = ways_.targets.take_stranger(tag, now_, [&](const NodeTag& other) { return in_use(other); });
  if (full && t != nullptr) counters_.add(Counter::targets_evicted);
  return t;
}

// Zero: it is not known.
NodeId Node::name_of(const NodeTag& tag) const {
  if (const Target* t = ways_.targets.find(tag); t != nullptr && !t->node().is_zero()) return t->node();
  const std::uint8_t slot = ways_.neighbours.find(tag);
  return slot != kNobody ? peers_[slot].id : NodeId{};
}

// --- what is said of where they are ------------------------------------------------------------------------

// It has signed it.
void Node::found(const NodeId& node, std::span<const TreePlace> places) {
  const NodeTag tag = node_tag(node);
  Target* const t = stranger(tag);
  if (t == nullptr) return;
  t->set_node(node);
  t->set_places(places);
  t->set_signed(now_);
  wake_parked(tag);
}

// Somebody says so in its name. False: it can not be answered.
bool Node::told(const NodeId& node, std::span<const TreePlace> places) {
  const NodeTag tag = node_tag(node);
  Target* const t = stranger(tag);
  if (t == nullptr || (!t->node().is_zero() && !(t->node() == node))) return false;
  if (t->node().is_zero()) t->set_node(node);
  hear_places(*t, places);
  return true;
}

// Unsigned: better than nothing, and than what has grown old. None at all is no news.
void Node::hear_places(Target& t, std::span<const TreePlace> places) {
  if (places.empty() || (t.known() && t.sure(now_))) return;
  const bool known = t.known();
  t.set_places(places);
  if (!known) wake_parked(t.tag());
}

// --- packets for us ------------------------------------------------------------------------------------------

Counter Node::take_from(Arrival& arrival) {
  const RouteHeader& header = *arrival.route;
  if (header.source == ways_.neighbours.self()) return Counter::rx_unexpected;
  if (has_contents(arrival.packet.flags()) && name_of(header.source).is_zero()) {
    // What it says of itself is how it becomes known.
    const auto package = PackageView::parse(arrival.packet.contents());
    if (!package || ways_.seeker == nullptr || package->head.app_id != ways_.seeker->id()) return ask_who(arrival);
  }
  // An answer needs a place to go to.
  Target* t = ways_.targets.find(header.source);
  if (t != nullptr) {
    t->used_at = now_;
    if (!t->known()) hear_places(*t, header.known_source_places());
  }
  const Counter end = accept(arrival);
  // A handler may have made the table look otherwise.
  if (believed(end))
    if (t = ways_.targets.find(header.source); t != nullptr) hear_places(*t, header.known_source_places());
  return end;
}

// Its source is not known, so nothing is kept and nobody is searched for: it is told to say who it is, the way that its
// packet came. The number is made again when it comes back, from a secret of this run.
Counter Node::ask_who(const Arrival& arrival) {
  if (arrival.peer == kNoPeer) return Counter::rx_stranger;
  ByteArray<kFrameMax> buffer;
  const std::size_t at = arrival.schema().body_offset + arrival.packet.route().size();
  copy(Bytes(arrival.datagram).first(at), buffer);
  if (at + kAskSize > arrival.schema().frame) return Counter::rx_stranger;
  buffer[at] = static_cast<std::byte>(RouteError::stranger);
  copy(ways_.neighbours.self().bytes(), MutableBytes(buffer).subspan(at + 1));
  store_be(buffer.data() + at + 1 + NodeTag::kSize, number_for(arrival.route->source, now_.us / kNumberEpoch.us));
  set_flags(buffer, arrival.packet.flags().with_error(true));
  (void)pass(arrival.peer, Bytes(buffer).first(at + kAskSize), Priority::acknowledgement);
  return Counter::rx_stranger;
}

std::uint32_t Node::number_for(const NodeTag& node, std::int64_t epoch) const {
  // No Package is of the Application zero: these are no keys of the table.
  return static_cast<std::uint32_t>(seen_.key(node.bytes(), PackageHead{}, static_cast<std::uint16_t>(epoch), true));
}

bool Node::asked(const NodeTag& node, std::uint32_t number) const {
  const std::int64_t epoch = now_.us / kNumberEpoch.us;
  return number == number_for(node, epoch) || number == number_for(node, epoch - 1);
}

// The target of a packet of ours does not know us. Precondition: the packet is remembered.
bool Node::introduce(const PacketView& packet, const NodeTag& to, Bytes told) {
  const NodeId target = name_of(to);
  if (told.size() < kAskSize || ways_.seeker == nullptr || target.is_zero() ||
      !(NodeTag::from(told.subspan(1, NodeTag::kSize)) == to))
    return false;
  ways_.seeker->introduce_to(target, load_be<std::uint32_t>(told.data() + 1 + NodeTag::kSize));
  if (OutPacket* p = own_packet(packet, to)) {
    if (++p->searches > kSearchesMax)
      end_unreachable(*p, {RouteError::stranger, to});
    else
      send_anew(*p, now_);
  }
  // Of a sequence several parts may come back; it ends by its own patience.
  for (OutSequence& out : outbound_)
    if (packet.schema().sequenced() && out.used() && out.by_id && out.seq_id() == packet.seq_id() && out.node == to)
      out.ask_again(now_);
  return true;
}

}  // namespace mp
