// SPDX-License-Identifier: ISC
// What links cost, and who has stopped answering (specification: routing.md, "Cost of a link").
#include "support/air.hpp"

#include <gtest/gtest.h>

namespace mp::test {
namespace {

// Remembers the costs that it is told.
class Listener final : public Application {
 public:
  Listener() : Application({.name = "Listener", .description = "test", .version = 1}) {}
  struct Told {
    NodeId who;
    std::uint16_t cost;
    Instant at;
  };
  std::vector<Told> told;
  std::size_t count(const TestNode& of, Instant since = {}) const {
    return static_cast<std::size_t>(
        std::count_if(told.begin(), told.end(), [&](const Told& t) { return t.who == of.id() && t.at >= since; }));
  }

 private:
  void on_link_cost(const NodeId& who, std::uint16_t cost) override { told.push_back({who, cost, node().now()}); }
};

PeerIndex index_of(const TestNode& node, const TestNode& peer) {
  for (std::size_t i = 0; i < node.node.peers().size(); ++i)
    if (node.node.peers()[i].used && node.node.peers()[i].id == peer.id()) return static_cast<PeerIndex>(i);
  return kNoPeer;
}

bool answers(const TestNode& node, const TestNode& peer) { return node.node.answers(index_of(node, peer)); }

// A line whose first node listens.
struct Line {
  explicit Line(std::uint64_t seed, std::size_t nodes = 2) : air(seed) {
    make_line(air, nodes);
    route_line(air);
    EXPECT_EQ(air[0].node.attach(listener), Status::ok);
    air.run(seconds(2));
  }
  // Lost in each direction between the first two, in a hundred.
  void lose(std::uint32_t percent) {
    air.loses = [this, percent](const Radio& from, const Radio& to, Bytes) {
      const auto* const a = air[0].radios[0].get();
      const auto* const b = air[1].radios[0].get();
      return ((&from == a && &to == b) || (&from == b && &to == a)) && air.random.below(100) < percent;
    };
  }
  // Routed to the last: its next hop says when it has it.
  SendId send() { return air[0].app.send(air[air.size() - 1].id(), bytes_of("x"), {.ask = false}); }
  std::uint16_t cost() const { return nodes()[0].node.link_cost(nodes()[1].id()); }
  Air& nodes() const { return const_cast<Air&>(air); }
  Air air;
  Listener listener;
};

TEST(LinkCosts, LinkWithoutLoss_CostsOneTransmission) {
  Line line(1, 3);
  EXPECT_LE(line.cost(), 16U);
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(line.send());
    line.air.run(milliseconds(100));
  }
  EXPECT_EQ(line.cost(), kCostUnit);
  line.air.run(seconds(3600));
  EXPECT_EQ(line.cost(), kCostUnit);
  EXPECT_LE(line.listener.count(line.air[1]), 2U) << "told once it is known, and no more";
  EXPECT_TRUE(answers(line.air[0], line.air[1]));
}

TEST(LinkCosts, ThreeInTenLostEachWay_CostIsAboutRightAndNobodyIsSuspected) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Line line(seed, 3);
    line.lose(30);
    double sum = 0;
    constexpr int kSends = 2000;
    for (int i = 0; i < kSends; ++i) {
      ASSERT_TRUE(line.send());
      for (int t = 0; t < 10; ++t) {
        line.air.run(milliseconds(40));
        ASSERT_TRUE(answers(line.air[0], line.air[1])) << i;
      }
      sum += line.cost();
    }
    EXPECT_NEAR(sum / kSends, 8 / 0.49, 3.0);
    line.air.run(seconds(10));  // the last may be under way
    EXPECT_EQ(line.air[0].app.outcomes.size(), static_cast<std::size_t>(kSends));
  }
}

TEST(LinkCosts, NextHopDies_IsSuspectedWithinASecondAndTrustedWhenItIsHeard) {
  Line line(2, 3);
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(line.send());
    line.air.run(milliseconds(50));
  }
  const Instant died = line.air.now();
  line.air[1].running = false;
  ASSERT_TRUE(line.send());
  ASSERT_TRUE(line.air.run_until([&] { return !answers(line.air[0], line.air[1]); }, seconds(5)));
  EXPECT_LE((line.air.now() - died).us, seconds(1).us);
  line.air.run(milliseconds(10));
  EXPECT_EQ(line.cost(), kNoAnswer);
  ASSERT_EQ(line.listener.count(line.air[1], died), 1U);
  EXPECT_EQ(line.listener.told.back().cost, kNoAnswer);

  line.air[1].running = true;
  ASSERT_TRUE(line.air.run_until([&] { return answers(line.air[0], line.air[1]); }, seconds(120)));
  line.air.run(milliseconds(10));
  EXPECT_EQ(line.listener.count(line.air[1], died), 2U);
  EXPECT_LT(line.listener.told.back().cost, kLinkCostMax);
}

// It is busy with something else for a moment, as a board that checks a signature.
TEST(LinkCosts, NextHopPausesForATime_IsNotSuspected) {
  Line line(3, 3);
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(line.send());
    line.air.run(milliseconds(50));
  }
  for (int i = 0; i < 20; ++i) {
    line.air[1].running = false;
    for (int n = 0; n < 3; ++n) ASSERT_TRUE(line.send());
    line.air.run(milliseconds(400));
    EXPECT_TRUE(answers(line.air[0], line.air[1])) << i;
    line.air[1].running = true;
    line.air.run(seconds(2));
  }
}

