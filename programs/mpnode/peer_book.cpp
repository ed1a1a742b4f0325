// SPDX-License-Identifier: ISC
#include "programs/mpnode/peer_book.hpp"

namespace mp::host {

Duration PeerBook::memory_of(const NodeId& peer) const {
  const Peer* p = node_.peer(peer);
  return p != nullptr ? std::max(memory_, p->timeout) : memory_;
}

template <typename What>
std::map<What, Instant>& PeerBook::page(Told<What>& told, const NodeId& peer) const {
  auto& known = told[peer];
  std::erase_if(known, [&](const auto& entry) { return node_.now() - entry.second > memory_of(peer); });
  return known;
}

template <typename What>
void PeerBook::note(std::map<What, Instant>& known, const What& what) const {
  if (known.size() < kAppsMax || known.contains(what)) known[what] = node_.now();
}

template <typename What>
std::optional<std::vector<What>> PeerBook::known(const Told<What>& told, const NodeId& peer) const {
  const auto found = told.find(peer);
  if (found == told.end()) return std::nullopt;
  std::vector<What> all;
  for (const auto& [what, at] : found->second)
    if (node_.now() - at <= memory_of(peer)) all.push_back(what);
  return all;
}

void PeerBook::on_apps(const NodeId& peer, const AppIdList& apps) {
  auto& known = page(told_, peer);
  for (std::size_t i = 0; i < apps.size(); ++i) note(known, apps[i]);
}

void PeerBook::on_app_prefixes(const NodeId& peer, Bytes prefixes) {
  auto& known = page(prefixes_, peer);
  AppPrefix prefix;
  for (; prefixes.size() >= prefix.size(); prefixes = prefixes.subspan(prefix.size())) {
    copy(prefixes.first(prefix.size()), prefix);
    note(known, prefix);
  }
}

std::optional<std::vector<AppId>> PeerBook::apps(const NodeId& peer) const { return known(told_, peer); }

std::optional<std::vector<AppPrefix>> PeerBook::app_prefixes(const NodeId& peer) const {
  return known(prefixes_, peer);
}

}  // namespace mp::host
