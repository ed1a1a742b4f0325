// SPDX-License-Identifier: ISC
// One node in trees of version 1, word by word (specification: tree.md, "Trees of version 1"); many of them:
// trees_test.cpp.
#include "micropycelium/routing/trees.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace mp::test {
namespace {

using Children = std::vector<TreeEntry::Child>;

class OneTree : public ::testing::Test {
 protected:
  static constexpr std::size_t kSlots = 40;
  static constexpr ChildTag kRoot = 0xaaaaaaaa, kElsewhere = 0xbbbbbbbb;
  struct Zeros final : Random {
    void fill(MutableBytes out) override { std::fill(out.begin(), out.end(), std::byte{0}); }
  };

  OneTree() : rows(tree_rows(kSlots, 2)), own(2), slots(kSlots), table(slots, rows, 2), trees(own, table) {
    trees.start(self(), 1, random, times, now);
    for (std::uint8_t slot = 0; slot < kSlots; ++slot) trees.found(slot, other(slot), kCostUnit, now);
  }

  static NodeId self() { return id_of(0xee); }
  static NodeId other(std::uint8_t slot) { return id_of(static_cast<std::uint8_t>(slot + 1)); }
  static NodeId id_of(std::uint8_t n) {
    NodeId id;
    id.value.fill(std::byte{n});
    return id;
  }
  static ChildTag tag(std::uint8_t slot) { return child_tag(node_tag(other(slot))); }
  static ChildTag own_tag() { return child_tag(node_tag(self())); }
  static CompactAddress path(std::initializer_list<unsigned> indexes) {
    CompactAddress at;
    for (const unsigned i : indexes) at = *at.child(i, 0);
    return at;
  }

  static TreeEntry entry(std::uint16_t cost, std::optional<CompactAddress> place, const Children& children = {}) {
    TreeEntry e;
    e.claim = {.lineage = 5, .term = 1, .seq = 0, .root = kRoot, .settled = false};
    e.cost = cost;
    e.parent = kElsewhere;
    e.index = 1;
    e.place = place;
    for (const auto& c : children) e.children[e.child_count++] = c;
    return e;
  }
  // The root itself.
  static TreeEntry root(const Children& children = {}) {
    TreeEntry e = entry(0, CompactAddress{}, children);
    e.root = true;
    return e;
  }
  // A child of ours.
  static TreeEntry child(std::uint16_t index) {
    TreeEntry e = entry(100, std::nullopt);
    e.parent = own_tag();
    e.index = index;
    return e;
  }
  void hear(std::uint8_t slot, const TreeEntry& e) {
    TreeAdvert advert;
    advert.boot = 1;
    advert.count = 1;
    advert.entries[0] = e;
    trees.take(slot, advert, now);
  }
  // Below `slot`, which is at `place` and gives the index.
  void attach(std::uint8_t slot, std::uint16_t cost, const CompactAddress& place, std::uint16_t index) {
    hear(slot, entry(cost, place));
    hear(slot, entry(cost, place, {{own_tag(), index}}));
    ASSERT_EQ(tree().parent(), slot);
    ASSERT_TRUE(tree().place().used);
  }
  const Tree& tree(std::size_t i = 0) const { return trees[i]; }
  CompactAddress at() const { return tree().place().address; }

  // Lets time pass; what is said of tree 0 meanwhile, and what is asked.
  void pass(Duration time) {
    const Instant end = now + time;
    do {
      trees.run(now);
      while (const auto p = trees.probe()) probes.push_back(*p);
      while (const auto a = trees.advert(now))
        for (std::size_t i = 0; i < a->count; ++i)
          if (a->entries[i].tree == 0) said.push_back(a->entries[i]);
      now = now + milliseconds(10);
    } while (now < end);
  }
  TreeEntry told() {
    said.clear();
    trees.tell_again(now);
    pass(times.pace * 2);
    EXPECT_FALSE(said.empty());
    return said.empty() ? TreeEntry{} : said.back();
  }

