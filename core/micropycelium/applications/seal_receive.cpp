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
      return handshake_named(tables_.out, message->session, SealHandshake::Stage::first_sent) != nullptr;
    case SealKind::xx_third:
      return handshake_named(tables_.in, message->session, SealHandshake::Stage::second_sent) != nullptr;
    case SealKind::package:
      return open_package(*message, package);
    case SealKind::one_way:
    case SealKind::blob:
      break;
  }
  return false;
}

void Seal::on_package(const Package& package) {
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
      return deliver(package);
    case SealKind::one_way:
    case SealKind::blob:
      break;
  }
}

Application* Seal::find_application(const AppId& id) const {
  for (Application* a = node().first_application(); a != nullptr; a = Node::next_application(*a))
    if (a->id() == id) return a == static_cast<const Application*>(this) ? nullptr : a;
  return nullptr;
}

// What lies open now, as its Application sees it.
Package Seal::opened_package(const Package& outer) const {
  Package inner;
  inner.app_id = AppId::from(Bytes(opened_).first(AppId::kSize));
  inner.blob = Bytes(opened_).subspan(AppId::kSize, opened_size_ - AppId::kSize);
  inner.half_sha256 = half_sha256(inner.blob);
  inner.from = outer.from;
  inner.from.proven = opened_node_;
  inner.size = static_cast<std::uint32_t>(inner.blob.size());
  return inner;
}

// True: it is acknowledged, and delivered if it is new.
bool Seal::open_package(const SealMessage& message, const Package& package) {
  opened_size_ = 0;
  SealSession* session = session_named(message.session);
  SealHandshake* half = nullptr;
  if (session == nullptr) {
    half = handshake_named(tables_.in, message.session, SealHandshake::Stage::answered);
    if (half == nullptr) {
      ++counters_.lost;
      return false;
    }
    session = &half->session;
  }
  const auto opened = session->open(message, message.body.size(), opened_);
  if (!opened) {
    ++counters_.forged;
    return false;
  }
  const SealSession::Seen seen = session->seen(message.number);
  if (seen != SealSession::Seen::no) {
    // Taken before: its acknowledgement was lost, or somebody replays it.
    ++counters_.repeated;
    return seen == SealSession::Seen::taken;
  }
  if (half != nullptr && (session = install(half->session)) == nullptr) {
    ++counters_.refused;
    return false;
  }
  if (half != nullptr) half->clear();
  session->used_at = node().now();
  session->doubted = false;
  if (session->reach.by_address && package.from.routed) session->reach.address = package.from.address;
  const std::uint32_t name = session->mine;
  if (opened->size() >= AppId::kSize) {
    opened_size_ = opened->size();
    opened_node_ = session->node;
    const Package inner = opened_package(package);
    Application* app = find_application(inner.app_id);
    if (app == nullptr || !app->wants(inner)) {
      opened_size_ = 0;
      wipe(opened_);
      return false;
    }
  }
  // Its Application may have ended the session.
  if ((session = session_named(name)) != nullptr) session->take(message.number);
  return session != nullptr;
}

void Seal::deliver(const Package& package) {
  const std::size_t size = opened_size_;
  if (size != 0) {
    const Package inner = opened_package(package);
    opened_size_ = 0;
    if (Application* app = find_application(inner.app_id)) {
      ++counters_.opened;
      app->on_package(inner);
    }
    wipe(opened_);
  }
  // It may have been the one that proves a session: what waits for that goes now.
  if (const auto message = decode_seal(package.blob)) flush(message->session);
}

}  // namespace mp
