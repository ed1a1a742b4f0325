// SPDX-License-Identifier: ISC
// Nodes that hang too deep in some tree for an address of 32 bytes (specification: tree.md, "Too deep").
#include "stories/tree_story.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cstdio>

namespace mp::sim {
namespace {

using namespace literals;

TEST(TooDeep, LineOfSixty_WhoHasNoPlaceInOneTreeIsReachedByTheOthers) {
  std::uint32_t missing = 0, nowhere = 0, sent = 0, delivered = 0;
  unsigned deepest = 0;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    TreeStory story(seed);
    story.line(60);
    story.scenario().nodes.trees = 4;
    story.run(120_s);
    const auto trees_of = [&](std::uint32_t i) {
      unsigned in = 0;
      for (std::size_t t = 0; t < 4; ++t) {
        const Tree::Place place = story.world().board(i).node()->trees()[t].place();
        if (!place.used) continue;
        in |= 1U << t;
        deepest = std::max(deepest, place.address.levels());
      }
      return in;
    };
    for (std::uint32_t i = 0; i < 60; ++i) {
      missing += 4U - static_cast<unsigned>(std::popcount(trees_of(i)));
      nowhere += trees_of(i) == 0 ? 1U : 0U;
    }
    for (std::uint32_t i = 0; i < 60; i += 4) {
      const std::uint32_t to = (i + 31) % 60;
      if ((trees_of(i) & trees_of(to)) == 0) continue;
      const Sending one = story.node(i).sends(60).to(to);
      story.run_until_idle(300_s);
      ++sent;
      delivered += one.outcome() == Outcome::delivered ? 1U : 0U;
    }
  }
  std::printf(
      "line of 60, links not known yet: of 960 places %u do not fit, the deepest has %u levels; %u of %u packets\n",
      missing, deepest, delivered, sent);
  EXPECT_GT(missing, 0U);
  EXPECT_EQ(nowhere, 0U);
  // Of places as long as these only one or two have room in what a node keeps of another, perhaps not the common ones.
  EXPECT_GE(20 * delivered, 19 * sent);
  EXPECT_GE(sent, 50U);
}

}  // namespace
}  // namespace mp::sim
