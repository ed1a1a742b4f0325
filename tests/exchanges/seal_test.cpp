// SPDX-License-Identifier: ISC
// Packages protected end to end, over real nodes (specification: seal.md).
#include "micropycelium/applications/seal.hpp"
#include "micropycelium/crypto/ed25519.hpp"
#include "micropycelium/messages/seal.hpp"
#include "micropycelium/packet/package.hpp"
#include "support/air.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mp::test {
namespace {

constexpr SendOptions kSealed{.sealed = true};

AppId seal_id() { return make_app_id(kSealApp.name, kSealApp.description, kSealApp.version); }

// Nodes in a row, each with Seal, that have met.
struct SealedLine {
  explicit SealedLine(std::uint64_t seed, std::size_t n, const Limits& limits = kBoardLimits) : air(seed) {
    make_line(air, n, limits);
    route_line(air);
    for (std::size_t i = 0; i < n; ++i) {
      seals.push_back(std::make_unique<StaticSeal<>>());
      EXPECT_EQ(air[i].node.attach(*seals.back()), Status::ok);
    }
    air.run(seconds(1));
  }
  ~SealedLine() {
    for (std::size_t i = 0; i < seals.size(); ++i) air[i].node.detach(*seals[i]);
  }
  // A node that has lost all its sessions, and remembers no message.
  void lose_sessions(std::size_t i) {
    air[i].node.detach(*seals[i]);
    seals[i] = std::make_unique<StaticSeal<>>();
    EXPECT_EQ(air[i].node.attach(*seals[i]), Status::ok);
  }
  Outcome send(std::size_t from, std::size_t to, const Blob8& blob, SendOptions options = kSealed) {
    const SendId id = air[from].app.send(air[to].id(), blob, options);
    EXPECT_TRUE(id) << name(id.refusal());
    EXPECT_TRUE(air.run_until([&] { return air[from].app.ended(id); }, seconds(300)));
    return air[from].app.ended(id) ? air[from].app.outcome(id) : Outcome::cancelled;
  }
  const Seal& seal(std::size_t i) const { return *seals[i]->operator->(); }
  SealCounters counters(std::size_t i) const { return seal(i).counters(); }

