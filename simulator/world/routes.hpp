// SPDX-License-Identifier: ISC
// Addresses and static routes along a breadth-first tree, handed to the nodes from outside: until nodes grow a tree by
// themselves, this is how traffic goes further than a neighbour.
#pragma once

#include "simulator/world/neighbourhood.hpp"

namespace mp::sim {

class Routes {
 public:
  // Throws ScenarioError when a node is too deep or has too many children for an address.
  Routes(World& world, const Neighbourhood& neighbourhood);

  bool has(std::uint32_t node) const { return reached_[node]; }
  const TreeAddress& address(std::uint32_t node) const { return addresses_[node]; }
  // The node started: gives it its address and the routes through those neighbours in the tree whose names are known,
  // and tells those of it.
  void on_started(std::uint32_t node);

 private:
  static constexpr std::uint32_t kRoot = 0;
  void set(std::uint32_t node, std::uint32_t other);

  World& world_;
  std::vector<std::uint32_t> parent_;
  std::vector<std::vector<std::uint32_t>> children_;
  std::vector<TreeAddress> addresses_;
  std::vector<bool> reached_;
};

}  // namespace mp::sim
