// SPDX-License-Identifier: ISC
// What surrounds the way of a packet: start, poll, peers, addresses, routes.
#include "micropycelium/node/under_way.hpp"

namespace mp {

Node::Node(const Limits& limits, MutableBytes memory, Platform platform) : NodeState(limits, memory, platform) {}

// The block of memory is the caller's, and runs no destructors: what is secret in it ends here.
Node::~Node() {
  for (PeerSeal& s : seals_) s = PeerSeal{};
}

// --- before start ------------------------------------------------------------------------------------

Status Node::attach(Interface& interface) {
  if (started_) return Status::already_started;
  for (std::uint8_t i = 0; i < interface_count_; ++i)
    if (interfaces_[i] == &interface) return Status::exists;
  if (interface_count_ == std::min(links_.size(), kInterfacesMax)) return Status::no_buffer;

  const InterfaceCaps caps = interface.caps();
  std::uint64_t mask = 0;
  for (const std::uint8_t id : caps.schema_ids)
    if (const Schema* schema = find_schema(id); schema != nullptr && schema->frame <= caps.frame_max)
      mask |= std::uint64_t{1} << id;
  // By id goes over any.
  if (caps.frame_max >= kLoraFrame) mask |= std::uint64_t{1} << kByIdSchema | std::uint64_t{1} << kByIdPartSchema;
  if (control_schema(interface) == nullptr || caps.frame_max < kLoraFrame) return Status::bad_value;
  interfaces_[interface_count_] = &interface;
  MP_TRY(begin_link(interface_count_));
  schema_masks_[interface_count_] = mask;
  ++interface_count_;
  trace({.event = TraceEvent::add_interface, .interface = static_cast<std::uint8_t>(interface_count_ - 1)});
  return Status::ok;
}

Status Node::attach(Application& application) {
  if (application.node_ != nullptr || find_application(application.id()) != nullptr) return Status::exists;
  application.node_ = this;
  application.next_ = nullptr;
  application.due_ = now_;
  Application** end = &applications_;
  while (*end != nullptr) end = &(*end)->next_;
  *end = &application;
  trace({.event = TraceEvent::add_application, .app = &application.id()});
  if (started_) application.on_start(now_);
  return Status::ok;
}

void Node::detach(Application& application) {
  if (application.node_ != this) return;
  if (sealer_ != nullptr) sealer_->forget(application);
  if (sealer_ == &application) sealer_ = nullptr;
  if (ways_.seeker == &application) {
    ways_.seeker = nullptr;
    ways_.neighbours.leaf = false;
  }
  if (tree_v0_owner_ == &application) tree_v0_ = nullptr;
  for (OutPacket& p : outbox_)
    if (p.used() && p.owner == &application) p.state = OutPacket::State::free;
  for (OutSequence& out : outbound_)
    if (out.state() != OutSequence::State::free && out.owner == &application) out.release();
  for (InSequence& in : inbound_.all())
    if (in.blob() != nullptr && in.head().app_id == application.id()) abandon(in, EndStatus::not_wanted);
  Application** link = &applications_;
  while (*link != &application) link = &(*link)->next_;
  *link = application.next_;
  application.node_ = nullptr;
  application.next_ = nullptr;
  trace({.event = TraceEvent::remove_application, .app = &application.id()});
}

Status Node::start(Instant now) {
  if (started_) return Status::already_started;
  if (!arena_.ok()) return Status::no_buffer;
  if (interface_count_ == 0) return Status::not_found;
  MP_TRY(identity_.load_or_create(platform_));
  MP_TRY(identity_.raise_boot(platform_.storage));
  MP_TRY(begin_network());
  if (identity_.boot_lost()) counters_.add(Counter::boots_lost);
  now_ = now;
  restore_ledgers();
  // Random, so that a restart does not continue a transfer of before under the same ids.
  const std::uint32_t start_ids = platform_.random.u32();
  packet_id_ = static_cast<std::uint8_t>(start_ids);
  seq_id_ = static_cast<std::uint8_t>(start_ids >> 8);
  ShortHashKey secret;
  platform_.random.fill(secret);
  seen_.set_secret(secret);
  for (std::uint8_t i = 0; i < interface_count_; ++i)
    if (interfaces_[i]->caps().loopback) {
      const auto self = peers_.find_or_add(id());
      if (!self) return self.status();
      peers_.set_link(*self, i, LinkAddress::from(bytes("self")), now);
      peers_[*self].equal = peers_[*self].itself = true;
    }
  ways_.neighbours.set_self(node_tag(id()));
  restore_bans();  // behind the node itself: many bans must not keep it from starting
  MP_TRY(begin_sleep());
  started_ = true;
  for (Application* app = applications_; app != nullptr; app = app->next_) {
    app->due_ = now;
    app->on_start(now);
  }
  return Status::ok;
}

// --- the one place where anything happens --------------------------------------------------------------

Instant Node::poll(Instant now) {
  MP_CHECK(started_);
  // A clock that steps back must not undo what was due.
  start_clocks(std::max(now - now_, Duration{}));
  now_ = std::max(now, now_);
  polling_ = true;
  again_ = false;
  ++turn_;
  outbox_.tidy();
  outbound_.tidy();
  budget_ = kReceiveBudget;
  for (std::uint8_t i = 0; i < interface_count_; ++i) take_answers(i);
  for (std::uint8_t i = 0; i < interface_count_; ++i)
    receive_all(static_cast<std::uint8_t>((turn_ + i) % interface_count_));
  expire_peers();
  run_applications();
  budget_ = kSequenceBudget;
  serve();
  tell_costs();
  ask_sleepers();
  renew_salt();
  tend_change();
  tend_challenges();
  tend_sleep();
  polling_ = false;
  return again_ ? now_ : next_due();
}

// Of what was sent since the last poll: nobody told the time then, so its time begins now.
void Node::start_clocks(Duration passed) {
  const auto later = [&](Instant t) { return t == Instant::never() ? t : t + passed; };
  for (OutPacket& p : outbox_) {
    if (!p.used() || !p.fresh) continue;
    p.fresh = false;
    p.deadline = later(p.deadline);
    p.expires = later(p.expires);
  }
  for (OutSequence& out : outbound_) {
    if (out.state() == OutSequence::State::free || !out.fresh) continue;
    out.fresh = false;
    out.expires = later(out.expires);
  }
}

void Node::stop(Instant now) {
  if (!started_) return;
  trace({.event = TraceEvent::stop});
  for (Application* app = applications_; app != nullptr; app = app->next_) app->on_stop();
  (void)poll(now);
  for (std::uint8_t i = 0; i < interface_count_; ++i)
    if (links_[i].budget.ledger() != nullptr) save_ledger(i);
}

void Node::run_applications() {
  for (Application* app = applications_; app != nullptr; app = app->next_)
    if (app->due_ <= now_) {
      app->due_ = Instant::never();  // what on_time itself wakes counts too
      const Instant next = app->on_time(now_);
      app->due_ = earlier(app->due_, next);
    }
}

void Node::tell_costs() {
  if (now_ < costs_.due()) return;
  LinkCosts::Told told;
  for (std::size_t next = 0; costs_.next(told, next, now_);) {
    const NodeId who = peers_[told.peer].id;
    for (Application* app = applications_; app != nullptr; app = app->next_) {
      app->on_link_cost(who, told.cost);
      if (!(peers_[told.peer].id == who && usable(told.peer))) break;  // that handler threw it out
    }
  }
}

void Node::wake(Application& application) { application.due_ = now_; }

Instant Node::next_due() const {
  Instant due = earlier(earlier(peers_due_, costs_.due()), earlier(sleep_due_, ask_due_));
  for (const Application* app = applications_; app != nullptr; app = app->next_) due = earlier(due, app->due_);
  for (const OutPacket& p : outbox_)
    if (p.used()) due = earlier(due, p.next_due());
  for (const InSequence& in : inbound_.all())
    if (in.state() != InSequence::State::free) due = earlier(due, in.due);
  for (const OutSequence& out : outbound_)
    if (out.state() != OutSequence::State::free) due = earlier(due, earlier(out.due(), out.expires));
  for (const HopMemory& m : hops_)
    if (m.used()) due = earlier(due, m.due());
  return earlier(earlier(due, network_.change_due), challenges_due());
}

// --- peers -------------------------------------------------------------------------------------------

Status Node::add_peer(const NodeId& id, std::uint8_t interface, const LinkAddress& link, Duration timeout, bool equal) {
  // Whoever has not proven itself on this link is asked to.
  if (closed() && interface < interface_count_ && !links_[interface].loopback) {
    const PeerIndex known = peers_.find(interface, link);
    if (known == kNoPeer || !(peers_[known].id == id) || !seals_[known].ready) {
      challenge(interface, link);
      return Status::would_block;
    }
  }
  return join(id, interface, link, timeout, equal, std::nullopt);
}

Status Node::join(const NodeId& id, std::uint8_t interface, const LinkAddress& link, Duration timeout, bool equal,
                  std::optional<std::uint8_t> number) {
  if (id == this->id() || id.is_zero() || interface >= interface_count_ || link.is_broadcast())
    return Status::bad_value;
  take_over_link(id, interface, link);
  const auto index = peers_.find_or_add(id);
  if (!index) {
    counters_.add(Counter::peers_refused);
    return index.status();
  }
  Peer& peer = peers_[*index];
  const bool is_new = !peer.connected();
  peers_.set_link(*index, interface, link, now_);
  if (PeerLink* l = peer.link(interface, link); l != nullptr && number) l->number = *number;
  if (peer.banned) return Status::banned;  // the link is kept: its frames are known for what they are
  peer.last_heard = now_;
  peer.timeout = timeout;
  if (timeout > Duration{}) peers_due_ = earlier(peers_due_, now_ + timeout);
  // What it began as a stranger goes on under its name.
  for (InSequence& in : inbound_.all())
    if (in.state() != InSequence::State::free && in.source() == Source::of_link(interface, link))
      in.move_to(Source::of_peer(*index));
  peer.equal = peer.equal || equal;
  if (peer.equal && ways_.used() && !ways_.neighbours[*index].used)
    ways_.neighbours.set(*index, node_tag(id), kCostUnit);
  costs_.reckon_fastest(now_);
  if (!is_new) {
    if (PeerLink* l = peer.link(interface, link); l != nullptr) costs_.announced(*index, *l, timeout, now_);
    return Status::ok;
  }
  costs_.begin(*index, now_);
  const NodeId who = id;
  trace({.event = TraceEvent::add_peer, .peer = &who, .interface = interface});
  for (Application* app = applications_; app != nullptr; app = app->next_) {
    app->on_peer_added(who);
    if (!(peers_[*index].id == who && usable(*index))) return Status::not_found;  // that handler threw it out
  }
  return Status::ok;
}

// A link leads to one node: when another shows itself there (a board that lost its memory), the one before is gone
// unless it has other links.
void Node::take_over_link(const NodeId& id, std::uint8_t interface, const LinkAddress& link) {
  const PeerIndex before = peers_.find(interface, link);
  if (before == kNoPeer || peers_[before].id == id) return;
  bool others = false;
  for (const PeerLink& l : peers_[before].links)
    others = others || (l.used() && !(l.interface == interface && l.address == link));
  if (others || peers_[before].banned)
    peers_.take_link(before, interface, link);
  else
    drop_peer(before);
}

bool Node::room_for(const NodeId& id) {
  if (peers_.find(id) != kNoPeer) return true;
  for (const Peer& p : peers_.all())
    if (!p.used || p.gives_way()) return true;
  counters_.add(Counter::peers_refused);
  return false;
}

// Of those that have no room for us one gives way to a newcomer that knows us.
void Node::make_room(const NodeId& newcomer) {
  if (peers_.find(newcomer) != kNoPeer) return;
  PeerIndex way = kNoPeer;
  for (std::size_t i = 0; i < peers_.all().size(); ++i) {
    const Peer& p = peers_.all()[i];
    if (!p.used) return;
    if (p.gives_way()) way = static_cast<PeerIndex>(i);
  }
  if (way != kNoPeer) drop_peer(way);
}

void Node::note_taken_in(const NodeId& neighbour, bool taken) {
  const PeerIndex index = peers_.find(neighbour);
  if (index == kNoPeer || !peers_[index].equal) return;
  costs_.taken_in(index, taken, now_);
  if (ways_.neighbours.slots() > 0 && ways_.neighbours[index].used) look_at(index);
}

const Peer* Node::peer(const NodeId& id) const {
  const PeerIndex index = peers_.find(id);
  return index != kNoPeer ? &peers_[index] : nullptr;
}

void Node::remove_peer(const NodeId& id) {
  if (const PeerIndex index = peers_.find(id); index != kNoPeer && !peers_[index].itself) drop_peer(index);
}

// Whoever was heard meanwhile expires later than was reckoned: then the look was for nothing, once in its timeout.
void Node::expire_peers() {
  if (now_ < peers_due_) return;
  peers_due_ = Instant::never();
  for (std::size_t i = 0; i < peers_.all().size(); ++i) {
    const Peer& p = peers_.all()[i];
    if (!p.used || !p.connected() || p.itself || p.banned || p.timeout <= Duration{}) continue;
    if (now_ - p.last_heard >= p.timeout)
      drop_peer(static_cast<PeerIndex>(i));
    else
      peers_due_ = earlier(peers_due_, p.last_heard + p.timeout);
  }
}

void Node::drop_peer(PeerIndex index) {
  if (!peers_[index].connected()) return;
  const NodeId id = peers_[index].id;
  trace({.event = TraceEvent::remove_peer, .peer = &id});
  // The links go first and the slot last: what a handler sends meanwhile is refused, and nobody takes the slot
  // while something of the old peer is in it.
  peers_.clear_links(index);
  ways_.trees.lost(index, now_);
  ways_.neighbours.forget(index);
  if (ways_.neighbours.parent == index) ways_.neighbours.parent = kNobody;
  peers_[index].leaf = false;
  ways_.detours.forget_slot(index);
  costs_.reckon_fastest(now_);
  forget_keys(index);
  forget_transfers(index);
  if (!peers_[index].connected()) peers_.disconnect(index);
  for (Application* app = applications_; app != nullptr; app = app->next_) app->on_peer_removed(id);
}

// The slot may soon be another node's: nothing may stay that speaks of it.
void Node::forget_transfers(PeerIndex index) {
  // Marked first: the handlers that hear of it may send anew, and that is not lost.
  for (OutPacket& p : outbox_)
    if (p.used() && !p.broadcast && p.peer == index) p.peer = kNoPeer;
  for (OutSequence& out : outbound_)
    if (out.state() != OutSequence::State::free && out.peer == index) out.peer = kNoPeer;
  for (OutPacket& p : outbox_)
    if (p.used() && !p.broadcast && p.peer == kNoPeer)
      p.own() && !p.by_id ? finish(p, Outcome::peer_lost) : lose_custody(p);
  for (OutSequence& out : outbound_)
    if (out.state() != OutSequence::State::free && out.peer == kNoPeer && !out.by_id) finish(out, Outcome::peer_lost);
  for (InSequence& in : inbound_.all()) {
    if (in.state() == InSequence::State::free) continue;
    if (in.via == index) in.via = kNoPeer;
    if (!(in.source() == Source::of_peer(index))) continue;
    if (in.state() != InSequence::State::ended)
      abandon(in);
    else
      in.release();
  }
}

Usage Node::usage() const {
  const auto count = [](const auto& slots, auto&& taken) {
    std::uint16_t n = 0;
    for (const auto& slot : slots)
      if (taken(slot)) ++n;
    return n;
  };
  return {
      .peers = count(peers_.all(), [](const Peer& p) { return p.used; }),
      .routes = count(routes_.all(), [](const Route& r) { return r.used; }),
      .datagrams = count(outbox_, [](const OutPacket& p) { return p.used(); }),
      .sequences_in = count(inbound_.all(), [](const InSequence& s) { return s.state() != InSequence::State::free; }),
      .sequences_out = count(outbound_, [](const OutSequence& s) { return s.state() != OutSequence::State::free; }),
      .seen = seen_.used(now_)};
}

// --- addresses and routes ----------------------------------------------------------------------------

void Node::set_address(const TreeAddress& address) {
  if (address_count_ > 0 && addresses_[0] == address) return;
  addresses_[1] = addresses_[0];
  addresses_[0] = address;
  if (address_count_ < addresses_.size()) ++address_count_;
  trace({.event = TraceEvent::set_addr, .detail = address.tree_state});
}

// Ours in that state of the tree, the newest first; null: none.
const Address* Node::own_address(std::uint8_t tree_state) const {
  for (std::uint8_t i = 0; i < address_count_; ++i)
    if (addresses_[i].tree_state == tree_state) return &addresses_[i].address;
  return nullptr;
}

bool Node::is_own(const TreeAddress& address) const {
  for (std::uint8_t i = 0; i < address_count_; ++i)
    if (addresses_[i] == address) return true;
  return false;
}

Status Node::set_route(const TreeAddress& to, const NodeId& via, const NodeId& node, std::uint8_t frame_max) {
  if (via.is_zero() || (started_ && via == id())) return Status::bad_value;
  const Route* before = routes_.find_exact(to);
  const std::uint8_t before_via = before != nullptr ? before->via : kNoPeer;
  const auto index = peers_.find_or_add(via);
  if (!index) {
    counters_.add(Counter::peers_refused);
    return index.status();
  }
  Route route;
  route.to = to;
  route.node = node;
  route.via = *index;
  route.frame_max = frame_max;
  peers_[*index].pinned = true;
  const Status status = routes_.set(route);
  if (status == Status::ok && before == nullptr) round_trips_[routes_.index_of(*routes_.find_exact(to))] = RoundTrip{};
  release_pin(*index);
  if (before_via != kNoPeer) release_pin(before_via);
  if (status == Status::ok)
    trace({.event = TraceEvent::add_route, .peer = &peers_[*index].id, .detail = to.tree_state});
  return status;
}

Status Node::remove_route(const TreeAddress& to) {
  const auto route = routes_.remove(to);
  if (!route) return Status::not_found;
  release_pin(route->via);
  trace({.event = TraceEvent::remove_route, .detail = to.tree_state});
  return Status::ok;
}

// A slot that only routes held is free when the last of them goes.
void Node::release_pin(PeerIndex index) {
  Peer& peer = peers_[index];
  if (routes_.any_via(index)) return;
  peer.pinned = false;
  if (!peer.connected()) peers_.disconnect(index);
}

// --- the rest ----------------------------------------------------------------------------------------

Application* Node::find_application(const AppId& id) const {
  for (Application* app = applications_; app != nullptr; app = app->next_)
    if (app->id() == id) return app;
  return nullptr;
}

void Seeker::offer() { node().ways_.seeker = this; }

void Seeker::found(const NodeId& who, std::span<const TreePlace> places) { node().found(who, places); }

bool Seeker::told(const NodeId& who, std::span<const TreePlace> places) { return node().told(who, places); }

bool Seeker::asked(const NodeTag& who, std::uint32_t number) const { return node().asked(who, number); }

void Seeker::not_found(const NodeTag& target) { node().not_found(target); }

void Sealer::offer() { node().sealer_ = this; }

const Ed25519KeyPair& Sealer::keys() const { return node().keys(); }

Storage& Sealer::storage() const { return node().platform_.storage; }

SendId Sealer::new_send() { return SendId(node().new_send_id()); }

std::uint32_t Node::new_send_id() {
  if (++send_id_ == 0) ++send_id_;
  return send_id_;
}

}  // namespace mp
