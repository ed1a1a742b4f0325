// SPDX-License-Identifier: ISC
#include "simulator/story/story.hpp"

#include <gtest/gtest.h>

namespace mp::sim {
namespace {

using namespace literals;

TEST(Story, LossyLinkInTheMiddle_BlobArrivesWhole) {
  Story story;
  story.line(5).routes();
  story.meet();
  story.link(2, 3).loses(30_percent);
  const Sending photo = story.node(2).sends(10_KiB).to(3);
  story.run_until_idle();
  ASSERT_TRUE(photo.ended());
  EXPECT_EQ(photo.outcome(), Outcome::delivered);
  EXPECT_TRUE(photo.arrived());
}

TEST(Story, AcrossFourHops_PackageArrives) {
  Story story;
  story.line(5).routes();
  story.meet();
  const Sending word = story.node(0).sends(100_B).to(4);
  story.run_until_idle();
  EXPECT_EQ(word.outcome(), Outcome::delivered);
  EXPECT_GE(word.latency().us, 4 * 500);
}

TEST(Story, ClosedNetworkAcrossFourHops_PackageArrives) {
  Story story;
  story.line(5).routes().closed();
  story.meet();
  story.link(2, 3).loses(10_percent);
  const Sending word = story.node(0).sends(10_KiB).to(4);
  story.run_until_idle();
  EXPECT_EQ(word.outcome(), Outcome::delivered);
  EXPECT_GT(story.node(4).count(Counter::admissions), 0U);
}

// Beacons use up the airtime of their class; the admission that follows has to find some all the same.
TEST(Story, ClosedNetworkOnLora_NeighboursMeetAndTalk) {
  Story story;
  story.line(2).medium(MediumKind::lora).closed();
  story.meet(1800_s);
  const Sending word = story.node(0).sends(20_B).to(1);
  story.run_until_idle();
  EXPECT_EQ(word.outcome(), Outcome::delivered);
}

TEST(Story, BrokenLink_SenderIsToldTheTruth) {
  Story story;
  story.line(2);
  story.meet();
  StoryLink link = story.link(0, 1);
  link.breaks();
  const Sending lost = story.node(0).sends(100_B).to(1);
  story.run_until_idle();
  EXPECT_EQ(lost.outcome(), Outcome::no_answer);
  EXPECT_FALSE(lost.arrived());
  link.heals();
  const Sending found = story.node(0).sends(100_B).to(1);
  story.run_until_idle();
  EXPECT_EQ(found.outcome(), Outcome::delivered);
}

TEST(Story, NodeCrashesAndComesBack_SameIdentityAndItIsFoundAgain) {
  Story story;
  story.line(2);
  story.meet();
  const NodeId before = story.node(1).id();
  story.node(1).crashes();
  EXPECT_FALSE(story.node(1).has_power());
  story.run(10_s);
  story.node(1).restarts();
  story.meet();
  EXPECT_EQ(story.node(1).id(), before);
  story.node(1).crashes();
  story.node(1).is_wiped();
  story.node(1).restarts();
  story.meet();
  EXPECT_NE(story.node(1).id(), before);
}

TEST(Story, SameSeedTwice_SameHash_OtherSeedAnother) {
  const auto hash = [](std::uint64_t seed) {
    Story story(seed);
    story.scattered(20, 6).medium(MediumKind::espnow);
    story.scenario().topology.connected = false;
    story.node(0);
    story.run(30_s);
    return story.trace_hash();
  };
  EXPECT_EQ(hash(7), hash(7));
  EXPECT_NE(hash(7), hash(8));
}

}  // namespace
}  // namespace mp::sim
