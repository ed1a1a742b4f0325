// SPDX-License-Identifier: ISC
// The options that change a scenario, as the scenario reads them.
#pragma once

#include "programs/mpsim/commands.hpp"
#include "simulator/scenario/scenario_toml.hpp"

namespace mp::sim {

// What --set and --duration say, in this order.
std::vector<Override> overrides_of(const ScenarioOptions& options);

}  // namespace mp::sim
