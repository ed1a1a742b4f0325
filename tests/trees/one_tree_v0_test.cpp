// SPDX-License-Identifier: ISC
// One node in the tree of version 0, message by message (specification: tree-v0.md); many of them: tree_v0_test.cpp.
#include "trees/tree_v0_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace mp::test {
namespace {

class OneTreeV0 : public ::testing::Test {
 protected:
  struct Zeros final : Random {
    void fill(MutableBytes out) override { std::fill(out.begin(), out.end(), std::byte{0}); }
  };

  void SetUp() override {
    tree.start(self(), 1, random, {}, now);
    for (std::uint8_t slot = 0; slot < 4; ++slot) {
      tree.found(slot, other(slot), slot == 3, now);
      tree.lists(slot, now);
    }
  }

  // Differs from the best of all ids by `rank` in its first byte: the lower the better.
  static NodeId ranked(std::uint8_t rank, std::uint8_t tail) {
    NodeId id;
    for (std::size_t k = 0; k < id.value.size(); ++k) id.value[k] = bytes("1234")[k % 4];
    id.value[0] ^= std::byte{rank};
    id.value[7] ^= std::byte{tail};
    return id;
  }
  static NodeId self() { return ranked(100, 0); }
  static NodeId other(std::uint8_t slot) { return ranked(120, slot); }
  static Address place(std::initializer_list<std::uint8_t> coordinates) {
    return *Address::encode(std::vector<std::uint8_t>(coordinates));
  }
  // The only node id of this rank and a tree_state, by trying tails.
  static NodeId with_state(std::uint8_t rank, std::uint8_t state) {
    for (unsigned i = 0; i < 65536; ++i) {
      NodeId id = ranked(rank, static_cast<std::uint8_t>(i));
      id.value[8] ^= static_cast<std::byte>(i >> 8);
      if (tree_state(id) == state) return id;
    }
    return {};
  }

  void hear(std::uint8_t slot, TreeOp op, const NodeId& claim, const Address& address, std::uint64_t ts = 1000,
            std::uint8_t age = 0) {
    tree.take(slot, {op, ts, age, claim, address, other(slot)}, now);
  }
  std::vector<TreeV0Out> said() {
    tree.run(now);
    std::vector<TreeV0Out> all;
    while (const auto out = tree.next(now)) all.push_back(*out);
    return all;
  }
  void pass(Duration time) {
    const Instant end = now + time;
    while (tree.due() < end) {
      now = std::max(now, tree.due());
      for (const TreeV0Out& out : said()) last.push_back(out);
      now = now + microseconds(1);
    }
    now = end;
  }
  static bool asks(const std::vector<TreeV0Out>& all, std::uint8_t slot) {
    return std::any_of(all.begin(), all.end(), [&](const TreeV0Out& o) {
      return o.to == slot && o.message.op == TreeOp::request_address_assignment;
    });
  }
  // Below slot 0, in the tree of a root with this rank.
  void attach(const NodeId& root) {
    hear(0, TreeOp::send, root, place({2}));
    const auto out = said();
    ASSERT_FALSE(out.empty());
    ASSERT_EQ(out[0].message.op, TreeOp::request_address_assignment);
    hear(0, TreeOp::assign_address, root, place({2, 5}));
    ASSERT_TRUE(tree.placed());
    ASSERT_EQ(tree.address().address, place({2, 5}));
    pass(seconds(2));
    last.clear();
  }

  Instant now{1'000'000};
  Zeros random;
  std::array<TreeV0Neighbour, 6> slots{};
  std::array<TreeV0Child, 8> children{};
  TreeV0 tree{slots, children};
  std::vector<TreeV0Out> last;
};

TEST_F(OneTreeV0, AsksOnlyWhomItNeedsTo_AndTellsWhatItGot) {
  const NodeId root = ranked(1, 0);
  hear(0, TreeOp::send, root, place({2}), 777, 3);
  auto out = said();
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].to, 0);
  EXPECT_EQ(out[0].message, (TreeMessageV0{TreeOp::request_address_assignment, 777, 3, root, {}, self()}));
  EXPECT_FALSE(tree.placed());
  hear(1, TreeOp::assign_address, root, place({3, 1}), 777, 3);  // nobody asked it
  EXPECT_FALSE(tree.placed());
  hear(0, TreeOp::assign_address, root, place({2, 5}), 777, 3);
  ASSERT_TRUE(tree.placed());
  EXPECT_EQ(tree.parent(), 0);
  out = said();
  ASSERT_FALSE(out.empty());
  EXPECT_EQ(out.back().to, TreeV0Out::kEverybody);
  EXPECT_EQ(out.back().message, (TreeMessageV0{TreeOp::send, 777, 3, root, place({2, 5}), self()}));
}

