// SPDX-License-Identifier: ISC
// Any bytes give a scenario, which can be printed and read again, or a ScenarioError with a text; never anything else.
#include "simulator/scenario/scenario_toml.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mp::sim;
  // The first line may be an override: "--set key=value".
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<Override> overrides;
  if (text.substr(0, 6) == "--set ") {
    const std::string_view line = text.substr(6, text.find('\n') - 6);
    const auto equals = line.find('=');
    if (equals != std::string_view::npos)
      overrides.push_back({std::string(line.substr(0, equals)), std::string(line.substr(equals + 1))});
    text.remove_prefix(std::min(text.size(), line.size() + 7));
  }
  std::string printed;
  try {
    printed = print_scenario(parse_scenario(text, "fuzz.toml", "", overrides));
  } catch (const ScenarioError& e) {
    if (e.what()[0] == '\0') std::abort();
    return 0;
  }
  if (print_scenario(parse_scenario(printed, "printed.toml", "")) != printed) std::abort();
  return 0;
}
