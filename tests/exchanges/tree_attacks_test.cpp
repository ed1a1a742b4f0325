// SPDX-License-Identifier: ISC
// A neighbour that says what it likes of trees (specification: tree.md): what it can not break; and one that was
// restarted without its boot record.
#include "support/air.hpp"

#include "micropycelium/applications/spanning_tree.hpp"

#include <gtest/gtest.h>

namespace mp::test {
namespace {

// Speaks as SpanningTree, and is none.
class Impostor final : public Application {
 public:
  Impostor() : Application(kSpanningTreeApp.id()) {}
  void on_package(const Package& package) override {
    if (hears) hears(package.blob);
  }
  void say(Bytes message) { (void)node().broadcast(*this, message); }
  void say(const NodeId& to, Bytes message) { (void)node().send(*this, to, message, {.ask = false}); }
  std::function<void(Bytes)> hears;
};

class TreeAttacks : public ::testing::Test {
 protected:
  // The impostor is node 0; the others are a line from 1 on, and `near` of them hear it.
  void stand(std::size_t nodes, std::initializer_list<std::size_t> near) {
    for (std::size_t i = 0; i < nodes; ++i) {
      Limits limits = kBoardLimits;
      if (i == 0) limits.trees = 0;
      TestNode& node = air.add_node(limits);
      air.add_radio(node);
      trees.push_back(std::make_unique<SpanningTree>());
      EXPECT_EQ(i == 0 ? node.node.attach(impostor) : node.node.attach(*trees.back()), Status::ok);
    }
    for (std::size_t i = 1; i + 1 < nodes; ++i) join(i, i + 1);
    for (const std::size_t n : near) join(0, n);
    for (std::size_t i = 0; i < nodes; ++i) air.start(air[i]);
    air.run(seconds(20));
  }
  void join(std::size_t a, std::size_t b) { air.connect(*air[a].radios[0], *air[b].radios[0]); }

  Air air{1};
  Impostor impostor;
  std::vector<std::unique_ptr<SpanningTree>> trees;
};

// Whoever hears the first ring knows the names of the next ones, if they only count up.
TEST_F(TreeAttacks, TheNextRingsSaidBeforeTheirOrigin_TheSearchGoesOn) {
  stand(9, {1, 2});
  impostor.hears = [&](Bytes blob) {
    const auto seek = decode_seek(blob);
    if (!seek || !(seek->origin == air[1].id())) return;
    for (std::uint32_t ring = 1; ring < 3; ++ring) {
      SeekMessage lie = *seek;
      lie.hops = 255;
      lie.request = (seek->request & ~3U) | ring;
      lie.target.value[0] ^= std::byte{1};
      ByteArray<kSeekMax> buffer;
      impostor.say(*encode_seek(lie, buffer));
    }
  };
  const SendId sent = air[1].app.send(air[8].id(), bytes_of("hello"));
  ASSERT_TRUE(sent);
  ASSERT_TRUE(air.run_until([&] { return air[1].app.ended(sent); }));
  EXPECT_EQ(air[1].app.outcome(sent), Outcome::delivered);
  EXPECT_EQ(trees[1]->counts().seeks_failed, 0U);
}

TEST_F(TreeAttacks, IsTheRootThere_AskedWithoutEnd_IsHandedOnAtAPace) {
  stand(5, {4});
  const auto probes = [&] {
    std::uint32_t n = 0;
    for (std::size_t i = 1; i < 5; ++i) n += trees[i]->counts().probes_sent;
    return n;
  };
  const std::uint32_t before = probes();
  for (int i = 0; i < 5000; ++i) {
    impostor.say(air[4].id(), encode_root_probe({static_cast<std::uint8_t>(i % 4), RootProbe::What::is_it_there}));
    air.run(milliseconds(2));
  }
  // 10 s are 100 paces, two in each and 17 at once; each goes up over three nodes at most, and comes back over as many.
  EXPECT_LE(probes() - before, (200U + 17U) * 8U);
  EXPECT_GE(trees[4]->counts().probes_refused, 4500U);
  const SendId sent = air[4].app.send(air[3].id(), bytes_of("hello"));
  ASSERT_TRUE(air.run_until([&] { return air[4].app.ended(sent); }));
  EXPECT_EQ(air[4].app.outcome(sent), Outcome::delivered);
}

TEST_F(TreeAttacks, AMalformedMessage_IsNotWanted) {
  stand(3, {2});
  const std::uint32_t before = air[2].count(Counter::rx_refused);
  impostor.say(air[2].id(), ByteArray<2>{std::byte{1}, std::byte{0x0f}});
  impostor.say(air[2].id(), ByteArray<2>{std::byte{2}, std::byte{0}});
  impostor.say(air[2].id(), ByteArray<1>{std::byte{9}});
  air.run(seconds(1));
  EXPECT_EQ(air[2].count(Counter::rx_refused) - before, 3U);
}

class LostBoots : public TreeAttacks {
 protected:
  void restart(std::size_t i, bool without_record) {
    if (without_record) air[i].storage.records.erase(std::string(Identity::kBootKey));
    TestNode& node = air.power_cycle(i);
    trees[i] = std::make_unique<SpanningTree>();
    EXPECT_EQ(node.node.attach(*trees[i]), Status::ok);
    air.start(node);
  }
};

TEST_F(LostBoots, ANodeWithoutItsBootRecord_IsHeardAgain) {
  stand(4, {3});
  for (int i = 0; i < 3; ++i) {
    restart(2, false);
    air.run(seconds(20));
  }
  ASSERT_TRUE(air[2].node.trees()[0].place().used);
  restart(2, true);
  ASSERT_EQ(air[2].node.boot(), 1U);
  air.run(seconds(20));
  EXPECT_EQ(trees[1]->counts().boots_proven, 1U);
  EXPECT_EQ(trees[3]->counts().boots_proven, 1U);
  for (std::size_t t = 0; t < 4; ++t) {
    EXPECT_TRUE(air[2].node.trees()[t].place().used) << t;
    EXPECT_TRUE(air[3].node.trees()[t].place().used) << t;
  }
}

// A record of a former start is a reason to ask, and no more.
TEST_F(LostBoots, AnAdvertOfAFormerStartPlayedBack_ChangesNothing) {
  Blob8 record;
  stand(4, {3});
  Radio& radio = *air[2].radios[0];
  radio.tap = [&](Bytes frame) {
    if (record.empty() && frame.size() > 120) record.assign(frame.begin(), frame.end());
  };
  trees[2]->seek(node_tag(air[0].id()), false);
  restart(3, false);
  air.run(seconds(20));
  ASSERT_FALSE(record.empty());
  radio.tap = nullptr;
  restart(2, false);
  air.run(seconds(20));
  const std::uint16_t index = air[2].node.trees()[0].index();
  const auto place = air[2].node.trees()[0].place().address;
  for (int i = 0; i < 200; ++i) {
    air.inject(*air[1].radios[0], air[2].radios[0]->link(), true, record);
    air.run(milliseconds(100));
  }
  EXPECT_EQ(trees[1]->counts().boots_proven, 0U);
  EXPECT_EQ(air[2].node.trees()[0].index(), index);
  EXPECT_TRUE(air[2].node.trees()[0].place().address == place);
  EXPECT_LE(trees[1]->counts().boots_asked, 200U / 16U + 1U);
}

}  // namespace
}  // namespace mp::test
