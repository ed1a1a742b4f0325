// SPDX-License-Identifier: ISC
// Packages protected end to end, over real nodes: sessions and how they come about (specification: seal.md).
#include "support/sealed_line.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mp::test {
namespace {

TEST(Seal, OverOneHop_ArrivesAndSaysWhoSentIt) {
  SealedLine line(1, 2);
  Air& air = line.air;
  std::vector<Blob8> frames;
  air[0].radios[0]->tap = [&](Bytes d) { frames.emplace_back(d.begin(), d.end()); };
  const Blob8 secret = bytes_of("meet me under the old bridge");
  EXPECT_EQ(line.send(0, 1, secret), Outcome::delivered);
  ASSERT_EQ(air[1].app.got.size(), 1U);
  EXPECT_EQ(air[1].app.got[0].blob, secret);
  EXPECT_EQ(air[1].app.got[0].from.proven, air[0].id());
  for (const Blob8& f : frames)
    EXPECT_EQ(std::search(f.begin(), f.end(), secret.begin(), secret.begin() + 8), f.end()) << "in the clear";
  // And back, in the same session.
  EXPECT_EQ(line.send(1, 0, bytes_of("at nine")), Outcome::delivered);
  ASSERT_EQ(air[0].app.got.size(), 1U);
  EXPECT_EQ(air[0].app.got[0].from.proven, air[1].id());
  EXPECT_EQ(line.counters(0).handshakes, 1U);
  EXPECT_EQ(line.counters(1).handshakes, 1U);
  // What is not sealed has nobody behind it.
  EXPECT_EQ(line.send(0, 1, bytes_of("plain"), {}), Outcome::delivered);
  EXPECT_TRUE(air[1].app.got.back().from.proven.is_zero());
}

TEST(Seal, WithoutSeal_IsRefused) {
  Air air(2);
  make_line(air, 2);
  EXPECT_EQ(air[0].app.send(air[1].id(), bytes_of("x"), kSealed).refusal(), Status::unsupported);
  EXPECT_EQ(air[0].node.broadcast(air[0].app, bytes("x"), kSealed).refusal(), Status::unsupported);
  EXPECT_EQ(air[0].node.single_packet_max(air[1].id(), kSealed), 0U);
}

TEST(Seal, TargetWithoutSeal_IsSaidToNotWant) {
  SealedLine line(3, 2);
  line.air[1].node.detach(*line.seals[1]);
  EXPECT_EQ(line.send(0, 1, bytes_of("x")), Outcome::not_wanted);
}

TEST(Seal, LargestSinglePacket_IsWhatTheNodeSays) {
  SealedLine line(4, 2);
  Air& air = line.air;
  const std::size_t plain = air[0].node.single_packet_max(air[1].id());
  const std::size_t sealed = air[0].node.single_packet_max(air[1].id(), kSealed);
  EXPECT_EQ(sealed, plain - kSealOverhead);
  EXPECT_EQ(line.send(0, 1, air.random.blob(sealed)), Outcome::delivered);
  EXPECT_EQ(air[1].app.got.at(0).blob.size(), sealed);
  EXPECT_EQ(air[0].app.send(air[1].id(), air.random.blob(sealed + 1), kSealed).refusal(), Status::too_large);
}

TEST(Seal, OverRelaysWithLoss_EverySendEndsOnceAndArrivesOnce) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SealedLine line(seed, 5);
    Air& air = line.air;
    air.disorder = {.lose_one_in = 10, .repeat_one_in = 5, .delay_min = milliseconds(1), .delay_max = milliseconds(30)};
    std::vector<Blob8> sent;
    for (int i = 0; i < 20; ++i) {
      sent.push_back(air.random.blob(40));
      EXPECT_EQ(line.send(0, 4, sent.back()), Outcome::delivered);
    }
    air.run(seconds(60));
    ASSERT_EQ(air[4].app.got.size(), sent.size());
    for (std::size_t i = 0; i < sent.size(); ++i) {
      EXPECT_EQ(air[4].app.got[i].blob, sent[i]);
      EXPECT_EQ(air[4].app.got[i].from.proven, air[0].id());
    }
    EXPECT_EQ(air[0].app.outcome_repeats, 0);
    EXPECT_EQ(line.counters(0).handshakes, 1U);
  }
}

TEST(Seal, ManyAtOnceOutOfOrder_AllArriveAcrossKeyChanges) {
  SealedLine line(7, 3, kGatewayLimits);
  Air& air = line.air;
  air.disorder = {.delay_min = milliseconds(1), .delay_max = milliseconds(40)};
  std::size_t sent = 0;
  while (sent < 600) {
    if (const SendId id = air[0].app.send(air[2].id(), air.random.blob(20), kSealed))
      ++sent;
    else
      ASSERT_EQ(id.refusal(), Status::no_buffer);
    air.run(milliseconds(5));
  }
  ASSERT_TRUE(air.run_until([&] { return air[0].app.outcomes.size() == sent; }));
  for (const auto& [id, outcome] : air[0].app.outcomes) EXPECT_EQ(outcome, Outcome::delivered) << name(outcome);
  EXPECT_EQ(air[2].app.got.size(), sent);
  EXPECT_EQ(line.counters(0).handshakes, 1U) << "keys change without messages";
}

