// SPDX-License-Identifier: ISC
// What other Applications ask of Seal: their sends, from asking to the end.
#include "micropycelium/applications/seal.hpp"

#include "micropycelium/crypto/ed25519.hpp"

namespace mp {
namespace {

constexpr Duration kRetry = milliseconds(20);  // when the node has no room

bool ended_badly(Outcome outcome) { return outcome != Outcome::delivered && outcome != Outcome::unconfirmed; }

}  // namespace

void SealSend::clear() {
  wipe(blob);
  records.clear();
  stream = nullptr;
  step = Step::free;
  id = transport = session = 0;
  receipt = false;
  owner = nullptr;
}

Seal::Seal(const Tables& tables)
    : Sealer({.name = kSealApp.name, .description = kSealApp.description, .version = kSealApp.version}),
      tables_(tables) {}

void Seal::on_start(Instant) {
  self_.emplace(keys().x25519());
  node().random().fill(firsts_key_);
  load_senders();
  offer();
}

// --- what an Application asks -------------------------------------------------------------------------

SealSend* Seal::free_send() {
  for (SealSend& s : tables_.sends)
    if (!s.used()) return &s;
  return nullptr;
}

SendId Seal::send_sealed(Application& from, const SealTarget& to, Bytes blob, const SendOptions& options) {
  if (&from == this || !self_) return Status::unsupported;
  if (blob.size() > SealSend::kBlobMax) return Status::too_large;
  if (!to.by_address) {
    // To a node that is reached as it has been before, or as the node knows.
    const std::size_t room = sealed_packet_max(to.node);
    if (room == 0 && session_for(to) == nullptr) return Status::unreachable;
    if (room != 0 && blob.size() > room) return Status::too_large;
  }
  SealSend* send = free_send();
  if (send != nullptr) {
    send->stream = nullptr;
    send->size = static_cast<std::uint8_t>(blob.size());
    copy(blob, send->blob);
  }
  return queue(send, from, to, options);
}

SendId Seal::send_sealed(Application& from, const SealTarget& to, Blob& blob, const SendOptions& options) {
  if (&from == this || !self_) return Status::unsupported;
  const std::uint32_t size = blob.size();
  const std::size_t room = to.by_address ? kSealMessageMax - kSealOverhead : sealed_packet_max(to.node);
  if (size <= room) {
    ByteArray<SealSend::kBlobMax> contents;
    const MutableBytes all = MutableBytes(contents).first(size);
    if (blob.read(0, all) != Status::ok) return Status::io_error;
    return send_sealed(from, to, Bytes(all), options);
  }
  SealSend* send = free_send();
  if (send != nullptr) send->stream = &blob;
  return queue(send, from, to, options);
}

// `slot` has its contents; null: there is none.
SendId Seal::queue(SealSend* slot, Application& from, const SealTarget& to, const SendOptions& options) {
  if (slot == nullptr) return Status::no_buffer;
  SealSend& send = *slot;
  send.step = SealSend::Step::waiting;
  send.state = SendState::queued;
  send.again = send.proven = send.receipt = false;
  send.owner = &from;
  send.to = to;
  send.options = options;
  send.options.sealed = false;
  send.due = send.until = Instant{};
  send.expires = Instant::never();
  send.order = ++order_;
  if (const Status status = begin_send(send); status != Status::ok) {
    send.clear();
    return status;
  }
  const SendId id = new_send();
  send.id = id.value();
  node().wake(*this);
  return id;
}

// Status: why it can neither go nor wait for a handshake; not_found: nobody can prove any more that its session was
// lost.
Status Seal::begin_send(SealSend& send) {
  const SealSession* doubted = nullptr;
  if (send.again && !send.proven) {
    doubted = session_named(send.session);
    if (doubted == nullptr) return Status::not_found;
  } else if (SealSession* session = session_for(send.to)) {
    return transmit(send, *session);
  } else if (const SealSession* before = session_before(send.to); before != nullptr && before->doubted) {
    doubted = before;
  }
  return handshake_for(send.to) != nullptr ? Status::ok : start_handshake(send.to, doubted);
}

Status Seal::cancel_sealed(SendId id) {
  for (SealSend& s : tables_.sends)
    if (s.used() && s.id == id.value()) {
      const std::uint32_t transport = std::exchange(s.transport, 0);
      if (transport != 0) (void)node().cancel(SendId(transport));
      finish(s, Outcome::cancelled);
      return Status::ok;
    }
  return Status::not_found;
}

std::optional<SendState> Seal::sealed_state(SendId id) const {
  for (const SealSend& s : tables_.sends)
    if (s.used() && s.id == id.value()) return s.state;
  return std::nullopt;
}

std::size_t Seal::sealed_packet_max(const NodeId& to) const {
  const std::size_t plain = node().single_packet_max(to);
  return std::min(plain > kSealOverhead ? plain - kSealOverhead : 0, SealSend::kBlobMax);
}

void Seal::forget(Application& application) {
  for (SealSend& s : tables_.sends)
    if (s.used() && s.owner == &application) {
      const std::uint32_t transport = std::exchange(s.transport, 0);
      s.clear();
      if (transport != 0) (void)node().cancel(SendId(transport));
    }
  for (SealedIn& in : tables_.blobs_in)
    if (in.used() && in.owner == &application) {
      Blob* const inner = std::exchange(in.inner, nullptr);
      in.owner = nullptr;
      if (inner != nullptr) application.on_abandoned(*inner);
    }
  if (&application != this) return;
  for (SealSend& s : tables_.sends)
    if (s.used()) finish(s, Outcome::cancelled);
  for (SealedIn& in : tables_.blobs_in)
    if (in.state == SealedIn::State::opening) on_abandoned(in);
  for (SealHandshake& h : tables_.out) h.clear();
  for (SealHandshake& h : tables_.in) h.clear();
  for (SealSession& s : tables_.sessions) s.clear();
  self_.reset();
}

bool Seal::has_session(const NodeId& node) const {
  return std::any_of(tables_.sessions.begin(), tables_.sessions.end(),
                     [&](const SealSession& s) { return s.can_seal() && !s.retired && !s.doubted && s.node == node; });
}

std::size_t Seal::sessions() const {
  return static_cast<std::size_t>(
      std::count_if(tables_.sessions.begin(), tables_.sessions.end(), [](const SealSession& s) { return s.used(); }));
}

std::size_t Seal::half_open() const {
  return static_cast<std::size_t>(
      std::count_if(tables_.in.begin(), tables_.in.end(), [](const SealHandshake& h) { return h.used(); }));
}

void Seal::end_sessions(const NodeId& node) {
  for (SealSession& s : tables_.sessions)
    if (s.used() && s.node == node) s.clear();
}

// --- the way of a send --------------------------------------------------------------------------------

SendId Seal::send_to(const SealTarget& reach, Bytes message, const SendOptions& options) {
  return reach.by_address ? node().send(*this, reach.address, message, options)
                          : node().send(*this, reach.node, message, options);
}

// Status: why the node did not take it.
Status Seal::transmit(SealSend& send, SealSession& session) {
  SendOptions options = send.options;
  if (send.expires != Instant::never()) options.expires_after = std::max(send.expires - node().now(), microseconds(1));
  ByteArray<SealSend::kBlobMax + kSealOverhead> out;
  SendId id;
  if (send.stream != nullptr) {
    AeadKey key;
    const auto head = session.seal(&send.owner->id(), {}, out, &key);
    if (!head) return head.status();
    send.records.begin(*head, std::move(key), send.stream, {});
    const SealTarget& reach = session.reach;
    id = reach.by_address ? node().send(*this, reach.address, send.records, options)
                          : node().send(*this, reach.node, send.records, options);
  } else {
    const auto sealed = session.seal(&send.owner->id(), send.contents(), out);
    if (!sealed) return sealed.status();
    id = send_to(session.reach, *sealed, options);
  }
  if (!id) return id.refusal();
  send.step = SealSend::Step::under_way;
  send.transport = id.value();
  send.session = session.mine;
  send.number = session.last_number();
  session.used_at = node().now();
  return Status::ok;
}

// One that waits: it goes if there is a session by now, else there will be a handshake.
void Seal::attempt(SealSend& send) {
  const std::uint32_t id = send.id;
  const Status status = begin_send(send);
  if (!send.used() || send.id != id) return;  // it ended meanwhile
  send.due = status == Status::ok ? Instant::never() : node().now() + kRetry;
  if (status == Status::no_buffer) node().wake(*this);  // not only on_time comes here
  if (status == Status::ok || status == Status::no_buffer) return;
  finish(send, status == Status::not_found ? Outcome::not_wanted
               : status == Status::banned  ? Outcome::peer_lost
                                           : Outcome::unreachable);
}

void Seal::on_state(SendId id, SendState state) {
  for (SealSend& s : tables_.sends)
    if (s.used() && s.transport == id.value() && s.state < state) {
      s.state = state;
      return s.owner->on_state(SendId(s.id), state);
    }
}

void Seal::on_progress(SendId id, std::uint32_t done, std::uint32_t total) {
  for (SealSend& s : tables_.sends)
    if (s.used() && s.transport == id.value()) return s.owner->on_progress(SendId(s.id), done, total);
}

void Seal::on_sent(SendId id, Outcome outcome) {
  for (SealSend& s : tables_.sends)
    if (s.used() && s.transport == id.value()) return settle(s, outcome);
  for (SealHandshake& h : tables_.out) {
    if (!h.used() || h.transport != id.value()) continue;
    h.transport = 0;
    if (ended_badly(outcome)) return fail(h, outcome);
    if (h.stage == SealHandshake::Stage::third_sent) return establish(h);
    return;
  }
  for (SealHandshake& h : tables_.in)
    if (h.used() && h.transport == id.value()) {
      h.transport = 0;
      if (ended_badly(outcome)) h.clear();
      return;
    }
}

// What was not wanted may have met a node that lost the session. It goes once more if that one says so in a handshake,
// which proves it: an acknowledgement alone proves nothing, and must not make us say a thing twice.
//
// An acknowledgement alone does not say that it was delivered either: that is the other end's receipt.
void Seal::settle(SealSend& send, Outcome outcome) {
  send.transport = 0;
  if (send.receipt) return finish(send, Outcome::delivered);
  if (outcome == Outcome::delivered && send.session != 0) {
    send.step = SealSend::Step::arrived;
    send.until = Instant{};
    return node().wake(*this);
  }
  if (outcome != Outcome::not_wanted || send.again) return finish(send, outcome);
  SealSession* session = session_named(send.session);
  if (session == nullptr) return finish(send, outcome);
  session->doubted = true;
  send.step = SealSend::Step::waiting;
  send.again = true;
  send.due = send.until = Instant{};
  node().wake(*this);
}

void Seal::finish(SealSend& send, Outcome outcome) {
  Application* const owner = send.owner;
  const SendId id(send.id);
  send.clear();
  owner->on_sent(id, outcome);
}

// The waiting one that comes next after `order`, of those up to `last`; null: none.
SealSend* Seal::next_waiting(std::uint32_t order, std::uint32_t last) {
  SealSend* next = nullptr;
  for (SealSend& s : tables_.sends)
    if (s.step == SealSend::Step::waiting && s.id != 0 && s.order > order && s.order <= last &&
        (next == nullptr || s.order < next->order))
      next = &s;
  return next;
}

// There is a session: what waited for it goes, in order.
void Seal::flush(std::uint32_t session) {
  const std::uint32_t last = order_;
  std::uint32_t order = 0;
  while (SealSend* s = next_waiting(order, last)) {
    order = s->order;
    const SealSession* here = session_for(s->to);
    if (here != nullptr && here->mine == session) attempt(*s);
  }
}

// --- time ---------------------------------------------------------------------------------------------

// Returns when it wants to be looked at again.
Instant Seal::tend(SealSend& send, Instant now) {
  // Since the last poll nobody told the time: it begins now.
  if (send.expires == Instant::never() && send.options.expires_after > Duration{})
    send.expires = now + send.options.expires_after;
  if (send.step == SealSend::Step::arrived) {
    if (send.until == Instant{}) send.until = now + kReceiptWait;
    const Instant end = earlier(send.until, send.expires);
    if (now < end) return end;
    finish(send, Outcome::unconfirmed);
    return Instant::never();
  }
  if (send.step != SealSend::Step::waiting) return Instant::never();
  if (send.until == Instant{}) send.until = now + kSendWait;
  const std::uint32_t id = send.id;
  if (now >= send.expires) {
    finish(send, Outcome::expired);
  } else if (now >= send.until) {
    finish(send, Outcome::no_answer);
  } else if (now >= send.due) {
    // A handshake because of a lost session keeps its pace.
    const SealSession* before = session_before(send.to);
    const bool doubtful = (send.again && !send.proven) || session_for(send.to) == nullptr;
    if (doubtful && before != nullptr && handshake_for(send.to) == nullptr && now < before->established + kDoubtPause)
      send.due = before->established + kDoubtPause;
    else
      attempt(send);
  }
  if (send.id != id || send.step != SealSend::Step::waiting) return Instant::never();
  return earlier(send.due, earlier(send.until, send.expires));
}

// Its receipts, and its end.
Instant Seal::tend(SealSession& s, Instant now) {
  if (!s.used()) return Instant::never();
  const Instant end = earlier(s.used_at + (s.retired ? kInUse : kIdle), s.established + kLife + kIdle);
  if (now >= end) {
    s.clear();
    return Instant::never();
  }
  if (!s.owes()) return end;
  ByteArray<kSealReceipt> out;
  const auto receipt = s.seal_receipt(out);
  if (receipt && send_to(s.reach, *receipt, {}).refusal() == Status::no_buffer) return earlier(end, now + kRetry);
  s.owe_nothing();
  return end;
}

Instant Seal::on_time(Instant now) {
  Instant next = Instant::never();
  for (SealHandshake& h : tables_.out) next = earlier(next, tend(h, now));
  for (SealHandshake& h : tables_.in) next = earlier(next, tend(h, now));
  for (SealedIn& in : tables_.blobs_in) next = earlier(next, tend(in, now));
  for (SealSession& s : tables_.sessions) next = earlier(next, tend(s, now));
  for (SealSend& s : tables_.sends)
    if (s.step == SealSend::Step::under_way || s.step == SealSend::Step::arrived) next = earlier(next, tend(s, now));
  const std::uint32_t last = order_;
  std::uint32_t order = 0;
  while (SealSend* s = next_waiting(order, last)) {
    order = s->order;
    next = earlier(next, tend(*s, now));
  }
  return next;
}

}  // namespace mp
