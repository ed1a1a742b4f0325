// SPDX-License-Identifier: ISC
// Packages in one packet: delivered once, acknowledged, and told truthfully (specification: delivery.md).
#include "support/air.hpp"

#include <gtest/gtest.h>

namespace mp::test {
namespace {

TEST(Single, EverySizeThatFits_IsDelivered) {
  Air air(1);
  make_line(air, 2);
  const std::size_t max = air[0].node.single_packet_max(air[1].id());
  EXPECT_EQ(max, 245U - kPackageHeader);
  for (std::size_t size = 0; size <= max; ++size) {
    const Blob8 blob = air.random.blob(size);
    const SendId id = air[0].app.send(air[1].id(), blob);
    ASSERT_TRUE(id) << size;
    ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
    EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
    ASSERT_FALSE(air[1].app.got.empty());
    EXPECT_EQ(air[1].app.got.back().blob, blob);
    EXPECT_EQ(air[1].app.got.back().from.node, air[0].id());
  }
  EXPECT_EQ(air[1].app.got.size(), max + 1);
  EXPECT_EQ(air[0].app.send(air[1].id(), Blob8(max + 1)).refusal(), Status::too_large);
}

TEST(Single, LossRepeatsAndOvertaking_DeliveredExactlyOnce) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Air air(seed);
    make_line(air, 2);
    air.disorder = {.lose_one_in = 4, .repeat_one_in = 4, .delay_min = milliseconds(1), .delay_max = milliseconds(30)};
    std::map<std::uint32_t, Blob8> sent;
    for (int i = 0; i < 40; ++i) {
      const Blob8 blob = air.random.blob(16);
      const SendId id = air[0].app.send(air[1].id(), blob);
      if (id) sent[id.value()] = blob;
      air.run(milliseconds(100));
    }
    ASSERT_TRUE(air.run_until([&] { return air[0].app.outcomes.size() == sent.size(); }));
    EXPECT_EQ(air[0].app.outcome_repeats, 0);
    for (const auto& [id, blob] : sent) {
      const auto copies = std::count_if(air[1].app.got.begin(), air[1].app.got.end(),
                                        [&wanted = blob](const auto& g) { return g.blob == wanted; });
      EXPECT_LE(copies, 1) << "seed " << seed;
      if (air[0].app.outcomes.at(id) == Outcome::delivered) {
        EXPECT_EQ(copies, 1) << "seed " << seed;
      }
    }
  }
}

TEST(Single, WithoutAsk_IsUnconfirmed) {
  Air air(2);
  make_line(air, 2);
  const SendId id = air[0].app.send(air[1].id(), {std::byte{1}}, {.ask = false});
  air.run(milliseconds(10));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::unconfirmed);
  EXPECT_EQ(air[1].app.got.size(), 1U);
}

TEST(Single, NobodyAnswers_NoAnswerAfterAllTries) {
  Air air(3);
  make_line(air, 2);
  air.run(seconds(2));
  air[1].running = false;
  const auto before = air[0].radios[0]->sent;
  const SendId id = air[0].app.send(air[1].id(), {std::byte{1}});
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }, seconds(20)));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::no_answer);
  EXPECT_GE(air[0].radios[0]->sent - before, 7U) << "it is asked again and again";
  EXPECT_LE(air[0].radios[0]->sent - before, 12U) << "ever more seldom";
}

TEST(Single, ApplicationRefuses_NotWanted) {
  Air air(4);
  make_line(air, 2);
  air[1].app.take_small = false;
  const SendId id = air[0].app.send(air[1].id(), {std::byte{1}});
  air.run(milliseconds(10));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::not_wanted);
  EXPECT_EQ(air[1].count(Counter::rx_refused), 1U);
}

TEST(Single, NoSuchApplication_NotWanted) {
  Air air(5);
  make_line(air, 2);
  Recorder other("Only here");
  ASSERT_EQ(air[0].node.attach(other), Status::ok);
  const SendId id = other.send(air[1].id(), {std::byte{1}});
  air.run(milliseconds(10));
  EXPECT_EQ(other.outcome(id), Outcome::not_wanted);
  EXPECT_EQ(air[1].count(Counter::rx_unknown_app), 1U);
  air[0].node.detach(other);
}

