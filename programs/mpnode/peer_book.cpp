// SPDX-License-Identifier: ISC
#include "programs/mpnode/peer_book.hpp"

namespace mp::host {

void PeerBook::on_apps(const NodeId& peer, const AppIdList& apps) {
  const Instant now = node_.now();
  auto& known = told_[peer];
  std::erase_if(known, [&](const auto& entry) { return now - entry.second > memory_; });
  for (std::size_t i = 0; i < apps.size(); ++i)
    if (known.size() < kAppsMax || known.contains(apps[i])) known[apps[i]] = now;
}

std::optional<std::vector<AppId>> PeerBook::apps(const NodeId& peer) const {
  const auto found = told_.find(peer);
  if (found == told_.end()) return std::nullopt;
  std::vector<AppId> all;
  for (const auto& [app, at] : found->second)
    if (node_.now() - at <= memory_) all.push_back(app);
  return all;
}

}  // namespace mp::host
