// SPDX-License-Identifier: ISC
// Over several hops by static routes (specification: delivery.md, "Relaying").
#include "support/air.hpp"

#include <gtest/gtest.h>

namespace mp::test {
namespace {

// A line 0 - 1 - 2 - ... whose node i lives at 1.1.1... (i coordinates), with routes both ways.
void make_routed_line(Air& air, std::size_t n) {
  make_line(air, n);
  const auto address = [](std::size_t i) {
    const std::vector<std::uint8_t> coordinates(i + 1, 1);
    return TreeAddress{7, *Address::encode(coordinates)};
  };
  for (std::size_t i = 0; i < n; ++i) {
    air[i].node.set_address(address(i));
    for (std::size_t j = 0; j < n; ++j)
      if (j != i) {
        ASSERT_EQ(air[i].node.set_route(address(j), air[j < i ? i - 1 : i + 1].id(), air[j].id()), Status::ok);
      }
  }
}

TEST(Relay, SingleOverThreeHops_DeliveredAndAcknowledged) {
  Air air(1);
  make_routed_line(air, 4);
  const SendId id = air[0].app.send(air[3].id(), Blob8(100, std::byte{5}));
  ASSERT_TRUE(id);
  air.run(milliseconds(100));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
  ASSERT_EQ(air[3].app.got.size(), 1U);
  EXPECT_EQ(air[3].app.got[0].from.node, air[0].id());
  EXPECT_TRUE(air[3].app.got[0].from.routed);
  EXPECT_EQ(air[1].count(Counter::rx_forwarded), 2U);  // there and back
}

TEST(Relay, SequenceOverThreeHopsWithLoss_Arrives) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(seed);
    Air air(seed);
    make_routed_line(air, 4);
    air.disorder.lose_one_in = 20;
    const Blob8 blob = air.random.blob(50'000);
    const SendId id = air[0].app.send_large(air[3].id(), blob);
    ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }, seconds(600)));
    EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
    ASSERT_EQ(air[3].app.got.size(), 1U);
    EXPECT_TRUE(air[3].app.got[0].blob == blob);
  }
}

TEST(Relay, PingOverThreeHops_IsAnswered) {
  struct Session final : PingSession {
    void on_reply(std::uint32_t, Duration rtt) override { last = rtt; }
    void on_lost(std::uint32_t) override {}
    void on_end(const PingStatistics&) override {}
    Duration last{};
  } session;
  Air air(2);
  make_routed_line(air, 4);
  ASSERT_EQ(air[0].ping.ping(session, air[3].id(), {.count = 2, .interval = milliseconds(100)}), Status::ok);
  ASSERT_TRUE(air.run_until([&] { return !session.running(); }));
  EXPECT_EQ(session.statistics().received, 2U);
  EXPECT_EQ(session.last, microseconds(6 * 200));
}

