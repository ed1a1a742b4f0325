// SPDX-License-Identifier: ISC
// Out through a link: the fastest that works, the next when it fails; when its turn has come, and as far as the law
// lets it (specification: airtime.md).
#include "micropycelium/node/under_way.hpp"

namespace mp {
namespace {

// How long a node that had no room says that it is congested, and to how many seconds between two packets its
// neighbours' patience is stretched at most.
constexpr Duration kCongestedFor = seconds(1);
constexpr std::uint8_t kThrottleMax = 10;
constexpr Duration kThrottleStep = seconds(1);

constexpr std::string_view kLedgerKeys[] = {"airtime-0", "airtime-1", "airtime-2", "airtime-3",
                                            "airtime-4", "airtime-5", "airtime-6", "airtime-7"};
static_assert(std::size(kLedgerKeys) == Node::kInterfacesMax);

// The longest frame that the law lets this Interface send in one go.
std::uint16_t longest_frame(const Interface& interface, const InterfaceCaps& caps) {
  std::uint16_t n = caps.frame_max;
  if (caps.rule.longest > Duration{})
    while (n > 0 && interface.airtime(n) > caps.rule.longest) --n;
  return n;
}

}  // namespace

// --- links ---------------------------------------------------------------------------------------------

Status Node::begin_link(std::uint8_t index) {
  const InterfaceCaps caps = interfaces_[index]->caps();
  Link& link = links_[index];
  AirtimeLedger* ledger = nullptr;
  if (caps.rule.limits()) {
    if (ledgers_taken_ == ledgers_.size()) return Status::no_buffer;
    ledger = &ledgers_[ledgers_taken_];
    MP_TRY(ledger->begin(caps.rule, now_));
    ++ledgers_taken_;
  }
  link.budget.begin(caps.rule, ledger);
  link.loopback = caps.loopback;
  link.acknowledges = caps.acknowledges;
  link.reports = caps.acknowledges && caps.reports;
  link.tries = std::max<std::uint8_t>(caps.tries, 1);
  link.half_duplex = caps.half_duplex;
  link.can_sleep = caps.can_sleep;
  link.bit_rate = caps.bit_rate;
  link.frame_max = longest_frame(*interfaces_[index], caps);
  return Status::ok;
}

// What was sent before a restart counts: no clock says how long the power was off. A record that is lost or damaged is
// taken for a first start.
void Node::restore_ledgers() {
  for (std::uint8_t i = 0; i < interface_count_; ++i) {
    AirtimeLedger* ledger = links_[i].budget.ledger();
    if (ledger == nullptr) continue;
    MP_CHECK(ledger->begin(interfaces_[i]->caps().rule, now_) == Status::ok);  // attach() proved it
    ByteArray<AirtimeLedger::kRecordSize> record;
    if (const auto size = platform_.storage.read(kLedgerKeys[i], record))
      (void)ledger->restore(Bytes(record).first(*size), now_);
  }
}

void Node::save_ledger(std::uint8_t index) {
  AirtimeLedger* ledger = links_[index].budget.ledger();
  ByteArray<AirtimeLedger::kRecordSize> record;
  ledger->save(record);
  // When storage is full the next spending tries again.
  if (platform_.storage.write(kLedgerKeys[index], record) == Status::ok) ledger->saved();
}

// What an Interface carries control packets in: the first of its schemas that is neither routed nor sequenced.
const Schema* Node::control_schema(const Interface& interface) const {
  const InterfaceCaps caps = interface.caps();
  for (const std::uint8_t id : caps.schema_ids)
    if (const Schema* s = find_schema(id);
        s != nullptr && !s->routed() && !s->sequenced() && s->frame <= caps.frame_max)
      return schema_of(id);
  return nullptr;
}

bool Node::supports(const Peer& peer, const Schema& schema, std::size_t frame) const {
  bool any = false;
  for (const PeerLink& l : peer.links) {
    if (!l.used()) continue;
    if (!supports(l.interface, schema) || frame > links_[l.interface].frame_max) return false;
    any = true;
  }
  return any;
}

// Of a full frame, over the link that is used first.
Duration Node::airtime_to(PeerIndex peer) {
  if (peer == kNoPeer) return {};
  const PeerLink* link = best_link(peers_[peer], 0);
  return link != nullptr ? interfaces_[link->interface]->airtime(interfaces_[link->interface]->caps().frame_max)
                         : Duration{};
}

// No answer came over the link that is used first: after a few, the others get their turn.
void Node::blame_link(PeerIndex peer) {
  if (peer == kNoPeer) return;
  if (PeerLink* link = best_link(peers_[peer], 0); link != nullptr && link->failures < 0xff) ++link->failures;
}

// --- sending -------------------------------------------------------------------------------------------

Status Node::transmit(PeerIndex index, Bytes datagram, Priority priority) {
  Peer& peer = peers_[index];
  if (peer.banned) return Status::banned;
  unsigned tried = 0;
  while (PeerLink* link = best_link(peer, tried)) {
    if (links_[link->interface].can_sleep) {
      if (const Instant awake = asleep_until(index, *link); awake > now_) {
        retry_at_ = awake;
        airtime_wait_ = true;
        return Status::would_block;
      }
    }
    const Status status = transmit(link->interface, link->address, datagram, priority);
    if (status == Status::ok) peer.wake.sent(now_);
    if (status == Status::ok || status == Status::would_block) return status;
    if (link->failures < 0xff) ++link->failures;
    tried |= 1U << static_cast<unsigned>(link - peer.links.data());
  }
  return Status::unreachable;
}

// Whoever may not go yet, or finds the Interface busy, is in the way of what is less urgent: else that would take the
// place, or the airtime, as soon as there is some. Who only keeps his own pace is in nobody's way.
Status Node::transmit(std::uint8_t index, const LinkAddress& to, Bytes datagram, Priority priority, Wrap how) {
  MP_TRY(permitted(index, datagram.size() + seal_size(index, how), priority));
  Link& link = links_[index];
  ByteArray<kFrameMax> stamped, sealed;
  if (link.sleep.on()) datagram = with_phase(index, datagram, stamped);
  if (closed() && !link.loopback) {
    MP_TRY(sealable(index, to));
    datagram = seal(index, to, datagram, how, sealed);
  }
  return put_on_link(index, to, datagram, priority);
}

// Whether it is the turn of a frame of this size. Status: ok, would_block (as transmit), too_large.
Status Node::permitted(std::uint8_t index, std::size_t size, Priority priority) {
  Link& link = links_[index];
  airtime_wait_ = false;
  const auto rank = static_cast<std::uint8_t>(priority);
  if (link.waiting != Link::kNobody && now_ >= link.free_at) link.waiting = Link::kNobody;
  if (rank >= link.waiting && !link.loopback) {
    retry_at_ = link.free_at;
    airtime_wait_ = link.waits_for_airtime;
    return Status::would_block;
  }
  if (!link.budget.reckons(priority)) return Status::ok;
  const AirtimeBudget::When when = link.budget.may_send_at(priority, interfaces_[index]->airtime(size), now_);
  if (when.at == Instant::never()) return Status::too_large;
  if (when.at <= now_) return Status::ok;
  airtime_wait_ = true;
  counters_.add(Counter::airtime_waits);
  when.by_pace ? void(retry_at_ = when.at) : block_link(link, priority, when.at);
  return Status::would_block;
}

void Node::block_link(Link& link, Priority priority, Instant until) {
  const auto rank = static_cast<std::uint8_t>(priority);
  retry_at_ = until;
  if (rank >= link.waiting) return;
  link.waiting = rank;
  link.free_at = until;
  link.waits_for_airtime = airtime_wait_;
}

// Precondition: permitted.
Status Node::put_on_link(std::uint8_t index, const LinkAddress& to, Bytes frame, Priority priority) {
  Link& link = links_[index];
  handed_to_ = OutPacket::kNobody;
  const Status status = interfaces_[index]->send(to, frame);
  if (status == Status::would_block) {
    counters_.add(Counter::tx_blocked);
    block_link(link, priority, now_ + std::max(interfaces_[index]->busy_for(), microseconds(1)));
    return status;
  }
  if (status != Status::ok) {
    counters_.add(Counter::tx_failed);
    return status;
  }
  counters_.add(Counter::tx_datagrams);
  if (link.reports && !to.is_broadcast()) {
    ++link.handed;
    handed_to_ = index;
  }
  after_traffic(index, to.is_broadcast(), frame.size());
  if (link.budget.reckons(priority)) {
    link.budget.spend(priority, interfaces_[index]->airtime(frame.size()), now_);
    if (AirtimeLedger* ledger = link.budget.ledger(); ledger != nullptr && ledger->due_for_saving()) save_ledger(index);
  }
  // What went to ourselves is there already, and no port will say so.
  if (link.loopback) again_ = true;
  if (trace_ != nullptr) {
    const PeerIndex peer = peers_.find(index, to);
    trace({.event = TraceEvent::send_packet,
           .peer = peer != kNoPeer ? &peers_[peer].id : nullptr,
           .size = static_cast<std::uint32_t>(frame.size()),
           .interface = index,
           .schema = std::to_integer<std::uint8_t>(frame[2]),
           .flags = std::to_integer<std::uint8_t>(frame[3])});
  }
  return status;
}

// Who waited there does so no longer; whoever else does says so at its next try.
void Node::unblock(std::uint8_t index, Priority priority) {
  Link& link = links_[index];
  if (link.waiting == static_cast<std::uint8_t>(priority)) link.waiting = Link::kNobody;
}

// Sends what nobody here waits to hear of: at once if the link takes it, else from the outbox. What the next hop will
// acknowledge waits there in any case. Status: ok (sent, or it waits), no_buffer, and what transmit says.
Status Node::pass(PeerIndex via, Bytes datagram, Priority priority, std::uint16_t watermark) {
  const bool custody = in_custody(via) && PacketView::parse(datagram)->schema().routed();
  if (!custody) {
    const Status status = transmit(via, datagram, priority);
    if (status != Status::would_block) return status;
  }
  if (OutPacket* old = outdated_by(via, datagram)) {
    // In its place, and in its turn.
    old->size = static_cast<std::uint8_t>(datagram.size());
    copy(datagram, old->datagram);
    old->watermark = watermark;
    if (old->custody) old->fingerprint = hop_fingerprint(PacketView::parse(datagram)->schema(), datagram);
    return Status::ok;
  }
  OutPacket* p = place(via, datagram, priority);
  if (p == nullptr) {
    // Better without custody than not at all: two ends whose slots are full of questions wait for each other's answers.
    const bool try_anyway = custody && priority == Priority::acknowledgement;
    return try_anyway && transmit(via, datagram, priority) == Status::ok ? Status::ok : Status::no_buffer;
  }
  p->custody = custody;
  p->watermark = watermark;
  enqueue(*p, custody ? now_ : retry_at_);
  return Status::ok;
}

// --- congestion ----------------------------------------------------------------------------------------

bool Node::congested() const { return now_ - overflowed_ < kCongestedFor; }

// The specification's rule: each packet that says so makes the pauses a second longer, each that does not a second
// shorter.
void Node::hear_throttle(Peer& peer, bool on) {
  if (on && peer.throttle < kThrottleMax) ++peer.throttle;
  if (!on && peer.throttle > 0) --peer.throttle;
}

// Whether Packages to this neighbour have to wait, until retry_at_.
bool Node::throttled(PeerIndex index, Priority priority) {
  const Peer& peer = peers_[index];
  if (peer.throttle == 0 || priority <= Priority::acknowledgement) return false;
  retry_at_ = peer.last_sent + kThrottleStep * peer.throttle;
  airtime_wait_ = true;
  return now_ < retry_at_;
}

}  // namespace mp
