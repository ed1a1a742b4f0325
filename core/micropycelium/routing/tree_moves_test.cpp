// SPDX-License-Identifier: ISC
// When a tree that has settled goes over to another root, and who is no parent in it.
#include "micropycelium/routing/trees.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mp {
namespace {

constexpr ChildTag kRoot = 0x10101010, kOther = 0x20202020;
constexpr std::uint64_t kLineage = 0x1000;

NodeId node(std::uint8_t n) {
  NodeId id;
  id.value.fill(std::byte{n});
  return id;
}

struct Zeros final : Random {
  void fill(MutableBytes out) override { fill_zero(out); }
};

// A node with three neighbours; the first is its parent, a child of the root.
struct Fixture {
  Fixture() : own(1), slots(3), rows(tree_rows(3, 1)), table(slots, rows, 1), trees(own, table) {
    trees.start(node(0x77), 1, zeros, TreeTimes{}, now);
    for (std::uint8_t i = 0; i < 3; ++i) trees.found(i, node(static_cast<std::uint8_t>(0xa0 + i)), kCostUnit, now);
    hear(0, entry(1, kRoot));
    TreeEntry e = entry(1, kRoot);
    e.child_count = 1;
    e.children[0] = {child_tag(node(0x77)), 4};
    hear(0, e);
  }
  static TreeEntry entry(std::uint16_t term, ChildTag root, std::uint16_t cost = 8) {
    TreeEntry e;
    e.claim = {.lineage = kLineage, .term = term, .seq = 0, .root = root, .settled = true};
    e.cost = cost;
    e.parent = root;
    e.index = 1;
    e.place = *CompactAddress{}.child(1, 0);
    return e;
  }
  void hear(std::uint8_t slot, const TreeEntry& e, Mercy mercy = Mercy::none) {
    TreeAdvert advert;
    advert.boot = 1;
    advert.count = 1;
    advert.entries[0] = e;
    trees.take(slot, advert, now, mercy);
  }
  const Tree& tree() const { return trees[0]; }
  std::optional<TreeProbe> probe() { return trees.probe(); }

