// SPDX-License-Identifier: ISC
// Packets for others: on towards their target, or, with the error flag, back towards their origin
// (specification: delivery.md, "Relaying"). Patched in place, never copied unless the link is busy.
#include "micropycelium/node/under_way.hpp"

namespace mp {

// A next hop must be there, be able to carry the frame, and not be where the packet came from.
bool Node::may_relay(const Arrival& arrival, const TreeAddress& to, PeerIndex via) const {
  const Peer& next = peers_[via];
  if (via == arrival.peer || next.banned || !next.connected() || !supports(next, arrival.schema())) return false;
  for (const PeerLink& l : next.links)
    if (l.used() && interfaces_[l.interface]->caps().frame_max < arrival.datagram.size()) return false;
  if (arrival.schema().ttl.present()) return true;
  // Without a ttl a packet crosses one relay: the one that knows the target as its own neighbour.
  const Route* route = routes_.find_exact(to);
  return route != nullptr && route->node == next.id;
}

Counter Node::relay(Arrival& arrival) {
  const bool error = arrival.packet.flags().error();
  const TreeAddress to = error ? arrival.from() : arrival.to();
  if (arrival.schema().ttl.present()) {
    const std::uint8_t ttl = arrival.packet.ttl();
    if (error) {
      if (ttl >= 254) return Counter::rx_ttl_expired;
      set_ttl(arrival.schema(), arrival.datagram, static_cast<std::uint8_t>(ttl + 1));
    } else {
      if (ttl <= 1) {
        set_ttl(arrival.schema(), arrival.datagram, 0);
        return send_back(arrival, Counter::rx_ttl_expired);
      }
      set_ttl(arrival.schema(), arrival.datagram, static_cast<std::uint8_t>(ttl - 1));
    }
  }
  const Route* route = routes_.find(to);
  if (route == nullptr || !may_relay(arrival, to, route->via))
    return error ? Counter::rx_no_route : send_back(arrival, Counter::rx_no_route);
  return pass_on(arrival, route->via);
}

// Only what carries contents goes back: an answer that is lost will be asked for again.
Counter Node::send_back(Arrival& arrival, Counter why) {
  const Flags flags = arrival.packet.flags();
  if (flags.control() != Control::none && flags.control() != Control::ask) return why;
  set_flags(arrival.datagram, flags.with_error(true));
  const Route* route = routes_.find(arrival.from());
  if (route != nullptr && usable(route->via))
    (void)transmit(route->via, arrival.datagram);
  else
    (void)transmit(arrival.interface, arrival.link, arrival.datagram);
  return why;
}

Counter Node::pass_on(Arrival& arrival, PeerIndex via) {
  const Status status = transmit(via, arrival.datagram);
  if (status == Status::ok) return Counter::rx_forwarded;
  if (status != Status::would_block)
    return arrival.packet.flags().error() ? Counter::rx_no_route : send_back(arrival, Counter::rx_no_route);
  // Half of the room at most is for others: what we want to say ourselves must not wait for them.
  std::size_t relayed = 0;
  for (const OutPacket& p : outbox_) relayed += p.used() && p.send_id == 0 ? 1U : 0U;
  OutPacket* waiting = 2 * relayed < outbox_.size() ? free_packet() : nullptr;
  if (waiting == nullptr) return Counter::rx_no_room;
  waiting->state = OutPacket::State::queued;
  waiting->routed = true;
  waiting->peer = via;
  waiting->size = static_cast<std::uint8_t>(arrival.datagram.size());
  waiting->due = now_;
  waiting->deadline = now_ + kLinkPatience;
  copy(arrival.datagram, waiting->datagram);
  return Counter::rx_forwarded;
}

}  // namespace mp
