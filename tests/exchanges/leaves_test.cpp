// SPDX-License-Identifier: ISC
// Leaves: nodes that hang in no tree and live at their parent's place (specification: tree.md, "Leaves").
#include "support/air.hpp"

#include "micropycelium/applications/spanning_tree.hpp"
#include "micropycelium/applications/trace_route.hpp"

#include <gtest/gtest.h>

namespace mp::test {
namespace {

// The smallest leaf: no room for trees at all.
constexpr Limits smallest() {
  Limits limits = kSensorLimits;
  limits.trees = 0;
  return limits;
}

struct World {
  explicit World(std::uint64_t seed, bool is_closed = false) : air(seed), closed(is_closed) {}

  std::size_t add(const Limits& limits, const SpanningTreeOptions& options, SleepPlan plan = SleepPlan::off()) {
    TestNode& node = air.add_node(limits, {.closed = closed});
    if (closed) {
      NetworkKey key;
      for (std::byte& b : key.fill()) b = std::byte{7};
      EXPECT_EQ(node.node.set_network(key), Status::ok);
    }
    air.add_radio(node);
    node.radios[0]->can_sleep = true;
    EXPECT_EQ(node.node.set_sleep(plan), Status::ok);
    trees.push_back(std::make_unique<SpanningTree>(options));
    EXPECT_EQ(node.node.attach(*trees.back()), Status::ok);
    return air.size() - 1;
  }
  std::size_t add_node() { return add(kBoardLimits, {}); }
  std::size_t add_leaf(const Limits& limits = smallest(), SleepPlan plan = SleepPlan::off()) {
    return add(limits, {.leaf = true}, plan);
  }
  void join(std::size_t a, std::size_t b) { air.connect(*air[a].radios[0], *air[b].radios[0]); }
  void part(std::size_t a, std::size_t b) { air.disconnect(*air[a].radios[0], *air[b].radios[0]); }
  // Nodes 0 .. n-1 in a row.
  void line(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) add_node();
    for (std::size_t i = 0; i + 1 < n; ++i) join(i, i + 1);
  }
  void start() {
    for (std::size_t i = 0; i < air.size(); ++i) air.start(air[i]);
    air.run(seconds(20));
  }
  const NodeId parent_of(std::size_t leaf) {
    const Peer* parent = air[leaf].node.parent();
    return parent != nullptr ? parent->id : NodeId{};
  }
  ::testing::AssertionResult sends(std::size_t a, std::size_t b, std::size_t size = 60, Duration limit = seconds(120)) {
    const Blob8 blob = air.random.blob(size);
    const SendId id = size > 100 ? air[a].app.send_large(air[b].id(), blob) : air[a].app.send(air[b].id(), blob);
    if (!id) return ::testing::AssertionFailure() << "refused: " << name(id.refusal());
    if (!air.run_until([&] { return air[a].app.ended(id); }, limit)) return ::testing::AssertionFailure() << "no end";
    if (air[a].app.outcome(id) != Outcome::delivered)
      return ::testing::AssertionFailure() << name(air[a].app.outcome(id));
    const auto& got = air[b].app.got;
    if (got.empty() || got.back().blob != blob) return ::testing::AssertionFailure() << "it did not come";
    if (!(got.back().from.node == air[a].id())) return ::testing::AssertionFailure() << "from somebody else";
    return ::testing::AssertionSuccess();
  }
  Air air;
  bool closed;
  std::vector<std::unique_ptr<SpanningTree>> trees;
};

class Leaves : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Both, Leaves, ::testing::Bool(),
                         [](const auto& one) { return one.param ? "Closed" : "Open"; });

