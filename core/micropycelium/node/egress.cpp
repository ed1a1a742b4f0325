// SPDX-License-Identifier: ISC
// Out through a link: the fastest that works, the next when it fails.
#include "micropycelium/node/under_way.hpp"

namespace mp {
namespace {

// Sends in a row that failed or went unanswered before another link is preferred.
constexpr std::uint8_t kFailuresBorne = 2;

}  // namespace

// What an Interface carries control packets in: the first of its schemas that is neither routed nor sequenced.
const Schema* Node::control_schema(const Interface& interface) {
  const InterfaceCaps caps = interface.caps();
  for (const std::uint8_t id : caps.schema_ids)
    if (const Schema* s = find_schema(id);
        s != nullptr && !s->routed() && !s->sequenced() && s->frame <= caps.frame_max)
      return s;
  return nullptr;
}

bool Node::supports(const Peer& peer, const Schema& schema) const {
  bool any = false;
  for (const PeerLink& l : peer.links) {
    if (!l.used()) continue;
    if (!supports(l.interface, schema)) return false;
    any = true;
  }
  return any;
}

PeerLink* Node::best_link(Peer& peer, unsigned not_links) {
  PeerLink* best = nullptr;
  std::uint64_t best_score = 0;
  for (std::size_t i = 0; i < peer.links.size(); ++i) {
    PeerLink& l = peer.links[i];
    if (!l.used() || (not_links >> i & 1U) != 0) continue;
    const std::uint64_t works = l.failures < kFailuresBorne ? std::uint64_t{1} << 32 : 0;
    const std::uint64_t score = works + interfaces_[l.interface]->caps().bit_rate;
    if (best == nullptr || score > best_score) {
      best = &l;
      best_score = score;
    }
  }
  return best;
}

// Of a full frame, over the link that is used first.
Duration Node::airtime_to(PeerIndex peer) {
  const PeerLink* link = best_link(peers_[peer], 0);
  return link != nullptr ? interfaces_[link->interface]->airtime(interfaces_[link->interface]->caps().frame_max)
                         : Duration{};
}

// No answer came over the link that is used first: after a few, the others get their turn.
void Node::blame_link(PeerIndex peer) {
  if (PeerLink* link = best_link(peers_[peer], 0); link != nullptr && link->failures < 0xff) ++link->failures;
}

Status Node::transmit(PeerIndex index, Bytes datagram) {
  Peer& peer = peers_[index];
  if (peer.banned) return Status::banned;
  unsigned tried = 0;
  while (PeerLink* link = best_link(peer, tried)) {
    const Status status = transmit(link->interface, link->address, datagram);
    if (status == Status::ok || status == Status::would_block) return status;
    if (link->failures < 0xff) ++link->failures;
    tried |= 1U << static_cast<unsigned>(link - peer.links.data());
  }
  return Status::unreachable;
}

Status Node::transmit(std::uint8_t interface, const LinkAddress& link, Bytes datagram) {
  const Status status = interfaces_[interface]->send(link, datagram);
  if (status == Status::ok) {
    counters_.add(Counter::tx_datagrams);
    // What went to ourselves is there already, and no port will say so.
    if (interfaces_[interface]->caps().loopback) again_ = true;
    if (trace_ != nullptr) {
      const PeerIndex peer = peers_.find(interface, link);
      trace({.event = TraceEvent::send_packet,
             .peer = peer != kNoPeer ? &peers_[peer].id : nullptr,
             .size = static_cast<std::uint32_t>(datagram.size()),
             .interface = interface,
             .schema = std::to_integer<std::uint8_t>(datagram[2]),
             .flags = std::to_integer<std::uint8_t>(datagram[3])});
    }
  } else {
    counters_.add(status == Status::would_block ? Counter::tx_blocked : Counter::tx_failed);
  }
  return status;
}

}  // namespace mp
