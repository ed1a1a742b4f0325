// SPDX-License-Identifier: ISC
#include "programs/mpsim/overrides.hpp"

#include "simulator/sweep/plan.hpp"

namespace mp::sim {

std::vector<Override> overrides_of(const ScenarioOptions& options) {
  std::vector<Override> all;
  for (const std::string& text : options.set) all.push_back(parse_override("--set", text));
  if (!options.duration.empty()) all.push_back({"duration_s", options.duration});
  return all;
}

}  // namespace mp::sim
