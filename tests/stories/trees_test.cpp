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

std::uint64_t frames(TreeStory& story) {
  std::uint64_t n = 0;
  for (std::uint32_t i = 0; i < story.costs().nodes; ++i) n += story.world().medium(0).radio(i).counts().sent;
  return n;
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
  // Nobody puts up radios of which each may speak for half a minute in an hour all in one second.
  if (slow) story.scenario().nodes.start_spread = 900_s;
  story.run(story.scenario().nodes.start_spread);  // all have power
  const Instant began = story.now();
  ASSERT_TRUE(story.whole(slow ? 7200_s : 120_s, slow ? 1_s : 50_ms)) << story.wrong();
  print("start", c.name, c.medium, story.now() - began, story.costs());

  // What links cost is learnt from Beacons, as long as nothing else is said.
  TreeCosts before = story.costs();
  story.run(slow ? 3600_s : 7200_s);
  EXPECT_EQ(story.wrong(), "");
  print("before", c.name, c.medium, slow ? 3600_s : 7200_s, story.costs() - before);
  before = story.costs();
  const std::uint64_t frames_before = frames(story);
  const Instant quiet = story.now();
  story.run(3600_s);
  EXPECT_EQ(story.wrong(), "");
  const TreeCosts rest = story.costs() - before;
  print("an hour", c.name, c.medium, story.now() - quiet, rest);
  const std::uint64_t others = frames(story) - frames_before - rest.adverts;
  std::printf("             and %.1f other frames\n", static_cast<double>(others) / rest.nodes);
  EXPECT_LE(rest.adverts, rest.nodes * (slow ? 12U : 4U));
  if (!slow) {
    EXPECT_LE(others, rest.nodes * 12U) << "Beacons";
  }
  EXPECT_LE(rest.parents, rest.nodes / 5U);

  const std::uint32_t root = story.root(0, 0);
  const std::uint32_t any = root == 0 ? 1 : 0;
  story.node(root).crashes();
  // It is missed by who sends something to it, or after some minutes of silence.
  before = story.costs();
  const Instant died = story.now();
  ASSERT_TRUE(story.whole(slow ? 36'000_s : 900_s, slow ? 1_s : 50_ms)) << story.wrong();
  print("root dies", c.name, c.medium, story.now() - died, story.costs() - before);
  EXPECT_NE(story.root(0, any), root);
}

INSTANTIATE_TEST_SUITE_P(EspNow, Trees,
                         testing::Values(Case{"ring 12", ring_12, MediumKind::espnow},
                                         Case{"grid 5x5", grid_25, MediumKind::espnow},
                                         Case{"random 50", scattered_50, MediumKind::espnow}),
                         [](const auto& one) { return "n" + std::to_string(one.index); });
INSTANTIATE_TEST_SUITE_P(Lora, Trees, testing::Values(Case{"ring 12", ring_12, MediumKind::lora}),
                         [](const auto& one) { return "n" + std::to_string(one.index); });

}  // namespace
}  // namespace mp::sim
