// SPDX-License-Identifier: ISC
#include "micropycelium/node/peers.hpp"

namespace mp {

PeerIndex PeerTable::find(const NodeId& id) const {
  for (std::size_t i = 0; i < slots_.size(); ++i)
    if (slots_[i].used && slots_[i].id == id) return static_cast<PeerIndex>(i);
  return kNoPeer;
}

PeerIndex PeerTable::find(std::uint8_t interface, const LinkAddress& link) const {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (!slots_[i].used) continue;
    for (const PeerLink& l : slots_[i].links)
      if (l.interface == interface && l.address == link) return static_cast<PeerIndex>(i);
  }
  return kNoPeer;
}

Result<PeerIndex> PeerTable::find_or_add(const NodeId& id) {
  if (const PeerIndex known = find(id); known != kNoPeer) return known;
  for (std::size_t i = 0; i < slots_.size(); ++i)
    if (!slots_[i].used) {
      slots_[i] = Peer{};
      slots_[i].used = true;
      slots_[i].id = id;
      return static_cast<PeerIndex>(i);
    }
  return Status::no_buffer;
}

void PeerTable::set_link(PeerIndex peer, std::uint8_t interface, const LinkAddress& link, Instant now) {
  PeerLink* place = &slots_[peer].links.front();
  for (PeerLink& l : slots_[peer].links) {
    if (l.interface == interface && l.address == link) {
      place = &l;
      break;
    }
    if (place->used() && (!l.used() || l.last_heard < place->last_heard)) place = &l;
  }
  if (place->interface != interface || !(place->address == link)) *place = PeerLink{};
  place->interface = interface;
  place->address = link;
  place->last_heard = now;
}

void PeerTable::take_link(PeerIndex peer, std::uint8_t interface, const LinkAddress& link) {
  for (PeerLink& l : slots_[peer].links)
    if (l.interface == interface && l.address == link) l = PeerLink{};
}

void PeerTable::clear_links(PeerIndex peer) {
  for (PeerLink& l : slots_[peer].links) l = PeerLink{};
  slots_[peer].equal = false;
  slots_[peer].wake.forget();
}

void PeerTable::disconnect(PeerIndex peer) {
  Peer& p = slots_[peer];
  clear_links(peer);
  if (!p.banned && !p.pinned) p = Peer{};
}

}  // namespace mp
