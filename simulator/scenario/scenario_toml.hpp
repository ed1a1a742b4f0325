// SPDX-License-Identifier: ISC
// Reads a Scenario from TOML, and writes one. The keys, their units, ranges and defaults are one table (keys.hpp), from
// which the reader, the checks and the printed reference (`mpsim keys`) all come.
#pragma once

#include "simulator/scenario/scenario.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mp::sim {

// One override from the command line: "topology.nodes=200", "medium.wifi.loss=0.1", "traffic.0.every_s=5". The value is
// TOML; what is none is taken for a text.
struct Override {
  std::string key, value;
};

// Throws ScenarioError: "village.toml:12: topology.nodes: 0 is out of range 1..1000000", or "--set topology.nodes=0:
// ..." for an override. `name`: for messages. Paths inside the scenario are relative to `folder`.
Scenario parse_scenario(std::string_view toml, std::string_view name, std::string_view folder,
                        const std::vector<Override>& overrides = {});
// A scenario without a name gets that of its file.
Scenario load_scenario(const std::string& path, const std::vector<Override>& overrides = {});

// Every key with its table, kinds, unit, range, default and meaning, as Markdown.
std::string keys_reference();

// The scenario as a commented file, with every key that its kinds have. parse_scenario gives it back.
std::string print_scenario(const Scenario& scenario);

}  // namespace mp::sim
