// SPDX-License-Identifier: ISC
// Seal: Packages larger than a packet, and one way (specification: seal.md).
#include "support/sealed_line.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mp::test {
namespace {

TEST(Seal, BlobsOfAllSizes_ArriveAndSayWhoSentThem) {
  SealedLine line(20, 3);
  Air& air = line.air;
  const std::size_t single = air[0].node.single_packet_max(air[2].id(), kSealed);
  const std::size_t sizes[] = {0, single, single + 1, 239, 240, 241, 480, 481, 5'000, 240 * 100};
  for (const std::size_t size : sizes) {
    SCOPED_TRACE(size);
    const Blob8 blob = air.random.blob(size);
    const SendId id = air[0].app.send_large(air[2].id(), blob, kSealed);
    ASSERT_TRUE(id) << name(id.refusal());
    ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
    EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered) << name(air[0].app.outcome(id));
    air.run(milliseconds(100));
    ASSERT_FALSE(air[2].app.got.empty());
    EXPECT_TRUE(air[2].app.got.back().blob == blob);
    EXPECT_EQ(air[2].app.got.back().from.proven, air[0].id());
    air[2].app.got.clear();
  }
  EXPECT_EQ(air[2].app.abandoned, 0);
  EXPECT_GE(air[0].app.progress, 1U);
}

// Whether it fits a packet shows only when it is sealed, if the way is known by an address alone.
TEST(Seal, SmallBlobsByAddress_ArriveInOnePacketOrSeveral) {
  SealedLine line(36, 3);
  Air& air = line.air;
  for (std::size_t size = 100; size < 180; size += 3) {
    SCOPED_TRACE(size);
    VectorBlob blob(air.random.blob(size));
    const SendId id = air[0].node.send(air[0].app, air[2].node.address(), blob, kSealed);
    ASSERT_TRUE(id) << name(id.refusal());
    ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
    EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered) << name(air[0].app.outcome(id));
    air.run(milliseconds(100));
    ASSERT_EQ(air[2].app.got.size(), 1U);
    EXPECT_EQ(air[2].app.got[0].blob, blob.bytes);
    EXPECT_EQ(air[2].app.got[0].from.proven, air[0].id());
    air[2].app.got.clear();
  }
}

TEST(Seal, BlobOverRelaysWithLoss_Arrives) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SealedLine line(seed, 5);
    Air& air = line.air;
    air.disorder = {.lose_one_in = 10, .repeat_one_in = 5, .delay_min = milliseconds(1), .delay_max = milliseconds(20)};
    const Blob8 blob = air.random.blob(30'000);
    const SendId id = air[0].app.send_large(air[4].id(), blob, kSealed);
    ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }, seconds(600)));
    EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered) << name(air[0].app.outcome(id));
    air.run(seconds(60));
    ASSERT_EQ(air[4].app.got.size(), 1U);
    EXPECT_TRUE(air[4].app.got[0].blob == blob);
    EXPECT_EQ(air[0].app.outcome_repeats, 0);
  }
}

TEST(Seal, BlobToATargetThatLostItsSessions_GoesAgain) {
  SealedLine line(21, 2);
  Air& air = line.air;
  EXPECT_EQ(line.send(0, 1, bytes_of("one")), Outcome::delivered);
  air.run(seconds(20));
  line.lose_sessions(1);
  const Blob8 blob = air.random.blob(3'000);
  const SendId id = air[0].app.send_large(air[1].id(), blob, kSealed);
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered) << name(air[0].app.outcome(id));
  air.run(seconds(1));
  ASSERT_EQ(air[1].app.got.size(), 2U);
  EXPECT_TRUE(air[1].app.got[1].blob == blob);
}

