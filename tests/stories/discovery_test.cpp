// SPDX-License-Identifier: ISC
// How nodes find each other on radios that disturb each other.
#include "simulator/story/story.hpp"

#include <gtest/gtest.h>

namespace mp::sim {
namespace {

using namespace literals;

// A regression: more than eight newcomers at once were left unanswered until the next Beacon, a minute later.
TEST(Discovery, TwentyStartAtOnceInOneCell_AllKnowAllWithinSeconds) {
  Story story;
  story.scattered(20, 19).limits({.peers = 32});
  story.scenario().topology.connected = false;
  story.scenario().media[0].propagation.range_mm = 1'000'000;  // everyone hears everyone
  story.meet(10_s);
}

TEST(Discovery, TwentyStartAtOnceOnOneEspNowChannel_AllKnowAllWithinSeconds) {
  Story story;
  story.grid(5, 4).medium(MediumKind::espnow).limits({.peers = 32});
  story.scenario().topology.spacing_mm = 1'000;
  story.meet(20_s);
}

TEST(Discovery, NeighbourLosesItsStorage_ItIsFoundUnderItsNewName) {
  Story story;
  story.ring(4);
  story.meet();
  const NodeId before = story.node(2).id();
  story.node(2).crashes();
  story.node(2).is_wiped();
  story.run(5_s);
  story.node(2).restarts();
  story.meet();
  EXPECT_NE(story.node(2).id(), before);
  EXPECT_EQ(story.node(1).node().peer(before), nullptr) << "one link, one neighbour";
}

TEST(Discovery, HalvesPartAndHeal_NeighboursMeetAgain) {
  Story story;
  story.grid(4, 4).medium(MediumKind::espnow);
  story.meet();
  StoryLink rift = story.parted({0, 1, 4, 5, 8, 9, 12, 13});
  story.run(660_s);  // longer than a silent peer is kept
  EXPECT_FALSE(story.node(1).knows(2));
  rift.heals();
  story.meet(340_s);  // a Beacon
}

}  // namespace
}  // namespace mp::sim
