// SPDX-License-Identifier: ISC
// Newcomers of a closed network are admitted while somebody plays back what was recorded of earlier admissions
// (specification: closed-networks.md, "Admission").
#include "support/air.hpp"
#include "support/closed_member.hpp"

#include <gtest/gtest.h>

namespace mp::test {
namespace {

constexpr BeaconOptions kSigned{.closed = true};
constexpr Duration kFrameTime = milliseconds(2);  // ESP-NOW carries no more than 500 frames of this size in a second

NetworkKey network() {
  NetworkKey key;
  for (std::byte& b : key.fill()) b = std::byte{1};
  return key;
}

TestNode& add_member(Air& air) {
  TestNode& node = air.add_node(kBoardLimits, kSigned);
  EXPECT_EQ(node.node.set_network(network()), Status::ok);
  air.add_radio(node);
  return node;
}

// A member, a newcomer, and an outsider who plays challenges back at the full rate of the air, from `addresses` made-up
// addresses. Returns how long the newcomer takes.
struct Attack {
  explicit Attack(std::uint64_t seed) : air(seed), radio(air.add_stranger()), scribe(network(), 0, 66, radio.link()) {
    add_member(air);
    air.start(air[0]);
    air.run(seconds(10));
  }
  // What any number of nodes asked in days of before.
  void record_old(std::size_t n) {
    ByteArray<kFrameMax> out;
    for (std::size_t i = 0; i < n; ++i) {
      Hello h = scribe.challenge(i + 1);
      h.heard = static_cast<std::uint32_t>(i + 1);
      const Bytes frame = scribe.opening(h, out);
      tape.emplace_back(frame.begin(), frame.end());
    }
  }
  void play_one() {
    if (tape.empty()) return;
    const std::byte from{static_cast<std::uint8_t>(100 + next % 100)};
    air.inject(*air[0].radios[0], LinkAddress::from(Bytes(&from, 1)), false, tape[next++ % tape.size()]);
  }
  // The newcomer's own questions are recorded too, and played back at once.
  Duration admit_newcomer(Duration limit) {
    TestNode& newcomer = add_member(air);
    air.connect(*air[0].radios[0], *newcomer.radios[0]);
    air.loses = [&](const Radio& from, const Radio& to, Bytes frame) {
      // The member itself asks nobody: its places are taken by made-up frames.
      const auto text = scribe.opened(frame);
      if (!text.ok || text.buffer[0] != static_cast<std::byte>(OpeningKind::challenge)) return false;
      if (&from == newcomer.radios[0].get()) tape.emplace_back(frame.begin(), frame.end());
      return &to == newcomer.radios[0].get();
    };
    for (int i = 0; i < 2'000; ++i) {  // it has been going on for a while
      play_one();
      air.run(kFrameTime);
    }
    air.start(newcomer);
    const Instant begun = air.now();
    while (air.now() - begun < limit && !(knows(air[0], newcomer) && knows(newcomer, air[0]))) {
      play_one();
      air.run(kFrameTime);
    }
    return air.now() - begun;
  }

  Air air;
  Radio& radio;
  ClosedMember scribe;
  std::vector<Blob8> tape;
  std::size_t next = 0;
};

// One Beacon of the member, give or take an eighth, and a bit.
constexpr Duration kOneBeacon = seconds(75);

TEST(Newcomers, OldChallengesPlayedBackAtFullRate_AdmittedWithinOneBeacon) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Attack attack(seed);
    attack.record_old(1'000);
    const Duration took = attack.admit_newcomer(seconds(600));
    EXPECT_LT(took, kOneBeacon);
    EXPECT_GT(attack.air[0].count(Counter::rx_refused), 1'000U) << "the attack was none";
    std::printf("  seed %d: admitted after %.1f s\n", static_cast<int>(seed), static_cast<double>(took.us) / 1e6);
  }
}

TEST(Newcomers, ItsOwnChallengesPlayedBack_AreCopies) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Attack attack(seed);
    EXPECT_LT(attack.admit_newcomer(seconds(600)), kOneBeacon);
    const auto answered = attack.air[0].count(Counter::rx_control);
    const auto copies = attack.air[0].count(Counter::rx_replayed);
    for (int i = 0; i < 1'000; ++i) {
      attack.play_one();
      attack.air.run(kFrameTime);
    }
    EXPECT_EQ(attack.air[0].count(Counter::rx_replayed), copies + 1'000);
    EXPECT_LT(attack.air[0].count(Counter::rx_control), answered + 20) << "acknowledgements and the like";
  }
}

// Copies of what was asked about a Beacon of just now, more of them than are remembered: they cost their pace, for as
// long as that Beacon is one of the last.
TEST(Newcomers, FreshChallengesOfAWholeCrowd_AreOldSoon) {
  Attack attack(1);
  ByteArray<kFrameMax> out;
  attack.air.loses = [&](const Radio& from, const Radio&, Bytes frame) {
    if (&from == attack.air[0].radios[0].get()) attack.scribe.hear(frame);
    return false;
  };
  attack.air.connect(*attack.air[0].radios[0], attack.radio);
  attack.air.run(seconds(75));
  for (std::uint64_t i = 0; i < 100; ++i) {
    const Bytes frame = attack.scribe.opening(attack.scribe.challenge(i), out);
    attack.tape.emplace_back(frame.begin(), frame.end());
  }
  EXPECT_LT(attack.admit_newcomer(seconds(600)), seconds(6 * 75));
}

}  // namespace
}  // namespace mp::test
