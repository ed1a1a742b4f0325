// SPDX-License-Identifier: ISC
// What is refused, and what the person is told about it.
#include "simulator/scenario/scenario_toml.hpp"

#include <gtest/gtest.h>

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

TEST(ScenarioErrors, Complaint_NamesFileLineKeyAndRange) {
  EXPECT_EQ(why_not_but_medium("\n[topology]\nnodes = 0"), "test.toml:3: topology.nodes: 0 is out of range 1..1000000");
  EXPECT_EQ(why_not_but_medium("duration_s = 1e20"), "test.toml:1: duration_s: is far out of range");
  EXPECT_EQ(why_not_but_medium("duration_s = 400000000"),
            "test.toml:1: duration_s: 400000000 is out of range 0.001..315360000");
  EXPECT_EQ(why_not_but_medium("duration_s = 9223372036854775807").substr(0, 25), "test.toml:1: duration_s: ");
  EXPECT_EQ(why_not_but_medium("duration_s = nan"), "test.toml:1: duration_s: is not a number");
  EXPECT_EQ(why_not_but_medium("duration_s = true"),
            "test.toml:1: duration_s: the value has the wrong type; write a number");
  EXPECT_EQ(why_not_but_medium("seed = 1.5"), "test.toml:1: seed: the value has the wrong type; write a whole number");
  EXPECT_EQ(why_not("[[medium]]\nloss = 0.0000001\n"),
            "test.toml:2: medium.0.loss: is too small; the smallest but 0 is 0.000001");
  EXPECT_EQ(why_not("[[medium]]\ndelay_ms = [2, 1]\n"),
            "test.toml:2: medium.0.delay_ms: 2 is more than 1; write the smaller first");
  EXPECT_NE(why_not("a = [").find("test.toml:1: "), std::string::npos);
}

TEST(ScenarioErrors, SeveralComplaints_TheFirstLineIsTold) {
  EXPECT_EQ(why_not("seed = 1\nzebra = 1\n[topology]\ncolour = 1\n").substr(0, 20), "test.toml:2: zebra: ");
}

TEST(ScenarioErrors, UnknownKey_NamesTheNearest) {
  EXPECT_EQ(why_not_but_medium("sead = 1"), "test.toml:1: sead: there is no such key; did you mean seed?");
  EXPECT_EQ(why_not_but_medium("duration = 1"),
            "test.toml:1: duration: there is no such key; did you mean duration_s?");
  EXPECT_EQ(why_not_but_medium("[topologie]\nnodes = 1"),
            "test.toml:1: topologie: there is no such key; did you mean topology?");
  EXPECT_EQ(why_not_but_medium("[topology]\nkind = \"gird\""),
            "test.toml:2: topology.kind: \"gird\" is not known here; did you mean grid?");
  EXPECT_EQ(why_not_but_medium("[nodes]\nlimits = \"bord\""),
            "test.toml:2: nodes.limits: \"bord\" is not known here; did you mean board?");
  EXPECT_EQ(why_not_but_medium("[nodes.limits]\npears = 1"),
            "test.toml:2: nodes.limits.pears: there is no such key; did you mean peers?");
}

TEST(ScenarioErrors, KeyOfAnotherKind_SaysForWhichItIs) {
  EXPECT_EQ(why_not("[[medium]]\nkind = \"espnow\"\nspreading_factor = 7\n"),
            "test.toml:3: medium.0.spreading_factor: this key is for lora; with kind = \"espnow\" remove it");
  EXPECT_EQ(why_not("[[medium]]\nkind = \"espnow\"\nloss = 0.1\n"),
            "test.toml:3: medium.0.loss: this key is for ideal, udp; with kind = \"espnow\" remove it");
  EXPECT_EQ(why_not_but_medium("[topology]\nkind = \"line\"\ndegree = 5"),
            "test.toml:3: topology.degree: this key is for geometric, villages; with kind = \"line\" remove it");
  EXPECT_EQ(why_not_but_medium("[[fault]]\nkind = \"crash\"\nshare = 0.5"),
            "test.toml:3: fault.0.share: this key is for loss, burst_loss, duplicate, reorder, corrupt; with kind = "
            "\"crash\" remove it");
}

TEST(ScenarioErrors, TableOfTheWrongShape_SaysHowToWriteIt) {
  EXPECT_EQ(why_not("[medium]\nkind = \"ideal\"\n"),
            "test.toml:1: medium: there can be several; write [[medium]] on a line of its own, its keys below");
  EXPECT_EQ(why_not_but_medium("topology = \"grid\""),
            "test.toml:1: topology: is a table; write [topology] on a line of its own, its keys below");
  EXPECT_EQ(why_not_but_medium("[[topology]]\nnodes = 1"),
            "test.toml:1: topology: is a table; write [topology] on a line of its own, its keys below");
}

