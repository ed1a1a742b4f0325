// SPDX-License-Identifier: ISC
// Ping: what it measures is so (specification: ping.md).
#include "support/air.hpp"

#include <gtest/gtest.h>

#include <set>

namespace mp::test {
namespace {

struct Session final : PingSession {
  void on_reply(std::uint32_t seq, Duration rtt) override { replies.emplace_back(seq, rtt); }
  void on_lost(std::uint32_t seq) override { lost.push_back(seq); }
  void on_end(const PingStatistics& s) override {
    ++ends;
    statistics_at_end = s;
  }
  std::vector<std::pair<std::uint32_t, Duration>> replies;
  std::vector<std::uint32_t> lost;
  int ends = 0;
  PingStatistics statistics_at_end;
};

TEST(Ping, QuietLink_MeasuresTheRoundTrip) {
  Air air(1);
  make_line(air, 2);
  Session s;
  ASSERT_EQ(air[0].ping.ping(s, air[1].id(), {.count = 5}), Status::ok);
  EXPECT_EQ(air[0].ping.ping(s, air[1].id(), {}), Status::exists);
  ASSERT_TRUE(air.run_until([&] { return s.ends == 1; }));
  EXPECT_EQ(s.replies.size(), 5U);
  EXPECT_EQ(s.statistics_at_end.received, 5U);
  EXPECT_EQ(s.statistics_at_end.min, microseconds(400));
  EXPECT_EQ(s.statistics_at_end.avg, microseconds(400));
  EXPECT_EQ(s.statistics_at_end.max, microseconds(400));
  EXPECT_FALSE(s.running());
}

TEST(Ping, LossAndDelay_StatisticsAddUp) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    Air air(seed);
    make_line(air, 2);
    air.disorder = {.lose_one_in = 4, .repeat_one_in = 5, .delay_min = milliseconds(1), .delay_max = milliseconds(50)};
    Session s;
    ASSERT_EQ(air[0].ping.ping(s, air[1].id(), {.count = 300, .interval = milliseconds(10), .timeout = seconds(1)}),
              Status::ok);
    ASSERT_TRUE(air.run_until([&] { return s.ends == 1; }));
    const PingStatistics& end = s.statistics_at_end;
    EXPECT_EQ(end.sent, 300U);
    EXPECT_EQ(end.received + end.lost, 300U);
    EXPECT_EQ(s.replies.size(), end.received);
    EXPECT_EQ(s.lost.size(), end.lost);
    EXPECT_GT(end.received, 100U);
    EXPECT_GT(end.lost, 50U);
    EXPECT_GE(end.min, milliseconds(2));
    EXPECT_LE(end.max, milliseconds(100));
    EXPECT_LE(end.min, end.avg);
    EXPECT_LE(end.avg, end.max);
    std::set<std::uint32_t> seqs;
    for (const auto& [seq, rtt] : s.replies) EXPECT_TRUE(seqs.insert(seq).second);
    for (const std::uint32_t seq : s.lost) EXPECT_TRUE(seqs.insert(seq).second);
    EXPECT_EQ(seqs.size(), 300U);
  }
}

TEST(Ping, SilentNode_AllLost) {
  Air air(2);
  make_line(air, 2);
  air[1].running = false;
  Session s;
  ASSERT_EQ(air[0].ping.ping(s, air[1].id(), {.count = 3}), Status::ok);
  ASSERT_TRUE(air.run_until([&] { return s.ends == 1; }));
  EXPECT_EQ(s.lost, (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_EQ(s.statistics_at_end.received, 0U);
}

// Nothing woke the Application again after its only request had gone out.
TEST(Ping, OneUnansweredRequest_IsLostAfterItsTimeout) {
  Air air(8);
  make_line(air, 2);
  air.run(seconds(2));
  air[1].running = false;
  Session s;
  ASSERT_EQ(air[0].ping.ping(s, air[1].id(), {.count = 1, .timeout = milliseconds(500)}), Status::ok);
  air.run(milliseconds(501));
  EXPECT_EQ(s.ends, 1);
  EXPECT_EQ(s.statistics_at_end.lost, 1U);
}

TEST(Ping, PeerBannedMidway_TheRestIsLost) {
  Air air(3);
  make_line(air, 2);
  Session s;
  ASSERT_EQ(air[0].ping.ping(s, air[1].id(), {.count = 6, .interval = milliseconds(100)}), Status::ok);
  ASSERT_TRUE(air.run_until([&] { return s.replies.size() == 2; }));
  ASSERT_EQ(air[0].node.ban(air[1].id()), Status::ok);
  ASSERT_TRUE(air.run_until([&] { return s.ends == 1; }));
  EXPECT_EQ(s.statistics_at_end.received, 2U);
  EXPECT_EQ(s.statistics_at_end.lost, 4U);
}

TEST(Ping, UnknownNode_SaysWhyAtOnce) {
  Air air(4);
  make_line(air, 2);
  NodeId nobody;
  nobody.value.fill(std::byte{3});
  Session s;
  EXPECT_EQ(air[0].ping.ping(s, nobody, {}), Status::unreachable);
  EXPECT_EQ(air[0].ping.ping(s, air[1].id(), {.count = 0}), Status::bad_value);
  EXPECT_FALSE(s.running());
}

TEST(Ping, SeveralSessions_EachGetsItsOwn) {
  Air air(5);
  make_line(air, 3);
  Session left, right;
  ASSERT_EQ(air[1].ping.ping(left, air[0].id(), {.count = 20, .interval = milliseconds(10)}), Status::ok);
  ASSERT_EQ(air[1].ping.ping(right, air[2].id(), {.count = 10, .interval = milliseconds(15)}), Status::ok);
  ASSERT_TRUE(air.run_until([&] { return left.ends == 1 && right.ends == 1; }));
  EXPECT_EQ(left.replies.size(), 20U);
  EXPECT_EQ(right.replies.size(), 10U);
}

TEST(Ping, Cancelled_HearsNothingMore) {
  Air air(6);
  make_line(air, 2);
  Session s;
  ASSERT_EQ(air[0].ping.ping(s, air[1].id(), {.count = 10, .interval = milliseconds(100)}), Status::ok);
  ASSERT_TRUE(air.run_until([&] { return s.replies.size() == 2; }));
  air[0].ping.cancel(s);
  air.run(seconds(5));
  EXPECT_EQ(s.replies.size(), 2U);
  EXPECT_EQ(s.ends, 0);
  EXPECT_EQ(s.statistics().received, 2U);
}

TEST(Ping, ItselfOverLoopback_IsAnswered) {
  Air air(7);
  TestNode& n = air.add_node();
  air.add_radio(n);
  air.start(n, true, true);
  Session s;
  ASSERT_EQ(n.ping.ping(s, n.id(), {.count = 2, .interval = milliseconds(10)}), Status::ok);
  ASSERT_TRUE(air.run_until([&] { return s.ends == 1; }));
  EXPECT_EQ(s.statistics_at_end.received, 2U);
}

}  // namespace
}  // namespace mp::test
