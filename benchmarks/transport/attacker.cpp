// SPDX-License-Identifier: ISC
#include "attacker.hpp"

namespace mp::bench {

void add_attacker(Scenario& scenario, std::uint32_t node) {
  sim::GroupSpec group;
  group.name = "attacker";
  group.nodes.text = std::to_string(node);
  group.node = scenario.nodes;
  group.node.network = "nobody's";
  group.node.beacon = false;
  scenario.groups.push_back(std::move(group));
}

Impostor::Impostor(Field& field, std::uint32_t node, std::uint32_t as)
    : world_(field.world()), node_(node), as_(world_.board(as).radios()[0]->index()) {
  world_.medium(0).set_conditions(this);
}

Impostor::~Impostor() { world_.medium(0).set_conditions(&world_.conditions()); }

sim::Passage Impostor::pass(std::uint32_t from, std::uint32_t to, sim::Frame& frame) {
  sim::Passage passage;
  if (!world_.conditions().quiet()) passage = world_.conditions().pass(from, to, frame);
  if (from == node_) frame.from = as_;
  return passage;
}

}  // namespace mp::bench
