// SPDX-License-Identifier: ISC
// Trees where all nodes sleep, and trees of closed networks: whether they are whole, what that costs, and whether
// packets by id arrive (specification: tree.md, "What it costs").
#include "stories/tree_story.hpp"

#include <gtest/gtest.h>

#include <cstdio>

namespace mp::sim {
namespace {

using namespace literals;

double of(Duration d) { return static_cast<double>(d.us) / 1e6; }

// Sends `count` packets, one after the other, and says how many arrived, and how late.
void send_some(Story& story, std::uint32_t from, std::uint32_t to, std::uint32_t count, Duration apart,
               const char* what) {
  std::uint32_t delivered = 0;
  Duration sum{}, most{};
  for (std::uint32_t i = 0; i < count; ++i) {
    const Sending sent = story.node(i % 2 == 0 ? from : to).sends(60).to(i % 2 == 0 ? to : from);
    ASSERT_TRUE(sent.queued());
    (void)story.run_until([&] { return sent.ended(); }, 600_s);
    if (sent.ended() && sent.outcome() == Outcome::delivered) {
      ++delivered;
      sum = sum + sent.latency();
      most = std::max(most, sent.latency());
    }
    story.run(apart);
  }
  std::printf("%s: %u of %u delivered, after %.2f s on average, %.2f s at most\n", what, delivered, count,
              delivered == 0 ? 0 : of(sum) / delivered, of(most));
  EXPECT_EQ(delivered, count);
}

struct Plan {
  SleepPlan plan;
  const char* text;
};

class AllSleep : public testing::TestWithParam<Plan> {};

TEST_P(AllSleep, TreesAreWhole_PacketsArrive_ARootIsSucceeded) {
  const SleepPlan plan = GetParam().plan;
  TreeStory story;
  story.ring(8).medium(MediumKind::espnow);
  Scenario& s = story.scenario();
  s.nodes.trees = 2;
  s.nodes.modem_sleep = plan;
  s.nodes.clock_drift_ppm = 50;
  s.nodes.clock_offset_max = seconds(100);
  story.run(1_s);
  const Instant began = story.now();
  ASSERT_TRUE(story.whole(7200_s, 1_s)) << story.wrong();
  TreeCosts c = story.costs();
  std::printf("%s: ring of 8 whole after %.0f s; per node %.1f adverts, %.1f checked; lost %llu\n", GetParam().text,
              of(story.now() - began), static_cast<double>(c.adverts) / 8, static_cast<double>(c.checked) / 8,
              static_cast<unsigned long long>(c.lost));
  story.run(600_s);
  EXPECT_EQ(story.wrong(), "");
  const TreeCosts before = story.costs();
  story.run(3600_s);
  EXPECT_EQ(story.wrong(), "");
  c = story.costs() - before;
  std::printf("%s: a quiet hour, per node %.1f adverts\n", GetParam().text, static_cast<double>(c.adverts) / 8);
  send_some(story, 0, 4, 20, 60_s, GetParam().text);
  const std::uint32_t root = story.root(0, 0);
  story.node(root).crashes();
  const Instant died = story.now();
  ASSERT_TRUE(story.whole(7200_s, 1_s)) << story.wrong();
  std::printf("%s: root dead, whole after %.0f s\n", GetParam().text, of(story.now() - died));
  send_some(story, (root + 1) % 8, (root + 4) % 8, 6, 60_s, GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(Of, AllSleep,
                         testing::Values(Plan{SleepPlan{}, "90 of 130 ms"}, Plan{{900_ms, 100_ms}, "0.9 of 1 s"},
                                         Plan{{9_s, 1_s}, "9 of 10 s"}),
                         [](const auto& one) { return "n" + std::to_string(one.index); });

TEST(ClosedTrees, TwelveMembers_WholeAndReachedOverSeveralHops_WithTheRootKilledToo) {
  TreeStory story;
  story.ring(12).medium(MediumKind::espnow).closed();
  story.scenario().nodes.trees = 4;
  story.run(1_s);
  const Instant began = story.now();
  ASSERT_TRUE(story.whole(120_s)) << story.wrong();
  const TreeCosts c = story.costs();
  std::printf("closed ring of 12 whole after %.1f s, per node %.1f adverts, %.1f checked\n", of(story.now() - began),
              static_cast<double>(c.adverts) / 12, static_cast<double>(c.checked) / 12);
  story.run(10_s);
  for (std::uint32_t i = 0; i < 12; ++i) send_some(story, i, (i + 5) % 12, 2, 1_s, "closed, five hops");
  const Sending blob = story.node(2).sends(20_KiB).to(8);
  story.run_until_idle();
  EXPECT_EQ(blob.outcome(), Outcome::delivered);
  const std::uint32_t root = story.root(0, 0);
  story.node(root).crashes();
  const Instant died = story.now();
  // Between its two neighbours ten hops are left. That is more than a detour goes out of its way: until the trees have
  // another root, they may not find each other, and are not sought again for up to a minute.
  Duration found{};
  for (std::uint32_t i = 0; i < 100 && found == Duration{}; ++i) {
    const Sending sent = story.node((root + 1) % 12).sends(60).to((root + 11) % 12);
    ASSERT_TRUE(story.run_until([&] { return sent.ended(); }, 300_s));
    if (sent.outcome() == Outcome::delivered) found = story.now() - died;
    story.run(1_s);
  }
  EXPECT_GT(found, Duration{});
  ASSERT_TRUE(story.whole(900_s)) << story.wrong();
  std::printf("closed ring of 12: root dead; its neighbours reach each other after %.0f s\n", of(found));
  send_some(story, (root + 1) % 12, (root + 11) % 12, 10, 1_s, "closed, ten hops");
}

}  // namespace
}  // namespace mp::sim