TEST(ScenarioErrors, WholeThatDoesNotFit_IsRefusedAtItsLine) {
  EXPECT_NE(why_not("seed = 1").find("test.toml: medium: there is no medium"), std::string::npos);
  EXPECT_NE(why_not(std::string(kMedium) + kMedium).find("two media are called \"air\""), std::string::npos);
  EXPECT_NE(why_not("[[medium]]\nname = \"a.b\"\n").find("test.toml:2: medium.0.name: \"a.b\" is no name"),
            std::string::npos);
  EXPECT_NE(why_not_but_medium("duration_s = 5\nwarm_up_s = 5").find("test.toml:2: warm_up_s: 5 s is not before"),
            std::string::npos);
  EXPECT_NE(why_not_but_medium("[nodes]\nmedia = [\"sky\"]")
                .find("test.toml:2: nodes.media: there is no medium \"sky\"; there are: air"),
            std::string::npos);
  EXPECT_NE(why_not_but_medium("[nodes.sleep]\nevery_s = 1\nawake_s = 2").find("test.toml:3: nodes.sleep.awake_s: "),
            std::string::npos);
  EXPECT_NE(why_not_but_medium("[nodes.modem_sleep]\nsleep_ms = 29000\nwake_ms = 1001").find("at most 30,000 ms"),
            std::string::npos);
  EXPECT_NE(why_not_but_medium("[nodes]\nbeacon_timeout_s = 1").find("test.toml:2: nodes.beacon_timeout_s: "),
            std::string::npos);
  EXPECT_NE(why_not_but_medium("[nodes.limits]\npeers = 255").find("255 is out of range 1..254"), std::string::npos);
  EXPECT_NE(why_not_but_medium("[[group]]\nnodes = \"1\"").find("test.toml:1: group.0.name: a group needs a name"),
            std::string::npos);
  EXPECT_NE(why_not_but_medium("[[group]]\nname = \"a\"\n[[group]]\nname = \"a\"")
                .find("test.toml:4: group.1.name: \"a\" is the name of other nodes"),
            std::string::npos);
  EXPECT_NE(why_not_but_medium("[[group]]\nname = \"a\"\nnodes = \"10\"")
                .find("test.toml:3: group.0.nodes: there is no node 10"),
            std::string::npos);
  EXPECT_NE(
      why_not_but_medium("[[traffic]]\nfrom = \"sensors\"").find("test.toml:2: traffic.0.from: \"sensors\" is no name"),
      std::string::npos);
  EXPECT_NE(why_not_but_medium("[[traffic]]\nto = \"random\"").find("write routes = \"tree\""), std::string::npos);
  EXPECT_NE(why_not_but_medium("[[traffic]]\nsize = 0").find("0 is out of range 1..15532000"), std::string::npos);
  EXPECT_NE(
      why_not_but_medium("[[traffic]]\nto = \"everyone\"\nsize = 250").find("do not fit the one packet of a broadcast"),
      std::string::npos);
  EXPECT_NE(why_not_but_medium("[[traffic]]\nsealed = true")
                .find("test.toml:2: traffic.0.sealed: no node has Seal; write seal = true in [nodes]"),
            std::string::npos);
  EXPECT_NE(why_not_but_medium("[nodes]\nseal = true\n[[traffic]]\nto = \"everyone\"\nsealed = true")
                .find("a broadcast can not be sealed"),
            std::string::npos);
  EXPECT_NE(why_not_but_medium("[[traffic]]\nstart_s = 9\nstop_s = 9")
                .find("test.toml:3: traffic.0.stop_s: 9 s is not after"),
            std::string::npos);
  EXPECT_NE(why_not_but_medium("[[fault]]\nkind = \"loss\"").find("of how many frames?"), std::string::npos);
  EXPECT_NE(why_not_but_medium("[[fault]]\nuntil_s = 1").find("write every_s too"), std::string::npos);
  EXPECT_NE(why_not_but_medium("[[fault]]\nat_s = 2\nuntil_s = 1\nevery_s = 1").find("is not after at_s, 2 s"),
            std::string::npos);
  EXPECT_NE(why_not_but_medium("[[fault]]\nkind = \"partition\"").find("nobody on the other side"), std::string::npos);
  EXPECT_NE(why_not_but_medium("[topology]\nkind = \"file\"").find("which file?"), std::string::npos);
  EXPECT_NE(why_not_but_medium("[topology]\nkind = \"maze\"\n[mobility]").find("test.toml:3: mobility: the links"),
            std::string::npos);
  EXPECT_NE(why_not_but_medium("[topology]\nnodes = 5\ndegree = 5").find("more than there are nodes"),
            std::string::npos);
  EXPECT_NE(why_not("[[medium]]\nkind = \"espnow\"\ncw_max = 3").find("less than cw_min, 31"), std::string::npos);
}

TEST(ScenarioErrors, WrongOverride_IsNamed) {
  const std::string text = std::string("[topology]\nnodes = 5\ndegree = 3\n") + kMedium;
  EXPECT_EQ(why_not(text, {{"topology.nodes", "0"}}),
            "--set topology.nodes=0: topology.nodes: 0 is out of range 1..1000000");
  EXPECT_EQ(why_not(text, {{"topology.node", "7"}}),
            "--set topology.node=7: topology.node: there is no such key; did you mean nodes?");
  EXPECT_EQ(why_not(text, {{"tropology.nodes", "7"}}),
            "--set tropology.nodes=7: tropology: there is no such key; did you mean topology?");
  EXPECT_EQ(why_not(text, {{"medium.wifi.loss", "0.1"}}),
            "--set medium.wifi.loss=0.1: there is no medium.wifi; there are: air; the numbers go from 0 to 0");
  EXPECT_EQ(why_not(text, {{"medium.1.loss", "0.1"}}),
            "--set medium.1.loss=0.1: there is no medium.1; there are: air; the numbers go from 0 to 0");
  EXPECT_EQ(why_not(text, {{"medium.0", "0.1"}}), "--set medium.0=0.1: which key of medium.0?");
  EXPECT_EQ(why_not(text, {{"topology.nodes.x", "1"}}), "--set topology.nodes.x=1: topology.nodes is no table");
  EXPECT_EQ(why_not(text, {{"topology..x", "1"}}), "--set topology..x=1: is no key; write one like topology.nodes=200");
  EXPECT_EQ(why_not(text, {{"seed", "1\nname = \"x\""}}).find("--set seed=1\nname = \"x\": holds a control"), 0U);
  EXPECT_EQ(why_not(text, {{"seed", "\xff"}}), "--set seed=\xff: is not UTF-8 text");
}

}  // namespace
}  // namespace mp::sim