TEST(Single, UnknownNode_Unreachable) {
  Air air(6);
  make_line(air, 2);
  NodeId nobody;
  nobody.value.fill(std::byte{1});
  EXPECT_EQ(air[0].app.send(nobody, {}).refusal(), Status::unreachable);
  EXPECT_EQ(air[0].count(Counter::sends_refused), 1U);
}

TEST(Single, FullOutbox_RefusedAndCounted) {
  Air air(7);
  make_line(air, 2);
  int refused = 0;
  for (int i = 0; i < 20; ++i)
    if (!air[0].app.send(air[1].id(), {std::byte{1}})) ++refused;
  EXPECT_EQ(refused, 20 - kBoardLimits.datagrams);
  EXPECT_EQ(air[0].count(Counter::sends_refused), static_cast<unsigned>(refused));
  air.run(seconds(1));
  EXPECT_EQ(air[0].app.outcomes.size(), kBoardLimits.datagrams);
}

TEST(Single, SamePackageSentTwice_IsTwoDeliveries) {
  Air air(8);
  make_line(air, 2);
  for (int i = 0; i < 2; ++i) {
    const SendId id = air[0].app.send(air[1].id(), {std::byte{7}});
    ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  }
  EXPECT_EQ(air[1].app.got.size(), 2U);
}

TEST(Single, LostAcknowledgement_IsRepeatedNotDeliveredTwice) {
  Air air(9);
  make_line(air, 2);
  air[1].radios[0]->refuse_with = Status::io_error;  // hears, but cannot answer
  const SendId id = air[0].app.send(air[1].id(), {std::byte{7}});
  air.run(milliseconds(500));
  air[1].radios[0]->refuse_with = Status::ok;
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
  EXPECT_EQ(air[1].app.got.size(), 1U);
  EXPECT_GE(air[1].count(Counter::rx_duplicate), 1U);
}

TEST(Single, BusyLink_IsTriedAgainUntilItTakesIt) {
  Air air(10);
  make_line(air, 2);
  air[0].radios[0]->refuse_with = Status::would_block;
  const SendId id = air[0].app.send(air[1].id(), {std::byte{7}});
  air.run(seconds(5));
  EXPECT_FALSE(air[0].app.ended(id));
  air[0].radios[0]->refuse_with = Status::ok;
  air.run(milliseconds(20));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
  EXPECT_GT(air[0].count(Counter::tx_blocked), 0U);
}

TEST(Single, Cancelled_EndsAsCancelled) {
  Air air(11);
  make_line(air, 2);
  air[1].running = false;
  const SendId id = air[0].app.send(air[1].id(), {std::byte{7}});
  air.run(milliseconds(10));
  EXPECT_EQ(air[0].node.cancel(id), Status::ok);
  EXPECT_EQ(air[0].app.outcome(id), Outcome::cancelled);
  EXPECT_EQ(air[0].node.cancel(id), Status::not_found);
}

