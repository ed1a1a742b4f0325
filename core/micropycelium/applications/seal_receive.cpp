// SPDX-License-Identifier: ISC
// What comes for Seal: looked at in wants(), so that what is not taken is not acknowledged; acted on in on_package().
#include "micropycelium/applications/seal.hpp"

namespace mp {

bool Seal::wants(const Package& package) {
  const auto message = decode_seal(package.blob);
  if (!message || !self_) return false;
  switch (message->kind) {
    case SealKind::xx_first:
    case SealKind::ik_first:
      if (package.from.node.is_zero() && !package.from.routed) return false;  // no answer would find it
      if (seen_first(package.blob)) return true;
      if (half_open_slot() != nullptr && session_slot(NodeId{}) != nullptr && may_answer()) return true;
      ++counters_.refused;
      return false;
    case SealKind::xx_second:
    case SealKind::ik_second:
      if (handshake_named(tables_.out, message->session, SealHandshake::Stage::first_sent) == nullptr) return false;
      if (wrong_at_ - node().now() <= kAnswerPause * (kAnswerBurst - 1)) return true;
      ++counters_.refused;
      return false;
    case SealKind::xx_third:
      return handshake_named(tables_.in, message->session, SealHandshake::Stage::second_sent) != nullptr;
    case SealKind::package:
      return open_package(*message, package);
    case SealKind::one_way:
    case SealKind::blob:
      return open_record_package(*message, package);
    case SealKind::receipt:
      return open_receipt(*message, package);
  }
  return false;
}

void Seal::on_package(const Package& package) {
  for (SealedIn& in : tables_.blobs_in)
    if (package.stream == &in) {
      in.state = SealedIn::State::opening;
      in.sealed = package.size - std::min<std::uint32_t>(package.size, in.head);
      in.next = 0;
      return node().wake(*this);
    }
  const auto message = decode_seal(package.blob);
  if (!message) return;
  switch (message->kind) {
    case SealKind::xx_first:
    case SealKind::ik_first:
      if (seen_first(package.blob)) {
        ++counters_.repeated;
        return;
      }
      firsts_[firsts_next_++ % firsts_.size()] = short_hash(firsts_key_, package.blob);
      return take_first(*message, package.from);
    case SealKind::xx_second:
    case SealKind::ik_second:
      return take_second(*message);
    case SealKind::xx_third:
      return take_third(*message);
    case SealKind::package:
    case SealKind::one_way:
    case SealKind::blob:
      return deliver(package);
    case SealKind::receipt:
      return take_receipt(message->session);
  }
}

// Whose id begins like this; null: nobody's here.
Application* Seal::find_application(Bytes short_id) const {
  for (Application* a = node().first_application(); a != nullptr; a = Node::next_application(*a))
    if (equal(Bytes(a->id().value).first(kSealAppSize), short_id))
      return a == static_cast<const Application*>(this) ? nullptr : a;
  return nullptr;
}

// What lies open now, as its Application sees it.
Package Seal::opened_package(const Package& outer, const Application& app) const {
  Package inner;
  inner.app_id = app.id();
  inner.blob = Bytes(opened_).subspan(kSealAppSize, opened_size_ - kSealAppSize);
  inner.half_sha256 = half_sha256(inner.blob);
  inner.from = outer.from;
  inner.from.proven = opened_node_;
  inner.size = static_cast<std::uint32_t>(inner.blob.size());
  return inner;
}

// Opens to opened_, and leaves the rest to take(): what is not wanted can be repeated by anybody, from anywhere. Null:
// it is not to be taken; `repeated`: it was already.
SealSession* Seal::open(const SealMessage& message, std::size_t sealed, AeadKey* key, bool& repeated) {
  opened_size_ = 0;
  repeated = false;
  SealSession* session = session_named(message.session);
  SealHandshake* half = nullptr;
  if (session == nullptr) {
    half = handshake_named(tables_.in, message.session, SealHandshake::Stage::answered);
    if (half == nullptr) {
      ++counters_.lost;
      return nullptr;
    }
    session = &half->session;
  }
  const auto opened = session->open(message, sealed, opened_, key);
  if (!opened) {
    ++counters_.forged;
    return nullptr;
  }
  const SealSession::Seen seen = session->seen(message.number);
  if (seen != SealSession::Seen::no) {
    // Taken before: its acknowledgement was lost, or somebody replays it.
    ++counters_.repeated;
    repeated = seen == SealSession::Seen::taken;
    return nullptr;
  }
  if (half != nullptr && (session = install(half->session)) == nullptr) {
    ++counters_.refused;
    return nullptr;
  }
  if (half != nullptr) half->clear();
  opened_size_ = opened->size();
  opened_node_ = session->node;
  return session;
}

// It is wanted, and new: the other end is there, has the session, and is where it came from.
void Seal::take(SealSession& session, std::uint32_t number, const Origin& from) {
  session.take(number);
  session.used_at = node().now();
  session.doubted = false;
  if (session.reach.by_address && from.routed) session.reach.address = from.address;
}

// True: it is acknowledged, and delivered if it is new.
bool Seal::open_package(const SealMessage& message, const Package& package) {
  bool repeated = false;
  SealSession* session = open(message, message.body.size(), nullptr, repeated);
  if (session == nullptr) return repeated;
  const std::uint32_t name = session->mine;
  if (opened_size_ >= kSealAppSize) {
    Application* app = find_application(Bytes(opened_).first(kSealAppSize));
    if (app == nullptr || !app->wants(opened_package(package, *app))) {
      opened_size_ = 0;
      wipe(opened_);
      return false;
    }
  }
  // Its Application may have ended the session.
  if ((session = session_named(name)) != nullptr) take(*session, message.number, package.from);
  return session != nullptr;
}

// The same, of a head and one record: what is sent from a Blob may fit a packet.
bool Seal::open_record_package(const SealMessage& message, const Package& package) {
  const bool in_session = message.kind == SealKind::blob;
  const std::size_t head = in_session ? kSealAppSize + kSealTag : kSealOneWay - 1;
  if (message.body.size() < head + kSealTag) return false;
  AeadKey key;
  std::uint64_t number = 0;
  bool repeated = false;
  SealSession* session = nullptr;
  if (in_session)
    session = open(message, head, &key, repeated);
  else
    (void)open_one_way(message.body.first(head), key, number, repeated);
  if (opened_size_ == 0) return repeated;
  const std::uint32_t name = session != nullptr ? session->mine : 0;
  const MutableBytes record = MutableBytes(opened_).subspan(kSealAppSize, message.body.size() - head);
  copy(message.body.subspan(head), record);
  bool taken = open_record(key, 0, true, record) == Status::ok;
  if (!taken) ++counters_.forged;
  if (taken) {
    opened_size_ = kSealAppSize + record.size() - kSealTag;
    Application* app = find_application(Bytes(opened_).first(kSealAppSize));
    taken = app != nullptr && app->wants(opened_package(package, *app));
  }
  if (taken && in_session) {
    session = session_named(name);
    taken = session != nullptr;
    if (taken) take(*session, message.number, package.from);
  } else if (taken) {
    taken = take_one_way(number);
  }
  if (taken) return true;
  opened_size_ = 0;
  wipe(opened_);
  return false;
}

// What the other end has delivered, by its own word.
bool Seal::open_receipt(const SealMessage& message, const Package& package) {
  bool repeated = false;
  SealSession* session = open(message, message.body.size(), nullptr, repeated);
  if (session == nullptr) return repeated;
  take(*session, message.number, package.from);
  return true;
}

void Seal::take_receipt(std::uint32_t session) {
  if (std::exchange(opened_size_, 0) != kSealReceiptText) return;  // a repeated one
  const auto highest = load_be<std::uint32_t>(opened_.data()), below = load_be<std::uint32_t>(opened_.data() + 4);
  for (SealSend& s : tables_.sends) {
    if (!s.used() || s.session != session || s.number > highest) continue;
    const std::uint32_t ago = highest - s.number;
    if (ago != 0 && (ago > 32 || (below >> (ago - 1) & 1U) == 0)) continue;
    s.receipt = true;
    if (s.step == SealSend::Step::arrived) finish(s, Outcome::delivered);
  }
}

void Seal::owe_receipt(std::uint32_t session, std::uint32_t number) {
  SealSession* s = session_named(session);
  if (s == nullptr) return;
  if (!s->owe(number)) {
    (void)tend(*s, node().now());  // what it does not go with goes first
    s->owe_nothing();
    (void)s->owe(number);
  }
  node().wake(*this);
}

void Seal::deliver(const Package& package) {
  const auto message = decode_seal(package.blob);
  if (opened_size_ >= kSealAppSize) {
    Application* app = find_application(Bytes(opened_).first(kSealAppSize));
    if (app != nullptr) {
      const Package inner = opened_package(package, *app);
      ++counters_.opened;
      app->on_package(inner);
      if (message && message->session != 0) owe_receipt(message->session, message->number);
    }
    wipe(opened_);
  }
  opened_size_ = 0;
  // It may have been the one that proves a session: what waits for that goes now.
  if (message) flush(message->session);
}

// --- larger ones --------------------------------------------------------------------------------------

Blob* Seal::accept(const IncomingPackage& package) {
  for (SealedIn& in : tables_.blobs_in) {
    if (in.used() || !self_) continue;
    in.clear();
    in.state = SealedIn::State::arriving;
    in.seal = this;
    in.size_max = package.size_max;
    in.from = package.from;
    return &in;
  }
  return nullptr;
}

// The first part: who speaks, and for whom it is. Status: forged, bad_value (not wanted).
Status Seal::begin_incoming(SealedIn& in, Bytes first) {
  const auto message = decode_seal(first);
  bool repeated = false;
  std::size_t head = kSealHead + kSealAppSize + kSealTag;
  if (message && message->kind == SealKind::blob) {
    SealSession* session = open(*message, kSealAppSize + kSealTag, &in.key, repeated);
    if (session == nullptr) return Status::forged;
    take(*session, message->number, in.from);
    in.session = message->session;
    in.number = message->number;
  } else if (message && message->kind == SealKind::one_way) {
    std::uint64_t number = 0;
    head = kSealOneWay;
    if (!open_one_way(message->body.first(head - 1), in.key, number, repeated) || !take_one_way(number))
      return Status::forged;
  } else {
    return Status::bad_value;
  }
  Application* app = find_application(Bytes(opened_).first(kSealAppSize));
  opened_size_ = 0;
  if (app == nullptr) return Status::bad_value;
  IncomingPackage incoming;
  incoming.app_id = app->id();
  in.from.proven = opened_node_;
  incoming.from = in.from;
  // As it comes: the tags are in it until all is opened.
  incoming.size_max = in.size_max - std::min(in.size_max, static_cast<std::uint32_t>(head));
  in.inner = app->accept(incoming);
  if (in.inner == nullptr) return Status::bad_value;
  in.owner = app;
  in.head = static_cast<std::uint8_t>(head);
  flush(message->session);
  return Status::ok;
}

void Seal::on_abandoned(Blob& blob) {
  for (SealedIn& in : tables_.blobs_in) {
    if (&in != &blob) continue;
    Application* const owner = in.owner;
    Blob* const inner = in.inner;
    in.clear();
    if (owner != nullptr && inner != nullptr) owner->on_abandoned(*inner);
    return;
  }
}

// A few records in each poll: all of a large one would take long.
Instant Seal::tend(SealedIn& in, Instant now) {
  if (in.state != SealedIn::State::opening) return Instant::never();
  const Status status = in.owner != nullptr ? in.open(kRecordsAtOnce) : Status::forged;
  if (status == Status::would_block) return now;
  if (status != Status::ok) {
    ++counters_.forged;
    on_abandoned(in);
    return Instant::never();
  }
  Application* const owner = in.owner;
  Package whole;
  whole.app_id = owner->id();
  whole.from = in.from;
  whole.stream = in.inner;
  whole.size = *opened_size(in.sealed);
  const std::uint32_t session = in.session, number = in.number;
  in.clear();
  ++counters_.opened;
  owner->on_package(whole);
  if (session != 0) owe_receipt(session, number);
  return Instant::never();
}

}  // namespace mp