  Air air;
  std::vector<std::unique_ptr<StaticSeal<>>> seals;
};

// Packages of Seal in single packets that this node sends, with the kind of the message.
std::optional<SealKind> kind_of(Bytes datagram) {
  const auto packet = PacketView::parse(datagram);
  if (!packet || packet->schema().sequenced() || packet->flags().control() > Control::ask) return std::nullopt;
  const auto package = PackageView::parse(packet->body());
  if (!package || !(package->head.app_id == seal_id())) return std::nullopt;
  const auto message = decode_seal(package->blob);
  return message ? std::optional(message->kind) : std::nullopt;
}

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

bool is_far_ack(Bytes datagram) {
  const auto packet = PacketView::parse(datagram);
  return packet && packet->schema().routed() && !packet->schema().sequenced() &&
         packet->flags().control() == Control::ack && packet->body().size() == 5;
}

// The same, but "not wanted".
Blob8 refusing(Bytes ack) {
  Blob8 forged(ack.begin(), ack.end());
  forged[PacketView::parse(ack)->schema().body_offset] = std::byte{1};
  return forged;
}

// Who forges acknowledgements makes nobody say a thing twice.
TEST(Seal, ForgedRefusal_DeliversNothingTwice) {
  SealedLine line(11, 3);
  Air& air = line.air;
  EXPECT_EQ(line.send(0, 2, bytes_of("one")), Outcome::delivered);
  air.run(seconds(20));
  // The relay turns "delivered" into "not wanted", once.
  bool done = false;
  air.loses = [&](const Radio& from, const Radio& to, Bytes datagram) {
    if (done || &from != air[1].radios[0].get() || &to != air[0].radios[0].get() || !is_far_ack(datagram)) return false;
    done = true;
    (void)air[1].radios[0]->send(to.link(), refusing(datagram));
    return true;
  };
  const Outcome outcome = line.send(0, 2, bytes_of("two"));
  EXPECT_TRUE(done);
  EXPECT_EQ(outcome, Outcome::not_wanted) << "what it was told";
  air.run(seconds(60));
  EXPECT_EQ(air[2].app.got.size(), 2U);
}

// Nor with a refusal that comes when there is a newer session.
TEST(Seal, ForgedRefusalInTheSessionBefore_DeliversNothingTwice) {
  SealedLine line(33, 3);
  Air& air = line.air;
  const Radio* const relay = air[1].radios[0].get();
  EXPECT_EQ(line.send(0, 2, bytes_of("one")), Outcome::delivered);
  air.run(seconds(20));
  Blob8 held;
  bool refused = false;
  air.loses = [&](const Radio& from, const Radio& to, Bytes datagram) {
    if (&from != relay || !is_far_ack(datagram)) return false;
    if (&to == air[0].radios[0].get()) {  // the answer to "two" is kept back
      if (held.empty()) held.assign(datagram.begin(), datagram.end());
      return equal(PacketView::parse(held)->body(), PacketView::parse(datagram)->body());
    }
    if (std::exchange(refused, true)) return false;  // the other end is made to begin anew
    (void)air[1].radios[0]->send(to.link(), refusing(datagram));
    return true;
  };
  const SendId id = air[0].app.send(air[2].id(), bytes_of("two"), kSealed);
  ASSERT_TRUE(air.run_until([&] { return !held.empty(); }));
  (void)air[2].app.send(air[0].id(), bytes_of("back"), kSealed);
  ASSERT_TRUE(air.run_until([&] { return line.counters(2).handshakes == 2 && line.counters(0).handshakes == 2; }));
  EXPECT_FALSE(air[0].app.ended(id));
  const auto keep = std::exchange(air.loses, nullptr);
  (void)air[1].radios[0]->send(air[0].radios[0]->link(), refusing(held));
  air.loses = keep;
  air.run(seconds(100));
  ASSERT_TRUE(air[0].app.ended(id));
  EXPECT_EQ(air[2].app.got.size(), 2U);
  EXPECT_EQ(air[0].app.got.size(), 1U);
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
  EXPECT_EQ(kinds, (std::vector{SealKind::xx_first, SealKind::xx_second, SealKind::xx_third, SealKind::package}));
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
  EXPECT_EQ(kinds, (std::vector{SealKind::ik_first, SealKind::ik_second, SealKind::package}));
}

// Everything that went over the air in a day comes again, days later, to each end and to a node that has forgotten all.
TEST(Seal, ReplayOfADay_DeliversNothingAndOpensNothing) {
  SealedLine line(14, 2);
  Air& air = line.air;
  std::vector<std::pair<std::size_t, Blob8>> day;  // to whom
  for (std::size_t i : {0U, 1U})
    air[i].radios[0]->tap = [&day, i](Bytes d) { day.emplace_back(1 - i, Blob8(d.begin(), d.end())); };
  for (int hour = 0; hour < 24; ++hour) {
    EXPECT_EQ(line.send(0, 1, air.random.blob(30)), Outcome::delivered);
    EXPECT_EQ(line.send(1, 0, air.random.blob(30)), Outcome::delivered);
    if (hour % 8 == 7) line.lose_sessions(1);
    air.run(seconds(3600));
  }
  for (std::size_t i : {0U, 1U}) air[i].radios[0]->tap = nullptr;
  const auto replay = [&] {
    const std::size_t got0 = air[0].app.got.size(), got1 = air[1].app.got.size();
    const std::uint32_t opened0 = line.counters(0).handshakes, opened1 = line.counters(1).handshakes;
    for (const auto& [to, datagram] : day) {
      if (!kind_of(datagram)) continue;
      (void)air[1 - to].radios[0]->send(air[to].radios[0]->link(), datagram);
      air.run(milliseconds(100));
    }
    air.run(seconds(200));
    EXPECT_EQ(air[0].app.got.size(), got0);
    EXPECT_EQ(air[1].app.got.size(), got1);
    EXPECT_EQ(line.counters(0).handshakes, opened0);
    EXPECT_EQ(line.counters(1).handshakes, opened1);
    EXPECT_EQ(line.seal(0).half_open() + line.seal(1).half_open(), 0U);
  };
  replay();
  for (std::size_t i : {0U, 1U}) line.lose_sessions(i);
  replay();
  // What was half open meanwhile is in nobody's way.
  EXPECT_EQ(line.send(0, 1, bytes_of("now")), Outcome::delivered);
}

TEST(Seal, Tampering_DeliversNothingWrong) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SealedLine line(seed, 3);
    Air& air = line.air;
    std::vector<Blob8> sent;
    // The relay changes a byte of every third Seal message, and makes the digest right again.
    air.loses = [&](const Radio& from, const Radio& to, Bytes datagram) {
      if (&from != air[1].radios[0].get() || !kind_of(datagram) || !air.random.one_in(3)) return false;
      Blob8 changed(datagram.begin(), datagram.end());
      const auto offset = static_cast<std::size_t>(PacketView::parse(datagram)->schema().body_offset);
      const std::size_t blob = offset + kPackageHeader;
      const auto at = blob + air.random.below(static_cast<std::uint32_t>(changed.size() - blob));
      changed[at] ^= static_cast<std::byte>(1 + air.random.below(255));
      const HalfSha256 digest = half_sha256(Bytes(changed).subspan(blob));
      copy(digest.bytes(), MutableBytes(changed).subspan(offset + AppId::kSize));
      const auto keep = std::exchange(air.loses, nullptr);
      (void)air[1].radios[0]->send(to.link(), changed);
      air.loses = keep;
      return true;
    };
    for (int i = 0; i < 20; ++i) {
      sent.push_back(air.random.blob(40));
      (void)line.send(0, 2, sent.back());
    }
    EXPECT_GT(line.counters(2).forged, 0U);
    for (const auto& got : air[2].app.got) {
      EXPECT_EQ(std::count(sent.begin(), sent.end(), got.blob), 1);
      EXPECT_EQ(got.from.proven, air[0].id());
    }
    for (std::size_t i = 0; i < air[2].app.got.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) EXPECT_NE(air[2].app.got[i].blob, air[2].app.got[j].blob);
  }
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

