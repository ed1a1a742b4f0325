// SPDX-License-Identifier: ISC
// Who knows us, and who has room for us (specification: tree.md, "Who knows whom"): introductions to neighbours that
// may not know us, and what is done where the tables of neighbours are full.
#include "micropycelium/applications/spanning_tree.hpp"
#include "micropycelium/messages/beacon.hpp"

namespace mp {
namespace {

// A neighbour that has not said that it knows us after so many adverts of ours may not; so many are asked at once.
constexpr std::uint8_t kUnheededMax = 3;
constexpr unsigned kIntroductionsAtOnce = 2;
// Whoever introduced itself is known for so long without another word, or as many Beacons as there may be.
constexpr Duration kPeerTimeout = seconds(kBeaconIntervalUsual_s * kBeaconsMissed);
constexpr std::int64_t kBeaconsToTimeout = 16;
// Whoever nobody has room for asks one of them so often, in paces; and room is made no more often than that.
constexpr std::int64_t kPleaPaces = 64, kWayPaces = 256;

}  // namespace

// Our answer to its Beacon may have been lost, or there was none. Where Beacons are rare the next one is far.
bool SpanningTree::may_not_know_us(std::uint8_t slot) const {
  if (!node().peers()[slot].knows_us && !scarce_) return true;
  const Trees& trees = ways().trees;
  for (std::size_t i = 0; i < trees.count(); ++i)
    if (trees[i].state() == Tree::State::attached && trees[i].parent() == slot && trees[i].index() == 0) return true;
  return false;
}

// After each advert. In a closed network whoever hears a stranger asks who it is.
void SpanningTree::introduce() {
  unsigned said = 0;
  for (std::size_t i = 0; i < node().peers().size(); ++i) {
    const auto slot = static_cast<std::uint8_t>(i);
    std::uint8_t& unheeded = ways().heard[i].unheeded;
    if (!ways().trees.slots()[i].met || !may_not_know_us(slot)) {
      unheeded = 0;
      continue;
    }
    if (unheeded < kUnheededMax) ++unheeded;
    if (unheeded < kUnheededMax || said == kIntroductionsAtOnce) continue;
    unheeded = 0;
    ++said;
    show_or_go(slot);
    if (node().closed()) continue;
    ++counts_.introductions_sent;
    (void)send_introduction(TreeMessage::introduction, node().peers()[i].id);
  }
}

// It gives no index: it may not hang there at all.
void SpanningTree::show_or_go(std::uint8_t slot) {
  const Trees& trees = ways().trees;
  for (std::uint8_t i = 0; i < trees.count(); ++i) {
    const Tree& t = trees[i];
    if (t.state() == Tree::State::attached && t.parent() == slot && t.index() == 0 && t.claim().settled)
      check_now(slot, i);
  }
}

SendId SpanningTree::send_introduction(TreeMessage kind, const NodeId& to) {
  return node().send(*this, to, encode_introduction({kind, node().id()}),
                     {.priority = Priority::interactive});  // else it waits behind Beacons where airtime is scarce
}

// A no says that we have no room.
bool SpanningTree::wants_introduction(const Package& package) {
  const Origin& from = package.from;
  const auto said = decode_introduction(package.blob);
  if (!said || said->node == node().id() || node().closed() || from.routed || from.by_id || from.broadcast)
    return false;
  if (said->kind == TreeMessage::farewell) return from.node == said->node;
  if (node().room_for(said->node)) return true;
  if (said->kind == TreeMessage::plea) make_way(node().now());
  return false;
}

void SpanningTree::take_introduction(const Package& package) {
  const Origin& from = package.from;
  const auto said = decode_introduction(package.blob);
  if (!said) return;
  if (said->kind == TreeMessage::farewell) {
    node().note_taken_in(said->node, false);
    return changed();
  }
  const Duration timeout =
      std::max(kPeerTimeout, node().control_interval(from.interface, kAround + kIntroductionSize) * kBeaconsToTimeout);
  node().make_room(said->node);
  const Peer* known = node().peer(said->node);
  if (known == nullptr || !known->connected())
    (void)node().add_peer(said->node, from.interface, from.link, timeout, true);
  node().note_taken_in(said->node, true);
}

// Somebody in reach is let in nowhere: a neighbour goes that hangs below us in no tree, nor we below it. It is told, so
// that it counts on us no more.
void SpanningTree::make_way(Instant now) {
  if (farewell_ || now < way_due_) return;
  const Trees& trees = ways().trees;
  const auto peers = node().peers();
  // Not always the same: from somewhere on.
  const std::size_t first = node().random().u32() % peers.size();
  for (std::size_t k = 0; k < peers.size(); ++k) {
    const std::size_t i = (first + k) % peers.size();
    const Peer& p = peers[i];
    bool needed = !p.used || !p.equal || p.banned || p.pinned || p.itself || trees.slots()[i].uses > 0;
    for (std::size_t t = 0; t < trees.count(); ++t) needed = needed || trees.neighbours(t)[i].child;
    if (needed) continue;
    farewell_ = send_introduction(TreeMessage::farewell, p.id);
    if (!farewell_) return;
    parted_ = p.id;
    way_due_ = now + pace_ * kWayPaces;
    ++counts_.farewells_sent;
    return;
  }
}

// Returns when it wants to be called again.
Instant SpanningTree::plead(Instant now) {
  bool alone = true, refused = false;
  const auto peers = node().peers();
  for (std::size_t i = 0; i < peers.size(); ++i) {
    alone = alone && !ways().trees.slots()[i].met;
    refused = refused || peers[i].gives_way();
  }
  if (!alone || !refused || node().closed()) {
    plea_due_ = Instant::never();
    return plea_due_;
  }
  const bool due = plea_due_ <= now;
  if (due || plea_due_ == Instant::never())
    plea_due_ = now + pace_ * kPleaPaces + microseconds(node().random().u32() % (pace_.us * kPleaPaces));
  if (!due) return plea_due_;
  do pleaded_ = static_cast<std::uint8_t>((pleaded_ + 1U) % peers.size());
  while (!peers[pleaded_].gives_way());
  ++counts_.pleas_sent;
  (void)send_introduction(TreeMessage::plea, peers[pleaded_].id);
  return plea_due_;
}

}  // namespace mp
