// SPDX-License-Identifier: ISC
// What was for a neighbour of a closed network that starts anew (specification: closed-networks.md, "After a restart").
#include "support/air.hpp"

#include <gtest/gtest.h>

namespace mp::test {
namespace {

constexpr BeaconOptions kSigned{.closed = true};

NetworkKey network() {
  NetworkKey key;
  for (std::byte& b : key.fill()) b = std::byte{1};
  return key;
}

void start_line(Air& air, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    TestNode& node = air.add_node(kBoardLimits, kSigned);
    ASSERT_EQ(node.node.set_network(network()), Status::ok);
    air.add_radio(node);
    if (i > 0) air.connect(*air[i - 1].radios[0], *node.radios[0]);
  }
  for (std::size_t i = 0; i < n; ++i) air.start(air[i]);
  ASSERT_TRUE(air.run_until([&] {
    for (std::size_t i = 1; i < n; ++i)
      if (!knows(air[i - 1], air[i]) || !knows(air[i], air[i - 1])) return false;
    return true;
  }));
}

// Off for so long, and then on again; returns when the neighbour has admitted it anew.
void restart(Air& air, std::size_t i, std::size_t neighbour, Duration off) {
  const auto admitted = air[neighbour].count(Counter::admissions);
  air[i].running = false;
  air.run(off);
  TestNode& again = air.power_cycle(i, kSigned);
  ASSERT_EQ(again.node.set_network(network()), Status::ok);
  air.start(again);
  ASSERT_TRUE(air.run_until([&] { return air[neighbour].count(Counter::admissions) > admitted; }, seconds(10)));
}

// Its waits had grown to 3 s meanwhile; what was sent again and again under the old keys kept all slots, and sends to
// others were refused until then.
TEST(ClosedRestarts, NeighbourStartsAnew_WhatWaitsForItGoesAtOnce) {
  for (const std::int64_t off_ms : {1'500, 4'000, 7'000, 9'500}) {
    SCOPED_TRACE(std::to_string(off_ms) + " ms");
    Air air(static_cast<std::uint64_t>(off_ms));
    start_line(air, 2);
    air.run(seconds(5));
    air[1].running = false;
    std::vector<SendId> sent;
    for (int i = 0; i < 10; ++i) {
      sent.push_back(air[0].app.send(air[1].id(), air.random.blob(20)));
      ASSERT_TRUE(sent.back());
    }
    restart(air, 1, 0, milliseconds(off_ms));
    air.run(milliseconds(50));
    for (const SendId id : sent) {
      ASSERT_TRUE(air[0].app.ended(id));
      EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
    }
    EXPECT_EQ(air[1].app.got.size(), 10U) << "each once";
    EXPECT_EQ(air[0].node.usage().datagrams, 0U);
  }
}

}  // namespace
}  // namespace mp::test