TEST_F(OneTreeV0, AnAssignmentMayNameWhoGetsIt) {
  const NodeId root = ranked(1, 0);
  hear(0, TreeOp::send, root, place({2}));
  (void)said();
  tree.take(0, {TreeOp::assign_address, 1000, 0, root, place({2, 5}), self()}, now);
  EXPECT_TRUE(tree.placed());
}

TEST_F(OneTreeV0, WhoSpeaksInAnothersName_IsNotHeard) {
  tree.take(0, {TreeOp::send, 1, 0, ranked(1, 0), place({2}), other(1)}, now);
  EXPECT_EQ(tree.counters().untrue, 1U);
  EXPECT_TRUE(said().empty());
}

TEST_F(OneTreeV0, WorseClaim_IsAnswered_AnAnswerIsNot) {
  attach(ranked(1, 0));
  hear(1, TreeOp::respond, other(1), {});
  EXPECT_TRUE(said().empty());
  now = now + seconds(2);
  hear(1, TreeOp::send, other(1), {});
  const auto out = said();
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].to, 1);
  EXPECT_EQ(out[0].message.op, TreeOp::respond);
  EXPECT_EQ(out[0].message.claim, ranked(1, 0));
}

TEST_F(OneTreeV0, AFlood_IsCutShort) {
  attach(ranked(1, 0));
  for (int i = 0; i < 100; ++i) hear(1, TreeOp::send, other(1), {});
  EXPECT_GE(tree.counters().too_many, 90U);
  EXPECT_LE(said().size(), 1U);
  hear(2, TreeOp::request_address_assignment, ranked(1, 0), {});  // others are heard
  EXPECT_EQ(said().size(), 1U);
}

TEST_F(OneTreeV0, ChildrenGetWhatNobodyHad_AndTheSameAgain) {
  attach(ranked(1, 0));
  for (int round = 0; round < 2; ++round)
    for (const std::uint8_t slot : {std::uint8_t{1}, std::uint8_t{2}}) {
      hear(slot, TreeOp::request_address_assignment, ranked(1, 0), {});
      const auto out = said();
      ASSERT_EQ(out.size(), 1U);
      EXPECT_EQ(out[0].to, slot);
      EXPECT_EQ(out[0].message.op, TreeOp::assign_address);
      EXPECT_EQ(out[0].message.address, place({2, 5, slot}));
    }
  tree.lost(1, now);
  tree.found(1, ranked(121, 9), false, now);
  tree.take(1, {TreeOp::request_address_assignment, 1, 0, ranked(1, 0), {}, ranked(121, 9)}, now);
  const auto out = said();
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].message.address, place({2, 5, 3}));  // not 1, though it is free
}

TEST_F(OneTreeV0, TwoWithTheSameAddress_TheSecondGetsAnother) {
  attach(ranked(1, 0));
  hear(1, TreeOp::send, ranked(1, 0), place({2, 5, 1}));  // from before we were started anew
  hear(2, TreeOp::send, ranked(1, 0), place({2, 5, 1}));
  bool told = false;
  for (const TreeV0Out& out : said())
    if (out.message.op == TreeOp::assign_address) {
      EXPECT_EQ(out.to, 2);
      EXPECT_EQ(out.message.address, place({2, 5, 2}));
      told = true;
    }
  EXPECT_TRUE(told);
}

TEST_F(OneTreeV0, ThoseAbove_GetNoPlaceBelow) {
  attach(ranked(1, 0));
  hear(0, TreeOp::request_address_assignment, ranked(1, 0), {});
  for (const TreeV0Out& out : said()) EXPECT_NE(out.message.op, TreeOp::assign_address);
}

TEST_F(OneTreeV0, ParentGone_NobodyBelowIsAsked_OthersAre) {
  attach(ranked(1, 0));
  hear(1, TreeOp::send, ranked(1, 0), place({2, 5, 1}));
  tree.lost(0, now);
  (void)said();
  pass(seconds(5));
  for (const TreeV0Out& out : last) EXPECT_NE(out.message.op, TreeOp::request_address_assignment);
  EXPECT_EQ(tree.address().address, place({2, 5}));  // it keeps its place
  hear(2, TreeOp::send, ranked(1, 0), place({3, 1}));
  const auto out = said();
  EXPECT_TRUE(asks(out, 2));
  hear(2, TreeOp::assign_address, ranked(1, 0), place({3, 1, 4}));
  EXPECT_EQ(tree.address().address, place({3, 1, 4}));
  // Who hung below comes along.
  bool told = false;
  for (const TreeV0Out& o : said())
    told = told || (o.to == 1 && o.message.op == TreeOp::assign_address && o.message.address == place({3, 1, 4, 1}));
  EXPECT_TRUE(told);
}