TEST_P(Leaves, AtBothEndsOfALine_SendToEachOtherAndToOthers) {
  for (std::uint64_t seed = 1; seed < 4; ++seed) {
    World w(seed, GetParam());
    w.line(6);
    const std::size_t a = w.add_leaf(), b = w.add_leaf();
    w.join(a, 0);
    w.join(b, 5);
    w.start();
    ASSERT_EQ(w.parent_of(a), w.air[0].id());
    ASSERT_EQ(w.parent_of(b), w.air[5].id());
    EXPECT_EQ(w.air[a].node.places(), w.air[0].node.places());
    EXPECT_TRUE(w.sends(a, b));
    EXPECT_TRUE(w.sends(b, a));
    EXPECT_TRUE(w.sends(3, a));
    EXPECT_TRUE(w.sends(a, 4));
    EXPECT_TRUE(w.sends(a, b, 20'000));
    EXPECT_TRUE(w.sends(0, b, 20'000));
    EXPECT_TRUE(w.sends(a, 0)) << "its parent";
    EXPECT_EQ(w.trees[a]->counts().adverts_sent, 0U);
    for (std::size_t t = 0; t < 4; ++t)
      for (std::size_t i = 0; i < 6; ++i)
        for (const TreeNeighbour& n : w.air[i].node.trees().neighbours(t)) EXPECT_TRUE(!n.child || n.index != 0);
  }
}

TEST_P(Leaves, LimitsWithTrees_ChangeNothing) {
  World w(4, GetParam());
  w.line(4);
  const std::size_t a = w.add_leaf(kSensorLimits), b = w.add_leaf(kBoardLimits);
  w.join(a, 0);
  w.join(b, 3);
  w.start();
  EXPECT_TRUE(w.sends(a, b));
  EXPECT_TRUE(w.sends(2, a));
}

TEST_P(Leaves, TheParentDies_AnotherIsFoundAndPacketsComeAgain) {
  for (std::uint64_t seed = 1; seed < 6; ++seed) {
    World w(seed, GetParam());
    w.line(5);
    w.join(0, 2);
    const std::size_t leaf = w.add_leaf();
    w.join(leaf, 0);
    w.join(leaf, 1);
    w.start();
    EXPECT_TRUE(w.sends(4, leaf));
    w.air.run(seconds(5));  // four slots are soon full of what waits for a dead parent
    const std::size_t first = w.parent_of(leaf) == w.air[0].id() ? 0 : 1, other = 1 - first;
    w.air[first].running = false;
    if (first == 1) w.part(1, 2);
    EXPECT_TRUE(w.sends(leaf, 4)) << "which is how it hears of it";
    EXPECT_EQ(w.parent_of(leaf), w.air[other].id());
    EXPECT_TRUE(w.sends(4, leaf));
    EXPECT_TRUE(w.sends(3, leaf, 20'000));
  }
}

TEST_P(Leaves, Moves_BlobUnderWayGoesOn) {
  for (std::uint64_t seed = 1; seed < 6; ++seed) {
    World w(seed, GetParam());
    w.line(6);
    const std::size_t leaf = w.add_leaf();
    w.join(leaf, 0);
    w.start();
    ASSERT_EQ(w.parent_of(leaf), w.air[0].id());
    const Blob8 blob = w.air.random.blob(100'000);
    const SendId id = w.air[5].app.send_large(w.air[leaf].id(), blob);
    ASSERT_TRUE(w.air.run_until([&] { return w.air[5].app.progress > 100; }, seconds(60)));
    w.part(leaf, 0);
    w.join(leaf, 2);
    ASSERT_TRUE(w.air.run_until([&] { return w.air[5].app.ended(id); }, seconds(200)));
    EXPECT_EQ(w.air[5].app.outcome(id), Outcome::delivered) << seed;
    EXPECT_EQ(w.parent_of(leaf), w.air[2].id());
    ASSERT_EQ(w.air[leaf].app.got.size(), 1U);
    EXPECT_EQ(w.air[leaf].app.got[0].blob, blob);
    EXPECT_TRUE(w.sends(leaf, 5, 20'000));
  }
}

TEST_P(Leaves, BetweenTwoParts_PassesNothingOn) {
  World w(7, GetParam());
  w.add_node();
  w.add_node();
  const std::size_t leaf = w.add_leaf(kBoardLimits);
  w.join(0, leaf);
  w.join(leaf, 1);
  w.start();
  const SendId id = w.air[0].app.send(w.air[1].id(), Blob8(60, std::byte{7}));
  ASSERT_TRUE(w.air.run_until([&] { return w.air[0].app.ended(id); }));
  EXPECT_EQ(w.air[0].app.outcome(id), Outcome::unreachable);
  EXPECT_EQ(w.air[leaf].count(Counter::rx_forwarded), 0U);
  EXPECT_FALSE(w.air[0].node.trees()[0].claim().same_root(w.air[1].node.trees()[0].claim())) << "two meshes";
}

TEST_P(Leaves, OfALeaf_NobodyIsTheChild) {
  World w(8, GetParam());
  w.line(2);
  const std::size_t near = w.add_leaf(), far = w.add_leaf();
  w.join(near, 0);
  w.join(far, near);
  w.start();
  EXPECT_EQ(w.parent_of(near), w.air[0].id());
  EXPECT_EQ(w.parent_of(far), NodeId{});
  EXPECT_TRUE(w.sends(near, far)) << "a neighbour";
  const SendId id = w.air[far].app.send(w.air[1].id(), Blob8(60, std::byte{7}));
  ASSERT_TRUE(w.air.run_until([&] { return w.air[far].app.ended(id); }, seconds(200)));
  EXPECT_EQ(w.air[far].app.outcome(id), Outcome::unreachable);
}

TEST_P(Leaves, SentBeforeThereIsAParent_WaitsForOne) {
  World w(9, GetParam());
  w.line(3);
  const std::size_t leaf = w.add_leaf();
  w.start();
  const SendId id = w.air[leaf].app.send(w.air[2].id(), Blob8(60, std::byte{7}));
  ASSERT_TRUE(id);
  w.air.run(seconds(10));
  EXPECT_FALSE(w.air[leaf].app.ended(id));
  w.join(leaf, 0);
  ASSERT_TRUE(w.air.run_until([&] { return w.air[leaf].app.ended(id); }, seconds(200)));
  EXPECT_EQ(w.air[leaf].app.outcome(id), Outcome::delivered);
}

TEST_P(Leaves, TheParentForgetsAll_ItsLeafIsFoundAllTheSame) {
  World w(10, GetParam());
  w.line(4);
  const std::size_t leaf = w.add_leaf();
  w.join(leaf, 0);
  w.start();
  EXPECT_TRUE(w.sends(3, leaf));
  TestNode& again = w.air.power_cycle(0, {.closed = w.closed});
  if (w.closed) {
    NetworkKey key;
    for (std::byte& b : key.fill()) b = std::byte{7};
    ASSERT_EQ(again.node.set_network(key), Status::ok);
  }
  w.trees.push_back(std::make_unique<SpanningTree>());
  SpanningTree& anew = *w.trees.back();
  ASSERT_EQ(again.node.attach(anew), Status::ok);
  w.air.start(again);
  w.air.run(seconds(20));
  EXPECT_TRUE(w.sends(2, leaf)) << "who never asked before";
  EXPECT_TRUE(w.sends(3, leaf));
  EXPECT_TRUE(w.sends(leaf, 3));
  w.air.run(seconds(10));
  EXPECT_EQ(w.air[leaf].node.places(), again.node.places());
}

TEST_P(Leaves, TheParentHasNoRoom_AnotherIsAsked) {
  World w(11, GetParam());
  std::array<HeldLease, 1> one{};
  w.add(kBoardLimits, {.leases = one});
  w.add_node();
  w.join(0, 1);
  std::vector<std::size_t> leaves;
  for (int i = 0; i < 4; ++i) {
    leaves.push_back(w.add_leaf());
    w.join(leaves.back(), 0);
    w.join(leaves.back(), 1);
  }
  w.start();
  std::size_t at_0 = 0;
  for (const std::size_t leaf : leaves) {
    EXPECT_NE(w.parent_of(leaf), NodeId{});
    at_0 += w.parent_of(leaf) == w.air[0].id() ? 1U : 0U;
  }
  EXPECT_EQ(at_0, 1U);
  EXPECT_GE(w.trees[0]->counts().leaves_refused, 1U);
  for (const std::size_t leaf : leaves) EXPECT_TRUE(w.sends(leaf, leaves[leaf == leaves[0] ? 1 : 0]));
}

TEST_P(Leaves, TheMeshChanges_ItsLeafIsTold) {
  for (std::uint64_t seed = 1; seed < 4; ++seed) {
    World w(seed, GetParam());
    w.line(6);
    const std::size_t leaf = w.add_leaf();
    w.join(leaf, 0);
    w.start();
    // All roots but that of node 0 go, or it moves to the other end of the line.
    w.part(0, 1);
    w.join(0, 5);
    for (std::size_t i = 1; i < 6; ++i) EXPECT_TRUE(w.sends(i, (i % 5) + 1));
    w.air.run(seconds(700));
    EXPECT_EQ(w.air[leaf].node.places(), w.air[0].node.places());
    EXPECT_TRUE(w.sends(1, leaf));
    EXPECT_TRUE(w.sends(leaf, 1, 20'000));
  }
}

TEST_P(Leaves, QuietHour_CostsItsNeighboursNoAdverts) {
  World w(12, GetParam());
  w.line(3);
  const std::size_t leaf = w.add_leaf();
  for (std::size_t i = 0; i < 3; ++i) w.join(leaf, i);
  w.start();
  w.air.run(seconds(7200));  // what links cost is learnt from Beacons
  std::uint32_t before = 0, after = 0;
  for (std::size_t i = 0; i < 3; ++i) before += w.trees[i]->counts().adverts_sent;
  const std::uint32_t told =
      w.trees[0]->counts().leaves_told + w.trees[1]->counts().leaves_told + w.trees[2]->counts().leaves_told;
  w.air.run(seconds(3600));
  for (std::size_t i = 0; i < 3; ++i) after += w.trees[i]->counts().adverts_sent;
  EXPECT_LE(after - before, 3 * 5U);
  EXPECT_EQ(w.trees[0]->counts().leaves_told + w.trees[1]->counts().leaves_told + w.trees[2]->counts().leaves_told,
            told);
  EXPECT_EQ(w.trees[leaf]->counts().leases_asked, 1U);
}

TEST_P(Leaves, ALeafThatComesBackAsANode_HangsInTreesAndPassesOn) {
  World w(14, GetParam());
  w.add_node();
  w.add_node();
  const std::size_t leaf = w.add_leaf(kBoardLimits);
  w.join(0, leaf);
  w.join(leaf, 1);
  w.start();
  ASSERT_NE(w.parent_of(leaf), NodeId{});
  EXPECT_FALSE(w.sends(0, 1));
  TestNode& again = w.air.power_cycle(leaf, {.closed = w.closed});
  if (w.closed) {
    NetworkKey key;
    for (std::byte& b : key.fill()) b = std::byte{7};
    ASSERT_EQ(again.node.set_network(key), Status::ok);
  }
  w.trees.push_back(std::make_unique<SpanningTree>());
  ASSERT_EQ(again.node.attach(*w.trees.back()), Status::ok);
  w.air.start(again);
  w.air.run(seconds(90));
  EXPECT_TRUE(w.sends(0, 1));
  EXPECT_TRUE(w.sends(0, leaf));
  EXPECT_GE(again.count(Counter::rx_forwarded), 1U);
  for (std::size_t t = 0; t < 4; ++t) EXPECT_TRUE(again.node.trees()[t].place().used);
}

// Speaks in the name of SpanningTree, without trees.
class Liar final : public Application {
 public:
  Liar() : Application(kSpanningTreeApp.id()) {}
  void on_package(const Package& package) override {
    const auto seek = decode_seek(package.blob);
    if (!seek) return;
    LeafAnswer a;
    a.request = seek->request;
    a.leaf = leaf;
    // It knows a lease with another; with itself it can only make one that the leaf has not signed.
    a.lease = make_lease(node_tag(node().id()), 1000, 1, keys);
    a.places.count = 1;
    ByteArray<kLeafAnswerMax> buffer;
    (void)node().send(*this, package.from.node, *encode_leaf_answer(a, buffer));
    ++lies;
  }
  NodeId leaf;
  Ed25519KeyPair keys{Ed25519Seed{}};
  int lies = 0;
};

TEST_P(Leaves, WhoSaysThatALeafHangsThere_IsNotBelievedWithoutItsWord) {
  World w(13, GetParam());
  w.line(4);
  const std::size_t leaf = w.add_leaf();
  w.join(leaf, 3);
  TestNode& liar = w.air.add_node(kBoardLimits, {.closed = w.closed});
  if (w.closed) {
    NetworkKey key;
    for (std::byte& b : key.fill()) b = std::byte{7};
    ASSERT_EQ(liar.node.set_network(key), Status::ok);
  }
  w.air.add_radio(liar);
  Liar lies;
  ASSERT_EQ(liar.node.attach(lies), Status::ok);
  w.air.connect(*liar.radios[0], *w.air[0].radios[0]);
  lies.leaf = w.air[leaf].id();
  w.start();
  EXPECT_TRUE(w.sends(0, leaf));
  EXPECT_GE(lies.lies, 1);
  EXPECT_GE(w.trees[0]->counts().answers_refused, 1U);
}

}  // namespace
}  // namespace mp::test
