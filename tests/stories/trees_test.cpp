// SPDX-License-Identifier: ISC
// Trees of real nodes on real media: that they come about, what that costs, and what happens when a root dies.
#include "stories/tree_story.hpp"

#include <gtest/gtest.h>

#include <cstdio>

namespace mp::sim {
namespace {

using namespace literals;

double of(Duration d) { return static_cast<double>(d.us) / 1e6; }

void print(const char* what, const char* where, MediumKind kind, Duration took, const TreeCosts& c) {
  const double n = c.nodes;
  std::printf("%-12s %-10s %-7s %7.1f s, per node %5.1f adverts, %5.1f checked, %.2f probes, %.1f parents; %llu lost\n",
              what, where, kind == MediumKind::lora ? "lora" : "espnow", of(took), static_cast<double>(c.adverts) / n,
              static_cast<double>(c.checked) / n, static_cast<double>(c.probes) / n, static_cast<double>(c.parents) / n,
              static_cast<unsigned long long>(c.lost));
}

struct Case {
  const char* name;
  void (*shape)(Story&);
  MediumKind medium;
};

constexpr auto ring_12 = [](Story& s) { s.ring(12); };
constexpr auto grid_25 = [](Story& s) { s.grid(5, 5); };
constexpr auto scattered_50 = [](Story& s) { s.scattered(50, 8); };

class Trees : public testing::TestWithParam<Case> {};

TEST_P(Trees, Start_RestAndTheDeathOfARoot_CostWhatTheSpecificationSays) {
  const Case& c = GetParam();
  const bool slow = c.medium == MediumKind::lora;
  TreeStory story;
  c.shape(story);
  story.medium(c.medium).limits({.peers = 32});
  story.scenario().nodes.trees = 4;
  if (const char* p = std::getenv("TREES")) story.scenario().nodes.trees = static_cast<std::uint8_t>(atoi(p));
  if (const char* p = std::getenv("SPREAD")) story.scenario().nodes.start_spread = seconds(atoi(p));
  if (const char* p = std::getenv("PACE")) story.scenario().nodes.tree_options.pace = milliseconds(atoi(p));
  story.run(story.scenario().nodes.start_spread);  // all have power
  const Instant began = story.now();
  if (std::getenv("MP_TREES_SHOW") != nullptr)
    for (int i = 0; i < 60; ++i) {
      story.run(slow ? 120_s : 200_ms);
      std::printf("pace %.1f at %.0f: %s\n", of(story.tree(0).pace()), of(story.now() - Instant{}),
                  story.wrong().c_str());
      print(" ", c.name, c.medium, story.now() - began, story.costs());
      if (i % 15 == 14)
        for (std::uint32_t n = 0; n < story.world().size(); ++n) {
          const Node& node = story.node(n).node();
          const Tree& t = node.trees()[0];
          if (t.place().used) continue;
          const std::uint32_t parent = t.parent() == 0xff ? 999 : story.world().node_of(node.peers()[t.parent()].id);
          std::printf("   node %u state %d parent %u index %d cost %d; ", n, int(t.state()), parent, t.index(), t.cost());
          for (std::uint32_t b = 0; b < story.world().size(); ++b)
            if (b != n && story.world().neighbours(n, b)) {
              std::printf("[%u %d%d", b, story.node(n).knows(b), story.node(b).knows(n));
              for (std::size_t s2 = 0; s2 < node.peers().size(); ++s2)
                if (node.peers()[s2].used && node.peers()[s2].id == story.node(b).id())
                  std::printf(" heard %d placed %d same %d", node.trees().neighbours(0)[s2].heard, node.trees().neighbours(0)[s2].placed, node.trees().neighbours(0)[s2].epoch == t.epoch());
              const Node& other = story.node(b).node();
              for (std::size_t s2 = 0; s2 < other.peers().size(); ++s2)
                if (other.peers()[s2].used && other.peers()[s2].id == node.id()) std::printf(" child %d index %d", other.trees().neighbours(0)[s2].child, other.trees().neighbours(0)[s2].index);
              std::printf("] ");
            }
          std::printf("\n");
        }
    }
  ASSERT_TRUE(story.whole(slow ? 7200_s : 120_s, slow ? 1_s : 50_ms)) << story.wrong();
  print("start", c.name, c.medium, story.now() - began, story.costs());

  story.run(slow ? 3600_s : 600_s);
  EXPECT_EQ(story.wrong(), "");
  TreeCosts before = story.costs();
  const Instant quiet = story.now();
  story.run(3600_s);
  EXPECT_EQ(story.wrong(), "");
  const TreeCosts rest = story.costs() - before;
  print("an hour", c.name, c.medium, story.now() - quiet, rest);
  EXPECT_LE(rest.adverts, rest.nodes * (slow ? 12U : 8U));
  EXPECT_EQ(rest.parents, 0U);

  const std::uint32_t root = story.root(0, 0);
  const std::uint32_t any = root == 0 ? 1 : 0;
  story.node(root).crashes();
  // Its silence is noticed after some minutes.
  EXPECT_TRUE(story.run_until(
      [&] {
        for (std::uint32_t i = 0; i < story.world().size(); ++i)
          if (i != root && story.node(i).knows(root)) return false;
        return true;
      },
      slow ? 36'000_s : 600_s));
  before = story.costs();
  const Instant noticed = story.now();
  ASSERT_TRUE(story.whole(slow ? 7200_s : 120_s, slow ? 1_s : 50_ms)) << story.wrong();
  print("root dies", c.name, c.medium, story.now() - noticed, story.costs() - before);
  EXPECT_NE(story.root(0, any), root);
}

INSTANTIATE_TEST_SUITE_P(EspNow, Trees,
                         testing::Values(Case{"ring 12", ring_12, MediumKind::espnow},
                                         Case{"grid 5x5", grid_25, MediumKind::espnow},
                                         Case{"random 50", scattered_50, MediumKind::espnow}),
                         [](const auto& one) { return "n" + std::to_string(one.index); });
INSTANTIATE_TEST_SUITE_P(Lora, Trees,
                         testing::Values(Case{"ring 12", ring_12, MediumKind::lora},
                                         Case{"grid 5x5", grid_25, MediumKind::lora},
                                         Case{"random 50", scattered_50, MediumKind::lora}),
                         [](const auto& one) { return "n" + std::to_string(one.index); });

}  // namespace
}  // namespace mp::sim
