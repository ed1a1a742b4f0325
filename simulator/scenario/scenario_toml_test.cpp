// SPDX-License-Identifier: ISC
#include "simulator/scenario/scenario_toml.hpp"

#include "simulator/scenario/defaults.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

namespace mp::sim {
namespace {

constexpr const char* kMedium = "[[medium]]\nkind = \"ideal\"\n";

Scenario parsed(const std::string& text, const std::vector<Override>& overrides = {}) {
  return parse_scenario(text, "test.toml", "", overrides);
}

std::string why_not(const std::string& text, const std::vector<Override>& overrides = {}) {
  try {
    parsed(text, overrides);
  } catch (const ScenarioError& e) {
    return e.what();
  }
  return "it was taken";
}

// With a medium, which every scenario needs, in the lines after.
std::string why_not_but_medium(const std::string& text, const std::vector<Override>& overrides = {}) {
  return why_not(text + "\n" + kMedium, overrides);
}

TEST(ScenarioToml, NothingButAMedium_IsTheDefaults) {
  const Scenario s = parsed(kMedium);
  const Scenario d;
  EXPECT_EQ(s.duration, d.duration);
  EXPECT_EQ(s.topology.nodes, d.topology.nodes);
  ASSERT_EQ(s.media.size(), 1U);
  EXPECT_EQ(s.media[0].name, "air");
  EXPECT_FALSE(s.mobility.on);
  EXPECT_EQ(s.nodes.limits, Limits{});
}

TEST(ScenarioToml, EveryTable_ReachesItsMembers) {
  const Scenario s = parsed(R"(
name = "n"
description = "d"
seed = 9223372036854775807
duration_s = 12.5
warm_up_s = 1
sample_s = 0.25
routes = "tree"
[topology]
kind = "villages"
nodes = 60
degree = 5.5
connected = false
villages = 3
bridges = 1
[mobility]
nodes = "village_1"
speed_m_s = [0.5, 2]
pause_s = 3
step_s = 0.1
[[medium]]
name = "wifi"
kind = "espnow"
exponent = 2.75
reference_loss_db = 41.5
shadowing_db = 4.125
asymmetry_db = 1
tx_dbm = -3.5
retry_limit = 5
cw_min = 15
cw_max = 255
noise_figure_db = 8
preamble_snr_db = -2
carrier_sense_dbm = -90.5
capture = false
queue = 2
inbox = 8
[medium.energy]
supply_v = 5
tx_ma = 100.5
rx_ma = 90
idle_ma = 80
sleep_ma = 0.071
[[medium]]
name = "long"
kind = "lora"
spreading_factor = 7
bandwidth_khz = 500
coding_rate = 4
preamble = 8
capture_db = 3
duty = 0.1
duty_window_s = 60
[[medium]]
name = "wire"
kind = "udp"
delay_ms = 0.25
loss = 0.000001
bit_rate = 1000000
[[medium]]
name = "magic"
kind = "ideal"
delay_ms = [1, 2.5]
loss = 0.1
frame_max = 240
range_m = 12.345
[nodes]
limits = "gateway"
media = ["wifi", "wire"]
beacon = false
beacon_interval_s = 7
beacon_timeout_s = 70
beacon_burst = 1
beacon_burst_pause_ms = 50
start_spread_s = 2
reaction_us = 250
clock_offset_max_s = 0.5
clock_drift_ppm = 100
tx_gain_db = 2
misbehaviour = "black_hole"
[nodes.sleep]
awake_s = 0.1
every_s = 1
synchronised = true
[[group]]
name = "gates"
nodes = "gateways"
media = ["wifi", "long"]
misbehaviour = "none"
[group.limits]
peers = 254
[[traffic]]
name = "t"
from = "gates"
to = "0,1"
size = [10, 15000000]
pattern = "poisson"
every_s = 0.000001
start_s = 2
stop_s = 3
count = 4
ask = false
[[traffic]]
to = "everyone"
size = 20
[[fault]]
kind = "brown_out"
nodes = "gates"
at_s = 1
until_s = 9
every_s = 2
down_s = [0.5, 1]
radius_m = 77
wipe = 0.5
[[fault]]
kind = "burst_loss"
nodes = "0-9"
to = "10-19"
both_ways = false
share = 0.9
good_s = 4
bad_s = 0.5
good_frames = 45
bad_frames = 5
[[fault]]
kind = "reorder"
share = 1
delay_ms = 20
[[fault]]
kind = "corrupt"
share = 0.333333
undetected = true
[expect]
delivered = 0.95
neighbours_exchange_within_s = 300
)");
  EXPECT_EQ(s.seed, 9223372036854775807U);
  EXPECT_EQ(s.duration, milliseconds(12'500));
  EXPECT_EQ(s.sample, milliseconds(250));
  EXPECT_EQ(s.routes, RoutesKind::tree);
  EXPECT_EQ(s.topology.kind, TopologyKind::villages);
  EXPECT_EQ(s.topology.degree_milli, 5'500U);
  EXPECT_FALSE(s.topology.connected);
  EXPECT_TRUE(s.mobility.on);
  EXPECT_EQ(s.mobility.nodes.text, "village_1");
  EXPECT_EQ(s.mobility.speed_min_mm_s, 500);
  EXPECT_EQ(s.mobility.speed_max_mm_s, 2'000);
  EXPECT_EQ(s.mobility.step, milliseconds(100));

  ASSERT_EQ(s.media.size(), 4U);
  const MediumSpec& wifi = s.media[0];
  EXPECT_EQ(wifi.propagation.exponent_milli, 2'750U);
  EXPECT_EQ(wifi.propagation.reference_loss_mdb, 41'500);
  EXPECT_EQ(wifi.propagation.shadowing_mdb, 4'125U);
  EXPECT_EQ(wifi.propagation.tx_mdbm, -3'500);
  EXPECT_EQ(wifi.espnow.retry_limit, 5U);
  EXPECT_EQ(wifi.espnow.preamble_snr_mdb, -2'000);
  EXPECT_EQ(wifi.espnow.carrier_sense_mdbm, -90'500);
  EXPECT_FALSE(wifi.espnow.capture);
  EXPECT_EQ(wifi.energy.tx_ua, 100'500U);
  EXPECT_EQ(wifi.energy.sleep_ua, 71U);
  EXPECT_EQ(wifi.inbox, 8U);
  EXPECT_EQ(s.media[1].lora.spreading_factor, 7);
  EXPECT_EQ(s.media[1].lora.bandwidth_khz, 500U);
  EXPECT_EQ(s.media[1].lora.duty_ppm, 100'000U);
  EXPECT_EQ(s.media[2].udp.delay_min, microseconds(250));
  EXPECT_EQ(s.media[2].udp.delay_max, microseconds(250));
  EXPECT_EQ(s.media[2].udp.loss_ppm, 1U);
  EXPECT_EQ(s.media[3].ideal.delay_max, microseconds(2'500));
  EXPECT_EQ(s.media[3].ideal.frame_max, 240);
  EXPECT_EQ(s.media[3].propagation.range_mm, 12'345);

  EXPECT_EQ(s.nodes.limits, kGatewayLimits);
  EXPECT_EQ(s.nodes.media, (std::vector<std::string>{"wifi", "wire"}));
  EXPECT_FALSE(s.nodes.beacon);
  EXPECT_EQ(s.nodes.beacon_options.timeout, seconds(70));
  EXPECT_EQ(s.nodes.reaction, microseconds(250));
  EXPECT_EQ(s.nodes.misbehaviour, Misbehaviour::black_hole);
  EXPECT_EQ(s.nodes.sleep.awake, milliseconds(100));
  EXPECT_TRUE(s.nodes.sleep.synchronised);
  ASSERT_EQ(s.groups.size(), 1U);
  const NodeSpec& gate = s.groups[0].node;
  EXPECT_EQ(gate.limits.peers, 254);
  EXPECT_EQ(gate.limits.routes, kGatewayLimits.routes);  // from [nodes]
  EXPECT_EQ(gate.misbehaviour, Misbehaviour::none);
  EXPECT_EQ(gate.beacon_options.interval, seconds(7));

  ASSERT_EQ(s.flows.size(), 2U);
  EXPECT_EQ(s.flows[0].to_kind, FlowTo::nodes);
  EXPECT_EQ(s.flows[0].to.text, "0,1");
  EXPECT_EQ(s.flows[0].size_min, 10U);
  EXPECT_EQ(s.flows[0].size_max, 15'000'000U);
  EXPECT_EQ(s.flows[0].every, microseconds(1));
  EXPECT_EQ(s.flows[0].stop, seconds(3));
  EXPECT_FALSE(s.flows[0].ask);
  EXPECT_EQ(s.flows[1].to_kind, FlowTo::everyone);
  EXPECT_EQ(s.flows[1].size_max, 20U);
  ASSERT_EQ(s.faults.size(), 4U);
  EXPECT_EQ(s.faults[0].down_min, milliseconds(500));
  EXPECT_EQ(s.faults[0].radius_mm, 77'000);
  EXPECT_EQ(s.faults[0].wipe_ppm, 500'000U);
  EXPECT_FALSE(s.faults[1].both_ways);
  EXPECT_EQ(s.faults[1].bad, milliseconds(500));
  EXPECT_EQ(s.faults[1].good_frames_milli, 45'000U);
  EXPECT_EQ(s.faults[1].bad_frames_milli, 5'000U);
  EXPECT_EQ(s.faults[2].delay, milliseconds(20));
  EXPECT_EQ(s.faults[3].share_ppm, 333'333U);
  EXPECT_TRUE(s.faults[3].undetected);
  EXPECT_EQ(s.expect.delivered_ppm, 950'000U);
  EXPECT_EQ(s.expect.neighbours_exchange_within, seconds(300));

  // And back.
  const std::string printed = print_scenario(s);
  EXPECT_EQ(print_scenario(parsed(printed)), printed);
}

TEST(ScenarioToml, Nodes_MayBeANumber) {
  const Scenario s = parsed(std::string("[[traffic]]\nfrom = 3\nto = \"4\"\n") + kMedium, {{"traffic.0.to", "5"}});
  EXPECT_EQ(s.flows[0].from.text, "3");
  EXPECT_EQ(s.flows[0].to.text, "5");
  EXPECT_EQ(why_not_but_medium("[[traffic]]\nfrom = -1"),
            "test.toml:2: traffic.0.from: \"-1\" means no nodes; write \"all\", \"none\", \"0-9\", \"0,3,7\", \"every "
            "10\", \"random 5\", \"random 10%\" or the name of a group");
  EXPECT_EQ(why_not_but_medium("[[traffic]]\nfrom = true"),
            "test.toml:2: traffic.0.from: the value has the wrong type; write nodes, like \"0-9\", \"random 5\" or 3");
}

TEST(ScenarioToml, Decimals_AreRoundedToTheNearestMicrosecond) {
  for (const std::int64_t us : {1L, 3L, 999'999L, 1'000'001L, 123'456'789L, 315'359'999'999'999L}) {
    std::string text = std::to_string(us);
    text.insert(0, text.size() < 7 ? 7 - text.size() : 0, '0');
    text.insert(text.size() - 6, ".");
    const Scenario s = parsed("[nodes]\nstart_spread_s = " + text + "\n" + kMedium);
    EXPECT_EQ(s.nodes.start_spread.us, us) << text;
  }
}

TEST(ScenarioToml, KindOfAMedium_BringsItsDefaults) {
  const Scenario s =
      parsed("[[medium]]\nname = \"a\"\ntx_dbm = 1\nkind = \"lora\"\n[[medium]]\nname = \"b\"\nkind = \"espnow\"\n");
  const MediumSpec lora = defaults_of(MediumKind::lora);
  EXPECT_EQ(s.media[0].propagation.tx_mdbm, 1'000);  // whether it stands before the kind or after
  EXPECT_EQ(s.media[0].propagation.reference_loss_mdb, lora.propagation.reference_loss_mdb);
  EXPECT_EQ(s.media[0].energy.tx_ua, lora.energy.tx_ua);
  EXPECT_EQ(s.media[1].energy.tx_ua, defaults_of(MediumKind::espnow).energy.tx_ua);
}

TEST(ScenarioToml, Override_ReplacesAndAdds) {
  const std::string text = std::string("[topology]\nnodes = 5\ndegree = 3\n[[traffic]]\nname = \"up\"\n") + kMedium;
  const Scenario s = parsed(text, {{"topology.nodes", "200"},
                                   {"seed", "7"},
                                   {"medium.air.loss", "0.2"},
                                   {"medium.0.delay_ms", "[1, 2]"},
                                   {"traffic.0.every_s", "5"},
                                   {"traffic.up.to", "everyone"},
                                   {"traffic.0.size", "9"},
                                   {"nodes.limits.peers", "99"},
                                   {"nodes.media", "[\"air\"]"},
                                   {"description", "two words \"quoted\""}});
  // "air" is the default name of a medium, which this file does not say.
  EXPECT_EQ(s.topology.nodes, 200U);
  EXPECT_EQ(s.seed, 7U);
  EXPECT_EQ(s.media[0].ideal.loss_ppm, 200'000U);
  EXPECT_EQ(s.media[0].ideal.delay_max, milliseconds(2));
  EXPECT_EQ(s.flows[0].every, seconds(5));
  EXPECT_EQ(s.flows[0].to_kind, FlowTo::everyone);
  EXPECT_EQ(s.nodes.limits.peers, 99);
  EXPECT_EQ(s.nodes.media, std::vector<std::string>{"air"});
  EXPECT_EQ(s.description, "two words \"quoted\"");
}

TEST(ScenarioToml, PathsOfATopology_AreRelativeToTheFolder) {
  const std::string text =
      std::string("[topology]\nkind = \"file\"\npositions = \"p.csv\"\nlinks = \"/l.csv\"\n") + kMedium;
  const Scenario s = parse_scenario(text, "test.toml", "some/folder");
  EXPECT_EQ(s.topology.positions, "some/folder/p.csv");
  EXPECT_EQ(s.topology.links, "/l.csv");
}

TEST(ScenarioToml, FileWithoutName_IsCalledAsTheFile) {
  const std::string path = testing::TempDir() + "calm_day.toml";
  std::ofstream(path) << kMedium;
  EXPECT_EQ(load_scenario(path).name, "calm_day");
  std::remove(path.c_str());
  EXPECT_THROW(load_scenario(path), ScenarioError);
  EXPECT_THROW(load_scenario(testing::TempDir()), ScenarioError);
}

TEST(ScenarioToml, Printed_GivesTheSameScenarioForEveryKind) {
  for (const char* topology : {"line", "ring", "grid", "geometric", "maze", "barabasi_albert", "villages"})
    for (const char* medium : {"ideal", "espnow", "lora", "udp"}) {
      const std::string text = std::string("[topology]\nnodes = 30\nkind = \"") + topology +
                               "\"\n[[medium]]\nkind = \"" + medium +
                               "\"\n[[fault]]\n[[group]]\nname = \"g\"\n[[traffic]]\nsize = 10\n";
      const std::string printed = print_scenario(parsed(text));
      EXPECT_EQ(print_scenario(parsed(printed)), printed) << topology << " " << medium;
    }
}

TEST(ScenarioToml, Reference_HasEveryTableAndTheDefaultsOfTheStructs) {
  const std::string all = keys_reference();
  for (const char* heading :
       {"## [topology]", "## [mobility]", "## [[medium]]", "## [medium.energy]", "## [nodes]", "## [nodes.limits]",
        "## [nodes.sleep]", "## [[group]]", "## [[traffic]]", "## [[fault]]", "## [expect]"})
    EXPECT_NE(all.find(heading), std::string::npos) << heading;
  EXPECT_NE(all.find("`peers`: Neighbours, banned ones included.\n  whole number, 1 to 254; default " +
                     std::to_string(Limits{}.peers) + "\n"),
            std::string::npos);
  EXPECT_NE(all.find("villages, file; default \"geometric\"\n"), std::string::npos);
  EXPECT_NE(all.find("`spreading_factor` (lora)"), std::string::npos);
  EXPECT_NE(all.find("default 16 (ideal, espnow, udp); 14 (lora)"), std::string::npos);
}

}  // namespace
}  // namespace mp::sim
