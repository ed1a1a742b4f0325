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

TEST(World, SaturatingSourceLosesPower_GoesOnAfterwards) {
  Scenario s = office(2, MediumKind::ideal);
  s.topology.kind = TopologyKind::line;
  s.flows[0].pattern = FlowPattern::saturate;
  FaultSpec crash;
  crash.kind = FaultKind::crash;
  crash.at = seconds(30);
  crash.down_min = crash.down_max = seconds(2);
  s.faults = {crash};
  World world(s, 1);
  world.run_for(seconds(45));
  const std::uint64_t before = world.ledger().delivered();
  world.run_for(seconds(10));
  EXPECT_GT(world.ledger().delivered(), before + 100);
}

TEST(World, CountOfAFlow_IsOfPackagesNotOfAttempts) {
  Scenario s = office(2, MediumKind::ideal);
  s.topology.kind = TopologyKind::line;
  s.flows[0].pattern = FlowPattern::saturate;
  s.flows[0].count = 100;
  World world(s, 1);
  world.run();
  EXPECT_EQ(world.ledger().entries().size(), 200u);
}

// Makes a group of one node, whose table of peers is of another size than the others'.
void give_peers(Scenario& s, const char* node, std::uint8_t peers) {
  GroupSpec group;
  group.name = "other";
  group.nodes.text = node;
  group.node = s.nodes;
  group.node.limits.peers = peers;
  s.groups = {group};
}

// What is on the air that a node passes on for others.
class RoutedFrames final : public Onlooker {
 public:
  void on_frame(const Medium&, const Transmission& t) override {
    const auto packet = PacketView::parse(t.frame.view());
    if (packet && packet->schema().routed()) ++count;
  }
  std::uint64_t count = 0;
};

TEST(World, ProbesToNeighboursThatAreNotKnown_AreNotCarriedByOthers) {
  Scenario s = office(16, MediumKind::ideal);
  s.topology.kind = TopologyKind::grid;
  s.routes = RoutesKind::tree;
  s.flows.clear();
  s.expect.neighbours_exchange_within = seconds(60);
  give_peers(s, "5", 1);
  World world(s, 1);
  RoutedFrames routed;
  world.set_onlooker(&routed);
  world.run();
  EXPECT_GE(world.ledger().entries().size(), 48u);  // 24 pairs, both ways, though nothing else is sent and no fault was
  EXPECT_FALSE(world.result().unmet.empty());       // a node that knows one neighbour reaches no other
  EXPECT_EQ(routed.count, 0u);
}

TEST(World, DamageOnTheWayOfRelayedPackages_IsNoViolation) {
  Scenario s = office(5, MediumKind::ideal);
  s.topology.kind = TopologyKind::line;
  s.routes = RoutesKind::tree;
  s.flows[0].to_kind = FlowTo::random;
  s.flows[0].every = seconds(1);
  s.duration = seconds(300);
  FaultSpec damage;
  damage.kind = FaultKind::corrupt;
  damage.share_ppm = 200'000;
  damage.undetected = true;
  s.faults = {damage};
  std::uint64_t excused = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    World world(s, seed);
    world.run();
    const mp::sim::Result r = world.result();
    excused += r.damaged_repeats + r.damaged_acks;
    EXPECT_EQ(r.violations_total, 0u) << "seed " << seed << ": " << r.violations.front().checker << ": "
                                      << r.violations.front().what;
  }
  EXPECT_GT(excused, 0u);
}

TEST(World, GroupWithTablesOfItsOwn_IsMeasuredByItsOwnLimits) {
  Scenario s = office(9, MediumKind::ideal);
  s.topology.kind = TopologyKind::grid;
  give_peers(s, "4", 200);
  World world(s, 1);
  world.run();
  const mp::sim::Result r = world.result();
  EXPECT_EQ(r.high_water[0], (std::pair<std::string, std::string>{"peers", "5 / 32"}));  // the hub's: 8 / 200
  EXPECT_EQ(r.node_bytes, sizeof(Node) + memory_required(s.groups[0].node.limits));
}

TEST(World, MoreNodes_TheOldOnesKeepTheirIdentities) {
  World few(office(10, MediumKind::ideal), 9), more(office(11, MediumKind::ideal), 9);
  few.run_for(seconds(5));
  more.run_for(seconds(5));
  for (std::uint32_t n = 0; n < 10; ++n) EXPECT_EQ(few.id_of(n), more.id_of(n));
}

TEST(World, SealedTraffic_OfEverySize_IsDeliveredAndToldSo) {
  Scenario s = office(8);
  s.nodes.seal = true;
  s.flows[0].sealed = true;
  s.flows[0].size_max = 2'000;
  s.flows[0].stop = seconds(50);
  World world(s, 13);
  world.run();
  const mp::sim::Result r = world.result();
  EXPECT_EQ(r.violations_total, 0u);
  EXPECT_GT(r.flows[0].sent, 20u);
  ASSERT_EQ(r.flows[0].outcomes.size(), 1u);
  EXPECT_EQ(r.flows[0].outcomes.begin()->first, "delivered");
}

TEST(World, ClosedNetworkWithOutsiders_MembersExchangeAndStrangersStayStrangers) {
  for (const MediumKind kind : {MediumKind::ideal, MediumKind::espnow}) {
    Scenario s = office(12, kind);
    s.nodes.network = "home";
    for (const char* network : {"theirs", ""}) {
      GroupSpec group;
      group.name = *network != 0 ? "theirs" : "open";
      group.nodes.text = *network != 0 ? "9,10" : "11";
      group.node = s.nodes;
      group.node.network = network;
      s.groups.push_back(group);
    }
    s.expect.neighbours_exchange_within = seconds(300);
    World world(s, 12);
    world.run();
    const mp::sim::Result r = world.result();
    EXPECT_TRUE(r.unmet.empty()) << r.unmet[0];
    EXPECT_EQ(r.violations_total, 0u);
    const auto network_of = [](std::uint32_t n) { return n < 9 ? 0 : n < 11 ? 1 : 2; };
    std::uint32_t met = 0;
    for (std::uint32_t a = 0; a < 12; ++a)
      for (std::uint32_t b = 0; b < 12; ++b) {
        const Peer* peer = a != b ? world.board(a).node()->peer(world.id_of(b)) : nullptr;
        if (peer == nullptr || !peer->connected()) continue;
        ++met;
        EXPECT_EQ(network_of(a), network_of(b)) << a << " and " << b;
      }
    EXPECT_GT(met, 9u);
  }
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
