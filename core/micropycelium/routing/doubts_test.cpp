// SPDX-License-Identifier: ISC
// Neighbours that took what had to be sent anew, and places that nobody believes: what that means to a decision.
#include "micropycelium/routing/next_hop.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mp {
namespace {

NodeTag tag_of(std::uint8_t n) {
  NodeTag tag;
  tag.value.fill(std::byte{n});
  return tag;
}

// At 1 of a tree; its neighbours are at 2 and 3, the target at 2.1.
struct Fixture {
  Fixture() : slots(2), rows(tree_rows(2, 1)), ring(8), table(slots, rows, 1), detours(ring) {
    table.set_self(tag_of(9));
    table.set_own_place({0, 7, *CompactAddress{}.child(1, 0)});
    for (std::uint8_t i = 0; i < 2; ++i) {
      table.set(i, tag_of(i), kCostUnit);
      table.set_place(i, {0, 7, *CompactAddress{}.child(i + 2U, 0)});
    }
    header.target = tag_of(50);
    header.source = tag_of(60);
    header.trees = 1;
    header.places[0] = {0, 7, *CompactAddress{}.child(2, 0)->child(1, 0)};
    header.state = first_state(4);
  }
  Decision decide_on(std::uint32_t message) {
    header.message = message;
    return decide(header, table, detours, Arrival::own, kNobody);
  }
  std::vector<Neighbour> slots;
  std::vector<TreeNeighbour> rows;
  std::vector<Detour> ring;
  Neighbours table;
  DetourTable detours;
  RouteHeader header;
};

TEST(Doubts, GrowWithEachAndAreForgotten) {
  Fixture f;
  f.table.ease_doubts(Instant{});
  const auto doubt = [&] { return unsigned{f.table[0].doubt}; };
  f.table.doubt(0);
  EXPECT_EQ(doubt(), 32U);
  f.table.doubt(0);
  EXPECT_EQ(doubt(), 64U);
  for (int i = 0; i < 10; ++i) f.table.doubt(0);
  EXPECT_EQ(doubt(), 255U);
  f.table.trust(0);
  EXPECT_EQ(doubt(), 127U);
  f.table.ease_doubts(Instant{} + seconds(119));
  EXPECT_EQ(doubt(), 127U);
  f.table.ease_doubts(Instant{} + seconds(241));
  EXPECT_EQ(doubt(), 31U) << "two half-lives";
  f.table.ease_doubts(Instant{} + seconds(100'000));
  EXPECT_EQ(doubt(), 0U);
  EXPECT_EQ(f.table[1].doubt, 0);
}

TEST(Doubts, OtherSendingsOfTheSame_AreFoundTheLastFirst) {
  Fixture f;
  for (std::uint32_t message = 1; message <= 3; ++message) {
    ASSERT_EQ(f.decide_on(message).to, 0);
    f.detours.tell(0x3c3c3c3c, message, message == 2 ? 5 : 4);
  }
  std::vector<std::uint8_t> others;
  const auto note = [&](std::uint8_t slot) { others.push_back(slot); };
  f.detours.each_other(0x3c3c3c3c, 9, 4, note);
  EXPECT_EQ(others, (std::vector<std::uint8_t>{0, 0}));
  others.clear();
  f.detours.each_other(0x3c3c3c3c, 3, 4, note);
  EXPECT_EQ(others, (std::vector<std::uint8_t>{0})) << "not itself";
  others.clear();
  f.detours.each_other(0x3c3c3c3c, 9, 6, note);
  EXPECT_TRUE(others.empty());
}

TEST(Doubts, ARefusedPlaceCountsForNothing_AndIsTriedLast) {
  Fixture f;
  Decision d = f.decide_on(1);
  EXPECT_EQ(d.to, 0);
  EXPECT_EQ(d.by, 0) << "for what it says of tree 0";
  f.rows[0].refused = true;
  f.header.state.watermark = 0xffff;
  d = f.decide_on(2);
  EXPECT_EQ(d.kind, Decision::Kind::send);
  EXPECT_EQ(d.to, 1) << "as far as we are: on a detour, before the refused one";
  EXPECT_EQ(d.by, kNobody);
  d = decide(f.header, f.table, f.detours, Arrival::undelivered, kNobody);
  EXPECT_EQ(d.kind, Decision::Kind::send);
  EXPECT_EQ(d.to, 0) << "last of all";
  // It is a neighbour all the same.
  f.header.target = tag_of(0);
  EXPECT_EQ(f.decide_on(3).to, 0);
}

}  // namespace
}  // namespace mp
