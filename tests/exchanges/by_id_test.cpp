// SPDX-License-Identifier: ISC
// Packages to a node by its id, over several hops (specification: routing.md).
#include "support/air.hpp"

#include "micropycelium/applications/spanning_tree.hpp"
#include "micropycelium/applications/trace_route.hpp"

#include <gtest/gtest.h>

namespace mp::test {
namespace {

struct World {
  explicit World(std::uint64_t seed) : air(seed) {}
  void add(std::size_t n, const Limits& limits = kBoardLimits, bool closed = false) {
    for (std::size_t i = 0; i < n; ++i) {
      TestNode& node = air.add_node(limits, {.closed = closed});
      if (closed) {
        NetworkKey key;
        for (std::byte& b : key.fill()) b = std::byte{7};
        EXPECT_EQ(node.node.set_network(key), Status::ok);
      }
      air.add_radio(node);
      trees.push_back(std::make_unique<SpanningTree>());
      EXPECT_EQ(node.node.attach(*trees.back()), Status::ok);
    }
  }
  void join(std::size_t a, std::size_t b) { air.connect(*air[a].radios[0], *air[b].radios[0]); }
  void start() {
    for (std::size_t i = 0; i < air.size(); ++i) air.start(air[i]);
    air.run(seconds(20));
  }
  Air air;
  std::vector<std::unique_ptr<SpanningTree>> trees;
};

void make_grid(World& w, std::size_t side) {
  w.add(side * side);
  for (std::size_t y = 0; y < side; ++y)
    for (std::size_t x = 0; x < side; ++x) {
      if (x + 1 < side) w.join(y * side + x, y * side + x + 1);
      if (y + 1 < side) w.join(y * side + x, (y + 1) * side + x);
    }
  w.start();
}

TEST(ById, OverALine_DeliveredBothWaysAndTheSourceIsNamed) {
  World w(1);
  w.add(6);
  for (std::size_t i = 0; i + 1 < 6; ++i) w.join(i, i + 1);
  w.start();
  for (int round = 0; round < 3; ++round) {
    const SendId id = w.air[0].app.send(w.air[5].id(), Blob8(100, std::byte{5}));
    ASSERT_TRUE(id);
    ASSERT_TRUE(w.air.run_until([&] { return w.air[0].app.ended(id); }));
    EXPECT_EQ(w.air[0].app.outcome(id), Outcome::delivered);
  }
  ASSERT_EQ(w.air[5].app.got.size(), 3U);
  EXPECT_EQ(w.air[5].app.got[0].from.node, w.air[0].id());
  EXPECT_TRUE(w.air[5].app.got[0].from.by_id);
  EXPECT_EQ(w.air[0].count(Counter::targets_sought), 1U);
  for (std::size_t i = 1; i < 5; ++i)
    EXPECT_LE(w.air[i].count(Counter::rx_forwarded), 8U)
        << i << ": three there and back, the answer to the search and its acknowledgement";
}

// It was asked for in vain, in rings of which no answer could come back, and then not again for seconds.
TEST(ById, SentBeforeThereAreTrees_WaitsForThem) {
  World w(7);
  w.add(10);
  for (std::size_t i = 0; i + 1 < 10; ++i) w.join(i, i + 1);
  for (std::size_t i = 0; i < 10; ++i) w.air.start(w.air[i]);
  w.air.run(milliseconds(300));
  for (std::size_t i = 0; i < w.trees.size(); ++i) ASSERT_EQ(w.trees[i]->counts().seeks_begun, 0U);
  std::vector<SendId> sent;
  for (std::size_t i = 0; i < 10; ++i) sent.push_back(w.air[i].app.send(w.air[9 - i].id(), Blob8(60, std::byte{7})));
  for (std::size_t i = 0; i < 10; ++i) {
    ASSERT_TRUE(sent[i]) << i;
    ASSERT_TRUE(w.air.run_until([&] { return w.air[i].app.ended(sent[i]); }, seconds(15))) << i;
    EXPECT_EQ(w.air[i].app.outcome(sent[i]), Outcome::delivered) << i;
    EXPECT_EQ(w.trees[i]->counts().seeks_failed, 0U) << i;
  }
}

TEST(ById, EveryPairOfAGrid_Delivered) {
  World w(2);
  make_grid(w, 5);
  std::size_t forwarded = 0, hops = 0;
  for (std::size_t a = 0; a < 25; ++a)
    for (std::size_t b = 0; b < 25; ++b) {
      if (a == b) continue;
      const SendId id = w.air[a].app.send(w.air[b].id(), Blob8(60, std::byte{7}));
      ASSERT_TRUE(id);
      ASSERT_TRUE(w.air.run_until([&] { return w.air[a].app.ended(id); })) << a << " " << b;
      EXPECT_EQ(w.air[a].app.outcome(id), Outcome::delivered) << a << " " << b;
      hops += (std::max(a % 5, b % 5) - std::min(a % 5, b % 5)) + (std::max(a / 5, b / 5) - std::min(a / 5, b / 5));
    }
  for (std::size_t a = 0; a < 25; ++a) forwarded += w.air[a].count(Counter::rx_forwarded);
  // There and back, and as much again for the searches, whose answers are acknowledged too; the shortest ways would be
  // 5,600.
  EXPECT_LE(10 * forwarded, 44 * (hops - 600));
}

TEST(ById, Sequences_WithLoss) {
  World w(3);
  make_grid(w, 4);
  w.air.disorder.lose_one_in = 10;
  const Blob8 blob = w.air.random.blob(100'000);
  const SendId id = w.air[0].app.send_large(w.air[15].id(), blob);
  ASSERT_TRUE(id);
  ASSERT_TRUE(w.air.run_until([&] { return w.air[0].app.ended(id); }, seconds(600)));
  EXPECT_EQ(w.air[0].app.outcome(id), Outcome::delivered);
  ASSERT_EQ(w.air[15].app.got.size(), 1U);
  EXPECT_TRUE(w.air[15].app.got[0].blob == blob);
}

TEST(ById, ARelayDiesOnTheWay_ItGoesAround) {
  for (std::uint64_t seed = 1; seed < 6; ++seed) {
    World w(seed);
    make_grid(w, 4);
    const Blob8 blob = w.air.random.blob(100'000);
    const SendId id = w.air[0].app.send_large(w.air[15].id(), blob);
    ASSERT_TRUE(w.air.run_until([&] { return w.air[0].app.progress > 100; }, seconds(60)));
    std::size_t busiest = 1;
    for (std::size_t i = 1; i < 15; ++i)
      if (w.air[i].count(Counter::rx_forwarded) > w.air[busiest].count(Counter::rx_forwarded)) busiest = i;
    w.air[busiest].running = false;
    ASSERT_TRUE(w.air.run_until([&] { return w.air[0].app.ended(id); }, seconds(20)));
    EXPECT_EQ(w.air[0].app.outcome(id), Outcome::delivered);
  }
}

struct Hops final : TraceSession {
  void on_hop(const TraceHop& hop) override { hops.push_back(hop); }
  void on_end(TraceEnd why) override { end = why; }
  std::vector<TraceHop> hops;
  std::optional<TraceEnd> end;
};

TEST(ById, TraceRoute_NamesEachHopAndWhy) {
  World w(8);
  w.add(6);
  std::vector<std::unique_ptr<TraceRoute>> traces;
  for (std::size_t i = 0; i < 6; ++i) {
    traces.push_back(std::make_unique<TraceRoute>());
    ASSERT_EQ(w.air[i].node.attach(*traces.back()), Status::ok);
  }
  for (std::size_t i = 0; i + 1 < 6; ++i) w.join(i, i + 1);
  w.start();
  Hops hops;
  ASSERT_EQ(traces[0]->trace(hops, w.air[5].id()), Status::ok);
  ASSERT_TRUE(w.air.run_until([&] { return hops.end.has_value(); }));
  EXPECT_EQ(*hops.end, TraceEnd::arrived);
  ASSERT_EQ(hops.hops.size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(hops.hops[i].number, i);
    EXPECT_EQ(hops.hops[i].node, w.air[i].id());
    EXPECT_EQ(hops.hops[i].says.step, i < 4 ? TraceStep::nearer : i == 4 ? TraceStep::neighbour : TraceStep::deliver);
    EXPECT_EQ(hops.hops[i].says.places.count, 4U);
    EXPECT_LE(hops.hops[i].says.link_cost, i < 5 ? 2 * kCostUnit : 0U);
  }

  Hops none;
  NodeId nobody;
  nobody.value.fill(std::byte{9});
  ASSERT_EQ(traces[0]->trace(none, nobody), Status::ok);
  ASSERT_TRUE(w.air.run_until([&] { return none.end.has_value(); }));
  EXPECT_EQ(*none.end, TraceEnd::unreachable);
  EXPECT_TRUE(none.hops.empty());
}

TEST(ById, InAClosedNetwork_SinglesAndSequences) {
  World w(9);
  w.add(5, kBoardLimits, true);
  for (std::size_t i = 0; i + 1 < 5; ++i) w.join(i, i + 1);
  w.start();
  const SendId one = w.air[0].app.send(w.air[4].id(), Blob8(100, std::byte{5}));
  const Blob8 blob = w.air.random.blob(20'000);
  const SendId many = w.air[4].app.send_large(w.air[0].id(), blob);
  ASSERT_TRUE(one && many);
  ASSERT_TRUE(w.air.run_until([&] { return w.air[0].app.ended(one) && w.air[4].app.ended(many); }));
  EXPECT_EQ(w.air[0].app.outcome(one), Outcome::delivered);
  EXPECT_EQ(w.air[4].app.outcome(many), Outcome::delivered);
  ASSERT_EQ(w.air[0].app.got.size(), 1U);
  EXPECT_TRUE(w.air[0].app.got[0].blob == blob);
  EXPECT_EQ(w.air[0].app.got[0].from.node, w.air[4].id());
}

// Once the place of one that was being looked for was given to the next, and its send never ended.
TEST(ById, MoreTargetsThanItKnows_EachSendEnds) {
  World w(10);
  Limits limits = kBoardLimits;
  limits.targets = 3;
  limits.datagrams = 20;
  w.add(2, limits);
  w.join(0, 1);
  w.start();
  std::vector<SendId> sends;
  for (std::uint8_t i = 0; i < 14; ++i) {
    NodeId nobody;
    nobody.value.fill(std::byte{static_cast<unsigned char>(i + 1)});
    sends.push_back(w.air[0].app.send(nobody, Blob8(10)));
    ASSERT_TRUE(sends.back());
  }
  ASSERT_TRUE(w.air.run_until(
      [&] { return std::all_of(sends.begin(), sends.end(), [&](SendId id) { return w.air[0].app.ended(id); }); }));
  for (const SendId id : sends) EXPECT_EQ(w.air[0].app.outcome(id), Outcome::unreachable);
}

// Once a sequence stood still for good when its target was found by a packet of that one's own.
TEST(ById, TheTargetSpeaksWhileItIsLookedFor_TheSequenceGoesOn) {
  World w(11);
  Limits limits = kBoardLimits;
  limits.targets = 1;
  w.add(4, limits);
  for (std::size_t i = 0; i + 1 < 4; ++i) w.join(i, i + 1);
  w.start();
  const auto tell = [&](std::size_t from) {
    const SendId id = w.air[from].app.send(w.air[0].id(), Blob8(10));
    ASSERT_TRUE(w.air.run_until([&] { return w.air[from].app.ended(id); }));
    ASSERT_EQ(w.air[from].app.outcome(id), Outcome::delivered);
  };
  tell(3);
  tell(2);  // takes the only place that node 0 has
  w.air.loses = [&](const Radio& from, const Radio&, Bytes frame) {
    const auto packet = PacketView::parse(frame);
    const auto package = PackageView::parse(packet->contents());
    return &from == w.air[0].radios[0].get() && package && package->head.app_id == w.trees[0]->id() &&
           *tree_message_kind(package->blob) == TreeMessage::seek;
  };
  const Blob8 blob = w.air.random.blob(5'000);
  const SendId id = w.air[0].app.send_large(w.air[3].id(), blob);
  ASSERT_TRUE(id);
  w.air.run(milliseconds(100));
  EXPECT_FALSE(w.air[0].app.ended(id));
  EXPECT_EQ(w.air[3].app.incoming(), 0U);
  tell(3);
  ASSERT_TRUE(w.air.run_until([&] { return w.air[0].app.ended(id); }, seconds(2)));
  EXPECT_EQ(w.air[0].app.outcome(id), Outcome::delivered);
}

TEST(ById, NobodyThere_Unreachable) {
  World w(4);
  w.add(3);
  w.join(0, 1);
  w.join(1, 2);
  w.start();
  NodeId nobody;
  nobody.value.fill(std::byte{9});
  const SendId id = w.air[0].app.send(nobody, Blob8(10));
  ASSERT_TRUE(id);
  ASSERT_TRUE(w.air.run_until([&] { return w.air[0].app.ended(id); }));
  EXPECT_EQ(w.air[0].app.outcome(id), Outcome::unreachable);
  ASSERT_TRUE(w.air[0].app.failure.has_value());
  EXPECT_EQ(w.air[0].app.failure->why, RouteError::unknown);
  EXPECT_EQ(w.air[0].app.failure->where, node_tag(w.air[0].id()));
}

// The packet comes back from where it was; then nobody answers for it any more.
TEST(ById, TheTargetIsGone_ItIsLookedForAgainAndThenUnreachable) {
  World w(5);
  w.add(4);
  for (std::size_t i = 0; i + 1 < 4; ++i) w.join(i, i + 1);
  w.start();
  const SendId first = w.air[0].app.send(w.air[3].id(), Blob8(10));
  ASSERT_TRUE(w.air.run_until([&] { return w.air[0].app.ended(first); }));
  ASSERT_EQ(w.air[0].app.outcome(first), Outcome::delivered);
  w.air[3].running = false;
  const SendId id = w.air[0].app.send(w.air[3].id(), Blob8(10));
  ASSERT_TRUE(w.air.run_until([&] { return w.air[0].app.ended(id); }));
  EXPECT_EQ(w.air[0].app.outcome(id), Outcome::unreachable);
  EXPECT_EQ(w.air[0].count(Counter::targets_sought), 2U);
  ASSERT_TRUE(w.air[0].app.failure.has_value());
  EXPECT_EQ(w.air[0].app.failure->why, RouteError::unknown);
}

}  // namespace
}  // namespace mp::test
