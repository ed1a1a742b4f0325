// SPDX-License-Identifier: ISC
// Who is banned: in the peers' slots, and in storage (bans.hpp).
#include "micropycelium/node/bans.hpp"
#include "micropycelium/node/under_way.hpp"

namespace mp {

Status Node::ban(const NodeId& id) {
  if (id == this->id() || id.is_zero()) return Status::bad_value;
  const auto index = peers_.find_or_add(id);
  if (!index) return index.status();
  const NodeId who = id;  // the caller's may be that of a handler's message
  set_banned(*index);
  return Bans(platform_.storage).add(who) == Status::ok ? Status::ok : Status::io_error;
}

void Node::set_banned(PeerIndex index) {
  Peer& peer = peers_[index];
  if (peer.banned) return;
  const NodeId who = peer.id;
  const bool was_there = peer.connected();
  // The links stay, so that its frames are known for what they are.
  peer.banned = true;
  peer.timeout = Duration{};
  costs_.reckon_fastest(now_);
  forget_transfers(index);
  if (!was_there) return;
  trace({.event = TraceEvent::remove_peer, .peer = &who});
  for (Application* app = applications_; app != nullptr; app = app->next_) app->on_peer_removed(who);
}

void Node::restore_bans() {
  const Bans bans(platform_.storage);
  for (std::size_t i = 0; i < Bans::kRecords; ++i) {
    const auto part = bans.read(i);
    if (!part && part.status() == Status::not_found) return;
    if (!part) counters_.add(Counter::bans_lost);
    for (std::size_t n = 0; part && n < part->count; ++n) {
      const auto index = peers_.find_or_add(part->ids[n]);
      if (index)
        set_banned(*index);
      else
        counters_.add(Counter::bans_lost);
    }
  }
}

Status Node::unban(const NodeId& id) {
  const PeerIndex index = peers_.find(id);
  if (index == kNoPeer || !peers_[index].banned) return Status::not_found;
  MP_TRY(Bans(platform_.storage).remove(id));
  peers_[index].banned = false;
  forget_keys(index);
  peers_.disconnect(index);  // it may introduce itself again
  return Status::ok;
}

}  // namespace mp
