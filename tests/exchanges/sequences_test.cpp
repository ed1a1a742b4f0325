// SPDX-License-Identifier: ISC
// Larger Packages between neighbours (specification: delivery.md, "Sequences").
#include "support/air.hpp"

#include <gtest/gtest.h>

namespace mp::test {
namespace {

void expect_delivered(Air& air, TestNode& from, TestNode& to, std::size_t size) {
  const Blob8 blob = air.random.blob(size);
  const std::size_t before = to.app.got.size();
  const SendId id = from.app.send_large(to.id(), blob);
  ASSERT_TRUE(id) << size << ": " << name(id.refusal());
  ASSERT_TRUE(air.run_until([&] { return from.app.ended(id); }, seconds(600))) << size;
  EXPECT_EQ(from.app.outcome(id), Outcome::delivered) << size << ' ' << name(from.app.outcome(id));
  ASSERT_EQ(to.app.got.size(), before + 1) << size;
  EXPECT_TRUE(to.app.got.back().blob == blob) << size;
  EXPECT_EQ(to.app.got.back().from.node, from.id());
}

TEST(Sequence, SizesAroundEveryEdge_Arrive) {
  Air air(1);
  make_line(air, 2);
  // Bodies are 237 (schema 4): one packet, then 2, 3, 64, 65, 256, 257 parts, one byte short, full and one over.
  for (const std::size_t parts : {1U, 2U, 3U, 64U, 65U, 66U, 256U, 257U, 320U})
    for (const int off : {-1, 0, 1})
      expect_delivered(air, air[0], air[1], parts * 237 - kPackageHeader + static_cast<std::size_t>(off + 1) - 1);
}

TEST(Sequence, OneMebibyte_Arrives) {
  Air air(2);
  make_line(air, 2);
  expect_delivered(air, air[0], air[1], 1 << 20);
}

TEST(Sequence, LossRepeatsAndOvertaking_ArriveOnce) {
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Air air(seed);
    make_line(air, 2);
    air.disorder = {.lose_one_in = 2 + air.random.below(20),
                    .repeat_one_in = 1 + air.random.below(9),
                    .delay_min = microseconds(100),
                    .delay_max = milliseconds(1 + air.random.below(40))};
    const Blob8 blob = air.random.blob(300 + air.random.below(60'000));
    const SendId id = air[0].app.send_large(air[1].id(), blob);
    ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }, seconds(900)));
    // Half of everything lost may be too much, but then nobody claims the contrary.
    const bool delivered = air[0].app.outcome(id) == Outcome::delivered;
    if (air.disorder.lose_one_in >= 4) {
      EXPECT_TRUE(delivered) << name(air[0].app.outcome(id));
    }
    air.run(seconds(60));
    EXPECT_LE(air[1].app.got.size(), 1U);
    if (delivered) {
      ASSERT_EQ(air[1].app.got.size(), 1U);
      EXPECT_TRUE(air[1].app.got[0].blob == blob);
    }
    EXPECT_EQ(air[1].app.incoming(), 0U) << "a Blob was neither delivered nor abandoned";
    EXPECT_EQ(air[0].app.outcome_repeats, 0);
  }
}

TEST(Sequence, BothWaysAndSeveralAtOnce_AllArrive) {
  Air air(3);
  make_line(air, 2, Limits{});
  air.disorder.lose_one_in = 20;
  std::vector<std::pair<TestNode*, SendId>> sends;
  for (int i = 0; i < 4; ++i)
    for (std::size_t n = 0; n < 2; ++n) {
      const SendId id = air[n].app.send_large(air[1 - n].id(), air.random.blob(5000));
      ASSERT_TRUE(id);
      sends.emplace_back(&air[n], id);
    }
  EXPECT_EQ(air[0].app.send_large(air[1].id(), Blob8(5000)).refusal(), Status::no_buffer);
  for (const auto& [node, id] : sends) {
    ASSERT_TRUE(air.run_until([&, n = node, i = id] { return n->app.ended(i); }));
    EXPECT_EQ(node->app.outcome(id), Outcome::delivered);
  }
  EXPECT_EQ(air[0].app.got.size(), 4U);
  EXPECT_EQ(air[1].app.got.size(), 4U);
}