TEST(Seal, BlobNobodyWants_IsSaidSo) {
  SealedLine line(22, 2);
  Air& air = line.air;
  air[1].app.take_large = false;
  const SendId id = air[0].app.send_large(air[1].id(), Blob8(3'000), kSealed);
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::not_wanted);
  EXPECT_TRUE(air[1].app.got.empty());
  air[1].app.take_large = true;
  EXPECT_EQ(line.send(0, 1, bytes_of("x")), Outcome::delivered);
}

TEST(Seal, ApplicationThatGoesWhileABlobComes_IsToldAndNothingIsDelivered) {
  SealedLine line(23, 2);
  Air& air = line.air;
  const SendId id = air[0].app.send_large(air[1].id(), Blob8(30'000), kSealed);
  ASSERT_TRUE(air.run_until([&] { return air[1].app.incoming() == 1; }));
  air[1].node.detach(air[1].app);
  EXPECT_EQ(air[1].app.abandoned, 1);
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  EXPECT_NE(air[0].app.outcome(id), Outcome::delivered);
  ASSERT_EQ(air[1].node.attach(air[1].app), Status::ok);
  EXPECT_EQ(line.send(0, 1, bytes_of("x")), Outcome::delivered);
  EXPECT_EQ(air[1].app.got.size(), 1U);
}

TEST(Seal, OneWayToASleeperWithoutASession_NeedsNoAnswerAndIsDeliveredOnce) {
  SealedLine line(30, 3);
  Air& air = line.air;
  std::vector<Blob8> frames;
  air[1].radios[0]->tap = [&](Bytes d) { frames.emplace_back(d.begin(), d.end()); };
  std::size_t answers = 0;
  air[2].radios[0]->tap = [&](Bytes d) { answers += kind_of(d) ? 1U : 0U; };
  // It hears one second of three.
  air.loses = [&](const Radio&, const Radio& to, Bytes) {
    return &to == air[2].radios[0].get() && air.now().us / 1'000'000 % 3 != 0;
  };
  const Blob8 large = air.random.blob(2'000);
  VectorBlob stream(large);
  std::vector<SendId> ids{line.seals[0]->operator->()->send_one_way(air[0].app, air[2].id(), bytes("small")),
                          line.seals[0]->operator->()->send_one_way(air[0].app, air[2].id(), stream)};
  for (const SendId id : ids) {
    ASSERT_TRUE(id) << name(id.refusal());
    ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
    EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered) << name(air[0].app.outcome(id));
  }
  air.run(seconds(1));
  ASSERT_EQ(air[2].app.got.size(), 2U);
  for (const auto& got : air[2].app.got) {
    EXPECT_TRUE(got.blob == bytes_of("small") || got.blob == large);
    EXPECT_EQ(got.from.proven, air[0].id());
  }
  air.loses = nullptr;
  EXPECT_EQ(answers, 0U);
  EXPECT_EQ(line.seal(2).sessions() + line.seal(0).sessions(), 0U);
  // Again, later, and once more to a node that has started anew.
  const auto recorded = std::exchange(frames, {});
  for (int life = 0; life < 2; ++life) {
    air.run(seconds(200));
    for (const Blob8& f : recorded) {
      (void)air[1].radios[0]->send(air[2].radios[0]->link(), f);
      air.run(milliseconds(300));
    }
    air.run(seconds(60));
    EXPECT_EQ(air[2].app.got.size(), 2U);
    EXPECT_GT(line.counters(2).repeated, 0U);
    line.lose_sessions(2);
  }
  const SendId id = line.seals[0]->operator->()->send_one_way(air[0].app, air[2].id(), bytes("new"));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
}

TEST(Seal, OneWayInOnePacket_IsDeliveredOnce) {
  SealedLine line(31, 2);
  Air& air = line.air;
  Seal& from = *line.seals[0]->operator->();
  std::vector<Blob8> frames;
  air[0].radios[0]->tap = [&](Bytes d) {
    if (kind_of(d) == SealKind::one_way) frames.emplace_back(d.begin(), d.end());
  };
  const SendId id = from.send_one_way(air[0].app, air[1].id(), bytes("small"));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
  ASSERT_EQ(frames.size(), 1U) << "one packet";
  ASSERT_EQ(air[1].app.got.size(), 1U);
  EXPECT_EQ(air[1].app.got[0].from.proven, air[0].id());
  air.run(seconds(200));
  (void)air[0].radios[0]->send(air[1].radios[0]->link(), frames[0]);
  air.run(seconds(1));
  line.lose_sessions(1);
  air.run(seconds(200));
  (void)air[0].radios[0]->send(air[1].radios[0]->link(), frames[0]);
  air.run(seconds(1));
  EXPECT_EQ(air[1].app.got.size(), 1U);
  EXPECT_EQ(line.counters(1).repeated, 1U);
}

TEST(Seal, OneWayThatCannotBeWrittenDown_IsRefused) {
  SealedLine line(32, 2);
  Air& air = line.air;
  Seal& from = *line.seals[0]->operator->();
  air[1].storage.full = true;
  SendId id = from.send_one_way(air[0].app, air[1].id(), bytes("x"));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::not_wanted);
  EXPECT_TRUE(air[1].app.got.empty());
  air[1].storage.full = false;
  // Nor is anything taken if what is there cannot be read.
  air[1].storage.records["seal"] = bytes_of("rubbish");
  line.lose_sessions(1);
  id = from.send_one_way(air[0].app, air[1].id(), bytes("y"));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::not_wanted);
  EXPECT_EQ(air[0].app.send(NodeId{}, Blob8(3), kSealed).refusal(), Status::unreachable);
}

// The handshakes and both sizes of Packages over relays of LoRa, whose datagrams are the smallest.
TEST(Seal, OverLora_EverythingFitsItsDatagrams) {
  Air air(35);
  constexpr std::size_t kNodes = 3;
  std::size_t largest = 0;
  for (std::size_t i = 0; i < kNodes; ++i) {
    Radio& radio = air.add_radio(air.add_node(), 20'000, kLoraSchemas, 240);
    radio.tap = [&](Bytes d) {
      if (const auto kind = kind_of(d); kind && *kind < SealKind::one_way)
        largest = std::max(largest, PackageView::parse(PacketView::parse(d)->body())->blob.size());
    };
    if (i > 0) air.connect(*air[i - 1].radios[0], radio);
  }
  for (std::size_t i = 0; i < kNodes; ++i) air.start(air[i]);
  ASSERT_TRUE(air.run_until([&] { return knows(air[0], air[1]) && knows(air[2], air[1]) && knows(air[1], air[2]); }));
  route_line(air);
  StaticSeal<> ends[2];
  ASSERT_EQ(air[0].node.attach(ends[0]), Status::ok);
  ASSERT_EQ(air[2].node.attach(ends[1]), Status::ok);
  const auto done = [&](SendId id) {
    EXPECT_TRUE(id) << name(id.refusal());
    EXPECT_TRUE(air.run_until([&] { return air[0].app.ended(id); }, seconds(600)));
    EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered) << name(air[0].app.outcome(id));
  };
  done(air[0].node.send(air[0].app, air[2].node.address(), bytes("by address"), kSealed));
  ends[0]->end_sessions(air[2].id());
  done(air[0].app.send(air[2].id(), bytes_of("by id"), kSealed));
  done(air[0].app.send_large(air[2].id(), Blob8(1'000), kSealed));
  done(ends[0]->send_one_way(air[0].app, air[2].id(), bytes("one way")));
  air.run(seconds(10));
  EXPECT_EQ(air[2].app.got.size(), 4U);
  EXPECT_EQ(largest, 137U);
  EXPECT_LE(largest, kSealMessageMax);
  air[0].node.detach(ends[0]);
  air[2].node.detach(ends[1]);
}

}  // namespace
}  // namespace mp::test
