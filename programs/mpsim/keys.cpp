// SPDX-License-Identifier: ISC
// mpsim keys: what a scenario may say.
#include "programs/mpsim/keys.hpp"

#include "programs/mpsim/commands.hpp"
#include "programs/mpsim/errors.hpp"
#include "programs/mpsim/out_file.hpp"
#include "simulator/scenario/scenario_toml.hpp"

namespace mp::sim {
namespace {

// "## [medium.lora]" -> "medium.lora"
std::string title_of(const std::string& section) {
  const auto from = section.find_first_not_of("# [");
  const auto to = section.find_first_of("]\n", from);
  return from == std::string::npos ? "" : section.substr(from, to - from);
}

}  // namespace

std::string keys_of(const std::string& reference, const std::string& table) {
  std::string found, tables;
  constexpr std::string_view kMark = "\n## ";
  for (auto at = reference.find(kMark); at != std::string::npos;) {
    const auto next = reference.find(kMark, at + 1);
    const std::string section = reference.substr(at + 1, next == std::string::npos ? next : next - at);
    const std::string title = title_of(section);
    if (title == table || title.starts_with(table + ".")) found += section;
    tables += (tables.empty() ? "" : ", ") + title;
    at = next;
  }
  if (found.empty()) throw UsageError("keys: there is no table " + table + "; there are: " + tables);
  return found;
}

int run_keys(const std::string& table) {
  const std::string reference = keys_reference();
  print(table.empty() ? reference : keys_of(reference, table));
  return kExitOk;
}

}  // namespace mp::sim
