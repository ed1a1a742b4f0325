// SPDX-License-Identifier: ISC
// Seal among those who replay, forge and change what they hear, or want all its room (specification: seal.md).
#include "micropycelium/crypto/ed25519.hpp"
#include "support/sealed_line.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mp::test {
namespace {

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

// Whoever forges acknowledgements makes nobody believe that a thing was delivered that he has dropped.
TEST(Seal, ForgedAcknowledgement_IsNotDelivered) {
  SealedLine line(12, 3);
  Air& air = line.air;
  EXPECT_EQ(line.send(0, 2, bytes_of("one")), Outcome::delivered);
  air.run(seconds(20));
  int forged = 0;
  air.loses = [&](const Radio& from, const Radio& to, Bytes datagram) {
    if (&from != air[1].radios[0].get() || &to != air[2].radios[0].get() || kind_of(datagram) != SealKind::package)
      return false;
    const auto packet = PacketView::parse(datagram);
    PacketFields fields;
    fields.flags = Flags(Control::ack);
    fields.packet_id = packet->packet_id();
    fields.ttl = 100;
    fields.tree_state = packet->tree_state();
    fields.to_addr = packet->from_addr();
    fields.from_addr = packet->to_addr();
    const auto body = End{EndStatus::delivered, PackageView::parse(packet->body())->head.half_sha256}.encode();
    ByteArray<kFrameMax> room;
    const auto ack = write_packet(packet->schema(), fields, body, room);
    const auto keep = std::exchange(air.loses, nullptr);
    (void)air[1].radios[0]->send(air[0].radios[0]->link(), *ack);
    air.loses = keep;
    ++forged;
    return true;
  };
  EXPECT_EQ(line.send(0, 2, bytes_of("two")), Outcome::unconfirmed);
  EXPECT_GT(forged, 0);
  EXPECT_EQ(air[2].app.got.size(), 1U);
  // And the other way round: it was delivered, whatever becomes of the acknowledgements.
  air.loses = [](const Radio&, const Radio&, Bytes datagram) { return is_far_ack(datagram); };
  EXPECT_EQ(line.send(0, 2, bytes_of("three")), Outcome::delivered);
}

// Nor with a refusal that comes when there is a newer session.
TEST(Seal, ForgedRefusalInTheSessionBefore_DeliversNothingTwice) {
  SealedLine line(33, 3);
  Air& air = line.air;
  const Radio* const relay = air[1].radios[0].get();
  EXPECT_EQ(line.send(0, 2, bytes_of("one")), Outcome::delivered);
  air.run(seconds(20));
  Blob8 held;
  bool refused = true;
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
  air.run(milliseconds(50));  // the receipt comes
  refused = false;
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

// What its Application did not want was not taken, so anybody can repeat it as often as he likes, from any address: it
// moved the session there, and kept it in use.
TEST(Seal, RefusedPackageRepeatedFromElsewhere_MovesNothingAndKeepsNothing) {
  SealedLine line(35, 4);
  Air& air = line.air;
  const SendId hello = air[0].node.send(air[0].app, air[3].node.address(), bytes("hello"), kSealed);
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(hello); }));
  ASSERT_EQ(air[0].app.outcome(hello), Outcome::delivered);
  Blob8 refused;
  air[1].radios[0]->tap = [&](Bytes d) {
    if (kind_of(d) == SealKind::package) refused.assign(d.begin(), d.end());
  };
  // Its sender does not hear so, and goes on with the session.
  air.loses = [](const Radio&, const Radio&, Bytes d) { return is_far_ack(d); };
  air[0].app.take_small = false;
  EXPECT_EQ(line.send(3, 0, bytes_of("not now")), Outcome::no_answer);
  air[1].radios[0]->tap = nullptr;
  air.loses = nullptr;
  ASSERT_FALSE(refused.empty());
  ASSERT_EQ(line.counters(0).handshakes, 1U);
  // The same, from the address of somebody else.
  const auto packet = PacketView::parse(refused);
  PacketFields fields;
  fields.packet_id = 77;
  fields.ttl = 100;
  fields.tree_state = packet->tree_state();
  fields.to_addr = packet->to_addr();
  fields.from_addr = air[2].node.address().address;
  ByteArray<kFrameMax> room;
  const auto moved = write_packet(packet->schema(), fields, packet->body(), room);
  ASSERT_TRUE(moved.ok());
  const auto before = air[0].count(Counter::rx_refused);
  const auto lost = line.counters(0).lost;
  for (int minute = 0; minute < 150; ++minute) {
    (void)air[1].radios[0]->send(air[0].radios[0]->link(), *moved);
    air.run(seconds(60));
    if (minute != 0) continue;
    EXPECT_EQ(air[0].count(Counter::rx_refused), before + 1);
    EXPECT_EQ(line.counters(0).lost, lost) << "it was opened, and not wanted";
    EXPECT_EQ(line.send(0, 3, bytes_of("back")), Outcome::delivered) << "to where it was before";
  }
  EXPECT_EQ(line.counters(0).handshakes, 1U);
  EXPECT_EQ(line.seal(0).sessions(), 0U) << "unused for two hours";
}

// Whoever heard the first message of XX makes second ones up: each costs an X25519 until it shows that it is wrong.
TEST(Seal, WrongSecondMessages_ArePaced) {
  SealedLine line(36, 2);
  Air& air = line.air;
  Blob8 first;
  air[0].radios[0]->tap = [&](Bytes d) {
    if (kind_of(d) == SealKind::xx_first) first.assign(d.begin(), d.end());
  };
  air.loses = [](const Radio&, const Radio&, Bytes d) { return kind_of(d) == SealKind::xx_second; };
  const SendId id = air[0].node.send(air[0].app, air[1].node.address(), bytes("who?"), kSealed);
  ASSERT_TRUE(id);
  air.run(milliseconds(100));
  line.lose_sessions(1);
  air.loses = nullptr;
  ASSERT_FALSE(first.empty());
  const auto name = PackageView::parse(PacketView::parse(first)->body())->blob.last(4);
  for (int i = 0; i < 1'000; ++i) {
    Blob8 wrong = air.random.blob(kSealXxSecond);
    wrong[0] = static_cast<std::byte>(SealKind::xx_second);
    copy(name, MutableBytes(wrong).subspan(1));
    (void)air[1].node.send(*line.seals[1]->operator->(), air[0].id(), Bytes(wrong), {.ask = false});
    air.run(milliseconds(10));
  }
  EXPECT_GE(line.counters(0).forged, 40U);
  EXPECT_LE(line.counters(0).forged, 8U + 10 * 4 + 1) << "8 at once, then 4 in a second";
  EXPECT_GT(line.counters(0).refused, 900U);
  // And it is over when they end.
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  EXPECT_EQ(line.send(0, 1, bytes_of("you")), Outcome::delivered);
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

}  // namespace
}  // namespace mp::test
