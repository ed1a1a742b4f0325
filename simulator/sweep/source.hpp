// SPDX-License-Identifier: ISC
// A scenario file held as text, so that all runs of a sweep are made from the same one whatever happens to the file.
#pragma once

#include "simulator/scenario/scenario_toml.hpp"

namespace mp::sim {

struct ScenarioSource {
  std::string path;  // as it was given
  std::string text;

  // Throws ScenarioError.
  static ScenarioSource read(const std::string& path);
  // As load_scenario(); throws ScenarioError.
  Scenario scenario(const std::vector<Override>& overrides) const;
};

// Names the text and the contents of all files that the topologies of these scenarios are read from, as 64 hexadecimal
// digits.
std::string digest_of(const ScenarioSource& source, const std::vector<Scenario>& scenarios);

}  // namespace mp::sim