TEST(LinkCosts, RelayWithoutRoom_IsNoLoss) {
  Line line(4, 3);
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(line.send());
    line.air.run(milliseconds(50));
  }
  line.air[1].radios[0]->refuse_with = Status::ok;
  ASSERT_EQ(line.cost(), kCostUnit);
  line.air[2].running = false;  // what the relay has stays there
  for (int i = 0; i < 40; ++i) {
    (void)line.send();
    line.air.run(milliseconds(50));
    EXPECT_TRUE(answers(line.air[0], line.air[1])) << i;
  }
  EXPECT_LE(line.cost(), 10U);
}

TEST(LinkCosts, DirectPackages_AreSamplesToo) {
  Line line(5);
  line.lose(50);
  for (int i = 0; i < 200; ++i) {
    (void)line.air[0].app.send(line.air[1].id(), bytes_of("x"));
    line.air.run(seconds(4));
  }
  EXPECT_GE(line.cost(), 20U);
  line.air.loses = {};
  ASSERT_TRUE(line.air[0].app.send_large(line.air[1].id(), Blob8(60'000)));
  line.air.run(seconds(20));
  EXPECT_LE(line.cost(), 9U) << "and so are parts";
}

// Nothing is sent but Beacons, and one of two is lost.
TEST(LinkCosts, BeaconsWithGaps_TellOfABadLink) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Line bad(seed);
    bad.lose(50);
    bad.air.run(seconds(2 * 3600));
    // Few samples make a cost that is right in the mean only.
    unsigned sum = 0;
    for (int i = 0; i < 60; ++i) {
      bad.air.run(seconds(600));
      sum += bad.cost();
    }
    EXPECT_GE(sum / 60, 12U);
  }
  Line good(6);
  good.air.run(seconds(4 * 3600));
  EXPECT_LE(good.cost(), 9U);
  EXPECT_LE(good.listener.told.size(), 3U);
}

// The neighbour of a wire and one of a slow radio.
struct Gateway {
  Gateway() : air(7) {
    for (int i = 0; i < 3; ++i) air.add_node();
    air.connect(air.add_radio(air[0], 100'000'000), air.add_radio(air[1], 100'000'000));
    air.connect(air.add_radio(air[0], 50'000), air.add_radio(air[2], 50'000));
    for (std::size_t i = 0; i < 3; ++i) air.start(air[i]);
    EXPECT_EQ(air[0].node.attach(listener), Status::ok);
    EXPECT_TRUE(air.run_until([&] { return knows(air[0], air[1]) && knows(air[0], air[2]) && knows(air[2], air[0]); }));
    air.run(seconds(5));
  }
  Air air;
  Listener listener;
};

TEST(LinkCosts, SlowRadioBesideAWire_CostsMoreThanManyHopsOfIt) {
  Gateway g;
  EXPECT_LE(g.air[0].node.link_cost(g.air[1].id()), 16U);
  EXPECT_GE(g.air[0].node.link_cost(g.air[2].id()), 64U);
  EXPECT_LE(g.air[2].node.link_cost(g.air[0].id()), 16U) << "who has only that radio counts in its transmissions";
}

TEST(LinkCosts, NobodyOnTheWireAnyMore_TheRadioCountsInItsOwn) {
  Gateway g;
  const Instant now = g.air.now();
  g.air[0].node.remove_peer(g.air[1].id());
  g.air.run(milliseconds(1));
  EXPECT_LE(g.air[0].node.link_cost(g.air[2].id()), 16U);
  EXPECT_EQ(g.air[0].node.link_cost(g.air[1].id()), kNoAnswer);
  EXPECT_EQ(g.listener.count(g.air[2], now), 1U);
}

TEST(LinkCosts, LinkThatReports_ItsTriesCount) {
  Air air(8);
  for (std::size_t i = 0; i < 3; ++i) {
    air.add_radio(air.add_node()).reports = true;
    if (i > 0) air.connect(*air[i - 1].radios[0], *air[i].radios[0]);
  }
  for (std::size_t i = 0; i < 3; ++i) air.start(air[i]);
  ASSERT_TRUE(air.run_until([&] { return knows(air[0], air[1]) && knows(air[2], air[1]) && knows(air[1], air[2]); }));
  route_line(air);
  air.loses = [&](const Radio& from, const Radio& to, Bytes) {
    return &from == air[0].radios[0].get() && &to == air[1].radios[0].get() && air.random.one_in(2);
  };
  double sum = 0;
  for (int i = 0; i < 400; ++i) {
    (void)air[0].app.send(air[2].id(), bytes_of("x"), {.ask = false});
    air.run(seconds(1));
    sum += air[0].node.link_cost(air[1].id());
  }
  EXPECT_NEAR(sum / 400, 16.0, 3.0);
  air[1].running = false;  // no radio there that would acknowledge
  air.disconnect(*air[0].radios[0], *air[1].radios[0]);
  const Instant died = air.now();
  for (int i = 0; i < 20 && answers(air[0], air[1]); ++i) {
    (void)air[0].app.send(air[2].id(), bytes_of("x"), {.ask = false});
    air.run(milliseconds(100));
  }
  EXPECT_FALSE(answers(air[0], air[1]));
  EXPECT_LE((air.now() - died).us, seconds(2).us);
}

}  // namespace
}  // namespace mp::test
