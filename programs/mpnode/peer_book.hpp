// SPDX-License-Identifier: ISC
// Which Applications the peers say they have, from their Beacons.
#pragma once

#include "micropycelium/applications/beacon.hpp"

#include <map>
#include <optional>
#include <vector>

namespace mp::host {

// The first bytes of an app id.
using AppPrefix = ByteArray<8>;

class PeerBook final : public BeaconListener {
 public:
  // What a peer has not repeated for `memory`, or for as long as its silence is borne, is forgotten.
  PeerBook(const Node& node, Duration memory) : node_(node), memory_(memory) {}

  void on_apps(const NodeId& peer, const AppIdList& apps) override;
  void on_app_prefixes(const NodeId& peer, Bytes prefixes) override;
  void forget(const NodeId& peer) {
    told_.erase(peer);
    prefixes_.erase(peer);
  }
  // None: it has not said.
  std::optional<std::vector<AppId>> apps(const NodeId& peer) const;
  // In a closed network, where peers say no more than the first bytes of each id.
  std::optional<std::vector<AppPrefix>> app_prefixes(const NodeId& peer) const;

 private:
  // More than any node will have; a liar cannot make the book grow.
  static constexpr std::size_t kAppsMax = 256;

  template <typename What>
  using Told = std::map<NodeId, std::map<What, Instant>>;
  Duration memory_of(const NodeId& peer) const;
  template <typename What>
  void note(std::map<What, Instant>& known, const What& what) const;
  template <typename What>
  std::map<What, Instant>& page(Told<What>& told, const NodeId& peer) const;
  template <typename What>
  std::optional<std::vector<What>> known(const Told<What>& told, const NodeId& peer) const;

  const Node& node_;
  Duration memory_;
  Told<AppId> told_;
  Told<AppPrefix> prefixes_;
};

}  // namespace mp::host
