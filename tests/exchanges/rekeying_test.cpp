// SPDX-License-Identifier: ISC
// Changing the key of a closed network (specification: closed-networks.md, "Changing the key"): whoever has the new key
// loses nothing, whoever has not is out.
#include "micropycelium/node/network_record.hpp"
#include "support/air.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace mp::test {
namespace {

constexpr BeaconOptions kSigned{.closed = true};
constexpr Duration kGrace = Network::kGrace;

NetworkKey network(std::uint8_t n) {
  NetworkKey key;
  for (std::byte& b : key.fill()) b = std::byte{n};
  return key;
}

TestNode& add_member(Air& air, std::uint8_t key = 1, std::uint8_t generation = 0) {
  TestNode& node = air.add_node(kBoardLimits, kSigned);
  EXPECT_EQ(node.node.set_network(network(key), generation), Status::ok);
  air.add_radio(node);
  return node;
}

void start_line(Air& air, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    TestNode& node = add_member(air);
    if (i > 0) air.connect(*air[i - 1].radios[0], *node.radios[0]);
  }
  for (std::size_t i = 0; i < n; ++i) air.start(air[i]);
  ASSERT_TRUE(air.run_until([&] {
    for (std::size_t i = 1; i < n; ++i)
      if (!knows(air[i - 1], air[i]) || !knows(air[i], air[i - 1])) return false;
    return true;
  }));
}

void install(TestNode& node, std::uint8_t key = 2, std::uint8_t generation = 1) {
  ASSERT_EQ(node.node.install_key(network(key), generation), Status::ok);
}

bool all_use(Air& air, std::uint8_t generation) {
  for (std::size_t i = 0; i < air.size(); ++i)
    if (air[i].node.network().generation != generation) return false;
  return true;
}

TestNode& restart(Air& air, std::size_t i, std::uint8_t key = 1, std::uint8_t generation = 0) {
  TestNode& node = air.power_cycle(i, kSigned);
  EXPECT_EQ(node.node.set_network(network(key), generation), Status::ok);
  air.start(node);
  return node;
}

TEST(Rekeying, UnderTrafficWithATenthLost_EverythingArrivesOnce) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Air air(seed);
    start_line(air, 5);
    route_line(air);
    air.disorder = {.lose_one_in = 10, .repeat_one_in = 10, .delay_max = milliseconds(2)};
    for (std::size_t i = 0; i < air.size(); ++i) install(air[i]);
    const Blob8 large = air.random.blob(20'000);
    const SendId stream = air[0].app.send_large(air[4].id(), large);
    std::vector<SendId> sends;
    std::vector<Blob8> said;
    for (int n = 0; n < 100; ++n) {
      if (n == 20) {
        ASSERT_EQ(air[2].node.use_key(1), Status::ok);
      }
      said.push_back(air.random.blob(40));
      sends.push_back(air[1].app.send(air[3].id(), said.back()));
      for (int full = 0; full < 20 && !sends.back(); ++full) {  // the stream has all the slots for a moment
        air.run(milliseconds(50));
        sends.back() = air[1].app.send(air[3].id(), said.back());
      }
      ASSERT_TRUE(sends.back()) << n;
      air.run(milliseconds(100));
    }
    ASSERT_TRUE(air.run_until(
        [&] {
          bool ended = air[0].app.ended(stream);
          for (const SendId id : sends) ended = ended && air[1].app.ended(id);
          return ended && all_use(air, 1);
        },
        seconds(300)));
    EXPECT_EQ(air[0].app.outcome(stream), Outcome::delivered);
    for (const SendId id : sends) EXPECT_EQ(air[1].app.outcome(id), Outcome::delivered);
    std::multiset<Blob8> got;
    for (const auto& g : air[3].app.got) got.insert(g.blob);
    EXPECT_EQ(got, std::multiset<Blob8>(said.begin(), said.end()));
    ASSERT_EQ(air[4].app.got.size(), 1U);
    EXPECT_EQ(air[4].app.got[0].blob, large);
    // Nobody was lost over it, neither then nor when the previous key went.
    air.run(kGrace + seconds(30));
    for (std::size_t i = 0; i < air.size(); ++i) {
      EXPECT_TRUE(air[i].app.removed.empty()) << i;
      EXPECT_EQ(air[i].count(Counter::keys_changed), 1U) << i;
      EXPECT_FALSE(air[i].node.network().previous) << i;
    }
  }
}

