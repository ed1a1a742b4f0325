// SPDX-License-Identifier: ISC
// The spanning tree of version 0 (specification: tree-v0.md, "The tree of version 0"): speaks it where prototypes are,
// gives the node its address in it, and lets it route by where its neighbours are. Without prototypes it says nothing.
// For open nodes only: nothing in it is proven.
#pragma once

#include "micropycelium/applications/beacon.hpp"
#include "micropycelium/routing/tree_v0.hpp"

namespace mp {

class SpanningTreeV0 final : public Application, public BeaconListener {
 public:
  // `neighbours`: as many as the node's peers (Limits::peers); a peer in a slot beyond is left out.
  SpanningTreeV0(std::span<TreeV0Neighbour> neighbours, std::span<TreeV0Child> children,
                 const TreeV0Options& options = {});

  // Make this the listener of the Beacon: a prototype counts that lists the Application. `next` hears the same.
  void pass_on_to(BeaconListener* next) { next_ = next; }

  const TreeV0& tree() const { return tree_; }

 private:
  void on_start(Instant now) override;
  void on_peer_added(const NodeId& peer) override;
  void on_peer_removed(const NodeId& peer) override;
  bool wants(const Package& package) override;
  void on_package(const Package& package) override;
  Instant on_time(Instant now) override;

  void on_apps(const NodeId& peer, const AppIdList& apps) override;
  void on_app_prefixes(const NodeId& peer, Bytes prefixes) override;

  std::uint8_t meet(const NodeId& peer);
  bool say(const TreeV0Out& out);
  void settle_address();

  TreeV0 tree_;
  TreeV0Options options_;
  BeaconListener* next_ = nullptr;
  SendId last_;  // word to everybody
};

// Together with its tables: kPeers neighbours, kChildren nodes below that it can tell apart. Attach it as it is; -> is
// SpanningTreeV0.
template <std::size_t kPeers = 16, std::size_t kChildren = 16>
class StaticSpanningTreeV0 {
 public:
  explicit StaticSpanningTreeV0(const TreeV0Options& options = {}) : tree_(neighbours_, children_, options) {}
  StaticSpanningTreeV0(const StaticSpanningTreeV0&) = delete;
  StaticSpanningTreeV0& operator=(const StaticSpanningTreeV0&) = delete;

  operator SpanningTreeV0&() { return tree_; }
  SpanningTreeV0* operator->() { return &tree_; }
  const SpanningTreeV0* operator->() const { return &tree_; }

 private:
  std::array<TreeV0Neighbour, kPeers> neighbours_{};
  std::array<TreeV0Child, kChildren> children_{};
  SpanningTreeV0 tree_;
};

}  // namespace mp
