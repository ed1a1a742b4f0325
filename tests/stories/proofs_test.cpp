// SPDX-License-Identifier: ISC
// Places that are right are shown when they are used, once, and what that costs (specification: tree.md, "Proof of a
// place").
#include "stories/tree_story.hpp"

#include <gtest/gtest.h>

#include <cstdio>

namespace mp::sim {
namespace {

using namespace literals;

double of(Duration d) { return static_cast<double>(d.us) / 1e6; }

class ProofStory : public TreeStory {
 public:
  void stand(Duration settled = {}) {
    limits({.peers = 32});
    scenario().nodes.trees = 4;
    scenario().nodes.start_spread = 1_s;
    run(1_s);
    ASSERT_TRUE(whole(120_s)) << wrong();
    run(10_s + settled);
  }
  bool send(std::uint32_t from, std::uint32_t to) {
    const Sending sent = node(from).sends(60).to(to);
    run_until([&] { return sent.ended(); }, 120_s);
    return sent.ended() && sent.outcome() == Outcome::delivered;
  }
  // Until all checks that were begun have ended.
  void finish() {
    run_until(
        [&] {
          const TreeCosts c = costs();
          return c.checks == c.proven + c.refusals;
        },
        60_s);
  }
};

TEST(Proofs, APlaceThatIsUsedAgainAndAgain_IsShownOnce) {
  ProofStory story;
  story.scattered(50, 8).medium(MediumKind::espnow);
  story.stand(900_s);
  const TreeCosts before = story.costs();
  // Who is neighbour of whom needs no place: somebody far away.
  std::uint32_t far = 1;
  for (std::uint32_t i = 1; i < 50; ++i)
    if (!story.world().neighbours(0, i) && story.world().board(i).node()->trees()[0].place().address.levels() > 1)
      far = i;
  // Chance says when.
  unsigned packages = 0;
  TreeCosts first;
  while (first.proven == 0 && packages < 4000) {
    ASSERT_TRUE(story.send(0, far));
    story.run(1_s);
    ++packages;
    first = story.costs() - before;
  }
  const Instant sent = story.now();
  story.finish();
  first = story.costs() - before;
  EXPECT_GE(first.proven, 1U);
  EXPECT_EQ(first.refusals, 0U);
  std::printf("%u Packages over 50 nodes of espnow: %u places shown, %u messages, %.2f s after the last\n", packages,
              static_cast<unsigned>(first.proven), static_cast<unsigned>(first.records), of(story.now() - sent));
  // The same way again: what has not been shown yet is, and in the end nothing is asked for.
  for (int i = 0; i < 4000; ++i) {
    EXPECT_TRUE(story.send(0, far));
    story.run(1_s);
  }
  const TreeCosts then = story.costs();
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(story.send(0, far));
    story.run(1_s);
  }
  EXPECT_LE((story.costs() - then).checks, 1U);
  EXPECT_EQ((story.costs() - before).refusals, 0U);
}

TEST(Proofs, AMeshAtRest_AsksForNothing) {
  ProofStory story;
  story.scattered(50, 8).medium(MediumKind::espnow);
  story.stand(900_s);
  const TreeCosts before = story.costs();
  story.run(3600_s);
  const TreeCosts rest = story.costs() - before;
  std::printf("an hour in which nothing is sent: %u checks, %u messages of proofs of 50 nodes\n",
              static_cast<unsigned>(rest.checks), static_cast<unsigned>(rest.records));
  EXPECT_LE(rest.checks, 5U) << "better parents, now and then";
}

TEST(Proofs, ClosedNetworkOnLora_TheRecordsFit) {
  ProofStory story;
  story.line(4).medium(MediumKind::lora).closed();
  story.scenario().nodes.trees = 1;
  story.limits({.peers = 8});
  story.scenario().nodes.trees = 1;
  story.run(60_s);
  ASSERT_TRUE(story.whole(7200_s, 1_s)) << story.wrong();
  story.run(7200_s);  // what forming took of the airtime is over
  EXPECT_GE(story.node(0).node().single_packet_max({}), LeveledRecord::kSize);
  story.expect_violations();  // a send may wait for its airtime for longer than the checker bears
  const TreeCosts before = story.costs();
  // Without an acknowledgement of the far end, whose airtime is nobody's matter here.
  EXPECT_TRUE(story.node(0).sends(40).unasked().to(3).queued());
  story.run(7200_s);
  const TreeCosts cost = story.costs() - before;
  std::printf("a line of 4 on sealed lora: %u checks, %u shown, %u refused, %u messages\n",
              static_cast<unsigned>(cost.checks), static_cast<unsigned>(cost.proven),
              static_cast<unsigned>(cost.refusals), static_cast<unsigned>(cost.records));
  EXPECT_LE(cost.refusals, 1U) << "what comes too late is none";
}

}  // namespace
}  // namespace mp::sim
