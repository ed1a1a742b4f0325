// SPDX-License-Identifier: ISC
#include "programs/mpsim/warnings.hpp"

#include "simulator/media/lora_airtime.hpp"
#include "simulator/scenario/defaults.hpp"
#include "simulator/scenario/scenario_toml.hpp"

#include <gtest/gtest.h>

namespace mp::sim {
namespace {

struct Checked {
  Contents contents;
  std::string page, warnings;
};

Checked check(const std::string& toml) {
  World world(parse_scenario(toml, "test.toml", ""), 1);
  Checked c;
  c.contents = contents_of(world);
  c.page = text_of(world, c.contents);
  for (const std::string& w : warnings_of(world, c.contents)) c.warnings += w + "\n";
  return c;
}

constexpr const char* kLine =
    "[topology]\nkind = \"line\"\nnodes = 5\nspacing_m = 60\n[[medium]]\nkind = \"ideal\"\nrange_m = 100\n"
    "[[traffic]]\nname = \"talk\"\nto = \"neighbour\"\n";

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

TEST(Contents, Line_HasALinkBetweenEachAndTheNext) {
  const Checked c = check(kLine);
  EXPECT_EQ(c.contents.media.at(0).links, 4U);
  EXPECT_EQ(c.contents.media.at(0).one_way, 0U);
  EXPECT_EQ(c.contents.islands, 1U);
  EXPECT_EQ(c.contents.alone, 0U);
  EXPECT_EQ(c.contents.neighbours.at(1), (std::vector<std::uint32_t>{0, 2}));
  EXPECT_DOUBLE_EQ(c.contents.mean_degree(), 8.0 / 5);
  EXPECT_TRUE(has(c.page, "5 radios, range 100 m, 4 links, 1.6 to a radio on average")) << c.page;
  EXPECT_EQ(c.warnings, "");
}

TEST(Contents, TwoMediaBetweenTheSameNodes_CountAsOneNeighbour) {
  const Checked c = check(std::string(kLine) + "[[medium]]\nname = \"other\"\nkind = \"ideal\"\nrange_m = 100\n");
  EXPECT_EQ(c.contents.media.size(), 2U);
  EXPECT_EQ(c.contents.neighbours.at(1).size(), 2U);
}

TEST(Warnings, MoreNeighboursThanLimits_NamesTheWorstNode) {
  const Checked c = check(std::string(kLine) + "[nodes.limits]\npeers = 1\n");
  EXPECT_TRUE(has(c.warnings, "3 nodes have more neighbours than limits.peers allows: node 1 2 of 1")) << c.warnings;
}

TEST(Warnings, NodesOutOfReach_AreAloneAndTheMeshHasIslands) {
  std::string toml = kLine;
  toml.replace(toml.find("spacing_m = 60"), 14, "spacing_m = 600");
  toml.replace(toml.find("to = \"neighbour\""), 16, "to = \"random\"");
  toml.insert(0, "routes = \"tree\"\n");
  const Checked c = check(toml);
  EXPECT_EQ(c.contents.islands, 5U);
  EXPECT_TRUE(has(c.warnings, "5 nodes have no neighbour at all")) << c.warnings;
  EXPECT_TRUE(has(c.warnings, "5 islands")) << c.warnings;
}

TEST(Warnings, NoTraffic_IsSaid) {
  const std::string toml = kLine;
  EXPECT_TRUE(has(check(toml.substr(0, toml.find("[[traffic]]"))).warnings, "there is no traffic"));
}

// One full packet every 10 s: 240 bytes at SF9, 125 kHz; nothing else.
TEST(LoraShare, OnePacketEachTenSeconds_IsItsAirtimeInTen) {
  const LoraSpec spec = defaults_of(MediumKind::lora).lora;
  NodeSpec node;
  node.beacon = false;
  FlowSpec flow;
  flow.size_min = flow.size_max = 220 - 32;
  flow.every = seconds(10);
  EXPECT_DOUBLE_EQ(lora_share(spec, node, {}), 0);
  EXPECT_DOUBLE_EQ(lora_share(spec, node, {&flow}), static_cast<double>(lora_airtime(spec, 240).us) / 10e6);
  EXPECT_DOUBLE_EQ(lora_share(spec, node, {&flow, &flow}), 2 * lora_share(spec, node, {&flow}));
  FlowSpec large = flow;
  large.size_min = large.size_max = 10 * 220 - 32;
  EXPECT_DOUBLE_EQ(lora_share(spec, node, {&large}), 10 * lora_share(spec, node, {&flow}));
  node.beacon = true;
  EXPECT_GT(lora_share(spec, node, {}), 0);
}

TEST(LoraShare, OnceIsNothingAndSaturationEverything) {
  const LoraSpec spec = defaults_of(MediumKind::lora).lora;
  NodeSpec node;
  node.beacon = false;
  FlowSpec flow;
  flow.pattern = FlowPattern::once;
  EXPECT_DOUBLE_EQ(lora_share(spec, node, {&flow}), 0);
  flow.pattern = FlowPattern::saturate;
  EXPECT_DOUBLE_EQ(lora_share(spec, node, {&flow}), 1);
}

TEST(Warnings, TrafficAboveTheLaw_IsSaidOfLoraOnly) {
  std::string toml = kLine;
  EXPECT_FALSE(has(check(toml).warnings, "law"));
  toml.replace(toml.find("kind = \"ideal\"\nrange_m = 100"), 28, "kind = \"lora\"\nname = \"far\"\nduty = 0.01");
  const Checked c = check(toml);
  EXPECT_TRUE(has(c.warnings, "5 nodes on \"far\" would send more than the law's 1 %")) << c.warnings;
  // The Beacons of an hour are within the law, and a Package now and then.
  EXPECT_FALSE(
      has(check(toml + "every_s = 3600\n[nodes]\nbeacon_interval_s = 600\nbeacon_timeout_s = 2400\n").warnings, "law"));
}

}  // namespace
}  // namespace mp::sim
