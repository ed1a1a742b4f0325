// SPDX-License-Identifier: ISC
// Leaves that sleep beside nodes that do not, the usual way to put up a field of sensors: whether what is sent to them
// and by them arrives, how late, and what they say in a quiet hour (specification: tree.md, "Leaves").
#include "stories/tree_story.hpp"

#include <gtest/gtest.h>

#include <cstdio>

namespace mp::sim {
namespace {

using namespace literals;

double of(Duration d) { return static_cast<double>(d.us) / 1e6; }

// Those nodes are leaves that sleep so, with the smallest limits; all others hang in four trees and listen.
void make_leaves(TreeStory& story, const std::string& which, SleepPlan plan) {
  Scenario& s = story.scenario();
  s.nodes.trees = 4;
  s.nodes.clock_drift_ppm = 50;
  s.nodes.clock_offset_max = seconds(100);
  GroupSpec leaves{.name = "leaves", .nodes = {which}, .node = s.nodes};
  leaves.node.limits = kSensorLimits;
  leaves.node.limits.peers = 16;
  leaves.node.trees = 0;
  leaves.node.tree_options.leaf = true;
  leaves.node.modem_sleep = plan;
  s.groups.push_back(leaves);
}

bool have_parents(TreeStory& story, const std::vector<std::uint32_t>& leaves) {
  for (const std::uint32_t leaf : leaves)
    if (story.node(leaf).node().parent() == nullptr) return false;
  return true;
}

struct Results {
  std::uint32_t sent = 0, delivered = 0;
  std::vector<Duration> latencies;

