// SPDX-License-Identifier: ISC
// Meshes on air that collides: trees where the law leaves little airtime, and traffic between any two.
#include "stories/tree_story.hpp"

#include <gtest/gtest.h>

#include <cstdio>

namespace mp::sim {
namespace {

using namespace literals;

double of(Duration d) { return static_cast<double>(d.us) / 1e6; }

// Once repeated until the airtime of the hour was used up, and then were silent.
TEST(ScarceAir, GridOnLora_TreesAreWholeWithinTheHour) {
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    TreeStory story(seed);
    story.grid(5, 5).medium(MediumKind::lora).limits({.peers = 32});
    story.scenario().nodes.trees = 2;
    story.scenario().nodes.start_spread = 900_s;
    story.run(900_s);
    const Instant began = story.now();
    ASSERT_TRUE(story.whole(3600_s, 10_s)) << story.wrong();
    const TreeCosts costs = story.costs();
    std::printf("grid 5x5, lora, 2 trees: whole after %.0f s, %.1f adverts of a node\n", of(story.now() - began),
                static_cast<double>(costs.adverts) / costs.nodes);
    EXPECT_LE(costs.adverts, costs.nodes * 16U);
  }
}

// Once one that waited for its place too long began the tree anew, with the next term, and all with it.
TEST(ScarceAir, ManyOnLora_NoTreeBeginsAnewForOneThatWaits) {
  TreeStory story(1);
  story.scattered(150, 12).medium(MediumKind::lora).limits({.peers = 32});
  story.scenario().media[0].lora.spreading_factor = 7;
  story.scenario().nodes.trees = 2;
  story.scenario().nodes.start_spread = 900_s;
  story.run(900_s);
  ASSERT_TRUE(story.whole(7200_s, 30_s)) << story.wrong();
  for (std::size_t tree = 0; tree < 2; ++tree)
    EXPECT_LE(story.world().board(0).node()->trees()[tree].claim().term, 2) << "tree " << tree;
}

// Once a source that knew no round trip sent again after 200 ms, however far it was; on long ways that filled all
// relays.
TEST(ScarceAir, FarAway_NothingIsSentAgainBeforeItsAnswerCanBeHere) {
  TreeStory story(1);
  story.line(12).medium(MediumKind::lora).limits({.peers = 16});
  story.scenario().media[0].lora.spreading_factor = 7;
  story.scenario().nodes.trees = 1;
  story.run(1_s);
  ASSERT_TRUE(story.whole(7200_s, 10_s)) << story.wrong();
  story.run(600_s);
  const Sending sent = story.node(0).sends(20).to(11);
  ASSERT_TRUE(sent.queued());
  ASSERT_TRUE(story.run_until([&] { return sent.ended(); }, 900_s));
  EXPECT_EQ(sent.outcome(), Outcome::delivered);
  EXPECT_EQ(story.node(0).count(Counter::retransmissions), 0U);
}

}  // namespace
}  // namespace mp::sim