TEST(Relay, NoRouteFurtherOn_ComesBackUnreachable) {
  Air air(3);
  make_routed_line(air, 4);
  ASSERT_EQ(air[1].node.remove_route(at({1, 1, 1, 1})), Status::ok);
  ASSERT_EQ(air[1].node.remove_route(at({1, 1, 1})), Status::ok);  // no shorter prefix either
  const SendId id = air[0].app.send(air[3].id(), {std::byte{1}});
  air.run(milliseconds(50));
  ASSERT_TRUE(air[0].app.ended(id));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::unreachable);
  EXPECT_EQ(air[0].count(Counter::rx_error_returned), 1U);
  EXPECT_EQ(air[1].count(Counter::rx_no_route), 1U);
  const SendId large = air[0].app.send_large(air[3].id(), Blob8(5'000));
  air.run(milliseconds(50));
  ASSERT_TRUE(air[0].app.ended(large));
  EXPECT_EQ(air[0].app.outcome(large), Outcome::unreachable);
}

TEST(Relay, RoutesInACircle_EndWhenTheTtlIsUsedUp) {
  Air air(4);
  for (int i = 0; i < 3; ++i) air.add_radio(air.add_node());
  for (std::size_t i = 0; i < 3; ++i) air.connect(*air[i].radios[0], *air[(i + 1) % 3].radios[0]);
  for (std::size_t i = 0; i < 3; ++i) air.start(air[i]);
  ASSERT_TRUE(air.run_until([&] {
    for (std::size_t i = 0; i < 3; ++i)
      if (!knows(air[i], air[(i + 1) % 3]) || !knows(air[i], air[(i + 2) % 3])) return false;
    return true;
  }));
  const TreeAddress nowhere = at({6, 6});
  for (std::size_t i = 0; i < 3; ++i) {
    air[i].node.set_address(at({static_cast<std::uint8_t>(i + 1)}));
    ASSERT_EQ(air[i].node.set_route(nowhere, air[(i + 1) % 3].id()), Status::ok);
    for (std::size_t j = 0; j < 3; ++j)
      if (j != i) {
        ASSERT_EQ(air[i].node.set_route(at({static_cast<std::uint8_t>(j + 1)}), air[j].id(), air[j].id()), Status::ok);
      }
  }
  const SendId id = air[0].node.send(air[0].app, nowhere, bytes("round and round"));
  ASSERT_TRUE(id);
  air.run(milliseconds(190));  // before it is tried again
  std::uint32_t forwarded = 0, expired = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    forwarded += air[i].count(Counter::rx_forwarded);
    expired += air[i].count(Counter::rx_ttl_expired);
  }
  EXPECT_EQ(expired, 1U);
  EXPECT_LE(forwarded, 130U);
  ASSERT_TRUE(air[0].app.ended(id));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::unreachable);
}

TEST(Relay, LongestPrefixWins) {
  Air air(5);
  make_line(air, 3);  // 1 is the middle: 0 to one side, 2 to the other
  ASSERT_EQ(air[1].node.set_route(at({1}), air[0].id()), Status::ok);
  ASSERT_EQ(air[1].node.set_route(at({1, 4}), air[2].id()), Status::ok);
  const auto sees = [&](std::size_t i, const TreeAddress& to) {
    // What comes back from there is acknowledged to it: that does not count.
    const auto heard = [&] { return air[i].node.counters().received() - air[i].count(Counter::rx_control); };
    const auto before = heard();
    air[1].node.set_address(at({5}));
    EXPECT_TRUE(air[1].node.send(air[1].app, to, bytes("x"), {.ask = false}));
    air.run(milliseconds(5));
    return heard() - before;
  };
  EXPECT_EQ(sees(2, at({1, 4, 2})), 1U);
  EXPECT_EQ(sees(0, at({1, 5, 2})), 1U);
  EXPECT_EQ(air[1].node.send(air[1].app, at({2}), bytes("x")).refusal(), Status::unreachable);
}

