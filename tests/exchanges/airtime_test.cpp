// SPDX-License-Identifier: ISC
// Who goes first, who gives way, and the law (specification: airtime.md).
#include "micropycelium/platform/regions.hpp"
#include "support/air.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mp::test {
namespace {

// Every frame that a radio sent, and when.
struct Log {
  void follow(Air& air, Radio& radio) {
    radio.tap = [this, &air, &radio](Bytes datagram) {
      sent.push_back({air.now(), radio.airtime(datagram.size()), Blob8(datagram.begin(), datagram.end())});
    };
  }
  // The most airtime that began in any window, of what the rule allows.
  double worst(const AirtimeRule& rule) const {
    std::int64_t most = 0;
    for (std::size_t i = 0; i < sent.size(); ++i) {
      std::int64_t sum = 0;
      for (std::size_t j = i; j < sent.size() && sent[j].at < sent[i].at + rule.window; ++j) sum += sent[j].cost.us;
      most = std::max(most, sum);
    }
    return static_cast<double>(most) / (static_cast<double>(rule.window.us) * rule.share_ppm / 1e6);
  }
  struct Frame {
    Instant at;
    Duration cost;
    Blob8 bytes;
  };
  std::vector<Frame> sent;
};

// One byte of contents for each Package that arrived, in their order.
std::string order_of(const Recorder& app) {
  std::string order;
  for (const auto& got : app.got) order += static_cast<char>(got.blob[0]);
  return order;
}

Blob8 marked(char mark, std::size_t size = 40) { return Blob8(size, static_cast<std::byte>(mark)); }

// A node in the middle of others, with one radio.
void make_star(Air& air, std::size_t others, const Limits& limits = kBoardLimits) {
  for (std::size_t i = 0; i <= others; ++i) {
    air.add_radio(air.add_node(limits));
    if (i > 0) air.connect(*air[0].radios[0], *air[i].radios[0]);
  }
  for (std::size_t i = 0; i <= others; ++i) air.start(air[i]);
  ASSERT_TRUE(air.run_until([&] {
    for (std::size_t i = 1; i <= others; ++i)
      if (!knows(air[0], air[i]) || !knows(air[i], air[0])) return false;
    return true;
  }));
  air.run(seconds(2));
}

// --- classes and shares ------------------------------------------------------------------------------

TEST(Classes, BusyLink_TheMostUrgentGoesFirst) {
  Air air(1);
  make_line(air, 2);
  air.run(seconds(2));
  air[0].radios[0]->one_at_a_time = true;
  air[0].radios[0]->refuse_with = Status::would_block;
  const auto send = [&](char mark, Priority priority) {
    EXPECT_TRUE(air[0].app.send(air[1].id(), marked(mark), {.priority = priority}));
    air.run(milliseconds(2));
  };
  send('x', Priority::bulk);
  send('y', Priority::bulk);
  send('i', Priority::interactive);
  send('j', Priority::interactive);
  send('c', Priority::control);
  air[0].radios[0]->refuse_with = Status::ok;
  ASSERT_TRUE(air.run_until([&] { return air[1].app.got.size() == 5; }, seconds(1)));
  EXPECT_EQ(order_of(air[1].app), "cijxy");
}

TEST(Classes, SequenceUnderWay_InteractivePassesIt) {
  Air air(2);
  make_line(air, 2);
  air[0].radios[0]->one_at_a_time = true;
  const SendId large = air[0].app.send_large(air[1].id(), air.random.blob(60'000));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.progress >= 32; }));
  Log log;
  log.follow(air, *air[0].radios[0]);
  const SendId small = air[0].app.send(air[1].id(), marked('i'));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(small); }));
  EXPECT_EQ(air[0].app.outcome(small), Outcome::delivered);
  EXPECT_FALSE(air[0].app.ended(large));
  ASSERT_FALSE(log.sent.empty());
  EXPECT_FALSE(PacketView::parse(Bytes(log.sent[0].bytes))->schema().sequenced()) << "nothing went before it";
}