TEST(Broadcast, NoSchemaInCommon_EachInterfaceGetsItsOwn) {
  Air air(12);
  TestNode& middle = air.add_node();
  Radio& fast = air.add_radio(middle, 1'000'000, kEspNowSchemas, 250);
  Radio& slow = air.add_radio(middle, 9'600, kLoraSchemas, 240);
  TestNode& a = air.add_node();
  TestNode& b = air.add_node();
  air.connect(fast, air.add_radio(a, 1'000'000, kEspNowSchemas, 250));
  air.connect(slow, air.add_radio(b, 9'600, kLoraSchemas, 240));
  for (TestNode* n : {&middle, &a, &b}) air.start(*n);
  ASSERT_TRUE(air.run_until([&] { return knows(middle, a) && knows(middle, b); }));
  const std::size_t max = middle.node.single_packet_max({});
  EXPECT_EQ(max, 235U - kPackageHeader);
  EXPECT_EQ(middle.node.broadcast(middle.app, Bytes(Blob8(max + 1))).refusal(), Status::too_large);
  std::vector<std::uint8_t> schemas;
  const auto note = [&](Bytes d) { schemas.push_back(std::to_integer<std::uint8_t>(d[2])); };
  fast.tap = slow.tap = note;
  ASSERT_TRUE(middle.node.broadcast(middle.app, Bytes(Blob8(max))));
  air.run(milliseconds(1));
  EXPECT_EQ(schemas, (std::vector<std::uint8_t>{0, 20}));
  EXPECT_EQ(a.app.got.size(), 1U);
  EXPECT_EQ(b.app.got.size(), 1U);
}

TEST(Broadcast, IsUnconfirmed_AndKnownAsBroadcast) {
  Air air(13);
  TestNode& middle = air.add_node();
  Radio& fast = air.add_radio(middle, 1'000'000, kAllSchemas, 250);
  Radio& slow = air.add_radio(middle, 9'600, kLoraSchemas, 240);
  TestNode& a = air.add_node();
  TestNode& b = air.add_node();
  air.connect(fast, air.add_radio(a));
  air.connect(slow, air.add_radio(b, 9'600, kLoraSchemas, 240));
  for (TestNode* n : {&middle, &a, &b}) air.start(*n);
  ASSERT_TRUE(air.run_until([&] { return knows(middle, a) && knows(middle, b); }));
  const SendId id = middle.node.broadcast(middle.app, bytes("hi"));
  ASSERT_TRUE(id);
  air.run(milliseconds(10));
  EXPECT_EQ(middle.app.outcome(id), Outcome::unconfirmed);
  ASSERT_EQ(a.app.got.size(), 1U);
  ASSERT_EQ(b.app.got.size(), 1U);
  EXPECT_TRUE(a.app.got[0].from.broadcast);
}

TEST(Broadcast, EveryInterfaceFails_Unreachable) {
  Air air(18);
  make_line(air, 2);
  air.run(seconds(2));
  air[0].radios[0]->refuse_with = Status::io_error;
  const SendId id = air[0].node.broadcast(air[0].app, bytes("hi"));
  air.run(milliseconds(10));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::unreachable);
}

// Sending again from on_sent(peer_lost) once went to whoever took the slot next.
TEST(Single, SentAgainWhenThePeerIsLost_IsRefusedNotMisdelivered) {
  Air air(19);
  Limits limits = kBoardLimits;
  limits.peers = 1;
  make_line(air, 2, limits);
  air[1].running = false;
  SendId again;
  air[0].app.on_lost = [&] { again = air[0].app.send(air[1].id(), {std::byte{2}}); };
  const SendId id = air[0].app.send(air[1].id(), {std::byte{1}});
  air[0].node.remove_peer(air[1].id());
  EXPECT_EQ(air[0].app.outcome(id), Outcome::peer_lost);
  EXPECT_EQ(again.refusal(), Status::unreachable);
}

// The ids have 8 bits: when they came round, the ack of a later Package ended the one that was lost.
TEST(Single, IdsComeRoundWhileOneIsUnanswered_EachAckEndsItsOwn) {
  Air air(20);
  make_line(air, 2);
  air.run(seconds(2));
  // A long round trip is learnt, so that the lost one waits while 300 others go.
  const Disorder usual = air.disorder;
  air.disorder.delay_min = air.disorder.delay_max = milliseconds(90);
  for (const char* word : {"slow", "and slow", "and slow again"}) {
    const SendId slow = air[0].app.send(air[1].id(), bytes_of(word));
    ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(slow); }));
  }
  air.run(seconds(2));
  air.disorder = usual;
  air.disorder.lose_one_in = 1;
  const SendId lost = air[0].app.send(air[1].id(), bytes_of("lost"));
  air.run(milliseconds(1));
  air.disorder.lose_one_in = 0;
  for (int i = 0; i < 300; ++i) {
    const SendId id = air[0].app.send(air[1].id(), bytes_of("n" + std::to_string(i)));
    ASSERT_TRUE(id);
    air.run(microseconds(500));
    ASSERT_TRUE(air[0].app.ended(id));
    EXPECT_FALSE(air[0].app.ended(lost)) << i;
  }
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(lost); }));
  EXPECT_EQ(air[0].app.outcome(lost), Outcome::delivered);
  EXPECT_EQ(air[1].app.got.size(), 304U);
}