TEST(Relay, SmallFramesFurtherOn_SenderCutsForThem) {
  Air air(6);
  TestNode& a = air.add_node();
  TestNode& relay = air.add_node();
  TestNode& b = air.add_node();
  air.connect(air.add_radio(a), air.add_radio(relay));
  air.connect(air.add_radio(relay, 9'600, kLoraSchemas, 240), air.add_radio(b, 9'600, kLoraSchemas, 240));
  for (TestNode* n : {&a, &relay, &b}) air.start(*n);
  ASSERT_TRUE(air.run_until([&] { return knows(a, relay) && knows(relay, b) && knows(relay, a) && knows(b, relay); }));
  a.node.set_address(at({1}));
  relay.node.set_address(at({2}));
  b.node.set_address(at({3}));
  ASSERT_EQ(a.node.set_route(at({3}), relay.id(), b.id(), 240), Status::ok);
  ASSERT_EQ(b.node.set_route(at({1}), relay.id(), a.id(), 240), Status::ok);
  ASSERT_EQ(relay.node.set_route(at({1}), a.id(), a.id()), Status::ok);
  ASSERT_EQ(relay.node.set_route(at({3}), b.id(), b.id()), Status::ok);
  const Blob8 blob = air.random.blob(5'000);
  const SendId id = a.app.send_large(b.id(), blob);
  ASSERT_TRUE(air.run_until([&] { return a.app.ended(id); }));
  EXPECT_EQ(a.app.outcome(id), Outcome::delivered) << name(a.app.outcome(id));
  ASSERT_EQ(b.app.got.size(), 1U);
  EXPECT_TRUE(b.app.got[0].blob == blob);
}

TEST(Relay, AddressOfAnotherTree_IsRefusedSinceNoAnswerCouldComeBack) {
  Air air(8);
  make_routed_line(air, 3);
  air[0].node.set_address({9, at({1}).address});
  EXPECT_TRUE(air[0].node.send(air[0].app, at({1, 1, 1}), bytes("x"))) << "the address before is still ours";
  air[0].node.set_address({9, at({2}).address});
  EXPECT_EQ(air[0].node.send(air[0].app, at({1, 1, 1}), bytes("x")).refusal(), Status::unreachable);
}

TEST(Relay, AddressesChangeDuringASequence_ItStillArrives) {
  Air air(9);
  make_routed_line(air, 3);
  const Blob8 blob = air.random.blob(60'000);
  const SendId id = air[0].app.send_large(air[2].id(), blob);
  ASSERT_TRUE(air.run_until([&] { return air[0].app.progress >= 64; }));
  air[2].node.set_address(at({1, 1, 2}));
  air[0].node.set_address(at({3}));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
  ASSERT_EQ(air[2].app.got.size(), 1U);
  EXPECT_TRUE(air[2].app.got[0].blob == blob);
}

TEST(Relay, BusyLinkFurtherOn_WaitsInHalfTheRoomAndIsCounted) {
  Air air(10);
  make_routed_line(air, 3);
  air.run(seconds(2));
  Radio& stranger = air.add_stranger();
  air.connect(stranger, *air[1].radios[0]);
  air[1].radios[0]->refuse_with = Status::would_block;
  ByteArray<kFrameMax> frame;
  PacketFields fields;
  fields.ttl = 9;
  fields.tree_state = 7;
  fields.to_addr = at({1, 1, 1}).address;
  fields.from_addr = at({7}).address;
  for (int i = 0; i < 10; ++i)
    ASSERT_EQ(stranger.send(air[1].radios[0]->link(), *write_packet(*find_schema(5), fields, Blob8(40), frame)),
              Status::ok);
  air.run(milliseconds(10));
  EXPECT_EQ(air[1].count(Counter::rx_forwarded), kBoardLimits.datagrams / 2U);
  EXPECT_EQ(air[1].count(Counter::rx_no_room), 10U - kBoardLimits.datagrams / 2U);
  EXPECT_TRUE(air[1].app.send(air[2].id(), {std::byte{1}})) << "there is room left for what we say ourselves";
  air.run(seconds(40));
  EXPECT_EQ(air[1].count(Counter::relays_lost), kBoardLimits.datagrams / 2U);
}

TEST(Relay, WithoutTtl_OnlyTheNeighbourOfTheTarget) {
  Air air(7);
  make_routed_line(air, 4);
  Radio& stranger = air.add_stranger();
  air.connect(stranger, *air[1].radios[0]);
  const auto send_to = [&](const TreeAddress& to) {
    ByteArray<kFrameMax> frame;
    PacketFields fields;
    fields.tree_state = to.tree_state;
    fields.to_addr = to.address;
    fields.from_addr = at({7}).address;
    ASSERT_EQ(stranger.send(air[1].radios[0]->link(), *write_packet(*find_schema(11), fields, Blob8(40), frame)),
              Status::ok);
    air.run(milliseconds(5));
  };
  send_to(at({1, 1, 1}));
  EXPECT_EQ(air[1].count(Counter::rx_forwarded), 1U);
  send_to(at({1, 1, 1, 1}));
  EXPECT_EQ(air[1].count(Counter::rx_forwarded), 1U);
  EXPECT_EQ(air[1].count(Counter::rx_no_route), 1U);
}

}  // namespace
}  // namespace mp::test
