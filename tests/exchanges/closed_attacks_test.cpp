// SPDX-License-Identifier: ISC
// What outsiders with a recorder, and members that mean harm, can try in a closed network (specification:
// closed-networks.md). Each test is an attack that worked once.
#include "micropycelium/messages/hello.hpp"
#include "support/air.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mp::test {
namespace {

constexpr BeaconOptions kSigned{.closed = true};
constexpr std::size_t kChallengeFrame = kOpeningSize + kChallengeSize;
constexpr std::size_t kHelloFrame = kOpeningSize + kHelloSizeMax;  // of an answer or a proof

NetworkKey network(std::uint8_t n) {
  NetworkKey key;
  for (std::byte& b : key.fill()) b = std::byte{n};
  return key;
}

void start_line(Air& air, std::size_t n, std::size_t radios = 1) {
  for (std::size_t i = 0; i < n; ++i) {
    TestNode& node = air.add_node(kBoardLimits, kSigned);
    ASSERT_EQ(node.node.set_network(network(1)), Status::ok);
    for (std::size_t r = 0; r < radios; ++r) air.add_radio(node);
    for (std::size_t r = 0; i > 0 && r < radios; ++r) air.connect(*air[i - 1].radios[r], *node.radios[r]);
  }
  for (std::size_t i = 0; i < n; ++i) air.start(air[i]);
  ASSERT_TRUE(air.run_until([&] {
    for (std::size_t i = 1; i < n; ++i)
      if (!knows(air[i - 1], air[i]) || !knows(air[i], air[i - 1])) return false;
    return true;
  }));
}

TestNode& restart(Air& air, std::size_t i) {
  TestNode& node = air.power_cycle(i, kSigned);
  EXPECT_EQ(node.node.set_network(network(1)), Status::ok);
  return node;
}

bool is_opening(Bytes f) { return f.size() > 3 && (f[2] == std::byte{50} || f[2] == std::byte{62}); }

// After a second of silence any frame with a wrong tag makes a node ask who is there.
// `number`: of the Interface that it comes from.
void provoke_challenge(Air& air, Radio& at, const Radio& from, std::size_t number = 0) {
  Blob8 wrong(40);
  wrong[1] = static_cast<std::byte>(number);
  wrong[2] = std::byte{64};
  wrong[8] = std::byte{0x7f};
  air.inject(at, from.link(), false, wrong);
}

// b restarts while a's challenge is open. Its answer of before is held back, and comes when b's second life has been
// admitted otherwise: the old salt must not come back, nor what was sent under it.
void bring_an_old_salt_back(std::size_t radios, bool forgotten) {
  Air air(32);
  start_line(air, 2, radios);
  air.run(seconds(10));
  Radio& a = *air[0].radios.back();
  Radio& b = *air[1].radios.back();
  Blob8 held;
  std::vector<std::pair<const Radio*, Blob8>> frames;
  bool second_life = false, admits = true, asked = false;
  air.loses = [&](const Radio& from, const Radio&, Bytes f) {
    if (&from != &b && &from != air[1].radios[0].get()) return false;
    if (!is_opening(f)) {
      if (!second_life) frames.emplace_back(&from, Blob8(f.begin(), f.end()));
      return false;
    }
    if (!second_life) {
      if (&from == &b && f.size() == kHelloFrame && held.empty()) held.assign(f.begin(), f.end());
      return true;
    }
    // Of b's second life passes what admits it: its challenge and its proof, over the first link. No answer.
    if (!admits || &from != air[1].radios[0].get()) return true;
    if (f.size() == kChallengeFrame) {
      asked = true;
      return false;
    }
    return !(f.size() == kHelloFrame && std::exchange(asked, false));
  };
  provoke_challenge(air, a, b, radios - 1);
  air.run(milliseconds(50));
  ASSERT_FALSE(held.empty());
  for (int i = 0; i < 5; ++i) {
    (void)air[1].app.send(air[0].id(), bytes_of("pay " + std::to_string(i)));
    air.run(milliseconds(20));
  }
  const auto got = air[0].app.got.size();
  ASSERT_EQ(got, 5U);
  TestNode& again = restart(air, 1);
  second_life = true;
  air.start(again);
  air.run(milliseconds(20));
  const auto admissions = air[0].count(Counter::admissions);
  (void)air[0].app.send(again.id(), bytes_of("hello"));  // anything sealed: b asks a
  air.run(milliseconds(500));
  ASSERT_GT(air[0].count(Counter::admissions), admissions) << "b's second life is there";
  admits = false;
  if (forgotten) air[0].node.remove_peer(again.id());
  const auto before = air[0].count(Counter::admissions);
  air.inject(a, b.link(), false, held);
  air.run(milliseconds(50));
  EXPECT_EQ(air[0].count(Counter::admissions), before) << "an answer of b's first life was taken";
  air.run(seconds(20));
  ASSERT_FALSE(frames.empty());
  for (const auto& [from, f] : frames) {
    air.inject(from == &b ? a : *air[0].radios[0], from->link(), false, f);
    air.run(milliseconds(5));
  }
  EXPECT_EQ(air[0].app.got.size(), got) << "taken twice";
}

TEST(ClosedAttacks, AnswerHeldBackOverARestart_OldSaltStaysOut) { bring_an_old_salt_back(1, false); }

TEST(ClosedAttacks, AnswerHeldBackOverARestart_OverAnotherLink_OldSaltStaysOut) { bring_an_old_salt_back(2, false); }

TEST(ClosedAttacks, AnswerHeldBackOverARestart_NeighbourForgotten_OldSaltStaysOut) { bring_an_old_salt_back(1, true); }

// The boot counter was lost: the goodbye of the life before has the boot of this one, and a higher count.
TEST(ClosedAttacks, BootCounterLost_GoodbyeOfTheLifeBefore_DropsNobody) {
  Air air(34);
  start_line(air, 2);
  air.run(seconds(600));
  Radio& a = *air[0].radios[0];
  Radio& b = *air[1].radios[0];
  std::vector<Blob8> last;
  air.loses = [&](const Radio& from, const Radio&, Bytes f) {
    if (&from == &b && is_opening(f)) last.emplace_back(f.begin(), f.end());
    return false;
  };
  air[1].node.stop(air.now());
  air[1].running = false;
  air.run(seconds(1));
  air.loses = nullptr;
  ASSERT_FALSE(last.empty());
  TestNode& again = restart(air, 1);
  again.storage.records.erase("boot");
  air.start(again);
  air.run(seconds(5));
  ASSERT_TRUE(knows(air[0], again));
  const auto removed = air[0].app.removed.size();
  for (int i = 0; i < 3; ++i) {
    for (const Blob8& f : last) air.inject(a, b.link(), false, f);
    air.run(seconds(70));
  }
  EXPECT_EQ(air[0].app.removed.size(), removed);
  EXPECT_GT(air[0].count(Counter::beacons_refused), 0U);
}

// --- what costs an X25519 ------------------------------------------------------------------------------------------

// What a member makes of its own.
Blob8 opening_frame(Bytes text, std::uint32_t n) {
  const NetworkSecret secret(network(1), 0);
  AeadNonce24 nonce;
  store_be(nonce.value.data(), n);
  ByteArray<kFrameMax> out;
  const Bytes frame = seal_opening(secret.opening(), 50, {0, false, 0}, nonce, text, out);
  return {frame.begin(), frame.end()};
}

TEST(ClosedAttacks, ManyChallengesAtOnce_FourAreAnswered) {
  Air air(36);
  start_line(air, 2);
  air.run(seconds(10));
  std::size_t answers = 0;
  air.loses = [&](const Radio& from, const Radio&, Bytes f) {
    answers += &from == air[0].radios[0].get() && f.size() == kHelloFrame && is_opening(f) ? 1U : 0U;
    return false;
  };
  for (std::uint32_t i = 0; i < 14; ++i) {
    Hello asked;
    asked.kind = OpeningKind::challenge;
    asked.from.value = Ed25519KeyPair(Ed25519Seed{static_cast<std::byte>(100 + i)}).public_key().value;
    ByteArray<kHelloSizeMax> text;
    air.inject(*air[0].radios[0], air[1].radios[0]->link(), false, opening_frame(encode_hello(asked, text), i));
  }
  air.run(milliseconds(100));
  EXPECT_EQ(answers, 4U);
}

// a's proof is recorded, and played to b again and again; then a member makes proofs of it that are wrong.
TEST(ClosedAttacks, ProofReplayed_ChangesNothing_WrongOnesArePaced) {
  Air air(33);
  start_line(air, 2);
  air.run(seconds(10));
  Radio& a = *air[0].radios[0];
  Radio& b = *air[1].radios[0];
  Blob8 proof;
  air.loses = [&](const Radio& from, const Radio&, Bytes f) {
    if (&from == &a && is_opening(f) && f.size() == kHelloFrame) proof.assign(f.begin(), f.end());
    return false;
  };
  provoke_challenge(air, a, b);
  air.run(milliseconds(100));
  air.loses = nullptr;
  ASSERT_FALSE(proof.empty());
  const auto admissions = air[1].count(Counter::admissions);
  const auto taken = air[1].count(Counter::rx_control);
  for (int i = 0; i < 100; ++i) air.inject(b, a.link(), false, proof);
  air.run(milliseconds(100));
  EXPECT_EQ(air[1].count(Counter::rx_control), taken + 100) << "known at once, and not paced";

  const NetworkSecret secret(network(1), 0);
  Blob8 wrong = proof;
  const auto text = open_opening(secret.opening(), wrong);
  ASSERT_TRUE(text.ok());
  (*text)[49] ^= std::byte{1};  // the salt
  const auto forged = air[1].count(Counter::rx_forged);
  const auto refused = air[1].count(Counter::rx_refused);
  for (std::uint32_t i = 0; i < 100; ++i) air.inject(b, a.link(), false, opening_frame(*text, i));
  air.run(milliseconds(100));
  EXPECT_EQ(air[1].count(Counter::rx_forged), forged + 4);
  EXPECT_EQ(air[1].count(Counter::rx_refused), refused + 96);
  EXPECT_EQ(air[1].count(Counter::admissions), admissions);

  // The true one is heard all the same when it starts anew.
  TestNode& again = restart(air, 0);
  air.start(again);
  ASSERT_TRUE(air.run_until([&] { return air[1].count(Counter::admissions) > admissions; }, seconds(10)));
}

// What comes in an opening frame may be a record of any age, of nobody knows whom: only who has asked for such gets it.
TEST(ClosedAttacks, OpeningPackages_AreForBeaconAlone) {
  Air air(38);
  start_line(air, 2);
  air.run(seconds(10));
  const Blob8 text = bytes_of("open the gate");
  const SendId refused = air[1].node.broadcast(air[1].app, text, {.opening = true});
  EXPECT_FALSE(refused);
  EXPECT_EQ(refused.refusal(), Status::unsupported);
  ByteArray<kOpeningTextMax> package{};
  write_package_head({air[0].app.id(), half_sha256(text)}, MutableBytes(package).subspan(1).first<kPackageHeader>());
  copy(text, MutableBytes(package).subspan(1 + kPackageHeader));
  const auto before = air[0].count(Counter::rx_refused);
  air.inject(*air[0].radios[0], air[1].radios[0]->link(), true,
             opening_frame(Bytes(package).first(1 + kPackageHeader + text.size()), 1));
  air.run(milliseconds(100));
  EXPECT_EQ(air[0].count(Counter::rx_refused), before + 1);
  EXPECT_TRUE(air[0].app.got.empty());
}

// Bit 2 of the seal byte is 0 in opening frames, so that what a mac covers is never in doubt.
TEST(ClosedAttacks, OpeningFrameThatClaimsAGroupKey_IsForged) {
  Air air(39);
  start_line(air, 2);
  air.run(seconds(10));
  Hello asked;
  asked.from.value = Ed25519KeyPair(Ed25519Seed{std::byte{100}}).public_key().value;
  ByteArray<kHelloSizeMax> text;
  ByteArray<kFrameMax> out;
  const NetworkSecret secret(network(1), 0);
  const Bytes frame = seal_opening(secret.opening(), 50, {0, true, 0}, {}, encode_hello(asked, text), out);
  const auto forged = air[0].count(Counter::rx_forged);
  air.inject(*air[0].radios[0], air[1].radios[0]->link(), false, frame);
  air.run(milliseconds(100));
  EXPECT_EQ(air[0].count(Counter::rx_forged), forged + 1);
}

// Sealed frames of somebody who has no key, as fast as a radio sends: each is a reason to ask who is there, and each
// question takes airtime from those who talk.
TEST(ClosedAttacks, SealedFramesOfAStranger_WhoNeverAnswers_IsAskedEverLess) {
  Air air(37);
  start_line(air, 2);
  air.run(seconds(30));
  const LinkAddress nobody = LinkAddress::from(bytes("x"));
  std::size_t asked = 0;
  air[0].radios[0]->tap = [&](Bytes f) { asked += is_opening(f) && f.size() == kOpeningSize + 45 ? 1U : 0U; };
  ByteArray<kEspNowFrame> frame{};
  frame[2] = std::byte{kSealedSchema};
  for (int i = 0; i < 30'000; ++i) {
    air.inject(*air[0].radios[0], nobody, false, frame);
    air.run(milliseconds(2));
  }
  EXPECT_GT(asked, 20U);
  EXPECT_LE(asked, 72U) << "in a minute";
}

// --- members that mean harm ------------------------------------------------------------------------------------------

// The salt of a node, as every member can read it in the node's answers and proofs.
SealSalt salt_of(const std::vector<Blob8>& heard, const NodeId& who) {
  const NetworkSecret secret(network(1), 0);
  for (Blob8 frame : heard) {
    if (!is_opening(frame) || frame.size() != kHelloFrame) continue;
    const auto text = open_opening(secret.opening(), frame);
    if (!text) continue;
    if (const auto hello = decode_hello(*text); hello && hello->from == who) return SealSalt(hello->salt);
  }
  return {};
}

// A third member says one thing to all "as node 0", with the highest counter.
TEST(ClosedAttacks, AMember_WithTheHighestCounterToAll_CutsNobodyOff) {
  Air air(31);
  std::vector<Blob8> heard;
  air.loses = [&](const Radio&, const Radio&, Bytes f) {
    heard.emplace_back(f.begin(), f.end());
    return false;
  };
  start_line(air, 2);
  air.run(seconds(2));
  air.loses = nullptr;
  const SealSalt salt = salt_of(heard, air[0].id());
  ASSERT_FALSE(salt == SealSalt{});
  ByteArray<kFrameMax> packet, frame;
  const Schema& schema = *find_schema(64);
  const auto written = write_packet(schema, PacketFields{}, bytes_of("whatever"), packet);
  ASSERT_TRUE(written.ok());
  const NetworkSecret secret(network(1), 0);
  const Bytes sealed =
      seal_frame(secret.group_key(air[0].id(), salt), {0, true, 0}, 0xffff'ffff, schema, *written, frame);
  air.inject(*air[1].radios[0], air[0].radios[0]->link(), true, sealed);
  air.run(seconds(1));
  EXPECT_EQ(air[1].count(Counter::rx_forged), 0U) << "it is a right frame";
  const SendId id = air[0].app.send(air[1].id(), bytes_of("are you there"));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
  air.run(seconds(1'000));
  EXPECT_TRUE(air[1].app.removed.empty());
  EXPECT_TRUE(air[0].app.removed.empty());
}

TEST(ClosedAttacks, BroadcastOvertakenByOneToOne_IsTaken_ByAnotherBroadcast_IsDropped) {
  for (const bool to_all : {false, true}) {
    SCOPED_TRACE(to_all ? "by a broadcast" : "by a frame to one");
    Air air(35);
    start_line(air, 2);
    air.run(seconds(10));
    Radio& a = *air[0].radios[0];
    Radio& b = *air[1].radios[0];
    Blob8 held;
    air.loses = [&](const Radio& from, const Radio&, Bytes f) {
      if (&from != &a || is_opening(f) || (f[1] & std::byte{0x20}) == std::byte{0} || !held.empty()) return false;
      held.assign(f.begin(), f.end());
      return true;
    };
    (void)air[0].node.broadcast(air[0].app, bytes_of("first"));
    air.run(milliseconds(50));
    ASSERT_FALSE(held.empty());
    if (to_all)
      (void)air[0].node.broadcast(air[0].app, bytes_of("second"));
    else
      (void)air[0].app.send(air[1].id(), bytes_of("second"));
    air.run(milliseconds(50));
    ASSERT_EQ(air[1].app.got.size(), 1U);
    for (int i = 0; i < 2; ++i) air.inject(b, a.link(), true, held);
    air.run(milliseconds(50));
    EXPECT_EQ(air[1].app.got.size(), to_all ? 1U : 2U);
    EXPECT_EQ(air[1].count(Counter::rx_replayed), to_all ? 2U : 1U);
  }
}

}  // namespace
}  // namespace mp::test