TEST(Sequence, TwoSendersWithTheSameSeqId_DoNotCollide) {
  Air air(4);
  make_line(air, 3, Limits{});
  // Every seq_id of both senders, so that all meet: the receiver in the middle keys by sender.
  for (int round = 0; round < 3; ++round) {
    std::vector<std::pair<TestNode*, SendId>> sends;
    for (int i = 0; i < 2; ++i)
      for (const std::size_t n : {std::size_t{0}, std::size_t{2}}) {
        const SendId id = air[n].app.send_large(air[1].id(), Blob8(4000, static_cast<std::byte>(n)));
        ASSERT_TRUE(id);
        sends.emplace_back(&air[n], id);
      }
    for (const auto& [node, id] : sends) ASSERT_TRUE(air.run_until([&, n = node, i = id] { return n->app.ended(i); }));
  }
  ASSERT_EQ(air[1].app.got.size(), 12U);
  for (const auto& got : air[1].app.got) {
    const std::byte mark = got.from.node == air[0].id() ? std::byte{0} : std::byte{2};
    EXPECT_EQ(got.blob, Blob8(4000, mark));
  }
}

TEST(Sequence, Refused_NotWantedAtThePriceOfOnePart) {
  Air air(5);
  make_line(air, 2);
  air[1].app.take_large = false;
  const auto before = air[0].radios[0]->sent;
  const SendId id = air[0].app.send_large(air[1].id(), air.random.blob(100'000));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::not_wanted);
  EXPECT_LE(air[0].radios[0]->sent - before, 2U);
}

TEST(Sequence, ReceiverOutOfSequences_NoRoom) {
  Air air(6);
  Limits limits = kBoardLimits;
  limits.sequences_in = 1;
  make_line(air, 3, limits);
  const SendId first = air[0].app.send_large(air[1].id(), air.random.blob(200'000));
  ASSERT_TRUE(air.run_until([&] { return air[1].app.incoming() == 1; }));
  const SendId second = air[2].app.send_large(air[1].id(), air.random.blob(2'000));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(first) && air[2].app.ended(second); }));
  EXPECT_EQ(air[2].app.outcome(second), Outcome::no_room);
  EXPECT_EQ(air[0].app.outcome(first), Outcome::delivered);
}

TEST(Sequence, ReceiversStorageFails_NoRoomAndAbandoned) {
  Air air(7);
  make_line(air, 2);
  air[1].app.break_storage = true;
  const SendId id = air[0].app.send_large(air[1].id(), air.random.blob(5'000));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::no_room);
  EXPECT_EQ(air[1].app.abandoned, 1);
}

TEST(Sequence, SendersBlobFails_StorageFailed) {
  Air air(8);
  make_line(air, 2);
  const SendId id = air[0].app.send_large(air[1].id(), air.random.blob(1'000'000));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.progress >= 64; }));
  air[0].app.last_outgoing().broken = true;
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::storage_failed);
  air.run(seconds(60));
  EXPECT_EQ(air[1].app.incoming(), 0U);
  EXPECT_EQ(air[1].app.abandoned, 1);
}

TEST(Sequence, BlobChangesWhileSent_BadDigest) {
  Air air(9);
  make_line(air, 2);
  const SendId id = air[0].app.send_large(air[1].id(), air.random.blob(1'000'000));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.progress >= 64; }));
  air[0].app.last_outgoing().bytes.back() ^= std::byte{1};
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::bad_digest);
  EXPECT_TRUE(air[1].app.got.empty());
  EXPECT_EQ(air[1].app.abandoned, 1);
}