TEST(Rekeying, OneLeftOut_IsHeardUntilTheGraceIsOver_AndReadsNothingNew) {
  Air air(1);
  start_line(air, 3);  // 2 is left out
  install(air[0]);
  install(air[1]);
  ASSERT_EQ(air[0].node.use_key(1), Status::ok);
  ASSERT_TRUE(air.run_until([&] { return air[1].node.network().generation == 1; }, seconds(10)));
  air.run(seconds(10));
  EXPECT_EQ(air[2].node.network().generation, 0);
  // Between the two it goes on under the key that both have.
  const SendId still = air[2].app.send(air[1].id(), bytes_of("still here"));
  ASSERT_TRUE(air.run_until([&] { return air[2].app.ended(still); }));
  EXPECT_EQ(air[2].app.outcome(still), Outcome::delivered);
  // What is said to all is under the new one at once.
  const std::size_t heard = air[2].app.got.size();
  (void)air[1].node.broadcast(air[1].app, bytes_of("for members"));
  air.run(seconds(5));
  EXPECT_EQ(air[2].app.got.size(), heard);
  EXPECT_GT(air[2].count(Counter::rx_no_key), 0U);
  EXPECT_TRUE(std::any_of(air[0].app.got.begin(), air[0].app.got.end(),
                          [](const auto& g) { return g.blob == bytes_of("for members"); }));

  air.run(kGrace);
  EXPECT_FALSE(knows(air[1], air[2]));
  EXPECT_FALSE(air[1].app.send(air[2].id(), bytes_of("x")));
  const std::uint32_t admitted = air[1].count(Counter::admissions);
  const std::size_t got = air[1].app.got.size();
  (void)air[2].app.send(air[1].id(), bytes_of("let me in"));
  air.run(seconds(300));
  EXPECT_EQ(air[1].count(Counter::admissions), admitted);
  EXPECT_EQ(air[1].app.got.size(), got);
  EXPECT_TRUE(knows(air[0], air[1]) && knows(air[1], air[0]));
}

TEST(Rekeying, OneThatSleptThroughTheChange_FollowsWhenItHearsTheOthers) {
  Air air(2);
  start_line(air, 3);
  for (std::size_t i = 0; i < 3; ++i) install(air[i]);
  air.disconnect(*air[1].radios[0], *air[2].radios[0]);
  ASSERT_EQ(air[0].node.use_key(1), Status::ok);
  air.run(kGrace + seconds(60));  // the others know the old key no more
  EXPECT_EQ(air[2].node.network().generation, 0);
  EXPECT_EQ(air[2].node.network().next, 1);
  air.connect(*air[1].radios[0], *air[2].radios[0]);
  ASSERT_TRUE(
      air.run_until([&] { return all_use(air, 1) && knows(air[2], air[1]) && knows(air[1], air[2]); }, seconds(400)));
}

TEST(Rekeying, OneThatHasOnlyTheNewKey_StartsTheChange) {
  Air air(3);
  start_line(air, 2);
  install(air[0]);
  install(air[1]);
  TestNode& board = add_member(air, 2, 1);
  air.connect(*air[1].radios[0], *board.radios[0]);
  air.start(board);
  ASSERT_TRUE(
      air.run_until([&] { return all_use(air, 1) && knows(board, air[1]) && knows(air[1], board); }, seconds(400)));
  EXPECT_TRUE(air[0].app.removed.empty() && air[1].app.removed.empty());
}

