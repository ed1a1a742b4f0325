// SPDX-License-Identifier: ISC
#include "micropycelium/routing/routes.hpp"

namespace mp {

Status RouteTable::set(const Route& route) {
  Route* place = nullptr;
  for (Route& r : known()) {
    if (r.used && r.to == route.to) {
      place = &r;
      break;
    }
    if (!r.used && place == nullptr) place = &r;
  }
  if (place == nullptr) {
    if (end_ == slots_.size()) return Status::no_buffer;
    place = &slots_[end_++];
  }
  *place = route;
  place->used = true;
  return Status::ok;
}

std::optional<Route> RouteTable::remove(const TreeAddress& to) {
  for (Route& r : known())
    if (r.used && r.to == to) {
      const Route was = r;
      r = Route{};
      return was;
    }
  return std::nullopt;
}

bool RouteTable::any_via(std::uint8_t via) const {
  for (const Route& r : known())
    if (r.used && r.via == via) return true;
  return false;
}

const Route* RouteTable::find(const TreeAddress& to) const {
  // Nothing is longer than the address itself, and most packets on a static route are for one.
  if (const Route* exact = find_exact(to)) return exact;
  const Route* best = nullptr;
  unsigned best_size = 0;
  const Coordinates target = to.address.decode();
  for (const Route& r : known()) {
    if (!r.used || r.to.tree_state != to.tree_state) continue;
    const Coordinates prefix = r.to.address.decode();
    if (prefix.size > target.size || common_prefix(prefix, target) < prefix.size) continue;
    if (best == nullptr || prefix.size > best_size) {
      best = &r;
      best_size = prefix.size;
    }
  }
  return best;
}

const Route* RouteTable::find(const NodeId& node) const {
  if (node.is_zero()) return nullptr;
  for (const Route& r : known())
    if (r.used && r.node == node) return &r;
  return nullptr;
}

const Route* RouteTable::find_exact(const TreeAddress& to) const {
  for (const Route& r : known())
    if (r.used && r.to == to) return &r;
  return nullptr;
}

}  // namespace mp