// It was given no answer: the parent took the question for a word that nothing has changed.
TEST_F(OneTreeV0, ParentGoneAndBack_AsksAnew) {
  attach(ranked(1, 0));
  tree.lost(0, now);
  pass(seconds(1));
  tree.found(0, other(0), true, now);
  hear(0, TreeOp::send, ranked(1, 0), place({2}), 2000);
  for (const TreeV0Out& out : said())
    if (out.message.op == TreeOp::request_address_assignment) {
      EXPECT_EQ(out.to, 0);
      EXPECT_EQ(out.message.address, Address{});
    }
  hear(0, TreeOp::assign_address, ranked(1, 0), place({2, 5}), 2000);
  EXPECT_EQ(tree.parent(), 0);
}

TEST_F(OneTreeV0, ParentMoves_WeAskForANewPlace) {
  attach(ranked(1, 0));
  hear(0, TreeOp::send, ranked(1, 0), place({7, 7}));
  const auto out = said();
  ASSERT_FALSE(out.empty());
  EXPECT_EQ(out[0].message.op, TreeOp::request_address_assignment);
  hear(0, TreeOp::assign_address, ranked(1, 0), place({7, 7, 1}));
  EXPECT_EQ(tree.address().address, place({7, 7, 1}));
  EXPECT_NE(tree.own_place(tree_state(ranked(1, 0))), nullptr);
}

TEST_F(OneTreeV0, OldClaims_AreDropped_ThenItClaimsItself) {
  attach(ranked(1, 0));
  pass(seconds(57));
  EXPECT_EQ(tree.claim(), ranked(1, 0));
  hear(0, TreeOp::send, ranked(1, 0), place({2}), 1000, 59);  // no news
  pass(seconds(10));
  EXPECT_TRUE(tree.is_root());
  hear(0, TreeOp::send, ranked(1, 0), place({2}), 1000, 70);
  EXPECT_EQ(tree.counters().too_old, 1U);
  EXPECT_TRUE(tree.is_root());
}

TEST_F(OneTreeV0, ANewerClaimOfTheParent_IsPassedOn) {
  attach(ranked(1, 0));
  pass(seconds(15));
  last.clear();
  hear(0, TreeOp::send, ranked(1, 0), place({2}), 2000, 1);
  pass(seconds(1));
  ASSERT_EQ(last.size(), 1U);
  EXPECT_EQ(last[0].message.op, TreeOp::send);
  EXPECT_EQ(last[0].message.ts, 2000U);
  EXPECT_EQ(last[0].message.age, 1);
}

TEST_F(OneTreeV0, AgesRoundedDown_DoNotKeepADeadRootAlive) {
  attach(ranked(1, 0));
  for (int i = 0; i < 120; ++i) {
    pass(milliseconds(500));
    // The others tell us what we told, each time a little younger.
    const auto age = static_cast<std::uint8_t>(std::max(0, i / 2 - 5));
    if (age <= 60)
      for (const std::uint8_t slot : {std::uint8_t{0}, std::uint8_t{1}})
        hear(slot, TreeOp::send, ranked(1, 0), place({2}), 1000, age);
  }
  pass(seconds(25));
  EXPECT_TRUE(tree.is_root());
}

TEST_F(OneTreeV0, SameTreeState_TheLaterIsRefused) {
  const NodeId root = ranked(2, 0);
  attach(root);
  const NodeId better = with_state(1, tree_state(root));
  ASSERT_FALSE(better.is_zero());
  hear(1, TreeOp::send, better, place({4}));
  for (const TreeV0Out& out : said()) EXPECT_NE(out.message.op, TreeOp::request_address_assignment);
  EXPECT_EQ(tree.counters().collisions, 1U);
  EXPECT_EQ(tree.claim(), root);
  EXPECT_EQ(tree.place(1, tree_state(root)), nullptr);  // nothing is routed into the other
  // When ours is over, the other is taken.
  last.clear();
  for (unsigned i = 1; i < 8 && !asks(last, 1); ++i) {
    EXPECT_EQ(tree.claim(), root);
    pass(seconds(10));
    hear(1, TreeOp::send, better, place({4}), 1000U + i);
    pass(milliseconds(1));
  }
  hear(1, TreeOp::assign_address, better, place({4, 1}), 2000);
  EXPECT_EQ(tree.claim(), better);
}