TEST(Sequence, ReceiverDiesMidway_NoAnswer) {
  Air air(10);
  make_line(air, 2);
  const SendId id = air[0].app.send_large(air[1].id(), air.random.blob(200'000));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.progress >= 64; }));
  air[1].running = false;
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }, seconds(30)));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::no_answer);
}

TEST(Sequence, SenderDiesMidway_IsAbandoned) {
  Air air(11);
  make_line(air, 2);
  (void)air[0].app.send_large(air[1].id(), air.random.blob(200'000));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.progress >= 64; }));
  air[0].running = false;
  ASSERT_TRUE(air.run_until([&] { return air[1].app.abandoned == 1; }, seconds(30)));
  EXPECT_EQ(air[1].count(Counter::sequences_abandoned), 1U);
  EXPECT_EQ(air[1].app.incoming(), 0U);
}

TEST(Sequence, LongPauseOfTheLink_IsBorne) {
  Air air(12);
  make_line(air, 2);
  const SendId id = air[0].app.send_large(air[1].id(), air.random.blob(1'000'000));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.progress >= 64; }));
  air.disconnect(*air[0].radios[0], *air[1].radios[0]);
  air.run(seconds(5));
  air.connect(*air[0].radios[0], *air[1].radios[0]);
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }, seconds(60)));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
}

TEST(Sequence, CancelledMidway_SenderHearsAndReceiverForgets) {
  Air air(13);
  make_line(air, 2);
  const SendId id = air[0].app.send_large(air[1].id(), air.random.blob(200'000));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.progress >= 64; }));
  ASSERT_EQ(air[0].node.cancel(id), Status::ok);
  EXPECT_EQ(air[0].app.outcome(id), Outcome::cancelled);
  air.run(seconds(30));
  EXPECT_EQ(air[1].app.incoming(), 0U);
}

TEST(Sequence, SmallLoraFrames_Arrive) {
  Air air(14);
  TestNode& a = air.add_node();
  TestNode& b = air.add_node();
  air.connect(air.add_radio(a, 9'600, kLoraSchemas, 240), air.add_radio(b, 9'600, kLoraSchemas, 240));
  air.start(a);
  air.start(b);
  ASSERT_TRUE(air.run_until([&] { return knows(a, b) && knows(b, a); }));
  expect_delivered(air, a, b, 10'000);
}

// When the 8 bits came round, a short sequence took the id of the long one that was still running.
TEST(Sequence, ManyShortBesideALongOne_AllArrive) {
  Air air(16);
  make_line(air, 2, Limits{});
  const Blob8 large = air.random.blob(15'000'000);
  const SendId id = air[0].app.send_large(air[1].id(), large);
  for (int i = 0; i < 100; ++i) {
    std::array<SendId, 3> ids;
    for (SendId& short_one : ids) short_one = air[0].app.send_large(air[1].id(), air.random.blob(400));
    for (const SendId& short_one : ids) {
      ASSERT_TRUE(short_one);
      ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(short_one); }));
      EXPECT_EQ(air[0].app.outcome(short_one), Outcome::delivered);
    }
  }
  EXPECT_FALSE(air[0].app.ended(id)) << "the long one was to outlast the short ones";
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
  EXPECT_TRUE(air[1].app.got.back().blob == large);
}

TEST(Sequence, LinkThatStaysBusy_EndsAsUnreachable) {
  Air air(17);
  make_line(air, 2);
  const SendId id = air[0].app.send_large(air[1].id(), air.random.blob(1'000'000));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.progress >= 64; }));
  air[0].radios[0]->refuse_with = Status::would_block;
  air.run(seconds(25));
  EXPECT_FALSE(air[0].app.ended(id));
  air.run(seconds(20));
  ASSERT_TRUE(air[0].app.ended(id));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::unreachable);
}

TEST(Sequence, ThreeHundredInARow_SeqIdsWrap) {
  Air air(15);
  make_line(air, 2);
  air.disorder.lose_one_in = 50;
  for (int i = 0; i < 300; ++i) expect_delivered(air, air[0], air[1], 700);
}

}  // namespace
}  // namespace mp::test