TEST(Links, FastestFirst_SlowerWhenItFails) {
  Air air(14);
  TestNode& a = air.add_node();
  TestNode& b = air.add_node();
  Radio& slow_a = air.add_radio(a, 10'000);
  Radio& fast_a = air.add_radio(a, 1'000'000);
  Radio& slow_b = air.add_radio(b, 10'000);
  Radio& fast_b = air.add_radio(b, 1'000'000);
  air.connect(slow_a, slow_b);
  air.connect(fast_a, fast_b);
  air.start(a);
  air.start(b);
  air.run(seconds(2));
  ASSERT_TRUE(knows(a, b));

  const auto slow_before = slow_a.sent;
  const SendId by_fast = a.app.send(b.id(), {std::byte{1}});
  ASSERT_TRUE(air.run_until([&] { return a.app.ended(by_fast); }));
  EXPECT_EQ(slow_a.sent, slow_before);

  fast_a.refuse_with = Status::io_error;
  const SendId refused = a.app.send(b.id(), {std::byte{2}});
  ASSERT_TRUE(air.run_until([&] { return a.app.ended(refused); }, milliseconds(50)));
  EXPECT_EQ(a.app.outcome(refused), Outcome::delivered);
  EXPECT_GT(slow_a.sent, slow_before);

  // The link takes everything and nothing arrives: worse, but found out within a few tries.
  fast_a.refuse_with = Status::ok;
  air.run(seconds(90));
  air.disconnect(fast_a, fast_b);
  const SendId silent = a.app.send(b.id(), {std::byte{3}});
  ASSERT_TRUE(air.run_until([&] { return a.app.ended(silent); }, seconds(10)));
  EXPECT_EQ(a.app.outcome(silent), Outcome::delivered);
}

TEST(Loopback, NodeSendsToItself) {
  Air air(15);
  TestNode& n = air.add_node();
  air.add_radio(n);
  air.start(n, true, true);
  const SendId small = n.app.send(n.id(), bytes_of("me"));
  const SendId large = n.app.send_large(n.id(), air.random.blob(20'000));
  ASSERT_TRUE(air.run_until([&] { return n.app.ended(small) && n.app.ended(large); }));
  EXPECT_EQ(n.app.outcome(small), Outcome::delivered);
  EXPECT_EQ(n.app.outcome(large), Outcome::delivered);
  ASSERT_EQ(n.app.got.size(), 2U);
  EXPECT_EQ(n.app.got[0].from.node, n.id());
}

TEST(Counters, EveryDatagramHandedOver_IsCountedOnce) {
  Air air(16);
  make_line(air, 2);
  air.disorder = {.lose_one_in = 5, .repeat_one_in = 3, .delay_min = milliseconds(1), .delay_max = milliseconds(20)};
  for (int i = 0; i < 50; ++i) {
    (void)air[0].app.send(air[1].id(), air.random.blob(10));
    (void)air[1].app.send_large(air[0].id(), air.random.blob(3000));
    air.run(milliseconds(200));
  }
  air.run(seconds(60));
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(air[i].node.counters().received(), air[i].radios[0]->handed_over);
}

// A neighbour that was gone took all slots until it was given up, and nobody else could be sent anything.
TEST(Single, ToASilentNeighbour_LeavesRoomForTheOthers) {
  Air air(21);
  make_line(air, 3);
  air[0].running = false;
  std::vector<SendId> lost;
  for (int i = 0; i < 6; ++i) {
    lost.push_back(air[1].app.send(air[0].id(), Blob8(20)));
    ASSERT_TRUE(lost.back());
  }
  air.run(seconds(2));
  EXPECT_EQ(air[1].app.send(air[0].id(), Blob8(20)).refusal(), Status::no_buffer);
  for (int i = 0; i < 6; ++i) {
    const SendId id = air[1].app.send(air[2].id(), Blob8(20));
    ASSERT_TRUE(id) << i;
    ASSERT_TRUE(air.run_until([&] { return air[1].app.ended(id); }, seconds(1)));
    EXPECT_EQ(air[1].app.outcome(id), Outcome::delivered);
  }
  ASSERT_TRUE(air.run_until(
      [&] { return std::all_of(lost.begin(), lost.end(), [&](SendId id) { return air[1].app.ended(id); }); }));
  for (const SendId id : lost) EXPECT_EQ(air[1].app.outcome(id), Outcome::no_answer);
}

}  // namespace
}  // namespace mp::test