TEST_F(OneTreeV0, ARootWhoseStateABetterOneHas_GivesWayAfterALifetime) {
  pass(seconds(5));
  ASSERT_TRUE(tree.is_root());
  const NodeId better = with_state(1, tree_state(self()));
  ASSERT_FALSE(better.is_zero());
  for (unsigned i = 1; i < 9 && !asks(last, 1); ++i) {
    EXPECT_TRUE(tree.is_root());
    pass(seconds(10));
    hear(1, TreeOp::send, better, place({4}), 1000U + i);
    pass(milliseconds(1));
  }
  EXPECT_GE(now - Instant{}, seconds(60));
  hear(1, TreeOp::assign_address, better, place({4, 1}), 2000);
  EXPECT_EQ(tree.claim(), better);
}

TEST_F(OneTreeV0, BestOfAll_ClaimsAndItsTimeGrows) {
  hear(0, TreeOp::send, ranked(110, 0), place({1}));
  EXPECT_TRUE(tree.is_root());
  pass(seconds(50));
  std::uint64_t before = 0;
  unsigned sends = 0;
  for (const TreeV0Out& out : last) {
    if (out.message.op != TreeOp::send) continue;
    ++sends;
    EXPECT_GT(out.message.ts, before);
    EXPECT_EQ(out.message.age, 0);
    before = out.message.ts;
  }
  EXPECT_GE(sends, 3U);
  tree.start(self(), 2, random, {}, now);
  tree.found(0, other(0), false, now);
  hear(0, TreeOp::send, self(), place({1}), before, 5);  // they know us
  const auto out = said();
  ASSERT_FALSE(out.empty());
  EXPECT_GT(out.back().message.ts, before);
}

// Whatever neighbours say: what is given stays apart, what is sent is bounded, and a place is one that can be.
TEST_F(OneTreeV0, AnyMessages_NothingGrowsAndNoAddressIsGivenTwice) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    SetUp();
    const auto any = [&](auto... choices) {
      const std::array all{choices...};
      return all[rng() % all.size()];
    };
    std::map<std::pair<NodeId, std::vector<std::uint8_t>>, std::uint8_t> given;
    for (int step = 0; step < 2'000; ++step) {
      const auto slot = static_cast<std::uint8_t>(rng() % 4);
      const NodeId claim =
          any(self(), other(slot), ranked(1, 0), ranked(2, 0), with_state(3, tree_state(ranked(1, 0))));
      std::vector<std::uint8_t> coordinates(rng() % 5);
      for (std::uint8_t& c : coordinates) c = static_cast<std::uint8_t>(rng() % 12);
      tree.take(slot,
                {any(TreeOp::send, TreeOp::respond, TreeOp::request_address_assignment, TreeOp::assign_address),
                 rng() % 50, static_cast<std::uint8_t>(rng() % 80), claim, *Address::encode(coordinates),
                 rng() % 8 == 0 ? self() : other(slot)},
                now);
      if (rng() % 50 == 0) tree.lost(slot, now);
      tree.found(slot, other(slot), slot == 3, now);
      std::size_t said_now = 0;
      for (const TreeV0Out& out : said()) {
        ++said_now;
        if (out.message.op == TreeOp::assign_address) {
          const Coordinates where = out.message.address.decode();
          const auto [at, fresh] =
              given.try_emplace({out.message.claim, std::vector(where.all().begin(), where.all().end())}, out.to);
          EXPECT_EQ(at->second, out.to);
        }
      }
      EXPECT_LE(said_now, 11U);  // two to each neighbour, and three of its own
      const Coordinates place = tree.address().address.decode();
      EXPECT_EQ(place.routable().size(), place.size);
      if (tree.placed()) {
        EXPECT_EQ(tree.address().tree_state, tree_state(tree.claim()));
        EXPECT_EQ(tree.is_root(), tree.claim() == self());
      }
      now = now + milliseconds(static_cast<std::int64_t>(rng() % 3'000));
    }
  }
}

TEST_F(OneTreeV0, NobodyNeedsIt_Silence) {
  TreeV0 quiet(slots, children);
  quiet.start(self(), 1, random, {}, now);
  quiet.found(0, other(0), true, now);
  quiet.run(now);
  EXPECT_FALSE(quiet.next(now).has_value());
  EXPECT_EQ(quiet.due(), Instant::never());
}

}  // namespace
}  // namespace mp::test