  Instant now{};
  Zeros random;
  TreeTimes times;
  std::vector<TreeNeighbour> rows;
  std::vector<Tree> own;
  std::vector<Neighbour> slots;
  Neighbours table;
  Trees trees;
  std::vector<TreeEntry> said;
  std::vector<TreeProbe> probes;
};

// --- parents -------------------------------------------------------------------------------------------------

TEST_F(OneTree, ABetterParent_PlaceIsKeptUntilItGivesAnother) {
  attach(0, 24, path({1, 1, 1}), 4);
  hear(1, entry(8, path({2})));
  EXPECT_EQ(tree().parent(), 0);
  const TreeEntry e = told();
  EXPECT_EQ(e.parent, tag(1)) << "it asks the other";
  EXPECT_EQ(e.index, 0);
  EXPECT_EQ(e.cost, 32) << "and is no nearer yet";
  EXPECT_TRUE(e.place == path({1, 1, 1, 4}));
  hear(1, entry(8, path({2}), {{own_tag(), 7}}));
  EXPECT_EQ(tree().parent(), 1);
  EXPECT_EQ(tree().cost(), 16);
  EXPECT_TRUE(at() == path({2, 7}));
}

TEST_F(OneTree, ABetterParentThatGivesNoIndex_IsLeftOutForATimeThatDoubles) {
  attach(0, 24, path({1, 1, 1}), 4);
  for (const std::int64_t paces : {64, 128, 256}) {
    hear(1, entry(8, path({2})));
    EXPECT_EQ(told().parent, tag(1));
    pass(times.pace * 20);
    EXPECT_EQ(told().parent, tag(0));
    EXPECT_EQ(told().index, 4);
    EXPECT_TRUE(at() == path({1, 1, 1, 4}));
    pass(times.pace * (paces - 20));
    hear(1, entry(8, path({2})));
    EXPECT_EQ(told().parent, tag(0)) << "not after " << paces - 20;
    pass(times.pace * 30);
  }
  EXPECT_EQ(tree().parent_changes(), 1U);
}

TEST_F(OneTree, WaitedForInVain_AnotherIsTaken_AndTheSameIfThereIsNoOther) {
  hear(0, entry(8, path({1})));
  pass(times.pace * 70);
  EXPECT_EQ(tree().parent(), 0) << "there is nobody else";
  hear(1, entry(24, path({2, 1, 1})));
  pass(times.pace * 70);
  EXPECT_EQ(tree().parent(), 1);
  hear(1, entry(24, path({2, 1, 1}), {{own_tag(), 3}}));
  hear(0, entry(8, path({1})));
  EXPECT_EQ(told().parent, tag(1));
}

TEST_F(OneTree, AParent_IsLeftForOneThatIsBetterByTwelveEighths) {
  attach(0, 24, path({1, 1, 1}), 4);
  hear(1, entry(13, path({2})));
  EXPECT_EQ(told().parent, tag(0));
  hear(1, entry(12, path({2})));
  EXPECT_EQ(told().parent, tag(1));
}

TEST_F(OneTree, OfTwoEquals_TheOneLessUsedByOtherTrees) {
  attach(1, 8, path({1}), 4);
  for (const std::uint8_t slot : {std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{2}}) {
    const CompactAddress place = slot == 0 ? CompactAddress{} : path({slot});
    TreeEntry e = entry(slot == 0 ? std::uint16_t{0} : std::uint16_t{8}, place);
    e.tree = 1;
    hear(slot, e);
  }
  EXPECT_EQ(tree(1).parent(), 0);
  trees.lost(0, now);
  EXPECT_EQ(tree(1).parent(), 2);
}

TEST_F(OneTree, AnOrphanSaysHowManyLevels_WhoIsBelowTheseIsNoWayOut) {
  attach(0, 16, path({1, 2}), 4);
  hear(1, entry(24, path({1, 7, 1})));
  hear(2, entry(24, path({3, 1, 1})));
  TreeEntry e = entry(0, path({1, 2}));
  e.orphan = true;
  e.cost = 1;  // all below the root's child 1
  trees.lost(2, now);
  hear(0, e);
  EXPECT_EQ(tree().state(), Tree::State::orphan);
  EXPECT_EQ(told().cost, 1);
  trees.found(2, other(2), kCostUnit, now);
  hear(2, entry(24, path({3, 1, 1})));
  EXPECT_EQ(tree().state(), Tree::State::attached);
  EXPECT_EQ(tree().parent(), 2);
}

TEST_F(OneTree, WhoHangsBelowAFormerPlace_IsNoParent) {
  attach(0, 24, path({1, 1, 1}), 4);
  hear(1, entry(8, path({2}), {{own_tag(), 7}}));
  hear(1, entry(8, path({2}), {{own_tag(), 7}}));
  ASSERT_TRUE(at() == path({2, 7}));
  hear(3, entry(40, path({1, 1, 1, 4, 1})));
  hear(0, entry(8, std::nullopt));
  trees.lost(0, now);
  trees.lost(1, now);
  EXPECT_EQ(tree().state(), Tree::State::orphan) << "neighbour 3 hung below us, and may still";
}

// --- the root is gone ----------------------------------------------------------------------------------------

TEST_F(OneTree, ChildrenOfADeadRoot_FollowItInTheirOrder) {
  for (const auto& [index, paces] : {std::pair{1, 0}, {2, 3}, {5, 9}, {300, 27}}) {
    SCOPED_TRACE(index);
    trees.start(self(), 1, random, times, now);
    for (std::uint8_t slot = 0; slot < 2; ++slot) trees.found(slot, other(slot), kCostUnit, now);
    hear(0, root());
    hear(0, root({{own_tag(), static_cast<std::uint16_t>(index)}}));
    ASSERT_TRUE(tree().place().used);
    trees.lost(0, now);
    EXPECT_EQ(tree().state(), Tree::State::succeeding);
    pass(times.pace * paces - milliseconds(20));
    if (paces > 0) {
      EXPECT_EQ(tree().state(), Tree::State::succeeding);
    }
    pass(milliseconds(60));
    EXPECT_EQ(tree().state(), Tree::State::root);
    EXPECT_EQ(tree().claim().lineage, 5U);
    EXPECT_EQ(tree().claim().term, 2);
    EXPECT_EQ(tree().claim().seq, 0);
  }
}

TEST_F(OneTree, IsTheRootThere_YesNoAndSilence) {
  for (const int answer : {0, 1, 2}) {
    SCOPED_TRACE(answer);
    trees.start(self(), 1, random, times, now);
    for (std::uint8_t slot = 0; slot < 4; ++slot) trees.found(slot, other(slot), kCostUnit, now);
    hear(0, root());
    hear(0, root({{own_tag(), 1}}));
    hear(1, entry(16, path({2, 1})));
    probes.clear();
    trees.lost(0, now);
    pass(milliseconds(20));
    ASSERT_EQ(probes.size(), 1U);
    EXPECT_EQ(probes[0].slot, 1);
    EXPECT_EQ(probes[0].kind, TreeProbe::Kind::is_root_there);
    trees.take_probe(2, 0, TreeProbe::Kind::it_is_gone, now);
    EXPECT_EQ(tree().state(), Tree::State::probing) << "2 was not asked";
    if (answer == 0) {
      trees.take_probe(1, 0, TreeProbe::Kind::it_is, now);
      EXPECT_EQ(tree().parent(), 1);
      continue;
    }
    if (answer == 1) trees.take_probe(1, 0, TreeProbe::Kind::it_is_gone, now);
    pass(times.pace * (answer == 1 ? 5 : 10) + milliseconds(50));  // two levels, and three more, twice
    EXPECT_EQ(tree().state(), Tree::State::root);
  }
}

TEST_F(OneTree, WhoWasAskedWhetherTheRootIsThere_Goes_AnotherIsAsked) {
  hear(0, root());
  hear(0, root({{own_tag(), 9}}));
  hear(1, entry(16, path({2, 1})));
  hear(2, entry(24, path({2, 1, 1})));
  trees.lost(0, now);
  trees.lost(1, now);
  pass(milliseconds(20));
  ASSERT_EQ(probes.size(), 1U);
  EXPECT_EQ(probes[0].slot, 2);
}

TEST_F(OneTree, TwoAskThroughOneRelay_BothAreAnswered) {
  attach(0, 8, path({1}), 4);
  trees.take_probe(1, 0, TreeProbe::Kind::is_root_there, now);
  trees.take_probe(2, 0, TreeProbe::Kind::is_root_there, now);
  trees.take_probe(3, 0, TreeProbe::Kind::is_root_there, now);
  trees.lost(3, now);
  pass(milliseconds(10));
  for (const TreeProbe& p : probes) EXPECT_EQ(p.slot, 0);
  probes.clear();
  trees.take_probe(5, 0, TreeProbe::Kind::it_is_gone, now);
  pass(milliseconds(10));
  EXPECT_TRUE(probes.empty()) << "5 is not the parent";
  trees.take_probe(0, 0, TreeProbe::Kind::it_is, now);
  pass(milliseconds(10));
  ASSERT_EQ(probes.size(), 2U);
  EXPECT_EQ(probes[0].slot, 1);
  EXPECT_EQ(probes[1].slot, 2);
  EXPECT_EQ(probes[0].kind, TreeProbe::Kind::it_is);
}

// --- indexes -------------------------------------------------------------------------------------------------

class Numbering : public OneTree {
 protected:
  std::uint16_t index_told(std::uint8_t slot) {
    const TreeEntry e = told();
    for (std::size_t i = 0; i < e.child_count; ++i)
      if (e.children[i].tag == tag(slot)) return e.children[i].index;
    return 0;
  }
};

TEST_F(Numbering, AChild_KeepsItsIndexUntilItHasForgottenItsOwnChildren) {
  attach(0, 8, path({1}), 4);
  hear(1, child(0));
  EXPECT_EQ(index_told(1), 1);
  hear(1, child(0));
  EXPECT_EQ(index_told(1), 1) << "it has not heard it";
  hear(1, child(1));
  EXPECT_EQ(index_told(1), 0) << "it knows";
  hear(1, entry(40, path({7})));
  hear(1, child(0));
  EXPECT_EQ(index_told(1), 1) << "it hung elsewhere in the same tree";
  trees.rebooted(1, now);
  hear(1, child(0));
  EXPECT_EQ(index_told(1), 2);
}

TEST_F(Numbering, StartsWithoutEnd_TakeEightIndexesAndOneMoreInEachRefresh) {
  attach(0, 8, path({1}), 4);
  for (int i = 0; i < 1000; ++i) {
    trees.rebooted(1, now);
    hear(1, child(0));
  }
  hear(2, child(0));
  EXPECT_EQ(index_told(2), 10);
  EXPECT_EQ(index_told(1), 0) << "it waits";
  pass(times.refresh);
  trees.rebooted(1, now);
  hear(1, child(0));
  EXPECT_EQ(index_told(1), 11);
}

TEST_F(Numbering, ManyThatNeverLearn_EachIsToldInItsTurn) {
  attach(0, 8, path({1}), 4);
  for (std::uint8_t slot = 1; slot < 36; ++slot) hear(slot, child(0));
  std::vector<ChildTag> heard;
  for (int i = 0; i < 3; ++i) {
    const TreeEntry e = told();
    for (std::size_t k = 0; k < e.child_count; ++k) heard.push_back(e.children[k].tag);
  }
  for (std::uint8_t slot = 1; slot < 36; ++slot) EXPECT_EQ(std::count(heard.begin(), heard.end(), tag(slot)) > 0, true);
}

TEST_F(Numbering, TwoIndexesForOurTag_TheOneThatWeHaveStays) {
  attach(0, 8, path({1}), 4);
  for (const Children& both : {Children{{own_tag(), 4}, {own_tag(), 5}}, Children{{own_tag(), 5}, {own_tag(), 4}}}) {
    hear(0, entry(8, path({1}), both));
    EXPECT_EQ(tree().index(), 4);
  }
}

TEST_F(Numbering, AChildWithTheTagOfAnother_IsNotNumbered) {
  attach(0, 8, path({1}), 4);
  NodeId twin = other(1);
  twin.value[31] = std::byte{0x77};
  twin.value[5] = std::byte{0x77};
  trees.lost(2, now);
  trees.found(2, twin, kCostUnit, now);
  hear(1, child(0));
  hear(2, child(0));
  const TreeEntry e = told();
  ASSERT_EQ(e.child_count, 1);
  EXPECT_EQ(e.children[0].index, 1);
}

// --- claims --------------------------------------------------------------------------------------------------

TEST(Claims, Order) {
  const TreeClaim claim{.lineage = 5, .term = 3, .seq = 9, .root = 7, .settled = false};
  const auto with = [&](auto change) {
    TreeClaim c = claim;
    change(c);
    return c;
  };
  const auto better = [&](auto change) { return better_claim(with(change), claim); };
  EXPECT_FALSE(better([](TreeClaim&) {}));
  EXPECT_TRUE(better([](TreeClaim& c) { c.term = 4; }));
  EXPECT_FALSE(better([](TreeClaim& c) { c.term = 2; }));
  EXPECT_FALSE(better([](TreeClaim& c) { c.term = 0xffff; })) << "serial: that is older";
  EXPECT_TRUE(better([](TreeClaim& c) { c.root = 6; }));
  EXPECT_FALSE(better([](TreeClaim& c) { c.root = 8; }));
  EXPECT_FALSE(better([](TreeClaim& c) { c.seq = 10; })) << "renewed is not better";
  EXPECT_TRUE(better([](TreeClaim& c) {
    c.lineage = 4;
    c.term = 1;
  }));
  EXPECT_FALSE(better([](TreeClaim& c) {
    c.lineage = 6;
    c.term = 9;
  }));
  EXPECT_TRUE(better([](TreeClaim& c) {
    c.lineage = 6;
    c.settled = true;
  })) << "settled wins over a lower score";
  EXPECT_FALSE(better([](TreeClaim& c) { c.settled = true; })) << "of one lineage it is nothing";
}

TEST_F(OneTree, OfItsOwn_SettledAfterTenMinutes_AndASuccessorStaysSo) {
  for (std::uint8_t slot = 0; slot < kSlots; ++slot) trees.lost(slot, now);
  pass(seconds(10));
  ASSERT_EQ(tree().state(), Tree::State::root);
  EXPECT_EQ(tree().claim().term, 1);
  EXPECT_EQ(tree().claim().seq, 0);
  pass(seconds(595));
  EXPECT_TRUE(tree().claim().settled);
}

// SHA-256 by Python's hashlib.
TEST(Claims, EpochAndScore_Vectors) {
  const TreeClaim claim{.lineage = 0x0123456789abcdef, .term = 7, .seq = 1, .root = 0xdeadbeef, .settled = true};
  EXPECT_EQ(tree_epoch(claim, 2), 0x3738);
  NodeId id;
  for (std::size_t i = 0; i < id.value.size(); ++i) id.value[i] = static_cast<std::byte>(i);
  EXPECT_EQ(tree_score(0, id), 0xda02df4a0a2c562fU);
  EXPECT_EQ(tree_score(3, id), 0x0733d17d15b49d3cU);
}

}  // namespace
}  // namespace mp::test
