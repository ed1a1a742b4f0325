// SPDX-License-Identifier: ISC
// Custody over links that acknowledge by themselves and say what became of each frame (specification: custody.md, "Over
// a link that acknowledges by itself").
#include "support/air.hpp"

#include <gtest/gtest.h>

namespace mp::test {
namespace {

// Three in a row on links that say what became of each frame.
void make_reporting_line(Air& air) {
  for (std::size_t i = 0; i < 3; ++i) {
    air.add_radio(air.add_node()).reports = true;
    if (i > 0) air.connect(*air[i - 1].radios[0], *air[i].radios[0]);
  }
  for (std::size_t i = 0; i < 3; ++i) air.start(air[i]);
  ASSERT_TRUE(air.run_until([&] { return knows(air[0], air[1]) && knows(air[2], air[1]) && knows(air[1], air[2]); }));
  route_line(air);
}

TEST(CustodyLinks, LinkThatReports_LossIsMendedByTheRelay) {
  Air air(13);
  make_reporting_line(air);
  int lost = 0;
  air.loses = [&](const Radio& from, const Radio& to, Bytes bytes) {
    if (&from != air[1].radios[0].get() || &to != air[2].radios[0].get() || lost == 2) return false;
    return PacketView::parse(bytes)->schema().routed() && ++lost > 0;
  };
  const SendId id = air[0].app.send(air[2].id(), bytes_of("x"));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
  EXPECT_EQ(lost, 2);
  EXPECT_EQ(air[1].count(Counter::tx_unanswered), 2U);
  EXPECT_EQ(air[1].count(Counter::hop_repeats), 2U);
  EXPECT_EQ(air[0].count(Counter::retransmissions), 0U);
  EXPECT_EQ(air[0].app.states.at(id.value()), (std::vector<SendState>{SendState::sent, SendState::relayed}));
}

TEST(CustodyLinks, LinkThatReports_WithLoss_BlobsArriveWhole) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Air air(seed);
    make_reporting_line(air);
    air.disorder = {.lose_one_in = 10, .repeat_one_in = 20, .delay_max = milliseconds(2)};
    const Blob8 blob = air.random.blob(30'000);
    const SendId id = air[0].app.send_large(air[2].id(), blob);
    ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }, seconds(600)));
    EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
    ASSERT_EQ(air[2].app.got.size(), 1U);
    EXPECT_TRUE(air[2].app.got[0].blob == blob);
    air.disorder = {};
    air.run(seconds(20));
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(air[i].node.usage().datagrams, 0U) << i;
  }
}

TEST(CustodyLinks, LinkThatReports_NextHopGone_TheOriginHears) {
  Air air(14);
  make_reporting_line(air);
  air.disconnect(*air[1].radios[0], *air[2].radios[0]);
  const Instant begun = air.now();
  const SendId id = air[0].app.send(air[2].id(), bytes_of("x"));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::unreachable);
  EXPECT_EQ(air[1].count(Counter::relays_lost), 1U);
  EXPECT_LT((air.now() - begun).us, seconds(2).us);
  air.run(seconds(300));
  EXPECT_EQ(air[0].node.usage().datagrams + air[1].node.usage().datagrams, 0U);
}

// The radio says that it came, and the next hop would say if it had no room: one frame alone takes no other frame.
TEST(CustodyLinks, LinkThatReports_AFrameAlone_CostsNoHopAcknowledgement) {
  Air air(16);
  make_reporting_line(air);
  for (int i = 0; i < 10; ++i) {
    const SendId id = air[0].app.send(air[2].id(), bytes_of("x"));
    ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
    EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
    air.run(seconds(1));
  }
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(air[i].count(Counter::hop_acks_sent), 0U) << i;
    EXPECT_EQ(air[i].count(Counter::hop_repeats), 0U) << i;
    EXPECT_EQ(air[i].node.usage().datagrams, 0U) << i;
  }
}

// An Interface in breach of its contract: what it never tells of is not held for ever.
TEST(CustodyLinks, LinkThatNeverReports_FramesAreNotHeldForEver) {
  Air air(15);
  make_reporting_line(air);
  for (std::size_t i = 0; i < 3; ++i) air[i].radios[0]->reports = false;  // not any more
  const SendId id = air[0].app.send(air[2].id(), bytes_of("x"));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
  air.run(seconds(120));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(air[i].node.usage().datagrams, 0U) << i;
}

}  // namespace
}  // namespace mp::test
