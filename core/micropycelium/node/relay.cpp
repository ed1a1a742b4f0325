// SPDX-License-Identifier: ISC
// Packets for others: on towards their target, or, with the error flag, back towards their origin
// (specification: delivery.md, "Relaying"). Patched in place; copied only if they have to wait, for
// the link or in custody.
#include "micropycelium/node/under_way.hpp"

namespace mp {
// A next hop must be there, be able to carry the frame, and not be where the packet came from.
bool Node::may_relay(const Arrival& arrival, const TreeAddress& to, PeerIndex via) const {
  const Peer& next = peers_[via];
  if (via == arrival.peer || next.banned || !next.connected()) return false;
  if (!supports(next, arrival.schema(), arrival.datagram.size())) return false;
  if (arrival.schema().ttl.present()) return true;
  // Without a ttl a packet crosses one relay: the one that knows the target as its own neighbour.
  const Route* route = routes_.find_exact(to);
  return route != nullptr && route->node == next.id;
}

PeerIndex Node::next_hop(const Arrival& arrival, const TreeAddress& to) const {
  if (const Route* route = routes_.find(to)) return may_relay(arrival, to, route->via) ? route->via : kNoPeer;
  // An answer may go back where it comes from: it was sent the way that the question came, and that need not be the way
  // that the tree leads.
  const Flags flags = arrival.packet.flags();
  const bool answer = flags.error() || (flags.control() != Control::none && flags.control() != Control::ask);
  return next_by_address(to, flags.mode(), &arrival.schema(), arrival.datagram.size(), answer ? kNoPeer : arrival.peer);
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
  const PeerIndex next = next_hop(arrival, to);
  if (next == kNoPeer) return error ? Counter::rx_no_route : send_back(arrival, Counter::rx_no_route);
  return pass_on(arrival, next);
}

// Only what carries contents goes back: an answer that is lost will be asked for again.
Counter Node::send_back(Arrival& arrival, Counter why) {
  const Flags flags = arrival.packet.flags();
  if (flags.control() != Control::none && flags.control() != Control::ask) return why;
  set_flags(arrival.datagram, flags.with_error(true));
  if (const PeerIndex back = way_back(arrival.packet); back != kNoPeer)
    (void)pass(back, arrival.datagram, Priority::acknowledgement);
  else if (arrival.peer != kNoPeer)
    (void)pass(arrival.peer, arrival.datagram, Priority::acknowledgement);
  else
    (void)transmit(arrival.interface, arrival.link, arrival.datagram, Priority::acknowledgement);
  return why;
}

Counter Node::pass_on(Arrival& arrival, PeerIndex via) {
  set_flags(arrival.datagram, arrival.packet.flags().with_throttle(congested()));
  const Status status = pass(via, arrival.datagram, relay_priority(arrival.packet));
  if (status == Status::ok) return Counter::rx_forwarded;
  if (status == Status::no_buffer) return Counter::rx_no_room;
  return arrival.packet.flags().error() ? Counter::rx_no_route : send_back(arrival, Counter::rx_no_route);
}

}  // namespace mp