TEST(Rekeying, ABeaconOrAChallengeUnderTheNextKey_ChangesNothing) {
  // Somebody who has the next key, and never proves that it is alive: a record.
  Air air(4);
  start_line(air, 2);
  TestNode& board = add_member(air, 2, 1);
  air.start(board);
  std::vector<Blob8> said;
  board.radios[0]->tap = [&](Bytes frame) { said.emplace_back(frame.begin(), frame.end()); };
  air.run(seconds(300));
  ASSERT_FALSE(said.empty());
  install(air[0]);
  install(air[1]);
  for (const Blob8& frame : said) {
    air.inject(*air[0].radios[0], board.radios[0]->link(), true, frame);
    air.run(milliseconds(500));
  }
  air.run(seconds(60));
  EXPECT_EQ(air[0].node.network().generation, 0);
  EXPECT_EQ(air[0].node.network().next, 1);
}

TEST(Rekeying, WhatWasRecordedOfTheChange_ChangesNothingWhenItIsPlayedBack) {
  Air air(5);
  struct Frame {
    Radio* to;
    LinkAddress from;
    Blob8 bytes;
  };
  std::vector<Frame> tape;
  air.loses = [&](const Radio& from, const Radio& to, Bytes bytes) {
    tape.push_back({const_cast<Radio*>(&to), from.link(), Blob8(bytes.begin(), bytes.end())});
    return false;
  };
  start_line(air, 2);
  install(air[0]);
  install(air[1]);
  ASSERT_TRUE(air[1].app.send(air[0].id(), bytes_of("before")));
  air.run(seconds(5));
  ASSERT_EQ(air[0].node.use_key(1), Status::ok);
  ASSERT_TRUE(air.run_until([&] { return all_use(air, 1); }));
  ASSERT_TRUE(air[1].app.send(air[0].id(), bytes_of("after")));
  air.run(seconds(2));  // within the life of a cookie
  const auto recorded = tape;
  air.loses = {};
  const auto admissions = air[0].count(Counter::admissions) + air[1].count(Counter::admissions);
  const auto got = air[0].app.got.size();
  for (const Frame& f : recorded) {
    air.inject(*f.to, f.from, false, f.bytes);
    air.run(milliseconds(1));
  }
  EXPECT_EQ(air[0].count(Counter::admissions) + air[1].count(Counter::admissions), admissions);
  EXPECT_EQ(air[0].app.got.size(), got);
  const SendId id = air[0].app.send(air[1].id(), bytes_of("and on"));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }, seconds(1)));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
  EXPECT_EQ(air[0].count(Counter::keys_changed) + air[1].count(Counter::keys_changed), 2U);
}

TEST(Rekeying, AProofUnderThePreviousKey_PlayedBackWhileItsCookieIsGood_LeadsNobodyBack) {
  Air air(11);
  start_line(air, 2);
  install(air[0]);
  install(air[1]);
  air.run(seconds(1));
  // 0 proves itself once more under the old key, with a cookie over the salt that is in use.
  std::vector<Blob8> tape;
  air[0].radios[0]->tap = [&](Bytes frame) { tape.emplace_back(frame.begin(), frame.end()); };
  air[0].node.challenge(0, air[1].radios[0]->link());
  air.run(seconds(1));
  air[0].radios[0]->tap = {};
  ASSERT_GE(tape.size(), 2U);  // the challenge and the proof
  ASSERT_EQ(air[0].node.use_key(1), Status::ok);
  ASSERT_TRUE(air.run_until([&] { return all_use(air, 1); }, seconds(5)));
  const auto admissions = air[1].count(Counter::admissions);
  for (const Blob8& frame : tape) air.inject(*air[1].radios[0], air[0].radios[0]->link(), false, frame);
  air.run(milliseconds(1));
  EXPECT_EQ(air[1].count(Counter::admissions), admissions);
  // Under old keys the first try would be dropped.
  const auto no_key = air[0].count(Counter::rx_no_key);
  const SendId id = air[1].app.send(air[0].id(), bytes_of("still under the new one"));
  ASSERT_TRUE(air.run_until([&] { return air[1].app.ended(id); }, seconds(1)));
  EXPECT_EQ(air[1].app.outcome(id), Outcome::delivered);
  EXPECT_EQ(air[0].count(Counter::rx_no_key), no_key);
}

