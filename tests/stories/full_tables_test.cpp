// SPDX-License-Identifier: ISC
// More neighbours in reach than the peer table holds: whoever has no room says so, nobody counts on it, and all reach
// all.
#include "stories/tree_story.hpp"

#include <gtest/gtest.h>

#include <cstdio>

namespace mp::sim {
namespace {

using namespace literals;

class FullTables : public TreeStory {
 public:
  FullTables(std::uint32_t nodes, std::uint32_t degree, std::uint8_t peers) {
    scattered(nodes, degree).medium(MediumKind::espnow);
    scenario().nodes.trees = 4;
    limits({.peers = peers});
  }
  // Neighbours that are counted on, and do not count on this one.
  std::uint32_t one_sided() {
    std::uint32_t n = 0;
    for (std::uint32_t a = 0; a < world().size(); ++a)
      for (const Peer& p : world().board(a).node()->peers()) {
        if (!p.used || !p.connected() || p.refuses) continue;
        const Peer* back = world().board(world().node_of(p.id)).node()->peer(node(a).id());
        n += back == nullptr || !back->connected() ? 1U : 0U;
      }
    return n;
  }
};

TEST(FullTables, ThirtyNodesOfTenNeighboursInTablesOfSix_AllReachAll) {
  FullTables story(30, 10, 6);
  story.run(60_s);
  EXPECT_TRUE(story.whole(60_s)) << story.wrong();
  EXPECT_EQ(story.one_sided(), 0U);
  for (std::uint32_t from = 0; from < 30; ++from) {
    const std::uint32_t to = (from * 7 + 11) % 30;
    if (from == to) continue;
    const Sending sent = story.node(from).sends(40).to(to);
    ASSERT_TRUE(story.run_until([&] { return sent.ended(); }, 60_s));
    EXPECT_EQ(sent.outcome(), Outcome::delivered) << from << " to " << to;
  }
}

// Whoever comes when all are full of each other is let in by somebody.
TEST(FullTables, ANewcomerAmongFullTables_IsLetIn) {
  FullTables story(14, 13, 6);
  story.run(100_ms);
  story.node(13).crashes();
  story.run(60_s);
  story.node(13).restarts();
  story.run(120_s);
  const Sending sent = story.node(13).sends(40).to(2);
  ASSERT_TRUE(story.run_until([&] { return sent.ended(); }, 60_s));
  EXPECT_EQ(sent.outcome(), Outcome::delivered);
  EXPECT_TRUE(story.whole(60_s)) << story.wrong();
}

}  // namespace
}  // namespace mp::sim
