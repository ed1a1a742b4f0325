// SPDX-License-Identifier: ISC
#include "micropycelium/applications/spanning_tree_v0.hpp"

namespace mp {

SpanningTreeV0::SpanningTreeV0(std::span<TreeV0Neighbour> neighbours, std::span<TreeV0Child> children,
                               const TreeV0Options& options)
    // A repeat is harmless, and a neighbour that has nothing new to say repeats itself.
    : Application({.name = kSpanningTreeV0App.name,
                   .description = kSpanningTreeV0App.description,
                   .version = kSpanningTreeV0App.version,
                   .repeats = Repeats::deliver}),
      tree_(neighbours, children),
      options_(options) {}

void SpanningTreeV0::on_start(Instant now) {
  MP_CHECK(!node().closed());
  tree_.start(node().id(), node().boot(), node().random(), options_, now);
  node().tree_v0_ = &tree_;
  node().tree_v0_owner_ = this;
  for (const Peer& p : node().peers())
    if (p.used && p.connected()) (void)meet(p.id);
}

// Its slot in the tree's table, which is that of the node's; kNobody: no neighbour, or there is no room for it.
std::uint8_t SpanningTreeV0::meet(const NodeId& id) {
  const Peer* const peer = node().peer(id);
  if (peer == nullptr || !peer->connected() || peer->itself || peer->banned) return TreeV0::kNobody;
  const auto slot = static_cast<std::size_t>(peer - node().peers().data());
  if (slot >= tree_.neighbours().size()) return TreeV0::kNobody;
  tree_.found(static_cast<std::uint8_t>(slot), id, peer->equal, node().now());
  return static_cast<std::uint8_t>(slot);
}

void SpanningTreeV0::on_peer_added(const NodeId& peer) {
  (void)meet(peer);
  node().wake(*this);
}

void SpanningTreeV0::on_peer_removed(const NodeId& peer) {
  const std::uint8_t slot = tree_.find(peer);
  if (slot == TreeV0::kNobody) return;
  tree_.lost(slot, node().now());
  node().wake(*this);
}

void SpanningTreeV0::on_apps(const NodeId& peer, const AppIdList& apps) {
  if (apps.contains(id()))
    if (const std::uint8_t slot = meet(peer); slot != TreeV0::kNobody) {
      tree_.lists(slot, node().now());
      node().wake(*this);
    }
  if (next_ != nullptr) next_->on_apps(peer, apps);
}

void SpanningTreeV0::on_app_prefixes(const NodeId& peer, Bytes prefixes) {
  if (next_ != nullptr) next_->on_app_prefixes(peer, prefixes);
}

// Neighbours only, and directly: what comes over relays may be anybody's.
bool SpanningTreeV0::wants(const Package& package) {
  return !package.from.routed && !package.from.by_id && !package.from.node.is_zero() && decode_tree(package.blob).ok();
}

void SpanningTreeV0::on_package(const Package& package) {
  const auto message = decode_tree(package.blob);
  const std::uint8_t slot = meet(package.from.node);
  if (!message || slot == TreeV0::kNobody) return;
  tree_.take(slot, *message, node().now());
  settle_address();
  node().wake(*this);
}

void SpanningTreeV0::settle_address() {
  if (tree_.placed()) node().set_address(tree_.address());
}

Instant SpanningTreeV0::on_time(Instant now) {
  tree_.run(now);
  settle_address();
  while (const auto out = tree_.next(now))
    if (!say(*out)) {
      tree_.unsent(*out, now);
      break;
    }
  return tree_.due();
}

// False: there is no room now.
bool SpanningTreeV0::say(const TreeV0Out& out) {
  ByteArray<kTreeMessageSize> buffer;
  const auto message = encode_tree(out.message, buffer);
  MP_CHECK(message.ok());
  // Prototypes are not asked: their acknowledgements are for their own repetitions. What is old is not worth saying.
  const SendOptions options{.ask = false, .priority = Priority::control, .expires_after = options_.beat};
  if (out.to != TreeV0Out::kEverybody)
    return node().send(*this, node().peers()[out.to].id, *message, options).refusal() != Status::no_buffer;
  // The word before may still wait for airtime.
  if (node().state(last_)) return true;
  last_ = node().broadcast(*this, *message, options);
  return last_.refusal() != Status::no_buffer;
}

}  // namespace mp