TEST(Seal, BothBeginAtOnce_OneSessionServesBoth) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SealedLine line(seed, 3);
    Air& air = line.air;
    const SendId a = air[0].app.send(air[2].id(), bytes_of("there"), kSealed);
    const SendId b = air[2].app.send(air[0].id(), bytes_of("back"), kSealed);
    ASSERT_TRUE(a && b);
    ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(a) && air[2].app.ended(b); }));
    EXPECT_EQ(air[0].app.outcome(a), Outcome::delivered) << name(air[0].app.outcome(a));
    EXPECT_EQ(air[2].app.outcome(b), Outcome::delivered) << name(air[2].app.outcome(b));
    EXPECT_EQ(air[2].app.got.size(), 1U);
    EXPECT_EQ(air[0].app.got.size(), 1U);
    EXPECT_EQ(line.counters(0).handshakes, 1U);
    EXPECT_EQ(line.counters(2).handshakes, 1U);
  }
}

TEST(Seal, TargetThatLostItsSessions_TrafficFlowsAgain) {
  SealedLine line(9, 3);
  Air& air = line.air;
  EXPECT_EQ(line.send(0, 2, bytes_of("one")), Outcome::delivered);
  air.run(seconds(20));
  line.lose_sessions(2);
  EXPECT_EQ(line.send(0, 2, bytes_of("two")), Outcome::delivered);
  ASSERT_EQ(air[2].app.got.size(), 2U);
  EXPECT_EQ(air[2].app.got[1].blob, bytes_of("two"));
  EXPECT_EQ(line.counters(0).handshakes, 2U);
  EXPECT_EQ(line.seal(0).sessions(), 1U);
}

TEST(Seal, ApplicationThatDoesNotWantIt_IsSaidSoAndKeepsTheSession) {
  SealedLine line(10, 2);
  Air& air = line.air;
  EXPECT_EQ(line.send(0, 1, bytes_of("one")), Outcome::delivered);
  air.run(seconds(20));
  air[1].app.take_small = false;
  EXPECT_EQ(line.send(0, 1, bytes_of("two")), Outcome::not_wanted);
  air[1].app.take_small = true;
  EXPECT_EQ(line.send(0, 1, bytes_of("three")), Outcome::delivered);
  ASSERT_EQ(air[1].app.got.size(), 2U);
  EXPECT_EQ(air[1].app.got[1].blob, bytes_of("three"));
}

TEST(Seal, StrangerByAddress_ProvesItselfByXx) {
  SealedLine line(12, 4);
  Air& air = line.air;
  std::vector<SealKind> kinds;
  for (std::size_t i : {0U, 3U})
    air[i].radios[0]->tap = [&](Bytes d) {
      if (const auto kind = kind_of(d)) kinds.push_back(*kind);
    };
  const SendId id = air[0].node.send(air[0].app, air[3].node.address(), bytes("who are you?"), kSealed);
  ASSERT_TRUE(id);
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
  ASSERT_EQ(air[3].app.got.size(), 1U);
  EXPECT_EQ(air[3].app.got[0].from.proven, air[0].id());
  EXPECT_EQ(kinds, (std::vector{SealKind::xx_first, SealKind::xx_second, SealKind::xx_third, SealKind::package,
                                SealKind::receipt}));
  EXPECT_TRUE(line.seal(0).has_session(air[3].id()));
  EXPECT_EQ(line.send(3, 0, bytes_of("me")), Outcome::delivered);
  EXPECT_EQ(air[0].app.got.at(0).from.proven, air[3].id());
}

TEST(Seal, KnownNode_HasProvenItselfAfterTwoMessages) {
  SealedLine line(13, 3);
  Air& air = line.air;
  std::vector<SealKind> kinds;
  for (std::size_t i : {0U, 2U})
    air[i].radios[0]->tap = [&](Bytes d) {
      if (const auto kind = kind_of(d)) kinds.push_back(*kind);
    };
  EXPECT_EQ(line.send(0, 2, bytes_of("x")), Outcome::delivered);
  EXPECT_EQ(kinds, (std::vector{SealKind::ik_first, SealKind::ik_second, SealKind::package, SealKind::receipt}));
}

TEST(Seal, HandshakeThatIsNotAnswered_EndsTheSend) {
  SealedLine line(15, 2);
  Air& air = line.air;
  air.loses = [](const Radio&, const Radio&, Bytes d) { return kind_of(d) == SealKind::ik_second; };
  const SendId id = air[0].app.send(air[1].id(), bytes_of("x"), kSealed);
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }, seconds(200)));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::no_answer);
  EXPECT_EQ(line.seal(1).sessions(), 0U) << "what was never proven is no session";
  air.loses = nullptr;
  EXPECT_EQ(line.send(0, 1, bytes_of("y")), Outcome::delivered);
}

TEST(Seal, CancelAndExpiry_EndASendOnce) {
  SealedLine line(16, 2);
  Air& air = line.air;
  air[1].running = false;
  const SendId a = air[0].app.send(air[1].id(), bytes_of("x"), kSealed);
  EXPECT_EQ(air[0].node.state(a), SendState::queued);
  EXPECT_EQ(air[0].node.cancel(a), Status::ok);
  EXPECT_EQ(air[0].app.outcome(a), Outcome::cancelled);
  EXPECT_EQ(air[0].node.cancel(a), Status::not_found);
  const SendId b = air[0].app.send(air[1].id(), bytes_of("y"), {.expires_after = seconds(2), .sealed = true});
  air.run(seconds(4));
  ASSERT_TRUE(air[0].app.ended(b));
  EXPECT_EQ(air[0].app.outcome(b), Outcome::expired);
  EXPECT_EQ(air[0].app.outcome_repeats, 0);
}

TEST(Seal, ItsMemory_IsSmall) {
  EXPECT_LE(sizeof(SealSession), 248U);
  EXPECT_LE(sizeof(SealHandshake), 600U);
  EXPECT_LE(sizeof(StaticSeal<>), 8 * 1024U);
}

}  // namespace
}  // namespace mp::test
