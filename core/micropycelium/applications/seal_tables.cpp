// SPDX-License-Identifier: ISC
// The tables of Seal: which session, which handshake, and who gives way to whom.
#include "micropycelium/applications/seal.hpp"

namespace mp {
namespace {

using Stage = SealHandshake::Stage;

bool serves(const SealHandshake& h, const SealTarget& to) { return h.target == to || h.session.matches(to); }

}  // namespace

// The one to send by: the newest.
SealSession* Seal::session_for(const SealTarget& to) {
  SealSession* best = nullptr;
  for (SealSession& s : tables_.sessions)
    if (s.can_seal() && !s.retired && !s.doubted && node().now() < s.established + kLife && s.matches(to) &&
        (best == nullptr || s.established > best->established))
      best = &s;
  return best;
}

// What is known of the other end from a session that is used no more, or is doubted.
const SealSession* Seal::session_before(const SealTarget& to) const {
  const SealSession* best = nullptr;
  for (const SealSession& s : tables_.sessions)
    if (s.used() && s.matches(to) && (best == nullptr || s.established > best->established)) best = &s;
  return best;
}

SealSession* Seal::session_named(std::uint32_t mine) {
  for (SealSession& s : tables_.sessions)
    if (s.used() && s.mine == mine) return &s;
  return nullptr;
}

SealHandshake* Seal::handshake_named(std::span<SealHandshake> slots, std::uint32_t mine, Stage stage) {
  for (SealHandshake& h : slots)
    if (h.stage == stage && h.mine == mine) return &h;
  return nullptr;
}

SealHandshake* Seal::handshake_for(const SealTarget& to) {
  for (SealHandshake& h : tables_.out)
    if (h.used() && serves(h, to)) return &h;
  return nullptr;
}

// A free one; what has been replaced; the one that was not in use for longest. Never one in use.
SealSession* Seal::session_slot(const NodeId& newcomer) {
  SealSession* best = nullptr;
  int best_rank = 0;
  for (SealSession& s : tables_.sessions) {
    const bool own = s.node == newcomer && !newcomer.is_zero();
    const bool idle = node().now() >= s.used_at + kInUse;
    const int rank = !s.used() ? 5 : own && s.retired ? 4 : own ? 3 : s.retired && idle ? 2 : idle ? 1 : 0;
    if (rank > best_rank || (rank == best_rank && rank > 0 && s.used_at < best->used_at)) {
      best = &s;
      best_rank = rank;
    }
  }
  return best;
}

// Status as a pointer: null, there is no room.
SealSession* Seal::install(SealSession& session) {
  SealSession* slot = session_slot(session.node);
  if (slot == nullptr) return nullptr;
  slot->clear();
  // What is still under way by the one before can come; one before that is forgotten.
  for (SealSession& s : tables_.sessions)
    if (s.used() && s.node == session.node) {
      if (s.retired) s.clear();
      s.retired = true;
      s.used_at = node().now();
    }
  *slot = std::move(session);
  slot->established = slot->used_at = node().now();
  ++counters_.handshakes;
  return slot;
}

SealHandshake* Seal::half_open_slot() {
  SealHandshake* best = nullptr;
  for (SealHandshake& h : tables_.in) {
    if (!h.used()) return &h;
    if (node().now() >= h.begun + kHalfOpenStay && (best == nullptr || h.begun < best->begun)) best = &h;
  }
  return best;
}

}  // namespace mp
