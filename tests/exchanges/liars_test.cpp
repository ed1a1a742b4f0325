// SPDX-License-Identifier: ISC
// Members of a closed network that lie (specification: beacon.md, "Signed Beacons"): they are not believed, what is not
// true is counted, and held against them where it is certain that they said it.
#include "support/air.hpp"
#include "support/closed_member.hpp"

#include <gtest/gtest.h>

namespace mp::test {
namespace {

NetworkKey network() {
  NetworkKey key;
  for (std::byte& b : key.fill()) b = std::byte{1};
  return key;
}

// Two honest members that know each other, and a third in their midst whose every word the test chooses.
struct Midst {
  Midst() : air(1), radio(air.add_stranger()), liar(network(), 0, 66, radio.link()) {
    for (int i = 0; i < 2; ++i) {
      TestNode& node = air.add_node(kBoardLimits, {.closed = true});
      EXPECT_EQ(node.node.set_network(network()), Status::ok);
      air.add_radio(node);
      air.connect(*node.radios[0], radio);
    }
    air.connect(*air[0].radios[0], *air[1].radios[0]);
    for (std::size_t i = 0; i < 2; ++i) air.start(air[i]);
    EXPECT_TRUE(air.run_until([&] { return knows(air[0], air[1]) && knows(air[1], air[0]); }));
    beacon = make_app_id(kSignedBeaconApp.name, kSignedBeaconApp.description, kSignedBeaconApp.version);
    liar.meet(air[0].id());
    say(liar.opening(liar.challenge(1), out));
    Hello proof = liar.proof();
    liar.sign(proof);
    say(liar.opening(proof, out));
    EXPECT_NE(peer(), nullptr);
  }
  // To node 0, under whoever's address.
  void say(Bytes frame, const Radio* as = nullptr) {
    air.inject(*air[0].radios[0], (as != nullptr ? *as : radio).link(), false, frame);
    air.run(milliseconds(50));
    while (const auto received = radio.receive()) liar.hear(received->datagram);
  }
  const Peer* peer() { return air[0].node.peer(liar.id()); }
  const Peer* honest() { return air[0].node.peer(air[1].id()); }
  std::uint32_t refused() { return air[0].count(Counter::beacons_refused); }

