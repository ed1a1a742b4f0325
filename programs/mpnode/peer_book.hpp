// SPDX-License-Identifier: ISC
// Which Applications the peers say they have, from their Beacons.
#pragma once

#include "micropycelium/applications/beacon.hpp"

#include <map>
#include <optional>
#include <vector>

namespace mp::host {

class PeerBook final : public BeaconListener {
 public:
  // What a peer has not repeated for `memory` is forgotten.
  PeerBook(const Node& node, Duration memory) : node_(node), memory_(memory) {}

  void on_apps(const NodeId& peer, const AppIdList& apps) override;
  void forget(const NodeId& peer) { told_.erase(peer); }
  // None: it has not said.
  std::optional<std::vector<AppId>> apps(const NodeId& peer) const;

 private:
  // More than any node will have; a liar cannot make the book grow.
  static constexpr std::size_t kAppsMax = 256;

  const Node& node_;
  Duration memory_;
  std::map<NodeId, std::map<AppId, Instant>> told_;
};

}  // namespace mp::host