// A small table: who is talked with stays, and a newcomer has to wait until somebody was silent for a while.
TEST(Seal, TableFull_SessionsInUseStay) {
  Air air(17);
  TestNode& hub = air.add_node(kGatewayLimits);
  air.add_radio(hub);
  constexpr std::size_t kOthers = 4;
  for (std::size_t i = 0; i < kOthers; ++i) air.connect(*hub.radios[0], air.add_radio(air.add_node()));
  for (std::size_t i = 0; i < air.size(); ++i) air.start(air[i]);
  ASSERT_TRUE(air.run_until([&] {
    for (std::size_t i = 1; i < air.size(); ++i)
      if (!knows(air[i], hub) || !knows(hub, air[i])) return false;
    return true;
  }));
  constexpr SealLimits kSmall{.sessions = 2};
  StaticSeal<kSmall> few;
  std::vector<std::unique_ptr<StaticSeal<>>> seals;
  ASSERT_EQ(hub.node.attach(few), Status::ok);
  for (std::size_t i = 1; i < air.size(); ++i) {
    seals.push_back(std::make_unique<StaticSeal<>>());
    ASSERT_EQ(air[i].node.attach(*seals.back()), Status::ok);
  }
  const auto send = [&](std::size_t from) {
    const SendId id = air[from].app.send(hub.id(), bytes_of("x"), kSealed);
    EXPECT_TRUE(air.run_until([&] { return air[from].app.ended(id); }, seconds(300)));
    return air[from].app.outcome(id);
  };
  EXPECT_EQ(send(1), Outcome::delivered);
  EXPECT_EQ(send(2), Outcome::delivered);
  EXPECT_EQ(send(3), Outcome::not_wanted) << "no room";
  EXPECT_EQ(send(1), Outcome::delivered);
  EXPECT_EQ(few->counters().handshakes, 2U) << "in the session of before";
  air.run(seconds(45));
  EXPECT_EQ(send(1), Outcome::delivered);
  air.run(seconds(30));
  EXPECT_EQ(send(3), Outcome::delivered) << "in the place of the one that was silent";
  EXPECT_EQ(few->sessions(), 2U);
  EXPECT_TRUE(few->has_session(air[1].id()));
  EXPECT_FALSE(few->has_session(air[2].id()));
  hub.node.detach(few);
  for (std::size_t i = 1; i < air.size(); ++i) air[i].node.detach(*seals[i - 1]);
}

// --- larger ones --------------------------------------------------------------------------------------

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
  EXPECT_EQ(air[0].app.outcome(id), Outcome::no_room);
  EXPECT_TRUE(air[1].app.got.empty());
  air[1].app.take_large = true;
  EXPECT_EQ(line.send(0, 1, bytes_of("x")), Outcome::delivered);
}

