// SPDX-License-Identifier: ISC
#include "simulator/world/routes.hpp"

namespace mp::sim {
namespace {

constexpr std::uint8_t kTreeState = 1;

}  // namespace

Routes::Routes(World& world, const Neighbourhood& neighbourhood)
    : world_(world),
      parent_(world.size(), kNoNode),
      children_(world.size()),
      addresses_(world.size()),
      reached_(world.size()) {
  std::vector<std::vector<std::uint8_t>> coordinates(world.size());
  std::vector<std::uint32_t> queue{kRoot};
  reached_[kRoot] = true;
  for (std::size_t i = 0; i < queue.size(); ++i) {
    const std::uint32_t node = queue[i];
    const auto address = Address::encode(coordinates[node]);
    if (!address)
      throw ScenarioError("routes: node " + std::to_string(node) + " hangs " +
                          std::to_string(coordinates[node].size()) +
                          " deep in the tree, too deep for an address; use fewer nodes, or routes = \"none\"");
    addresses_[node] = {kTreeState, *address};
    for (const std::uint32_t p : neighbourhood.pairs_of(node)) {
      const Neighbourhood::Pair& pair = neighbourhood.pairs()[p];
      const std::uint32_t other = pair.a == node ? pair.b : pair.a;
      if (reached_[other]) continue;
      reached_[other] = true;
      parent_[other] = node;
      children_[node].push_back(other);
      if (children_[node].size() > kCoordinateMax)
        throw ScenarioError("routes: node " + std::to_string(node) + " has too many neighbours for the tree");
      coordinates[other] = coordinates[node];
      coordinates[other].push_back(static_cast<std::uint8_t>(children_[node].size()));
      queue.push_back(other);
    }
  }
}

void Routes::on_started(std::uint32_t node) {
  if (!reached_[node]) return;
  world_.board(node).node()->set_address(addresses_[node]);
  const auto join = [&](std::uint32_t other) {
    if (world_.id_of(other).is_zero()) return;
    set(node, other);
    set(other, node);
  };
  if (parent_[node] != kNoNode) join(parent_[node]);
  for (const std::uint32_t child : children_[node]) join(child);
}

void Routes::set(std::uint32_t node, std::uint32_t other) {
  Node* at = world_.board(node).node();
  if (at == nullptr) return;
  // Through a child to all below it, through the parent to everything else.
  const bool up = parent_[node] == other;
  if (at->set_route(up ? addresses_[kRoot] : addresses_[other], world_.id_of(other),
                    up && other != kRoot ? NodeId{} : world_.id_of(other)) != Status::ok)
    world_.note("node " + std::to_string(node) + " has no room for a route");
}

}  // namespace mp::sim
