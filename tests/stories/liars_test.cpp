// SPDX-License-Identifier: ISC
// Nodes that lie about trees (specification: tree.md, "Proof of a place"): about their own place, about who is the
// root, about whose tree it is. Nobody follows them for long, and what does not need them keeps flowing.
#include "stories/liar.hpp"

#include <gtest/gtest.h>

#include <cstdio>

namespace mp::sim {
namespace {

using namespace literals;

constexpr std::uint32_t kLiar = 12;  // in the middle of 5 x 5

// Traffic over the middle.
class CrossedStory : public TreeStory {
 public:
  // Four pairs whose shortest ways lead over the middle. How many arrive.
  unsigned cross() {
    std::vector<Sending> sent;
    constexpr std::pair<std::uint32_t, std::uint32_t> kPairs[] = {{2, 22}, {10, 14}, {7, 17}, {13, 11}};
    for (const auto& [from, to] : kPairs) {
      sent.push_back(node(from).sends(60).to(to));
      sent.push_back(node(to).sends(60).to(from));
    }
    run_until([&] { return std::all_of(sent.begin(), sent.end(), [](const Sending& s) { return s.ended(); }); }, 120_s);
    unsigned arrived = 0;
    for (const Sending& s : sent) arrived += s.ended() && s.outcome() == Outcome::delivered ? 1U : 0U;
    return arrived;
  }
  // So often. Nearly all arrive, while the liar is found out, which begins with the first that has to be sent anew, and
  // in the end all.
  void keep_crossing(int times) {
    unsigned arrived = 0, last = 0;
    for (int i = 0; i < times; ++i) arrived += last = cross();
    EXPECT_GE(arrived + 4, 8U * static_cast<unsigned>(times));
    EXPECT_EQ(last, 8U);
  }
};

class LiarStory : public CrossedStory {
 public:
  LiarStory() {
    grid(5, 5);
    scenario().nodes.trees = 4;
    Liar::prepare(*this, kLiar);
    run(1_s);
    liar.emplace(*this, kLiar);
  }
  // Whole, and settled.
  void stand() {
    ASSERT_TRUE(whole(120_s)) << wrong();
    run(900_s);
    for (std::uint32_t i = 0; i < 25; ++i)
      for (std::size_t t = 0; t < 4 && i != kLiar; ++t) ASSERT_TRUE(trees(i)[t].claim().settled) << i;
    ASSERT_LE(costs().checks, 4U) << "nothing was sent; a better parent now and then had to show its place";
  }
  bool has_power(std::uint32_t number) { return node(number).has_power(); }
  const Trees& trees(std::uint32_t node) { return world().board(node).node()->trees(); }
  // Of its eight neighbours, how many have refused it in this tree, and hang below it.
  unsigned refused(std::uint8_t tree) {
    return of_neighbours(tree, [](const TreeNeighbour& n, bool) { return n.refused; });
  }
  unsigned below_liar(std::uint8_t tree) {
    return of_neighbours(tree, [](const TreeNeighbour&, bool parent) { return parent; });
  }
  TreeEntry place_of(std::uint8_t tree, const CompactAddress& place) {
    TreeEntry e;
    e.tree = tree;
    e.claim = trees(has_power(0) ? 0 : 1)[tree].claim();
    e.cost = static_cast<std::uint16_t>(place.weight());
    e.parent = 1;
    e.index = 1;
    e.place = place;
    return e;
  }
  std::vector<std::uint16_t> epochs() {
    std::vector<std::uint16_t> all;
    for (std::size_t t = 0; t < 4; ++t) all.push_back(trees(0)[t].epoch());
    return all;
  }
  std::optional<Liar> liar;

