// SPDX-License-Identifier: ISC
// Packets to a node by its id, wherever it is (specification: routing.md): own ones and those for others.
#include "micropycelium/node/under_way.hpp"

namespace mp {

void Node::found(const NodeId& node, std::span<const TreePlace> places) {
  Target* t = ways_.targets.take(node_tag(node), now_);
  if (t == nullptr) return;
  t->set_node(node);
  t->set_places(places);
}

void Node::not_found(const NodeTag& target) {
  if (Target* t = ways_.targets.find(target)) t->lose();
}

}  // namespace mp