  void add(const Sending& s) {
    ++sent;
    if (!s.ended() || s.outcome() != Outcome::delivered) {
      std::printf("not delivered: %s, %s\n", s.ended() ? name(s.outcome()) : "under way",
                  s.arrived() ? "arrived" : "lost");
      return;
    }
    ++delivered;
    latencies.push_back(s.latency());
  }
  void print(const char* what) {
    std::sort(latencies.begin(), latencies.end());
    Duration sum{};
    for (const Duration d : latencies) sum = sum + d;
    const std::size_t n = latencies.size();
    std::printf("%-28s %3u of %3u, after %5.2f s on average, %5.2f s at the 95th, %5.2f s at most\n", what, delivered,
                sent, n == 0 ? 0 : of(sum) / static_cast<double>(n), n == 0 ? 0 : of(latencies[n * 95 / 100]),
                n == 0 ? 0 : of(latencies.back()));
  }
};

class SleepingLeaves : public testing::TestWithParam<SleepPlan> {};

// Three rows of ten: the middle one listens, of the others each is a leaf.
TEST_P(SleepingLeaves, BesideAwakeNodes_AreReachedWithinTheirSleep) {
  const SleepPlan plan = GetParam();
  const Duration period = plan.sleep + plan.wake;
  TreeStory story;
  story.grid(10, 3).medium(MediumKind::espnow).limits({.peers = 24});
  make_leaves(story, "0-9,20-29", plan);
  std::vector<std::uint32_t> leaves;
  for (std::uint32_t i = 0; i < 30; ++i)
    if (i / 10 != 1) leaves.push_back(i);
  story.run(1_s);
  const Instant began = story.now();
  ASSERT_TRUE(story.run_until([&] { return have_parents(story, leaves); }, 600_s));
  std::printf("leaves that sleep %.1f of %.1f s: all have a parent after %.1f s\n", of(plan.sleep), of(period),
              of(story.now() - began));
  story.run(600_s);
  EXPECT_TRUE(have_parents(story, leaves));

  // A quiet hour.
  std::uint64_t leaf_sent = 0, leaf_asked = 0, others = 0, adverts = 0;
  const auto sum = [&](int sign) {
    for (std::uint32_t i = 0; i < 30; ++i) {
      const std::uint64_t sent = story.world().medium(0).radio(i).counts().sent;
      (i / 10 != 1 ? leaf_sent : others) += static_cast<std::uint64_t>(sign) * sent;
      if (i / 10 != 1)
        leaf_asked += static_cast<std::uint64_t>(sign) * story.counts(i).leases_asked;
      else
        adverts += static_cast<std::uint64_t>(sign) * story.counts(i).adverts_sent;
    }
  };
  sum(-1);
  story.run(3600_s);
  sum(1);
  std::printf(
      "quiet hour: a leaf sends %.1f frames, of others each %.1f, with %.1f adverts; leases asked for again %.2f\n",
      static_cast<double>(leaf_sent) / 20, static_cast<double>(others) / 10, static_cast<double>(adverts) / 10,
      static_cast<double>(leaf_asked) / 20);
  EXPECT_TRUE(have_parents(story, leaves));

  Results to, from, between;
  for (std::uint32_t round = 0; round < 40; ++round) {
    const std::uint32_t leaf = leaves[round * 7 % 20], other = leaves[(round * 7 + 11) % 20],
                        awake = 10 + round * 3 % 10;
    const Sending a = story.node(awake).sends(60).to(leaf);
    story.run_until([&] { return a.ended(); }, 200_s);
    story.run(period * 2 + 20_s + microseconds(77'717) * round);
    const Sending b = story.node(leaf).sends(60).to((awake + 5) % 10 + 10);
    story.run_until([&] { return b.ended(); }, 200_s);
    story.run(period * 2);
    const Sending c = story.node(leaf).sends(60).to(other);
    story.run_until([&] { return c.ended(); }, 200_s);
    story.run(period * 2);
    to.add(a);
    from.add(b);
    between.add(c);
  }
  to.print("to a leaf");
  from.print("from a leaf");
  between.print("between leaves");
  EXPECT_EQ(to.delivered, to.sent);
  EXPECT_EQ(from.delivered, from.sent);
  EXPECT_EQ(between.delivered, between.sent);
  for (const Duration d : to.latencies) EXPECT_LE(d, period * 3 + 5_s);
}

INSTANTIATE_TEST_SUITE_P(Of, SleepingLeaves,
                         testing::Values(SleepPlan{}, SleepPlan{900_ms, 100_ms}, SleepPlan{9_s, 1_s},
                                         SleepPlan{29'400_ms, 600_ms}),
                         [](const auto& one) { return "n" + std::to_string(one.index); });

TEST(SleepingLeaf, FiveHopsAway_ABlobEachWay) {
  for (const bool closed : {false, true})
    for (const SleepPlan plan : {SleepPlan{}, SleepPlan{9_s, 1_s}}) {
      TreeStory story;
      story.line(6).medium(MediumKind::espnow);
      if (closed) story.closed();
      make_leaves(story, "5", plan);
      story.run(1_s);
      ASSERT_TRUE(story.run_until([&] { return have_parents(story, {5}); }, 600_s));
      story.run(120_s);
      EXPECT_EQ(story.node(5).node().parent()->id, story.node(4).id());
      const Sending there = story.node(0).sends(20_KiB).to(5);
      story.run_until_idle(600_s);
      ASSERT_EQ(there.outcome(), Outcome::delivered);
      story.run(60_s);
      const Sending back = story.node(5).sends(20_KiB).to(0);
      story.run_until_idle(600_s);
      ASSERT_EQ(back.outcome(), Outcome::delivered);
      std::printf("%s, 20 KiB over five hops: to a leaf that sleeps %.1f of %.1f s after %.2f s, from it %.2f s\n",
                  closed ? "closed" : "open", of(plan.sleep), of(plan.sleep + plan.wake), of(there.latency()),
                  of(back.latency()));
      EXPECT_LE(there.latency(), (plan.sleep + plan.wake) * 2 + 20_s);
      EXPECT_LE(back.latency(), (plan.sleep + plan.wake) * 2 + 20_s);
    }
}

TEST(SleepingLeaf, ItsParentDies_ItIsFoundElsewhere) {
  TreeStory story;
  story.grid(4, 3).medium(MediumKind::espnow).limits({.peers = 24});
  make_leaves(story, "11", {9_s, 1_s});
  story.run(1_s);
  ASSERT_TRUE(story.run_until([&] { return have_parents(story, {11}); }, 600_s));
  story.run(300_s);
  const std::uint32_t parent = story.world().node_of(story.node(11).node().parent()->id);
  story.node(parent).crashes();
  // Silence of its Beacons is all that tells it, if it sends nothing.
  const Instant died = story.now();
  ASSERT_TRUE(story.run_until(
      [&] { return have_parents(story, {11}) && story.world().node_of(story.node(11).node().parent()->id) != parent; },
      900_s));
  std::printf("a leaf that sleeps 9 of 10 s has another parent %.0f s after the death of the one before\n",
              of(story.now() - died));
  const Sending sent = story.node(0).sends(60).to(11);
  story.run_until_idle(300_s);
  EXPECT_EQ(sent.outcome(), Outcome::delivered);
}

}  // namespace
}  // namespace mp::sim
