// SPDX-License-Identifier: ISC
// Every file of simulator/scenarios can be read and laid out, comes back from print_scenario as it was, and is listed
// in the README there.
#include "simulator/scenario/scenario_toml.hpp"
#include "simulator/scenario/selection.hpp"
#include "simulator/topologies/topology.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace mp::sim {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kRange_mm = 200'000;  // as far as any radio; what counts is that there is a layout

std::vector<std::string> files() {
  std::vector<std::string> all;
  for (const auto& entry : fs::recursive_directory_iterator(MP_SCENARIOS_DIR))
    if (entry.path().extension() == ".toml")
      all.push_back(fs::relative(entry.path(), MP_SCENARIOS_DIR).generic_string());
  std::sort(all.begin(), all.end());
  return all;
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Scenarios : public testing::TestWithParam<std::string> {
 protected:
  const std::string path_ = (fs::path(MP_SCENARIOS_DIR) / GetParam()).string();
};

TEST_P(Scenarios, File_IsReadAndPrintedBack) {
  Scenario scenario;
  ASSERT_NO_THROW(scenario = load_scenario(path_)) << path_;
  EXPECT_FALSE(scenario.description.empty());
  EXPECT_EQ(scenario.name, fs::path(path_).stem().string());
  const std::string printed = print_scenario(scenario);
  EXPECT_EQ(print_scenario(parse_scenario(printed, "printed.toml", "")), printed);
}

TEST_P(Scenarios, Layout_CanBeMadeAndEverySelectorMeansSomebody) {
  const Scenario s = load_scenario(path_);
  const Layout layout = make_layout(s.topology, kRange_mm, Seed(s.seed));
  const auto nodes = static_cast<std::uint32_t>(layout.points.size());
  EXPECT_EQ(nodes, s.topology.nodes);
  std::vector<NamedNodes> names;
  for (const Tag& tag : layout.tags) names.push_back({tag.name, tag.nodes});
  const auto means_somebody = [&](const Selector& selector) {
    EXPECT_FALSE(select(selector, nodes, names, Seed(1)).empty()) << selector.text;
  };
  for (const GroupSpec& g : s.groups) {
    means_somebody(g.nodes);
    names.push_back({g.name, select(g.nodes, nodes, names, Seed(1))});
  }
  for (const FlowSpec& f : s.flows) {
    means_somebody(f.from);
    means_somebody(f.to);
  }
  for (const FaultSpec& f : s.faults) means_somebody(f.nodes);
}

TEST_P(Scenarios, Readme_ListsIt) {
  EXPECT_NE(read(fs::path(MP_SCENARIOS_DIR) / "README.md").find("(" + GetParam() + ")"), std::string::npos);
}

TEST(StormScenario, HasEveryKindOfFaultAndEndsThemBeforeTheRun) {
  const Scenario s = load_scenario(std::string(MP_SCENARIOS_DIR) + "/storm.toml");
  for (auto kind = FaultKind::crash; kind <= FaultKind::partition;
       kind = static_cast<FaultKind>(static_cast<int>(kind) + 1))
    EXPECT_TRUE(std::any_of(s.faults.begin(), s.faults.end(), [&](const FaultSpec& f) { return f.kind == kind; }))
        << static_cast<int>(kind);
  for (const FaultSpec& f : s.faults) {
    EXPECT_GT(f.until.us, 0);
    EXPECT_LT(f.until + f.down_max, s.duration);
  }
  EXPECT_EQ(s.expect.neighbours_exchange_within, seconds(300));
}

INSTANTIATE_TEST_SUITE_P(Files, Scenarios, testing::ValuesIn(files()), [](const auto& file) {
  std::string name = file.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

}  // namespace
}  // namespace mp::sim
