// SPDX-License-Identifier: ISC
#include "simulator/world/world.hpp"

#include "simulator/scenario/defaults.hpp"

#include <gtest/gtest.h>

namespace mp::sim {
namespace {

Scenario office(std::uint32_t nodes, MediumKind kind = MediumKind::espnow) {
  Scenario s;
  s.topology.nodes = nodes;
  s.topology.connected = false;
  s.media = {defaults_of(kind)};
  s.nodes.limits.peers = 32;
  s.duration = seconds(60);
  FlowSpec flow;
  flow.name = "chatter";
  s.flows = {flow};
  return s;
}

std::uint64_t hash_of(const Scenario& scenario, std::uint64_t seed) {
  World world(scenario, seed);
  world.run();
  return world.result().trace_hash;
}

TEST(World, SameSeed_SameHash_OtherSeed_AnotherHash) {
  const std::uint64_t first = hash_of(office(40), 3);
  EXPECT_EQ(hash_of(office(40), 3), first);
  EXPECT_EQ(hash_of(office(40), 3), first);
  EXPECT_NE(hash_of(office(40), 4), first);
}

TEST(World, FiguresOfTheResult_AddUp) {
  World world(office(50), 5);
  world.run();
  const mp::sim::Result r = world.result();
  ASSERT_EQ(r.flows.size(), 1u);
  const FlowResult& flow = r.flows[0];
  EXPECT_GT(flow.sent, 200u);
  std::uint64_t told = 0;
  for (const auto& [name, count] : flow.outcomes) told += count;
  EXPECT_EQ(told, flow.sent);
  EXPECT_GE(flow.delivered * 100, flow.sent * 99);
  EXPECT_EQ(r.violations_total, 0u);
  EXPECT_EQ(r.virtual_s, 60.0);
  std::uint64_t frames = 0;
  for (const std::uint64_t n : r.media[0].frames) frames += n;
  EXPECT_EQ(frames, r.media[0].total.sent);
  const RadioTimes& t = r.media[0].times;
  EXPECT_EQ((t.tx + t.rx + t.idle + t.asleep + t.off).us, 50 * 60'000'000ll);
}

TEST(World, MoreNodes_TheOldOnesKeepTheirIdentities) {
  World few(office(10, MediumKind::ideal), 9), more(office(11, MediumKind::ideal), 9);
  few.run_for(seconds(5));
  more.run_for(seconds(5));
  for (std::uint32_t n = 0; n < 10; ++n) EXPECT_EQ(few.id_of(n), more.id_of(n));
}

TEST(World, PowerCutInTheWriteOfTheIdentity_NodeComesUpWhole) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Scenario s = office(2, MediumKind::ideal);
    s.topology.kind = TopologyKind::line;
    FaultSpec cut;
    cut.kind = FaultKind::power_cut;
    cut.nodes.text = "1";
    cut.at = seconds(5);
    cut.wipe_ppm = kCertain_ppm;
    s.faults = {cut};
    s.duration = seconds(300);
    s.expect.neighbours_exchange_within = seconds(300);
    World world(s, seed);
    world.run();
    const mp::sim::Result r = world.result();
    EXPECT_TRUE(r.ok()) << "seed " << seed << ": " << (r.unmet.empty() ? "a checker" : r.unmet[0]);
    EXPECT_GE(r.node_results[1].restarts, 1u);
  }
}

TEST(World, PartitionHeals_NeighboursExchangeAgain) {
  Scenario s = office(20, MediumKind::ideal);
  FaultSpec parted;
  parted.kind = FaultKind::partition;
  parted.nodes.text = "0-9";
  parted.at = seconds(10);
  parted.until = seconds(50);
  s.faults = {parted};
  s.expect.neighbours_exchange_within = seconds(300);
  World world(s, 11);
  world.run();
  const mp::sim::Result r = world.result();
  EXPECT_TRUE(r.unmet.empty()) << r.unmet[0];
  EXPECT_EQ(r.violations_total, 0u);
}

}  // namespace
}  // namespace mp::sim