  Instant now{seconds(10'000).us};
  Zeros zeros;
  std::vector<Tree> own;
  std::vector<Neighbour> slots;
  std::vector<TreeNeighbour> rows;
  Neighbours table;
  Trees trees;
};

TEST(TreeMoves, TheFirstHigherTermIsFollowed_TheNextOnlyOnOwnEvidence) {
  Fixture f;
  ASSERT_EQ(f.tree().state(), Tree::State::attached);
  ASSERT_TRUE(f.tree().claim().settled);
  ASSERT_TRUE(f.tree().place().used);
  f.hear(1, Fixture::entry(2, kOther));
  EXPECT_EQ(f.tree().claim().term, 2) << "at once";
  EXPECT_EQ(f.tree().parent(), 1);
  // Soon after is the same move.
  f.now = f.now + seconds(2);
  f.hear(2, Fixture::entry(3, kRoot));
  EXPECT_EQ(f.tree().claim().term, 3);
  // Later it is not, whoever says so and how often.
  f.now = f.now + seconds(60);
  for (std::uint16_t term = 4; term < 50; ++term) f.hear(1, Fixture::entry(term, kOther));
  EXPECT_EQ(f.tree().claim().term, 3);
  // The parent has followed: then it is so.
  f.hear(2, Fixture::entry(50, kOther));
  EXPECT_EQ(f.tree().claim().term, 50);
}

TEST(TreeMoves, AfterTheRestItMovesAgain_AndRestsTwiceAsLong) {
  Fixture f;
  std::uint16_t term = 1;
  // Nobody is its parent for a slot that speaks for the first time: take turns.
  const auto moves = [&] {
    const std::uint8_t other = f.tree().parent() == 1 ? 2 : 1;
    f.hear(other, Fixture::entry(++term, kOther));
    return f.tree().claim().term == term;
  };
  ASSERT_TRUE(moves());
  Duration rest = Tree::kPause;
  for (int i = 0; i < 4; ++i) {
    f.now = f.now + rest - seconds(1);
    EXPECT_FALSE(moves()) << i;
    f.now = f.now + seconds(2);
    EXPECT_TRUE(moves()) << i;
    rest = rest * 2;
  }
  EXPECT_EQ(rest, Tree::kPause * 16);
  f.now = f.now + rest - seconds(1);
  EXPECT_FALSE(moves());
  f.now = f.now + seconds(2);
  EXPECT_TRUE(moves());
  f.now = f.now + rest + seconds(1);
  EXPECT_TRUE(moves()) << "no longer than that";
  // Long after, it is forgotten.
  f.now = f.now + rest + Tree::kPauseEases * 5;
  EXPECT_TRUE(moves());
  f.now = f.now + Tree::kPause + seconds(1);
  EXPECT_TRUE(moves());
}

TEST(TreeMoves, WhileItRests_ItAsksItsParentOnce_AndFollowsAfterANo) {
  Fixture f;
  f.hear(1, Fixture::entry(2, kOther));
  ASSERT_EQ(f.tree().parent(), 1);
  f.now = f.now + seconds(60);
  while (f.probe()) {
  }
  f.hear(2, Fixture::entry(3, kRoot));
  const auto asked = f.probe();
  ASSERT_TRUE(asked.has_value());
  EXPECT_EQ(asked->slot, 1);
  EXPECT_EQ(asked->kind, TreeProbe::Kind::is_root_there);
  f.hear(2, Fixture::entry(4, kRoot));
  EXPECT_FALSE(f.probe().has_value()) << "once";
  f.trees.take_probe(1, 0, TreeProbe::Kind::it_is, f.now);
  f.hear(2, Fixture::entry(4, kRoot));
  EXPECT_EQ(f.tree().claim().term, 2);
  f.trees.take_probe(2, 0, TreeProbe::Kind::it_is_gone, f.now);
  f.hear(2, Fixture::entry(4, kRoot));
  EXPECT_EQ(f.tree().claim().term, 2) << "whoever is not its parent may say what he likes";
  f.trees.take_probe(1, 0, TreeProbe::Kind::it_is_gone, f.now);
  f.hear(2, Fixture::entry(4, kRoot));
  EXPECT_EQ(f.tree().claim().term, 4);
}

TEST(TreeMoves, AnotherLineage_OnlyWhenItWasShown) {
  Fixture f;
  TreeEntry e = Fixture::entry(7, kOther);
  e.claim.lineage = kLineage - 1;
  f.hear(1, e);
  EXPECT_EQ(f.tree().claim().lineage, kLineage);
  EXPECT_TRUE(f.tree().needs_proof(1, e.claim, f.now));
  f.trees.go_over(2, 0, e.claim, f.now);
  EXPECT_EQ(f.tree().claim().lineage, kLineage) << "this one does not say so";
  f.trees.go_over(1, 0, e.claim, f.now);
  EXPECT_EQ(f.tree().claim().lineage, kLineage - 1);
  TreeEntry worse = Fixture::entry(9, kRoot);
  EXPECT_FALSE(f.tree().needs_proof(1, worse.claim, f.now));
}

TEST(TreeMoves, WhoIsRefused_IsNoParentAndFollowedInNothing) {
  Fixture f;
  f.hear(1, Fixture::entry(1, kRoot, 8));
  ASSERT_EQ(f.tree().parent(), 0);
  f.trees.refuse(0, 0, f.now);
  EXPECT_EQ(f.tree().parent(), 1);
  f.trees.refuse(1, 0, f.now);
  EXPECT_EQ(f.tree().state(), Tree::State::orphan) << "there is nobody else";
  f.hear(1, Fixture::entry(9, kOther));
  EXPECT_EQ(f.tree().claim().term, 1);
  // The same again is no reason, another place is; and nothing is needed when its time is over.
  f.hear(1, Fixture::entry(1, kRoot));
  f.hear(1, Fixture::entry(1, kRoot), Mercy::if_it_moved);
  EXPECT_EQ(f.tree().state(), Tree::State::orphan);
  f.hear(0, Fixture::entry(1, kRoot), Mercy::full);
  EXPECT_EQ(f.tree().parent(), 0);
  // It is not forgotten by going away and coming back.
  f.trees.refuse(0, 0, f.now);
  f.trees.lost(0, f.now);
  f.trees.found(0, node(0xa0), kCostUnit, f.now);
  EXPECT_TRUE(f.trees.neighbours(0)[0].refused);
}

TEST(TreeMoves, ABetterParentInASettledTree_HasToShowItsPlaceFirst) {
  Fixture f;
  f.hear(0, Fixture::entry(1, kRoot, 100));
  f.hear(2, Fixture::entry(1, kRoot, 8));
  EXPECT_EQ(f.tree().parent(), 0);
  EXPECT_EQ(f.tree().better_parent(f.now), 2);
  f.trees.prove(2, 0, f.now);
  EXPECT_EQ(f.tree().better_parent(f.now), kNobody);
  EXPECT_EQ(f.tree().parent(), 0) << "until the better one has given an index";
  TreeEntry e = Fixture::entry(1, kRoot, 8);
  e.child_count = 1;
  e.children[0] = {child_tag(node(0x77)), 9};
  f.hear(2, e);
  EXPECT_EQ(f.tree().parent(), 2);
}

TEST(TreeMoves, WhatIsShownHoldsForThatPlaceAndNoNearerOne) {
  Fixture f;
  TreeEntry e = Fixture::entry(1, kRoot);
  e.place = *CompactAddress{}.child(3, 8);
  f.hear(2, e);
  f.trees.prove(2, 0, f.now);
  const auto proven = [&] { return f.trees.neighbours(0)[2].proven; };
  e.place = *CompactAddress{}.child(3, 9);
  f.hear(2, e);
  EXPECT_TRUE(proven()) << "it has become dearer";
  e.place = *CompactAddress{}.child(3, 4);
  f.hear(2, e);
  EXPECT_TRUE(proven()) << "or a little cheaper";
  e.place = *CompactAddress{}.child(3, 3);
  f.hear(2, e);
  EXPECT_FALSE(proven()) << "or more than twice as cheap";
  f.trees.prove(2, 0, f.now);
  e.place = *CompactAddress{}.child(4, 2);
  f.hear(2, e);
  EXPECT_FALSE(proven()) << "another place";
}

}  // namespace
}  // namespace mp
