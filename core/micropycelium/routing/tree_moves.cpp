// SPDX-License-Identifier: ISC
// Whose tree it is, and when a node goes over to another (specification: tree.md, "Whose tree", "Not at every word").
#include "micropycelium/base/writer.hpp"
#include "micropycelium/crypto/hash.hpp"
#include "micropycelium/routing/tree.hpp"

namespace mp {

std::uint16_t tree_epoch(const TreeClaim& claim, std::uint8_t tree) {
  ByteArray<15> text;
  Writer out(text);
  out.u8(tree);
  out.u64(claim.lineage);
  out.u16(claim.term);
  out.u32(claim.root);
  return load_be<std::uint16_t>(sha256(text).data());
}

std::uint64_t tree_score(std::uint8_t tree, const NodeId& id) {
  constexpr std::string_view kDomain = "Micropycelium tree 1";
  ByteArray<kDomain.size() + 1 + NodeId::kSize> text;
  Writer out(text);
  out.put(bytes(kDomain));
  out.u8(tree);
  out.put(id.bytes());
  return load_be<std::uint64_t>(sha256(text).data());
}

bool better_claim(const TreeClaim& a, const TreeClaim& b) {
  if (a.lineage == b.lineage) return a.term != b.term ? newer_serial(a.term, b.term) : a.root < b.root;
  return a.settled != b.settled ? a.settled : a.lineage < b.lineage;
}

// A settled tree moves for a higher term of its lineage, at once, and then for none for a while, but if there is
// something to it: the parent has followed, or is lost, or knows that the root is gone. Another lineage has to be shown
// besides.
bool Tree::may_move(std::uint8_t slot, const TreeClaim& claim, bool shown, Instant now) const {
  if (!has_claim() || !claim_.settled) return true;
  if (claim.lineage != claim_.lineage && !shown) return false;
  return slot == parent_ || (state_ != State::attached && state_ != State::root) || !rests(now);
}

// Waves of one move meet: what comes soon after it belongs to it.
bool Tree::rests(Instant now) const {
  return now < rests_until_ && now >= rests_until_ - kPause * (std::int64_t{1} << (moves_ - 1)) + times().forming * 4;
}

void Tree::note_move(Instant now) {
  if (moves_ > 0 && now < rests_until_ && !rests(now)) return;
  unsigned moves = moves_;
  for (Instant eased = rests_until_; moves > 0 && eased + kPauseEases <= now; eased = eased + kPauseEases) --moves;
  rests_until_ = now + kPause * (std::int64_t{1} << std::min<unsigned>(moves, kPauseDoublings));
  moves_ = static_cast<std::uint8_t>(std::min<unsigned>(moves, kPauseDoublings) + 1U) & 7U;
}

bool Tree::needs_proof(std::uint8_t slot, const TreeClaim& claim, Instant now) const {
  return has_claim() && claim_.settled && claim.lineage != claim_.lineage && better_claim(claim, claim_) &&
         claim.root != self() && may_move(slot, claim, true, now);
}

void Tree::go_over(std::uint8_t slot, const TreeClaim& claim, Instant now) {
  const TreeNeighbour& n = at(slot);
  if (needs_proof(slot, claim, now) && n.heard && !n.refused && !n.orphan && n.epoch == tree_epoch(claim, number_))
    follow(slot, claim, now);
}

void Tree::prove(std::uint8_t slot, Instant now) {
  at(slot).proven = true;
  at(slot).shown = at(slot).place.weight;
  consider(now);
}

void Tree::refuse(std::uint8_t slot, Instant now) {
  at(slot).refused = true;
  at(slot).proven = false;
  if (slot == trial_) end_trial();
  if (slot == parent_) lose_parent(false, now);
}

// Somebody says that another root follows it, so soon after the last.
void Tree::ask_for_root() {
  if (state_ != State::attached || asked_) return;
  asked_ = true;
  say({parent_, number_, TreeProbe::Kind::is_root_there});
}

}  // namespace mp
