// SPDX-License-Identifier: ISC
// mpsim check: what is in a scenario, without running it.
#include "programs/mpsim/commands.hpp"
#include "programs/mpsim/contents.hpp"
#include "programs/mpsim/errors.hpp"
#include "programs/mpsim/out_file.hpp"
#include "programs/mpsim/overrides.hpp"
#include "programs/mpsim/warnings.hpp"
#include "simulator/scenario/scenario_toml.hpp"

namespace mp::sim {

int run_check(const CheckOptions& options) {
  Scenario scenario = load_scenario(options.scenario.path, overrides_of(options.scenario));
  const std::uint64_t seed = options.seed.value_or(scenario.seed);
  if (options.print) {
    scenario.seed = seed;
    print(print_scenario(scenario));
    return kExitOk;
  }
  World world(scenario, seed);
  const Contents contents = contents_of(world);
  std::string page = text_of(world, contents);
  for (const std::string& warning : warnings_of(world, contents)) page += "Warning: " + warning + "\n";
  print(page);
  return kExitOk;
}

}  // namespace mp::sim