TEST(Shares, ManyToOneAndOneToAnother_TakeTurns) {
  Air air(3);
  make_star(air, 3);
  air[0].radios[0]->one_at_a_time = true;
  air[0].radios[0]->refuse_with = Status::would_block;
  std::vector<const Radio*> order;
  air.loses = [&](const Radio& from, const Radio& to, Bytes datagram) {
    const Flags flags = PacketView::parse(datagram)->flags();
    if (&from == air[0].radios[0].get() && flags.control() == Control::ask) order.push_back(&to);
    return false;
  };
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(air[0].app.send(air[1].id(), marked('b')));
  EXPECT_TRUE(air[0].app.send(air[2].id(), marked('c')));
  EXPECT_TRUE(air[0].app.send(air[3].id(), marked('d')));
  air.run(milliseconds(2));
  air[0].radios[0]->refuse_with = Status::ok;
  air.run(milliseconds(100));
  ASSERT_EQ(order.size(), 8U);
  std::vector<const Radio*> first(order.begin(), order.begin() + 3);
  std::sort(first.begin(), first.end());
  EXPECT_EQ(std::unique(first.begin(), first.end()), first.end()) << "one for each of the three comes first";
}

TEST(Shares, TwoSequencesToOneAndOneToAnother_HalfEach) {
  Air air(4);
  make_star(air, 2);
  air[0].radios[0]->one_at_a_time = true;
  std::map<const Radio*, std::size_t> parts;
  air.loses = [&](const Radio& from, const Radio& to, Bytes datagram) {
    if (&from == air[0].radios[0].get() && PacketView::parse(datagram)->schema().sequenced()) ++parts[&to];
    return false;
  };
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(air[0].app.send_large(air[1].id(), air.random.blob(150'000)));
  EXPECT_TRUE(air[0].app.send_large(air[2].id(), air.random.blob(150'000)));
  ASSERT_TRUE(air.run_until([&] { return parts[air[2].radios[0].get()] >= 500; }));
  EXPECT_NEAR(static_cast<double>(parts[air[1].radios[0].get()]), 500, 50);
}

// --- queues ------------------------------------------------------------------------------------------

TEST(Queue, Full_TheOldestBulkGivesWay) {
  Air air(5);
  make_line(air, 2);
  air.run(seconds(2));
  air[0].radios[0]->refuse_with = Status::would_block;
  std::vector<SendId> bulk;
  for (int i = 0; i < kBoardLimits.datagrams; ++i)
    bulk.push_back(air[0].app.send(air[1].id(), marked('b'), {.priority = Priority::bulk}));
  air.run(milliseconds(5));
  EXPECT_EQ(air[0].app.send(air[1].id(), marked('b'), {.priority = Priority::bulk}).refusal(), Status::no_buffer)
      << "its like does not give way";
  EXPECT_TRUE(air[0].app.send(air[1].id(), marked('i')));
  ASSERT_TRUE(air[0].app.ended(bulk[0]));
  EXPECT_EQ(air[0].app.outcome(bulk[0]), Outcome::displaced);
  EXPECT_TRUE(air[0].app.send(air[1].id(), marked('i')));
  ASSERT_TRUE(air[0].app.ended(bulk[1]));
  EXPECT_FALSE(air[0].app.ended(bulk[2]));
  EXPECT_EQ(air[0].count(Counter::sends_displaced), 2U);
  EXPECT_EQ(air[0].count(Counter::sends_failed), 2U);
  air[0].radios[0]->refuse_with = Status::ok;
  ASSERT_TRUE(air.run_until([&] { return air[0].app.outcomes.size() == kBoardLimits.datagrams + 2U; }));
  EXPECT_EQ(air[1].app.got.size(), kBoardLimits.datagrams);
  EXPECT_EQ(air[0].app.outcome_repeats, 0);
}

TEST(Queue, WhatWaitsForItsAcknowledgement_GivesWayToo) {
  Air air(6);
  make_line(air, 2);
  air.run(seconds(2));
  air[1].running = false;
  std::vector<SendId> bulk;
  for (int i = 0; i < kBoardLimits.datagrams; ++i)
    bulk.push_back(air[0].app.send(air[1].id(), marked('b'), {.priority = Priority::bulk}));
  air.run(milliseconds(5));
  EXPECT_TRUE(air[0].app.send(air[1].id(), marked('c'), {.priority = Priority::control}));
  ASSERT_TRUE(air[0].app.ended(bulk[0]));
  EXPECT_EQ(air[0].app.outcome(bulk[0]), Outcome::displaced);
}

// --- expiry ------------------------------------------------------------------------------------------

TEST(Expiry, OnABusyLink_ExpiresOnTime) {
  Air air(7);
  make_line(air, 2);
  air.run(seconds(2));
  air[0].radios[0]->refuse_with = Status::would_block;
  const Instant start = air.now();
  const SendId small = air[0].app.send(air[1].id(), marked('x'), {.expires_after = milliseconds(700)});
  const SendId large = air[0].app.send_large(air[1].id(), Blob8(5'000), {.expires_after = milliseconds(900)});
  air.run(seconds(2));
  ASSERT_TRUE(air[0].app.ended(small) && air[0].app.ended(large));
  EXPECT_EQ(air[0].app.outcome(small), Outcome::expired);
  EXPECT_EQ(air[0].app.outcome(large), Outcome::expired);
  EXPECT_EQ((air[0].app.ended_at[small.value()] - start).ms(), 700);
  EXPECT_EQ((air[0].app.ended_at[large.value()] - start).ms(), 900);
  EXPECT_EQ(air[0].count(Counter::sends_failed), 2U);
}

TEST(Expiry, UnansweredBetweenTwoTries_ExpiresOnTime) {
  Air air(8);
  make_line(air, 2);
  air.run(seconds(2));
  air[1].running = false;
  const Instant start = air.now();
  const SendId small = air[0].app.send(air[1].id(), marked('x'), {.expires_after = milliseconds(1'000)});
  const SendId large = air[0].app.send_large(air[1].id(), Blob8(5'000), {.expires_after = milliseconds(1'000)});
  Instant due{};
  for (int polls = 0; air.now() < start + seconds(3); ++polls) {
    ASSERT_LT(polls, 1000) << "it asks to be polled again and again at " << (air.now() - start).ms() << " ms";
    due = air[0].node.poll(air.now());
    air[0].due = Instant::never();
    air.run(std::clamp(due - air.now(), Duration{}, seconds(3)));
  }
  ASSERT_TRUE(air[0].app.ended(small) && air[0].app.ended(large));
  EXPECT_EQ(air[0].app.outcome(small), Outcome::expired);
  EXPECT_EQ(air[0].app.outcome(large), Outcome::expired);
  EXPECT_EQ((air[0].app.ended_at[small.value()] - start).ms(), 1'000);
  EXPECT_EQ((air[0].app.ended_at[large.value()] - start).ms(), 1'000);
}

TEST(Expiry, InTime_IsDelivered) {
  Air air(9);
  make_line(air, 2);
  const SendId small = air[0].app.send(air[1].id(), marked('x'), {.expires_after = seconds(1)});
  const SendId large = air[0].app.send_large(air[1].id(), Blob8(5'000), {.expires_after = seconds(1)});
  air.run(seconds(3));
  EXPECT_EQ(air[0].app.outcome(small), Outcome::delivered);
  EXPECT_EQ(air[0].app.outcome(large), Outcome::delivered);
  EXPECT_EQ(air[0].app.outcome_repeats, 0);
}

// --- answers that wait ---------------------------------------------------------------------------------

// Each report once waited in a slot of its own: they filled the outbox, and the node called itself congested.
TEST(Queue, ReportsThatWait_TheNewestTakesThePlaceOfTheOneBefore) {
  Air air(21);
  make_line(air, 2);
  const Blob8 blob = air.random.blob(40'000);
  const SendId id = air[0].app.send_large(air[1].id(), blob);
  ASSERT_TRUE(air.run_until([&] { return air[1].node.usage().sequences_in == 1; }));
  air[1].radios[0]->refuse_with = Status::would_block;
  air.run(seconds(8));  // it is asked again and again meanwhile
  air[1].radios[0]->refuse_with = Status::ok;
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }, seconds(60)));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
  EXPECT_EQ(air[1].count(Counter::answers_lost), 0U);
}

// --- throttle ----------------------------------------------------------------------------------------

TEST(Throttle, RefusedForWantOfRoom_SaysSoAndTheNeighbourPauses) {
  Air air(10);
  make_line(air, 3);
  route_line(air);
  air.run(seconds(2));
  Radio& stranger = air.add_stranger();
  air.connect(stranger, *air[1].radios[0]);
  // The middle one has nowhere to put what it shall relay.
  air[1].radios[0]->refuse_with = Status::would_block;
  ByteArray<kFrameMax> frame;
  PacketFields fields;
  fields.ttl = 9;
  fields.tree_state = 7;
  fields.to_addr = at({1, 1, 1}).address;
  fields.from_addr = at({7}).address;
  for (int i = 0; i < 10; ++i)
    ASSERT_EQ(stranger.send(air[1].radios[0]->link(), *write_packet(*find_schema(5), fields, Blob8(40), frame)),
              Status::ok);
  air.run(milliseconds(10));
  EXPECT_GE(air[1].count(Counter::rx_no_room), 1U);
  air[1].radios[0]->refuse_with = Status::ok;

  Log log;
  log.follow(air, *air[1].radios[0]);
  const SendId first = air[0].app.send(air[1].id(), marked('1'));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(first); }));
  EXPECT_EQ(air[0].app.outcome(first), Outcome::delivered);
  EXPECT_TRUE(std::any_of(log.sent.begin(), log.sent.end(), [](const Log::Frame& f) {
    const auto packet = PacketView::parse(f.bytes);
    return !packet->schema().routed() && packet->flags().throttle();
  }));
  EXPECT_GE(air[0].node.peer(air[1].id())->throttle, 1);

  const Instant before = air.now();
  const SendId second = air[0].app.send(air[1].id(), marked('2'));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(second); }));
  EXPECT_EQ(air[0].app.outcome(second), Outcome::delivered);
  EXPECT_GE(air.now() - before, milliseconds(900)) << "a second for each time that it said so";
  air.run(seconds(5));
  EXPECT_EQ(air[0].node.peer(air[1].id())->throttle, 0) << "it is over";
}

// --- the law -----------------------------------------------------------------------------------------

// Two nodes on a slow radio under a duty cycle: a full frame is a second.
struct SlowPair {
  SlowPair(std::uint64_t seed, const AirtimeRule& rule, std::uint32_t bit_rate = 2'000) : air(seed) {
    for (std::size_t i = 0; i < 2; ++i) {
      Radio& radio = air.add_radio(air.add_node(), bit_rate);
      radio.rule = rule;
      radio.one_at_a_time = true;
    }
    air.connect(*air[0].radios[0], *air[1].radios[0]);
    for (std::size_t i = 0; i < 2; ++i) {
      logs[i].follow(air, *air[i].radios[0]);
      air.start(air[i]);
    }
    EXPECT_TRUE(air.run_until([&] { return knows(air[0], air[1]) && knows(air[1], air[0]); }));
  }
  Air air;
  Log logs[2];
};

constexpr AirtimeRule kTenthOfAMinute{.share_ppm = 100'000, .window = seconds(60)};

TEST(Law, MoreThanThereIsAirtimeFor_WaitsAndIsDelivered) {
  SlowPair pair(11, kTenthOfAMinute);
  Air& air = pair.air;
  std::vector<SendId> ids;
  for (int i = 0; i < 9; ++i) ids.push_back(air[0].app.send(air[1].id(), marked('x', 200)));
  const Instant start = air.now();
  ASSERT_TRUE(air.run_until([&] { return air[0].app.outcomes.size() == ids.size(); }, seconds(1000)));
  for (const SendId id : ids) EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered) << name(air[0].app.outcome(id));
  EXPECT_EQ(air[1].app.got.size(), ids.size());
  EXPECT_GT(air.now() - start, seconds(60)) << "more than one window's worth";
  EXPECT_GE(air[0].count(Counter::airtime_waits), 1U);
  for (const Log& log : pair.logs) EXPECT_LE(log.worst(kTenthOfAMinute), 1.0);
}

TEST(Law, SendersOfEveryKind_NeverOverdrawn) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SlowPair pair(seed, kTenthOfAMinute);
    Air& air = pair.air;
    air.disorder.lose_one_in = 8;
    const Instant end = air.now() + seconds(900);
    while (air.now() < end) {
      const std::size_t from = air.random.below(2);
      SendOptions options;
      options.priority = static_cast<Priority>(air.random.below(kPriorities));
      options.ask = !air.random.one_in(4);
      const Blob8 blob = air.random.blob(1 + air.random.below(200));
      if (air.random.one_in(10))
        (void)air[from].app.send_large(air[1 - from].id(), air.random.blob(2'000), options);
      else if (air.random.one_in(6))
        (void)air[from].node.broadcast(air[from].app, blob, options);
      else
        (void)air[from].app.send(air[1 - from].id(), blob, options);
      air.run(milliseconds(100 + air.random.below(8'000)));
    }
    for (const Log& log : pair.logs) {
      EXPECT_LE(log.worst(kTenthOfAMinute), 1.0);
      EXPECT_GT(log.worst(kTenthOfAMinute), 0.8) << "the test did not come near the limit";
    }
    for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(air[i].app.outcome_repeats, 0);
  }
}

TEST(Law, SequenceOverManyWindows_Arrives) {
  SlowPair pair(13, kTenthOfAMinute);
  Air& air = pair.air;
  const Blob8 blob = air.random.blob(10'000);  // 43 parts, 6 a minute
  const SendId id = air[0].app.send_large(air[1].id(), blob);
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }, seconds(3600)));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered) << name(air[0].app.outcome(id));
  ASSERT_EQ(air[1].app.got.size(), 1U);
  EXPECT_TRUE(air[1].app.got[0].blob == blob);
  for (const Log& log : pair.logs) EXPECT_LE(log.worst(kTenthOfAMinute), 1.0);
}

// An hour's window, so that the silences in it are long.
void expect_sequence_over_hours(std::uint32_t bit_rate) {
  const AirtimeRule rule = find_region("eu868")->rule;
  SlowPair pair(14, rule, bit_rate);
  Air& air = pair.air;
  const Blob8 blob = air.random.blob(bit_rate * 16);
  const SendId id = air[0].app.send_large(air[1].id(), blob);
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }, seconds(36'000)));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered)
      << name(air[0].app.outcome(id)) << " after " << air.now().us / 1'000'000 << " s and " << air[0].app.progress
      << " parts";
  ASSERT_EQ(air[1].app.got.size(), 1U);
  EXPECT_TRUE(air[1].app.got[0].blob == blob);
  for (const Log& log : pair.logs) EXPECT_LE(log.worst(rule), 1.0);
}

TEST(Law, SequenceOverHours_Arrives) { expect_sequence_over_hours(1'758); }  // SF9 at 125 kHz

// Fails: the receiver's patience is four of the pauses between two full frames, 150 s here, and the ledger's silence
// at the end of each window is 600 s (AirtimeBudget.DISABLED_BulkForHours_NoLongSilence).
TEST(Law, SequenceOfShortFramesOverHours_Arrives) { expect_sequence_over_hours(5'469); }  // SF7

TEST(Law, RestartsInARow_TheLedgerIsKept) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Air air(seed);
    TestNode& other = air.add_node();
    air.add_radio(other, 2'000);
    air.start(other);
    Log log;
    std::map<std::string, Blob8> storage;
    for (int life = 0; life < 12; ++life) {
      TestNode& node = air.add_node();
      node.storage.records = storage;
      Radio& radio = air.add_radio(node, 2'000);
      radio.rule = kTenthOfAMinute;
      radio.one_at_a_time = true;
      log.follow(air, radio);
      air.connect(radio, *other.radios[0]);
      air.start(node);
      const Instant end = air.now() + seconds(1 + air.random.below(20));
      while (air.now() < end) {
        (void)node.node.broadcast(node.app, air.random.blob(air.random.below(200)),
                                  {.priority = Priority::interactive});
        air.run(milliseconds(300));
      }
      // Switched off, or stopped with a word.
      if (air.random.one_in(2)) node.node.stop(air.now());
      node.running = false;
      air.disconnect(radio, *other.radios[0]);
      storage = node.storage.records;
    }
    EXPECT_LE(log.worst(kTenthOfAMinute), 1.0);
    EXPECT_GT(log.worst(kTenthOfAMinute), 0.5);
  }
}

TEST(Law, LongestTransmission_NoFrameIsLonger) {
  const AirtimeRule rule = find_region("us915")->rule;
  SlowPair pair(16, rule, 4'000);  // 200 bytes at most
  Air& air = pair.air;
  const std::size_t largest = air[0].node.single_packet_max(air[1].id());
  EXPECT_LE(largest, 200U - kPackageHeader);
  EXPECT_GE(largest, 200U - kPackageHeader - 10U);
  const SendId id = air[0].app.send(air[1].id(), marked('x', largest));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
  EXPECT_EQ(air[0].app.send(air[1].id(), marked('x', largest + 1)).refusal(), Status::too_large);
  EXPECT_EQ(air[0].app.send_large(air[1].id(), Blob8(1'000)).refusal(), Status::too_large);
  air.run(seconds(300));
  for (const Log& log : pair.logs)
    for (const Log::Frame& f : log.sent) EXPECT_LE(f.cost, rule.longest) << f.bytes.size();
}

}  // namespace
}  // namespace mp::test
