// SPDX-License-Identifier: ISC
#include "simulator/world/neighbourhood.hpp"

#include <algorithm>

namespace mp::sim {
namespace {

bool before(const Neighbourhood::Pair& x, const Neighbourhood::Pair& y) {
  return x.a != y.a ? x.a < y.a : x.b != y.b ? x.b < y.b : x.medium < y.medium;
}

bool same(const Neighbourhood::Pair& x, const Neighbourhood::Pair& y) { return x.a == y.a && x.b == y.b; }

}  // namespace

void Neighbourhood::find() {
  std::vector<Pair> found;
  for (std::size_t m = 0; m < world_.media(); ++m) {
    const Medium& medium = world_.medium(m);
    for (RadioIndex r = 0; r < medium.size(); ++r)
      for (const Hearer& hearer : medium.reach().hearers(r)) {
        if (hearer.radio < r || !medium.in_range(r, hearer.radio) || !medium.in_range(hearer.radio, r)) continue;
        const std::uint32_t a = medium.radio(r).node(), b = medium.radio(hearer.radio).node();
        if (a == b || world_.board(a).spec().network != world_.board(b).spec().network) continue;
        found.push_back({.a = std::min(a, b), .b = std::max(a, b), .medium = medium.number(), .since = world_.now()});
      }
  }
  std::sort(found.begin(), found.end(), before);
  found.erase(std::unique(found.begin(), found.end(), same), found.end());
  // Pairs that were there before keep their history.
  auto old = pairs_.begin();
  for (Pair& pair : found) {
    while (old != pairs_.end() && !same(*old, pair) && before(*old, pair)) ++old;
    const bool there = old != pairs_.end() && same(*old, pair);
    if (there) {
      const std::uint8_t joined_by = pair.medium;  // another than before, if they left the reach of that one
      pair = *old;
      pair.medium = joined_by;
    } else {
      pair.a_knows = knows(pair.a, pair.b);
      pair.b_knows = knows(pair.b, pair.a);
    }
  }
  pairs_ = std::move(found);
  of_.assign(world_.size(), {});
  live_ = known_ = 0;
  for (std::uint32_t i = 0; i < pairs_.size(); ++i) {
    of_[pairs_[i].a].push_back(i);
    of_[pairs_[i].b].push_back(i);
    count(pairs_[i], true);
  }
}

void Neighbourhood::count(const Pair& pair, bool in) {
  const std::uint64_t one = in ? 1 : ~std::uint64_t{0};
  if (!live(pair)) return;
  live_ += one;
  if (pair.known()) known_ += one;
}

void Neighbourhood::on_started(std::uint32_t node) {
  started_[node] = true;
  for (const std::uint32_t i : of_[node]) {
    Pair& pair = pairs_[i];
    const std::uint32_t other = pair.a == node ? pair.b : pair.a;
    (pair.a == node ? pair.a_knows : pair.b_knows) = false;
    // A node that lost its storage comes back under another name.
    (pair.a == node ? pair.b_knows : pair.a_knows) = knows(other, node);
    pair.met = false;
    pair.since = world_.now();
    count(pair, true);
  }
}

void Neighbourhood::before_power_off(std::uint32_t node) {
  if (!started_[node]) return;  // it was struck while it started
  for (const std::uint32_t i : of_[node]) {
    count(pairs_[i], false);
    (pairs_[i].a == node ? pairs_[i].a_knows : pairs_[i].b_knows) = false;
  }
  started_[node] = false;
}

bool Neighbourhood::knows(std::uint32_t a, std::uint32_t b) const {
  const Node* node = world_.board(a).node();
  if (node == nullptr) return false;
  const Peer* peer = node->peer(world_.id_of(b));
  return peer != nullptr && peer->connected();
}

void Neighbourhood::on_meeting(std::uint32_t node, std::uint32_t other, bool added) {
  const Pair wanted{.a = std::min(node, other), .b = std::max(node, other), .medium = 0};
  const auto it = std::lower_bound(pairs_.begin(), pairs_.end(), wanted, before);
  if (it == pairs_.end() || !same(*it, wanted)) return;
  count(*it, false);
  (it->a == node ? it->a_knows : it->b_knows) = added;
  count(*it, true);
  if (it->met || !it->known()) return;
  it->met = true;
  converged_us_.add(static_cast<std::uint64_t>((world_.now() - it->since).us));
}

}  // namespace mp::sim