TEST(Rekeying, AfterARestart_TheKeyInUseIsTheChangedOne_AndTheNextIsThere) {
  Air air(6);
  start_line(air, 2);
  install(air[0]);
  install(air[1]);
  restart(air, 1);
  EXPECT_EQ(air[1].node.network().generation, 0);
  EXPECT_EQ(air[1].node.network().next, 1);
  ASSERT_EQ(air[0].node.use_key(1), Status::ok);
  ASSERT_TRUE(air.run_until([&] { return all_use(air, 1); }, seconds(400)));
  restart(air, 1);
  EXPECT_EQ(air[1].node.network().generation, 1);
  EXPECT_FALSE(air[1].node.network().previous);  // a restart ends the grace
  ASSERT_TRUE(air.run_until([&] { return knows(air[0], air[1]) && knows(air[1], air[0]); }, seconds(400)));
  // And once more, all the way round.
  air.run(kGrace);
  for (std::uint8_t g = 2; g <= 5; ++g) {
    SCOPED_TRACE(int{g});
    install(air[0], static_cast<std::uint8_t>(1 + g), g % 4);
    install(air[1], static_cast<std::uint8_t>(1 + g), g % 4);
    ASSERT_EQ(air[1].node.use_key(g % 4), Status::ok);
    ASSERT_TRUE(air.run_until([&] { return all_use(air, g % 4); }, seconds(60)));
    air.run(kGrace + seconds(1));
    EXPECT_TRUE(knows(air[0], air[1]) && knows(air[1], air[0]));
  }
}

TEST(Rekeying, AKeyPutIntoTheConfigurationByHand_Wins) {
  Air air(7);
  start_line(air, 2);
  install(air[0]);
  ASSERT_EQ(air[0].node.use_key(1), Status::ok);
  restart(air, 0, 9, 2);
  EXPECT_EQ(air[0].node.network().generation, 2);
  EXPECT_FALSE(air[0].node.network().next);
  // And the one before stays forgotten.
  restart(air, 0, 1, 0);
  EXPECT_EQ(air[0].node.network().generation, 0);
  // As does a damaged record.
  install(air[0]);
  air[0].storage.records["network"][20] ^= std::byte{1};
  restart(air, 0);
  EXPECT_EQ(air[0].node.network().generation, 0);
  EXPECT_FALSE(air[0].node.network().next);
  EXPECT_EQ(air[0].count(Counter::keys_lost), 1U);
}

TEST(Rekeying, WhatIsNotAChange_IsRefused) {
  Air air(8);
  TestNode& open = air.add_node();
  air.add_radio(open);
  air.start(open);
  EXPECT_EQ(open.node.install_key(network(2), 1), Status::unsupported);
  EXPECT_EQ(open.node.use_key(1), Status::unsupported);
  TestNode& a = add_member(air);
  EXPECT_EQ(a.node.install_key(network(2), 1), Status::not_started);
  air.start(a);
  EXPECT_EQ(a.node.use_key(0), Status::exists);
  EXPECT_EQ(a.node.use_key(1), Status::not_found);
  EXPECT_EQ(a.node.install_key(network(1), 0), Status::exists);
  EXPECT_EQ(a.node.install_key(network(2), 0), Status::bad_value);
  EXPECT_EQ(a.node.install_key(network(1), 1), Status::bad_value);
  for (const std::uint8_t g : std::initializer_list<std::uint8_t>{2, 3, 4, 255})
    EXPECT_EQ(a.node.install_key(network(2), g), Status::bad_value) << int{g};
  a.storage.full = true;
  EXPECT_EQ(a.node.install_key(network(2), 1), Status::io_error);
  EXPECT_FALSE(a.node.network().next);
  a.storage.full = false;
  EXPECT_EQ(a.node.install_key(network(2), 1), Status::ok);
  EXPECT_EQ(a.node.install_key(network(2), 1), Status::ok);  // said again
  EXPECT_EQ(a.node.install_key(network(3), 1), Status::ok);  // thought better of
  a.storage.full = true;
  EXPECT_EQ(a.node.use_key(1), Status::io_error);
  EXPECT_EQ(a.node.network().generation, 0);
  a.storage.full = false;
  EXPECT_EQ(a.node.use_key(1), Status::ok);
  EXPECT_EQ(a.node.install_key(network(2), 1), Status::bad_value);
  EXPECT_EQ(a.node.install_key(network(3), 1), Status::exists);
  EXPECT_EQ(a.node.install_key(network(4), 2), Status::would_block);  // the previous one is still accepted
  air.run(kGrace + seconds(1));
  EXPECT_EQ(a.node.install_key(network(4), 2), Status::ok);
}

