// SPDX-License-Identifier: ISC
// Static routes: address prefix -> next hop (specification: delivery.md, "Relaying"). Decides, never sends.
#pragma once

#include "micropycelium/base/status.hpp"
#include "micropycelium/packet/address.hpp"
#include "micropycelium/packet/ids.hpp"

#include <optional>

namespace mp {

struct Route {
  TreeAddress to;              // this address, and every address below it
  NodeId node;                 // who lives at `to` exactly; zero when nobody said
  std::uint8_t via = 0;        // slot of the neighbour that is next
  std::uint8_t frame_max = 0;  // bytes of the smallest datagram on the way; 0: as the first link
  bool used = false;
};

class RouteTable {
 public:
  explicit RouteTable(std::span<Route> slots) : slots_(slots) {}

  std::span<const Route> all() const { return slots_; }

  // Replaces the route with the same address. Status: no_buffer.
  Status set(const Route& route);
  // The route as it was, or none.
  std::optional<Route> remove(const TreeAddress& to);
  bool any_via(std::uint8_t via) const;

  // The route whose address is the longest prefix of `to` (in whole coordinates, same tree_state); null: none.
  const Route* find(const TreeAddress& to) const;
  // The route to where this node lives; null: none.
  const Route* find(const NodeId& node) const;
  // The route with exactly this address; null: none.
  const Route* find_exact(const TreeAddress& to) const;
  // The slot of a route of this table.
  std::size_t index_of(const Route& route) const { return static_cast<std::size_t>(&route - slots_.data()); }

 private:
  // Those that were ever used: a table is asked for each packet, and most have room for far more.
  std::span<Route> known() const { return slots_.first(end_); }

  std::span<Route> slots_;
  std::size_t end_ = 0;
};

}  // namespace mp