  Air air;
  Radio& radio;
  ClosedMember liar;
  AppId beacon;
  ByteArray<kFrameMax> out{};
  ByteArray<kSignedBeaconSizeMax> text{};
};

TEST(Liars, TrueBeacons_AreHeldAgainstNobody) {
  Midst m;
  m.say(m.liar.package_frame(m.beacon, m.liar.beacon(m.liar.beacon_head(1), m.text), m.out));
  m.say(m.liar.opening_package(m.beacon, m.liar.beacon(m.liar.beacon_head(2), m.text), m.out));
  m.say(m.liar.package_frame(m.beacon, m.liar.beacon(m.liar.beacon_head(3), m.text), m.out, true));
  ASSERT_NE(m.peer(), nullptr);
  EXPECT_EQ(m.refused(), 0U);
  EXPECT_EQ(m.peer()->lies + m.peer()->doubts, 0);
  EXPECT_EQ(m.air[0].count(Counter::rx_forged), 0U);
}

TEST(Liars, WrongSignatureUnderItsOwnKey_IsItsLie) {
  Midst m;
  const Bytes beacon = m.liar.beacon(m.liar.beacon_head(1), m.text);
  m.text[41] ^= std::byte{1};  // another interval than it signed
  m.say(m.liar.package_frame(m.beacon, beacon, m.out));
  EXPECT_EQ(m.refused(), 1U);
  EXPECT_EQ(m.peer()->lies, 1);
  EXPECT_EQ(m.peer()->doubts, 0);
  // And its count has not moved: the true one is believed.
  m.text[41] ^= std::byte{1};
  m.say(m.liar.package_frame(m.beacon, beacon, m.out));
  EXPECT_EQ(m.refused(), 1U);
}

TEST(Liars, AnothersBeaconUnderItsOwnKey_IsItsLie_AndTheOtherIsUntouched) {
  Midst m;
  // A true Beacon of node 1, as any member can read it, that node 0 has not heard: a goodbye.
  Blob8 goodbye;
  m.air.loses = [&](const Radio& from, const Radio&, Bytes frame) {
    if (&from != m.air[1].radios[0].get()) return false;
    if (const auto opened = m.liar.opened(frame); opened.ok && opened.size > 1 + kPackageHeader)
      goodbye.assign(opened.bytes().begin() + 1 + kPackageHeader, opened.bytes().end());
    return true;
  };
  m.air[1].node.stop(m.air.now());
  m.air.run(seconds(1));
  ASSERT_FALSE(goodbye.empty());
  ASSERT_EQ(goodbye[0], static_cast<std::byte>(BeaconOp::disconnect));
  m.say(m.liar.package_frame(m.beacon, goodbye, m.out));
  EXPECT_EQ(m.refused(), 1U);
  EXPECT_EQ(m.peer()->lies, 1);
  ASSERT_NE(m.honest(), nullptr) << "it was not its to say goodbye";
  EXPECT_EQ(m.honest()->lies + m.honest()->doubts, 0);
  EXPECT_TRUE(knows(m.air[0], m.air[1]));
}

TEST(Liars, AnotherStartUnderItsOwnKey_IsItsLie) {
  Midst m;
  SignedBeacon b = m.liar.beacon_head(1);
  b.boot = 7;
  m.say(m.liar.package_frame(m.beacon, m.liar.beacon(b, m.text), m.out));
  EXPECT_EQ(m.refused(), 1U);
  EXPECT_EQ(m.peer()->lies, 1);
}

TEST(Liars, SmallerCount_IsNotBelieved_AndMayBeACopy) {
  Midst m;
  SignedBeacon b = m.liar.beacon_head(5);
  m.say(m.liar.package_frame(m.beacon, m.liar.beacon(b, m.text), m.out));
  for (const std::uint32_t count : {5U, 4U, 0U}) {
    b.count = count;
    b.op = BeaconOp::disconnect;
    m.say(m.liar.package_frame(m.beacon, m.liar.beacon(b, m.text), m.out));
    ASSERT_NE(m.peer(), nullptr);
  }
  EXPECT_EQ(m.refused(), 3U);
  EXPECT_EQ(m.peer()->lies + m.peer()->doubts, 0);
}

// It has the network key, and sends from the address of node 1: nobody can say who it was.
TEST(Liars, WrongSignatureInAnothersName_IsADoubt_AndNotALie) {
  Midst m;
  SignedBeacon b = m.liar.beacon_head(1'000);
  b.node_id = m.air[1].id();
  b.boot = m.air[1].node.boot();
  b.op = BeaconOp::disconnect;
  m.say(m.liar.opening_package(m.beacon, m.liar.beacon(b, m.text), m.out), m.air[1].radios[0].get());
  EXPECT_EQ(m.refused(), 1U);
  ASSERT_NE(m.honest(), nullptr);
  EXPECT_EQ(m.honest()->doubts, 1);
  EXPECT_EQ(m.honest()->lies, 0);
  EXPECT_TRUE(knows(m.air[0], m.air[1]));
}

// Whoever records and repeats what a member said makes that member no liar.
TEST(Liars, PlayedBackByAnOutsider_NothingIsHeldAgainstAnybody) {
  Midst m;
  Blob8 tape;
  m.air.loses = [&](const Radio& from, const Radio& to, Bytes frame) {
    if (&from == m.air[1].radios[0].get() && &to == m.air[0].radios[0].get() && m.liar.opened(frame).ok)
      tape.assign(frame.begin(), frame.end());
    return false;
  };
  m.air.run(seconds(120));
  ASSERT_FALSE(tape.empty());
  const std::uint32_t before = m.refused();
  for (int i = 0; i < 300; ++i) m.say(tape, m.air[1].radios[0].get());
  EXPECT_EQ(m.refused(), before + 300);
  EXPECT_EQ(m.honest()->lies + m.honest()->doubts, 0);
}

TEST(Liars, ManyLies_StayAtTheEndOfTheScale) {
  Midst m;
  SignedBeacon b = m.liar.beacon_head(1);
  for (int i = 0; i < 300; ++i) {
    const Bytes beacon = m.liar.beacon(b, m.text);
    m.text[41] ^= std::byte{1};
    m.say(m.liar.package_frame(m.beacon, beacon, m.out));
  }
  EXPECT_EQ(m.refused(), 300U);
  EXPECT_EQ(m.peer()->lies, 255);
}

}  // namespace
}  // namespace mp::test