// A relay that changes, cuts off or exchanges records, and makes the digest of the Package right again, as anyone can.
TEST(Seal, BlobThatWasChanged_IsAbandoned) {
  const auto arrives = [](auto&& change) {
    Air air(1);
    TestNode& n = air.add_node();
    air.add_radio(n);
    air.start(n);
    StaticSeal<> seal;
    EXPECT_EQ(n.node.attach(seal), Status::ok);
    // What it sends is taken from its SealedOut, and put into a SealedIn, past all transport.
    AeadKey key;
    n.random.fill(key.fill());
    VectorBlob plain(n.random.blob(1'000)), inner;
    SealedOut out;
    out.begin(bytes("head"), key.copy(), &plain, {});
    Blob8 sealed(out.size());
    EXPECT_EQ(out.read(0, sealed), Status::ok);
    for (int i = 0; i < 200; ++i) {
      const std::uint32_t at = n.random.below(out.size()), size = n.random.below(out.size() - at + 1);
      Blob8 part(size);
      EXPECT_EQ(out.read(at, part), Status::ok);
      EXPECT_TRUE(equal(part, Bytes(sealed).subspan(at, size))) << "as often as it is asked, the same";
    }
    sealed.erase(sealed.begin(), sealed.begin() + 4);
    change(sealed);
    inner.bytes = sealed;
    SealedIn in;
    in.inner = &inner;
    in.key = key.copy();
    in.sealed = static_cast<std::uint32_t>(sealed.size());
    const Status status = in.open(1'000);
    const bool same = equal(Bytes(inner.bytes).first(std::min<std::size_t>(1'000, inner.bytes.size())), plain.bytes);
    n.node.detach(seal);
    return status == Status::ok && same;
  };
  EXPECT_TRUE(arrives([](Blob8&) {}));
  for (std::size_t at : {0U, 300U, 1'063U}) EXPECT_FALSE(arrives([&](Blob8& b) { b.at(at) ^= std::byte{1}; }));
  EXPECT_FALSE(arrives([](Blob8& b) { b.resize(b.size() - 1); }));
  EXPECT_FALSE(arrives([](Blob8& b) { b.resize(256 * 4); })) << "a whole record less";
  EXPECT_FALSE(arrives([](Blob8& b) { b.resize(256); }));
  EXPECT_FALSE(arrives([](Blob8& b) { b.clear(); }));
  EXPECT_FALSE(arrives([](Blob8& b) { std::swap_ranges(b.begin(), b.begin() + 256, b.begin() + 256); }));
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

// --- one way ------------------------------------------------------------------------------------------

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

// Whoever has a key of his own, and claims to be somebody else.
TEST(Seal, WrongIdInTheHandshake_IsRefused) {
  SealedLine line(34, 2);
  Air& air = line.air;
  X25519PrivateKey secret;
  air.random.fill(secret.fill());
  const X25519KeyPair mallory{std::move(secret)};
  const auto target = ed25519_to_x25519(Ed25519PublicKey(air[1].id().value));
  ASSERT_TRUE(target.ok());
  const auto fresh = [&] {
    X25519PrivateKey key;
    air.random.fill(key.fill());
    return key;
  };
  // IK and X, as if from node 0; and from the target itself.
  for (const NodeId& claimed : {air[0].id(), air[1].id(), NodeId{}}) {
    for (const SealKind kind : {SealKind::ik_first, SealKind::one_way}) {
      const auto pattern = kind == SealKind::one_way ? NoisePattern::x : NoisePattern::ik;
      NoiseHandshake noise;
      if (pattern == NoisePattern::x)
        noise.initiate_x(mallory, *target, fresh(), seal_prologue(pattern, air[1].id()).bytes_of());
      else
        noise.initiate_ik(mallory, *target, fresh(), seal_prologue(pattern, air[1].id()).bytes_of());
      Blob8 payload(kind == SealKind::one_way ? 48 : 40, std::byte{1});
      copy(claimed.bytes(), payload);
      const AppId app = air[1].app.id();
      if (kind == SealKind::one_way) copy(app.bytes().first(8), MutableBytes(payload).subspan(40));
      Blob8 message(1 + 96 + payload.size());
      message[0] = static_cast<std::byte>(kind);
      ASSERT_TRUE(noise.write_message(payload, MutableBytes(message).subspan(1)).ok());
      if (kind == SealKind::one_way) {
        NoiseCipher send, none;
        ASSERT_EQ(noise.split(send, none), Status::ok);
        Blob8 record(3 + 16, std::byte{'x'});
        seal_record(send.key(), 0, true, record);
        message.insert(message.end(), record.begin(), record.end());
      }
      const std::uint32_t forged = line.counters(1).forged;
      (void)air[0].node.send(*line.seals[0]->operator->(), air[1].id(), Bytes(message), {.ask = false});
      air.run(seconds(1));
      EXPECT_EQ(line.counters(1).forged, forged + 1);
      EXPECT_EQ(line.seal(1).half_open() + line.seal(1).sessions(), 0U);
      EXPECT_TRUE(air[1].app.got.empty());
    }
  }
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

TEST(Seal, ItsMemory_IsSmall) {
  EXPECT_LE(sizeof(SealSession), 264U);
  EXPECT_LE(sizeof(SealHandshake), 600U);
  EXPECT_LE(sizeof(StaticSeal<>), 8 * 1024U);
}

}  // namespace
}  // namespace mp::test
