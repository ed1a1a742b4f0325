// SPDX-License-Identifier: ISC
// The checkers, proven on planted bugs: each is seen under every seed, and a world without one has nothing to report.
#include "simulator/scenario/defaults.hpp"
#include "simulator/world/world.hpp"

#include <gtest/gtest.h>

namespace mp::sim {
namespace {

constexpr std::uint64_t kSeeds = 10;

Scenario small_world(Misbehaviour misbehaviour) {
  Scenario s;
  s.topology.kind = TopologyKind::grid;
  s.topology.nodes = 9;
  s.media = {defaults_of(MediumKind::ideal)};
  s.duration = seconds(400);
  s.nodes.clock_drift_ppm = 100;
  s.nodes.clock_offset_max = seconds(1000);
  FlowSpec flow;
  flow.name = "chatter";
  flow.every = seconds(5);
  s.flows = {flow};
  GroupSpec bad;
  bad.name = "bad";
  bad.nodes.text = "4";
  bad.node = s.nodes;
  bad.node.misbehaviour = misbehaviour;
  s.groups = {bad};
  FaultSpec crash;  // the planted node and others lose their power now and then
  crash.kind = FaultKind::crash;
  crash.nodes.text = "4";
  crash.at = seconds(60);
  crash.down_min = crash.down_max = seconds(60);
  s.faults = {crash};
  return s;
}

// How many of the seeds end with this checker struck; others must not be.
std::uint64_t caught(const Scenario& scenario, std::string_view checker, bool others_too = false) {
  std::uint64_t caught = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    World world(scenario, seed);
    world.run();
    bool seen = false;
    for (const Violation& v : world.referee().kept()) {
      seen |= v.checker == checker;
      EXPECT_TRUE(others_too || v.checker == checker) << "seed " << seed << ": " << v.checker << ": " << v.what;
      EXPECT_EQ(v.node, 4u) << "seed " << seed << ": " << v.checker << ": " << v.what;
    }
    caught += seen ? 1 : 0;
  }
  return caught;
}

std::uint64_t caught(Misbehaviour misbehaviour, std::string_view checker, bool others_too = false) {
  return caught(small_world(misbehaviour), checker, others_too);
}

TEST(Checkers, NoBugPlanted_NothingToReport) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    World world(small_world(Misbehaviour::none), seed);
    world.run();
    EXPECT_EQ(world.referee().total(), 0u) << "seed " << seed;
    EXPECT_GT(world.ledger().delivered(), 400u) << "seed " << seed;
  }
}

TEST(Checkers, NodeForwardsWithoutPower_Caught) {
  EXPECT_EQ(caught(Misbehaviour::forward_while_off, "silent when off", true), kSeeds);
}

TEST(Checkers, ApplicationGetsAPackageTwice_Caught) {
  EXPECT_EQ(caught(Misbehaviour::duplicate_delivery, "duplicate delivery"), kSeeds);
}

TEST(Checkers, SendNeverEnds_Caught) { EXPECT_EQ(caught(Misbehaviour::send_leak, "every send ends"), kSeeds); }

TEST(Checkers, SenderToldTwice_Caught) { EXPECT_EQ(caught(Misbehaviour::told_twice, "one outcome"), kSeeds); }

TEST(Checkers, NodeTakesHeapMemory_Caught) { EXPECT_EQ(caught(Misbehaviour::heap_leak, "no heap"), kSeeds); }

TEST(Checkers, ApplicationNeverGetsItsBlobsBack_Caught) {
  Scenario s = small_world(Misbehaviour::blob_leak);
  s.flows[0].size_min = s.flows[0].size_max = 2'000;
  EXPECT_EQ(caught(s, "every Blob comes back", true), kSeeds);
}

TEST(Checkers, PackageNamesAnotherSender_Caught) {
  EXPECT_EQ(caught(Misbehaviour::wrong_origin, "right origin"), kSeeds);
}

TEST(Checkers, NodeWritesOutsideItsMemory_Caught) {
  EXPECT_EQ(caught(Misbehaviour::writes_outside, "inside its memory"), kSeeds);
}

TEST(Checkers, NodeNeverComesToRest_Caught) {
  Scenario s = small_world(Misbehaviour::endless_loop);
  s.duration = seconds(15);
  for (GroupSpec& group : s.groups) group.node.reaction = microseconds(100);
  EXPECT_EQ(caught(s, "no endless loop"), kSeeds);
}

TEST(Checkers, ClockGoesBack_Caught) { EXPECT_EQ(caught(Misbehaviour::clock_back, "time is monotone"), kSeeds); }

TEST(Checkers, RadioSendsMoreThanTheLawAllows_Caught) {
  Scenario s = small_world(Misbehaviour::babbler);
  s.media = {defaults_of(MediumKind::lora)};
  s.flows.clear();
  s.faults.clear();
  EXPECT_EQ(caught(s, "airtime inside the law"), kSeeds);
}

}  // namespace
}  // namespace mp::sim
