// SPDX-License-Identifier: ISC
// Which nodes a Selector means.
#pragma once

#include "simulator/engine/random.hpp"
#include "simulator/scenario/scenario.hpp"

#include <optional>

namespace mp::sim {

// Names that a selector may use besides numbers: tags of the topology, groups.
struct NamedNodes {
  std::string name;
  std::vector<std::uint32_t> nodes;
};

// Node numbers, ascending, each once. Several terms with commas between mean all that any of them means: "0-9,
// gateways, random 5". Random choices are drawn from `seed` so that those of fewer are among those of more. Throws
// ScenarioError for a text that means nothing, an unknown name, or a number beyond the last node.
std::vector<std::uint32_t> select(const Selector& selector, std::uint32_t nodes, const std::vector<NamedNodes>& names,
                                  Seed seed);

// What is wrong with the selector, as far as it can be seen before there is a world; empty: nothing. `nodes`: how many
// there are, if that is known; `names`: those that there will be, if all are known.
std::string check_selector(const Selector& selector, std::optional<std::uint32_t> nodes,
                           const std::optional<std::vector<std::string>>& names);

// Whether something may have this name: it could not be taken for anything else that a selector may say.
bool can_be_name(const std::string& text);

}  // namespace mp::sim
