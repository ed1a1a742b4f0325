// SPDX-License-Identifier: ISC
#include "simulator/world/whole_trees.hpp"

#include <set>

namespace mp::sim {
namespace {

std::string wrong_in_tree(World& world, std::span<const std::uint32_t> nodes, std::size_t t) {
  const std::string which = "tree " + std::to_string(t) + ", node ";
  std::set<std::string> places;
  std::uint32_t roots = 0;
  const std::uint16_t epoch = world.board(nodes[0]).node()->trees()[t].epoch();
  for (const std::uint32_t i : nodes) {
    const Node& node = *world.board(i).node();
    const Tree& tree = node.trees()[t];
    const std::string who = which + std::to_string(i) + ": ";
    if (!tree.has_claim()) return who + "no tree yet";
    if (tree.epoch() != epoch) return who + "another epoch";
    if (tree.state() != Tree::State::root && tree.state() != Tree::State::attached) return who + "not attached";
    if (!tree.place().used) return who + "no place";
    std::string text;
    tree.place().address.each([&](std::uint32_t index, CostClass, unsigned) { text += std::to_string(index) + "."; });
    if (!places.insert(text).second) return who + "the place " + text + " is another's too";
    if (tree.state() == Tree::State::root) {
      ++roots;
      continue;
    }
    const std::uint32_t parent = world.node_of(node.peers()[tree.parent()].id);
    if (parent == kNoNode || !world.powered(parent)) return who + "a parent that is not there";
    const Tree& above = world.board(parent).node()->trees()[t];
    if (!below(tree.place().address.place(), above.place().address.place())) return who + "not below its parent";
  }
  if (roots != 1) return which + std::to_string(nodes[0]) + ": " + std::to_string(roots) + " roots";
  return "";
}

}  // namespace

std::string wrong_in_trees(World& world, std::span<const std::uint32_t> nodes) {
  for (std::size_t t = 0; t < world.board(nodes[0]).node()->trees().count(); ++t)
    if (std::string wrong = wrong_in_tree(world, nodes, t); !wrong.empty()) return wrong;
  return "";
}

}  // namespace mp::sim