TEST(Rekeying, ManyNeighbours_AreAllChanged) {
  Air air(9);
  constexpr std::size_t kLeaves = 12;
  add_member(air);
  for (std::size_t i = 1; i <= kLeaves; ++i) air.connect(*air[0].radios[0], *add_member(air).radios[0]);
  for (std::size_t i = 0; i <= kLeaves; ++i) air.start(air[i]);
  ASSERT_TRUE(air.run_until(
      [&] {
        for (std::size_t i = 1; i <= kLeaves; ++i)
          if (!knows(air[0], air[i]) || !knows(air[i], air[0])) return false;
        return true;
      },
      seconds(600)));
  for (std::size_t i = 0; i < kLeaves; ++i) install(air[i]);  // the last one is left out
  ASSERT_EQ(air[1].node.use_key(1), Status::ok);
  ASSERT_TRUE(air.run_until(
      [&] {
        for (std::size_t i = 0; i < kLeaves; ++i)
          if (air[i].node.network().generation != 1) return false;
        return true;
      },
      seconds(60)));
  air.run(kGrace + seconds(60));
  for (std::size_t i = 1; i < kLeaves; ++i) {
    EXPECT_TRUE(air[i].app.removed.empty()) << i;
    EXPECT_TRUE(knows(air[0], air[i])) << i;
  }
  EXPECT_EQ(air[0].app.removed, std::vector<NodeId>{air[kLeaves].id()});
}

TEST(Rekeying, PowerLostInAnyStepOfAnyWrite_LeavesAMember) {
  for (const bool old_at_last_step : {false, true})
    for (std::uint32_t step = 0; step < 2 * RamStorage::kSteps; ++step) {
      SCOPED_TRACE("step " + std::to_string(step));
      Air air(10 + step);
      start_line(air, 2);
      install(air[0]);
      air[1].storage.old_at_last_step = old_at_last_step;
      air[1].storage.steps_left = step;
      (void)air[1].node.install_key(network(2), 1);
      if (!air[1].storage.dead) (void)air[1].node.use_key(1);
      ASSERT_TRUE(air[1].storage.dead);
      restart(air, 1);
      // If it has got it, it is one of them under the new key; if not, under the old one, and it can get it again.
      const NetworkState state = air[1].node.network();
      EXPECT_EQ(air[1].count(Counter::keys_lost), 0U);
      if (step >= RamStorage::kSteps) {
        EXPECT_TRUE(state.generation == 1 || state.next);
      }
      const Status expected = air[0].node.network().generation == 1 ? Status::exists : Status::ok;
      ASSERT_EQ(air[0].node.use_key(1), expected);
      ASSERT_TRUE(air.run_until([&] { return knows(air[0], air[1]) && knows(air[1], air[0]); }, seconds(400)));
      if (state.generation == 0) {
        const Status again = air[1].node.install_key(network(2), 1);
        EXPECT_TRUE(again == Status::ok || again == Status::exists) << name(again);
        ASSERT_TRUE(air.run_until([&] { return all_use(air, 1); }, seconds(400)));
      }
    }
}

}  // namespace
}  // namespace mp::test