 private:
  template <typename F>
  unsigned of_neighbours(std::uint8_t tree, F&& f) {
    unsigned n = 0;
    for (const std::uint32_t i : {6U, 7U, 8U, 11U, 13U, 16U, 17U, 18U}) {
      if (!has_power(i)) continue;
      const Node& it = *world().board(i).node();
      for (std::size_t slot = 0; slot < it.peers().size(); ++slot)
        if (it.peers()[slot].used && it.peers()[slot].id == liar->id())
          n += f(it.trees().neighbours(tree)[slot], it.trees()[tree].parent() == slot) ? 1U : 0U;
    }
    return n;
  }
};

TEST(Liars, WhoSaysThatItIsAtTheRoot_IsRefused_AndNobodyHangsBelowIt) {
  LiarStory story;
  story.stand();
  // It has the root's own record, and shows that.
  story.liar->answer = [&](const NodeId& from, const RecordRequest& request) {
    const auto& known = story.liar->root_records;
    if (request.level > 0 || !known.contains(request.tree)) return;
    ByteArray<kRootRecordSize> record;
    copy(known.at(request.tree), record);
    story.liar->tell(from, record);
  };
  for (std::uint8_t t = 0; t < 4; ++t) {
    story.liar->ask(story.node(7).id(), {t, story.trees(7)[t].epoch(), 0});
    story.run(1_s);
    TreeEntry e = story.place_of(t, CompactAddress{});
    e.root = true;
    story.liar->say(e);
  }
  story.run(5_s);
  story.keep_crossing(8);
  story.run(10_s);  // checks that are under way end
  EXPECT_GE(story.liar->asked, 1U);
  unsigned refused = 0;
  for (std::uint8_t t = 0; t < 4; ++t) {
    refused += story.refused(t);
    EXPECT_EQ(story.below_liar(t), 0U) << "tree " << unsigned{t};
  }
  EXPECT_GE(refused, 1U);
  EXPECT_EQ(story.wrong(), "");
}

TEST(Liars, AtARootsPlaceAndSilent_IsRefused) {
  LiarStory story;
  story.stand();
  for (std::uint8_t t = 0; t < 4; ++t) {
    TreeEntry e = story.place_of(t, CompactAddress{});
    e.root = true;
    story.liar->say(e);
  }
  story.run(5_s);
  story.keep_crossing(8);
  story.run(10_s);  // checks that are under way end
  unsigned refused = 0;
  for (std::uint8_t t = 0; t < 4; ++t) refused += story.refused(t);
  EXPECT_GE(refused, 1U);
  EXPECT_EQ(story.wrong(), "");
}

// It replays what its neighbour has shown it, the last record included.
TEST(Liars, BelowAnother_WithReplayedRecords_IsRefused) {
  LiarStory story;
  story.stand();
  const Tree& tree = story.trees(22)[0];
  const CompactAddress theirs = tree.place().address;  // where packets for 22 go
  const auto levels = static_cast<std::uint8_t>(theirs.levels());
  for (std::uint8_t level = 0; level <= levels; ++level) {
    story.liar->ask(story.node(17).id(), {0, tree.epoch(), level});
    story.run(1_s);
  }
  story.liar->answer = [&](const NodeId& from, const RecordRequest& request) {
    if (request.level == 0 && story.liar->root_records.contains(request.tree)) {
      ByteArray<kRootRecordSize> record;
      copy(story.liar->root_records[request.tree], record);
      return story.liar->tell(from, record);
    }
    if (!story.liar->link_records.contains(request.level)) return;
    ByteArray<LeveledRecord::kSize> record;
    copy(story.liar->link_records[request.level], record);
    story.liar->tell(from, record);
  };
  story.liar->say(story.place_of(0, theirs));
  story.run(2_s);
  story.keep_crossing(8);
  story.run(10_s);  // checks that are under way end
  // By some seeds nobody comes to use it.
  EXPECT_TRUE(story.liar->asked == 0 || story.refused(0) >= 1);
  EXPECT_EQ(story.below_liar(0), 0U);
}

TEST(Liars, ALineageThatIsNobodys_IsNotFollowed) {
  LiarStory story;
  story.stand();
  const auto before = story.epochs();
  TreeEntry e;
  e.claim = {.lineage = 0, .term = 1, .seq = 0, .root = child_tag(story.liar->id()), .settled = true};
  e.root = true;
  e.place = CompactAddress{};
  story.liar->answer = [&](const NodeId& from, const RecordRequest& request) {
    RootRecord r;
    r.tree = request.tree;
    r.epoch = request.epoch;
    r.founder = r.root = story.liar->id();
    TreeClaim claim = e.claim;
    r.signature = sign_root(r, claim, story.liar->keys());
    story.liar->tell(from, encode_root_record(r));
  };
  for (std::uint16_t i = 0; i < 100; ++i) {
    e.tree = static_cast<std::uint8_t>(i % 4);
    e.claim.term = static_cast<std::uint16_t>(1 + i / 4);
    story.liar->say(e);
    story.run(10_s);
  }
  EXPECT_GE(story.liar->asked, 4U);
  EXPECT_EQ(story.epochs(), before);
  EXPECT_EQ(story.wrong(), "");
  // Who has failed has to wait ever longer for the next time.
  EXPECT_LE(story.costs().refusals, 8U * 5U);
  EXPECT_EQ(story.cross(), 8U);
}

// Nobody can prove that a root is dead. So the mesh moves, and then not again for a while.
TEST(Liars, HigherTermsAgainAndAgain_MoveTheMeshEverMoreRarely) {
  LiarStory story;
  story.stand();
  std::uint16_t epoch = story.trees(0)[0].epoch();
  unsigned moves = 0;
  for (unsigned i = 0; i < 2 * 360; ++i) {
    TreeEntry e;
    e.claim = story.trees(0)[0].claim();
    e.claim.term = static_cast<std::uint16_t>(e.claim.term + 1);
    e.claim.root = child_tag(story.liar->id());
    e.root = true;
    e.place = CompactAddress{};
    story.liar->say(e);
    story.run(10_s);
    // It numbers no children: soon somebody else follows it.
    moves += story.trees(0)[0].epoch() != epoch ? 1U : 0U;
    epoch = story.trees(0)[0].epoch();
  }
  std::printf("higher terms every 10 s for two hours: the mesh has moved %u times\n", moves);
  EXPECT_GE(moves, 1U);
  EXPECT_LE(moves, 5U);
  story.run(60_s);
  EXPECT_EQ(story.wrong(), "");
  EXPECT_EQ(story.cross(), 8U);
}

// What was right once is no proof after the root has changed.
TEST(Liars, ARecordOfAnotherEpoch_IsNoProof) {
  LiarStory story;
  story.stand();
  const std::uint32_t root = story.root(0, 0);
  const std::uint32_t near = root == 7 ? 17 : 7;
  const std::uint32_t victim = near == 7 ? 8 : 18;
  const CompactAddress then = story.trees(victim)[0].place().address;
  const std::uint16_t epoch = story.trees(victim)[0].epoch();
  for (std::uint8_t level = 0; level <= then.levels(); ++level) {
    story.liar->ask(story.node(near).id(), {0, epoch, level});
    story.run(1_s);
  }
  story.node(root).crashes();
  ASSERT_TRUE(story.whole(900_s)) << story.wrong();
  ASSERT_NE(story.trees(near)[0].epoch(), epoch);
  // All of that with the new epoch written on it.
  story.liar->answer = [&](const NodeId& from, const RecordRequest& request) {
    if (request.level == 0 && story.liar->root_records.contains(request.tree)) {
      RootRecord r = *decode_root_record(story.liar->root_records[request.tree]);
      r.epoch = request.epoch;
      return story.liar->tell(from, encode_root_record(r));
    }
    if (!story.liar->link_records.contains(request.level)) return;
    LeveledRecord r = *decode_link_record(story.liar->link_records[request.level]);
    r.record.epoch = request.epoch;
    story.liar->tell(from, encode_link_record(r));
  };
  TreeEntry e = story.place_of(0, CompactAddress{});
  e.claim = story.trees(near)[0].claim();
  story.liar->say(e);
  story.run(2_s);
  for (int i = 0; i < 3; ++i) {
    const std::uint32_t from = root == 11 ? 13 : 11;
    const Sending a = story.node(near).sends(40).to(near == 7 ? 22 : 2),
                  b = story.node(from).sends(40).to(root == 14 ? 10 : 14);
    story.run_until([&] { return a.ended() && b.ended(); }, 120_s);
  }
  EXPECT_GE(story.refused(0), 1U);
}

// It hangs where it says, takes what it attracts, says that it has it, and drops it.
TEST(BlackHoles, InTheMiddleOfAGrid_IsGoneRound) {
  CrossedStory story;
  story.grid(5, 5);
  story.scenario().nodes.trees = 4;
  story.scenario().groups.push_back({.name = "hole", .nodes = {"12"}, .node = story.scenario().nodes});
  story.scenario().groups.back().node.misbehaviour = Misbehaviour::black_hole;
  story.run(1_s);
  ASSERT_TRUE(story.whole(120_s)) << story.wrong();
  story.run(10_s);
  story.keep_crossing(8);
  story.run(10_s);  // checks that are under way end
  unsigned doubts = 0;
  for (const std::uint32_t i : {6U, 7U, 8U, 11U, 13U, 16U, 17U, 18U}) {
    const Node& it = *story.world().board(i).node();
    for (const Neighbour& n : it.trees().slots())
      if (n.used && n.tag == node_tag(story.node(12).id())) doubts += n.doubt;
  }
  std::printf("a black hole in the middle of 5x5: doubted by its eight neighbours by %u eighths in all\n", doubts);
}

}  // namespace
}  // namespace mp::sim
