// SPDX-License-Identifier: ISC
// Relayed frames from hop to hop (specification: custody.md).
#include "support/air.hpp"

#include <gtest/gtest.h>

#include <set>

namespace mp::test {
namespace {

bool is_hop_ack(Bytes datagram) {
  const auto schema = std::to_integer<std::uint8_t>(datagram[2]);
  return schema == kHopSchemaEspNow || schema == kHopSchemaLora;
}

std::vector<SendState> states_of(const Recorder& app, SendId id) {
  const auto it = app.states.find(id.value());
  return it != app.states.end() ? it->second : std::vector<SendState>{};
}

// What each node of a line sent towards its end and towards its start: each frame that differs, and how often any went.
struct Traffic {
  explicit Traffic(Air& air) : to_end(air.size()), to_start(air.size()), sendings_to_end(air.size()) {
    const Address end = air[air.size() - 1].node.address().address;
    for (std::size_t i = 0; i < air.size(); ++i)
      for (const auto& radio : air[i].radios)
        radio->tap = [this, end, i](Bytes datagram) {
          const auto packet = PacketView::parse(datagram);
          if (!packet->schema().routed()) return;
          Blob8 frame(datagram.begin(), datagram.end());
          frame[3] &= std::byte{0xbf};  // the throttle flag makes no other frame of it
          const bool forth = packet->to_addr() == end;
          (forth ? to_end : to_start)[i].insert(std::move(frame));
          if (forth) ++sendings_to_end[i];
        };
  }
  std::vector<std::set<Blob8>> to_end, to_start;
  std::vector<std::size_t> sendings_to_end;
};

TEST(Custody, SixRelaysWithLoss_IsMendedWhereItHappens) {
  std::uint32_t all_parts = 0, all_repeats = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Air air(seed);
    make_line(air, 8);
    route_line(air);
    Traffic traffic(air);
    air.disorder.lose_one_in = 10;
    const Blob8 blob = air.random.blob(60'000);
    const SendId id = air[0].app.send_large(air[7].id(), blob);
    ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }, seconds(600)));
    ASSERT_EQ(air[0].app.outcome(id), Outcome::delivered) << name(air[0].app.outcome(id));
    air.disorder.lose_one_in = 0;
    air.run(seconds(20));
    ASSERT_EQ(air[7].app.got.size(), 1U);
    EXPECT_TRUE(air[7].app.got[0].blob == blob);

    const std::size_t parts = (blob.size() + kPackageHeader + 202) / 203;  // schema 10
    all_parts += static_cast<std::uint32_t>(parts);
    all_repeats += air[0].count(Counter::retransmissions);
    std::size_t sendings = 0;
    for (std::size_t i = 0; i < 7; ++i) sendings += traffic.sendings_to_end[i];
    // Seven hops, at one frame lost in ten.
    EXPECT_LE(static_cast<double>(sendings) / static_cast<double>(parts), 1.15 * 7 / 0.9);
    for (std::size_t i = 1; i <= 6; ++i)
      EXPECT_LE(air[i].count(Counter::rx_forwarded), traffic.to_end[i - 1].size() + traffic.to_start[i + 1].size())
          << "relay " << i << " took a frame twice";
    for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(air[i].node.usage().datagrams, 0U) << "node " << i;
  }
  EXPECT_LE(all_repeats, all_parts / 50) << "from end to end next to nothing is repeated";
}

TEST(Custody, ManyShortOnes_EachDeliveredOnceAndNothingStays) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Air air(seed);
    make_line(air, 5);
    route_line(air);
    air.disorder = {.lose_one_in = 5, .repeat_one_in = 5, .delay_min = microseconds(200), .delay_max = milliseconds(3)};
    std::vector<SendId> ids;
    for (int i = 0; i < 60; ++i) {
      if (const SendId id = air[0].app.send(air[4].id(), air.random.blob(20))) ids.push_back(id);
      air.run(milliseconds(50));
    }
    ASSERT_TRUE(air.run_until([&] { return air[0].app.outcomes.size() == ids.size(); }));
    std::size_t delivered = 0;
    for (const SendId id : ids) delivered += air[0].app.outcome(id) == Outcome::delivered ? 1U : 0U;
    EXPECT_EQ(delivered, ids.size());
    EXPECT_EQ(air[4].app.got.size(), delivered);
    EXPECT_EQ(air[0].app.outcome_repeats, 0);
    air.run(seconds(20));
    for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(air[i].node.usage().datagrams, 0U) << "node " << i;
  }
}

// A computer has more under way than a board on the way has slots.
TEST(Custody, ManySlotsAtTheEndsAndFewBetween_NothingIsLost) {
  for (const std::uint32_t lose_one_in : {0U, 10U}) {
    Air air(4);
    Limits many = kGatewayLimits;
    many.datagrams = 255;
    for (const Limits& limits : {many, many, kBoardLimits, many}) {
      air.add_radio(air.add_node(limits));
      const std::size_t i = air.size() - 1;
      if (i > 0) air.connect(*air[i - 1].radios[0], *air[i].radios[0]);
    }
    for (std::size_t i = 0; i < air.size(); ++i) air.start(air[i]);
    ASSERT_TRUE(air.run_until([&] {
      return knows(air[0], air[1]) && knows(air[1], air[2]) && knows(air[2], air[3]) && knows(air[3], air[2]) &&
             knows(air[2], air[1]) && knows(air[1], air[0]);
    }));
    route_line(air);
    std::uint16_t most = 0;
    air.disorder.lose_one_in = lose_one_in;
    const Blob8 blob = air.random.blob(200'000);
    const SendId id = air[0].app.send_large(air[3].id(), blob);
    ASSERT_TRUE(air.run_until([&] {
      most = std::max(most, air[1].node.usage().datagrams);
      return air[0].app.ended(id);
    }));
    ASSERT_EQ(air[0].app.outcome(id), Outcome::delivered) << name(air[0].app.outcome(id));
    ASSERT_EQ(air[3].app.got.size(), 1U);
    EXPECT_TRUE(air[3].app.got[0].blob == blob);
    EXPECT_GT(most, OutSequence::kRoutedFlight) << "no more was under way than ever";
    if (lose_one_in != 0) continue;
    EXPECT_EQ(air[0].count(Counter::retransmissions), 0U);
    for (std::size_t i = 0; i < air.size(); ++i) EXPECT_EQ(air[i].count(Counter::relays_lost), 0U) << "node " << i;
  }
}

TEST(Custody, LastHopIsGone_TheOriginHears) {
  Air air(1);
  make_line(air, 4);
  route_line(air);
  air.run(seconds(2));
  air[3].running = false;
  const SendId small = air[0].app.send(air[3].id(), bytes_of("are you there"));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(small); }, seconds(11)));
  EXPECT_EQ(air[0].app.outcome(small), Outcome::unreachable) << name(air[0].app.outcome(small));
  EXPECT_GE(air[2].count(Counter::relays_lost), 1U);
  EXPECT_GE(air[0].count(Counter::rx_error_returned), 1U);

  const SendId large = air[0].app.send_large(air[3].id(), Blob8(5'000));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(large); }, seconds(11)));
  EXPECT_EQ(air[0].app.outcome(large), Outcome::unreachable) << name(air[0].app.outcome(large));
  EXPECT_EQ(air[0].app.outcome_repeats, 0);
}

TEST(Custody, FirstHopIsGone_TheSendEndsOnce) {
  Air air(2);
  make_line(air, 3);
  route_line(air);
  air.run(seconds(2));
  air[1].running = false;
  const SendId asked = air[0].app.send(air[2].id(), bytes_of("x"));
  const SendId unasked = air[0].app.send(air[2].id(), bytes_of("y"), {.ask = false});
  const SendId large = air[0].app.send_large(air[2].id(), Blob8(5'000));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.outcomes.size() == 3; }, seconds(60)));
  for (const SendId id : {asked, unasked, large}) {
    EXPECT_NE(air[0].app.outcome(id), Outcome::delivered);
    EXPECT_NE(air[0].app.outcome(id), Outcome::unconfirmed) << "the next hop never said that it has it";
  }
  air.run(seconds(30));
  EXPECT_EQ(air[0].app.outcome_repeats, 0);
  EXPECT_EQ(air[0].node.usage().datagrams, 0U);
}

TEST(Custody, Unasked_EndsWhenTheNextHopHasIt) {
  Air air(3);
  make_line(air, 4);
  route_line(air);
  const SendId id = air[0].app.send(air[3].id(), bytes_of("x"), {.ask = false});
  air.run(milliseconds(50));
  ASSERT_TRUE(air[0].app.ended(id));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::unconfirmed);
  EXPECT_EQ(air[3].app.got.size(), 1U);
}

TEST(Custody, StatesOfASend_GoForthOnlyAndEndOnce) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Air air(seed);
    make_line(air, 4);
    route_line(air);
    air.disorder = {.lose_one_in = seed % 2 == 0 ? 4U : 0U, .delay_min = milliseconds(5), .delay_max = milliseconds(5)};
    const SendId small = air[0].app.send(air[3].id(), air.random.blob(40));
    const SendId large = air[0].app.send_large(air[3].id(), air.random.blob(5'000));
    for (const SendId id : {small, large}) EXPECT_EQ(air[0].node.state(id), SendState::queued);
    for (const SendId id : {small, large}) {
      ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
      EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered) << name(air[0].app.outcome(id));
      EXPECT_EQ(air[0].node.state(id), std::nullopt);
    }
    air.run(seconds(30));
    for (const SendId id : {small, large}) {
      const auto states = states_of(air[0].app, id);
      ASSERT_FALSE(states.empty());
      EXPECT_EQ(states[0], SendState::sent);
      // All acknowledgements of the next hop may be lost, or come later than that of the far end.
      for (std::size_t i = 1; i < states.size(); ++i) EXPECT_LT(states[i - 1], states[i]) << i;
      if (air.disorder.lose_one_in == 0) {
        EXPECT_EQ(states, (std::vector{SendState::sent, SendState::relayed}));
      }
    }
    EXPECT_EQ(air[0].app.outcome_repeats, 0);
  }
}

TEST(Custody, StateWhileItIsUnderWay_IsWhatWasTold) {
  Air air(21);
  make_line(air, 4);
  route_line(air);
  air.run(seconds(2));
  air[3].running = false;  // the relay has it, the target is silent
  const SendId id = air[0].app.send(air[3].id(), bytes_of("x"));
  EXPECT_EQ(air[0].node.state(id), SendState::queued);
  ASSERT_TRUE(air.run_until([&] { return !states_of(air[0].app, id).empty(); }));
  EXPECT_EQ(air[0].node.state(id), SendState::sent);
  ASSERT_TRUE(air.run_until([&] { return states_of(air[0].app, id).size() == 2; }));
  EXPECT_EQ(air[0].node.state(id), SendState::relayed);
  const auto before = air[0].count(Counter::retransmissions);
  air.run(seconds(2));
  EXPECT_GT(air[0].count(Counter::retransmissions), before) << "it was sent anew meanwhile";
  EXPECT_EQ(states_of(air[0].app, id).size(), 2U) << "which is no news";
  EXPECT_EQ(air[0].node.state(id), SendState::relayed) << "what it was it stays";

  const SendId large = air[0].app.send_large(air[3].id(), Blob8(5'000));
  ASSERT_TRUE(air.run_until([&] { return states_of(air[0].app, large).size() == 2; }));
  const auto parts = air[0].count(Counter::retransmissions);
  ASSERT_TRUE(air.run_until([&] { return air[0].count(Counter::retransmissions) > parts; }));
  EXPECT_EQ(states_of(air[0].app, large).size(), 2U);
  EXPECT_EQ(air[0].node.state(large), SendState::relayed) << "so does a sequence";
}

// A line of four whose third node has little room, and a radio of its own for the last.
struct NarrowLine {
  explicit NarrowLine(std::uint64_t seed) : air(seed) {
    for (std::size_t i = 0; i < 4; ++i) air.add_node(i == 2 ? kSensorLimits : kBoardLimits);
    air.connect(air.add_radio(air[0]), air.add_radio(air[1]));
    air.connect(*air[1].radios[0], air.add_radio(air[2]));
    air.connect(air.add_radio(air[2]), air.add_radio(air[3]));
    for (std::size_t i = 0; i < 4; ++i) air.start(air[i]);
    const auto met = [&] {
      for (std::size_t i = 1; i < 4; ++i)
        if (!knows(air[i - 1], air[i]) || !knows(air[i], air[i - 1])) return false;
      return true;
    };
    EXPECT_TRUE(air.run_until(met));
    route_line(air);
    air.run(seconds(2));
  }
  Radio& onward() { return *air[2].radios[1]; }
  Air air;
};

TEST(Custody, RelayWithoutRoom_SaysSoAndIsAskedAgain) {
  NarrowLine line(1);
  Air& air = line.air;
  line.onward().refuse_with = Status::would_block;
  std::vector<SendId> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(air[0].app.send(air[3].id(), air.random.blob(30)));
  std::size_t no_room_said = 0;
  air.loses = [&](const Radio& from, const Radio& to, Bytes datagram) {
    if (&from == air[2].radios[0].get() && &to == air[1].radios[0].get() && is_hop_ack(datagram))
      no_room_said += decode_hop_ack(PacketView::parse(datagram)->body())->room == 0 ? 1U : 0U;
    return false;
  };
  air.run(milliseconds(150));
  EXPECT_EQ(air[2].node.usage().datagrams, kSensorLimits.datagrams / 2U) << "half of it for one way";
  EXPECT_GE(no_room_said, 1U);
  EXPECT_TRUE(air[3].app.got.empty());
  line.onward().refuse_with = Status::ok;
  air.run(milliseconds(200));
  EXPECT_EQ(air[3].app.got.size(), 5U) << "asked again as soon as there is room";
  ASSERT_TRUE(air.run_until([&] { return air[0].app.outcomes.size() == 5; }));
  for (const SendId id : ids) EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
  EXPECT_EQ(air[1].count(Counter::relays_lost) + air[2].count(Counter::relays_lost), 0U);
}

TEST(Custody, RelayWithoutRoomForLong_IsNotTakenForGone) {
  NarrowLine line(2);
  Air& air = line.air;
  line.onward().refuse_with = Status::would_block;
  std::vector<SendId> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(air[0].app.send(air[3].id(), air.random.blob(30)));
  air.run(seconds(9));
  for (const SendId id : ids) EXPECT_FALSE(air[0].app.ended(id)) << name(air[0].app.outcome(id));
  line.onward().refuse_with = Status::ok;
  ASSERT_TRUE(air.run_until([&] { return air[0].app.outcomes.size() == 5; }));
  for (const SendId id : ids) EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered) << name(air[0].app.outcome(id));
  EXPECT_EQ(air[3].app.got.size(), 5U);
}

// A sensor's, with room for the routes of a line of six.
constexpr Limits kSmall = [] {
  Limits limits = kSensorLimits;
  limits.routes = 8;
  return limits;
}();

TEST(Custody, OppositeStreamsThroughSmallNodes_BothArrive) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Air air(seed);
    make_line(air, 6, kSmall);
    route_line(air);
    air.disorder.lose_one_in = seed % 3 == 0 ? 0 : 10 + air.random.below(20);
    const Blob8 forth = air.random.blob(20'000), back = air.random.blob(20'000);
    const SendId a = air[0].app.send_large(air[5].id(), forth);
    const SendId b = air[5].app.send_large(air[0].id(), back);
    ASSERT_TRUE(a && b);
    ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(a) && air[5].app.ended(b); }, seconds(600)));
    EXPECT_EQ(air[0].app.outcome(a), Outcome::delivered) << name(air[0].app.outcome(a));
    EXPECT_EQ(air[5].app.outcome(b), Outcome::delivered) << name(air[5].app.outcome(b));
    ASSERT_EQ(air[5].app.got.size(), 1U);
    ASSERT_EQ(air[0].app.got.size(), 1U);
    EXPECT_TRUE(air[5].app.got[0].blob == forth);
    EXPECT_TRUE(air[0].app.got[0].blob == back);
    air.run(seconds(30));
    for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(air[i].node.usage().datagrams, 0U) << "node " << i;
  }
}

// The same on links that carry one frame at a time, so that queues really fill.
TEST(Custody, OppositeStreamsOnBusyLinks_BothArrive) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Air air(seed);
    make_line(air, 6, kSmall);
    route_line(air);
    for (std::size_t i = 0; i < air.size(); ++i) air[i].radios[0]->one_at_a_time = true;
    air.disorder.lose_one_in = seed % 2 == 0 ? 0 : 12;
    const SendId a = air[0].app.send_large(air[5].id(), air.random.blob(20'000));
    const SendId b = air[5].app.send_large(air[0].id(), air.random.blob(20'000));
    ASSERT_TRUE(a && b);
    ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(a) && air[5].app.ended(b); }, seconds(600)));
    EXPECT_EQ(air[0].app.outcome(a), Outcome::delivered) << name(air[0].app.outcome(a));
    EXPECT_EQ(air[5].app.outcome(b), Outcome::delivered) << name(air[5].app.outcome(b));
  }
}

TEST(Custody, AllHopAcknowledgementsLost_NothingIsDeliveredTwice) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Air air(seed);
    make_line(air, 4);
    route_line(air);
    air.disorder.lose_one_in = seed == 1 ? 0 : 10;
    air.loses = [](const Radio&, const Radio&, Bytes datagram) { return is_hop_ack(datagram); };
    const SendId small = air[0].app.send(air[3].id(), air.random.blob(40));
    ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(small); }));
    EXPECT_EQ(air[0].app.outcome(small), Outcome::delivered) << name(air[0].app.outcome(small));
    air.run(seconds(20));
    EXPECT_EQ(air[3].app.got.size(), 1U);
    EXPECT_GE(air[1].count(Counter::hop_repeats), 1U);
    EXPECT_GE(air[2].count(Counter::rx_duplicate), 1U);

    const SendId large = air[0].app.send_large(air[3].id(), air.random.blob(3'000));
    ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(large); }, seconds(300)));
    air.run(seconds(60));
    const bool delivered = air[0].app.outcome(large) == Outcome::delivered;
    EXPECT_LE(air[3].app.got.size(), 2U);
    if (delivered) {
      EXPECT_EQ(air[3].app.got.size(), 2U);
    }
    EXPECT_EQ(air[0].app.outcome_repeats, 0);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(air[i].node.usage().datagrams, 0U) << "node " << i;
  }
}

TEST(Custody, Prototype_NeverGetsAHopAcknowledgement) {
  Air air(9);
  make_line(air, 3);
  route_line(air);
  Radio& stranger = air.add_stranger();
  air.connect(stranger, *air[1].radios[0]);
  NodeId its_id;
  its_id.value.fill(std::byte{9});
  ASSERT_EQ(air[1].node.add_peer(its_id, 0, stranger.link(), seconds(1000), false), Status::ok);
  ASSERT_EQ(air[1].node.set_route(at({9}), its_id, its_id), Status::ok);
  std::size_t heard = 0, hop_acks = 0;
  air.loses = [&](const Radio& from, const Radio& to, Bytes datagram) {
    if (&to != &stranger || &from != air[1].radios[0].get()) return false;
    ++heard;
    hop_acks += is_hop_ack(datagram) ? 1U : 0U;
    return false;
  };
  ByteArray<kFrameMax> frame;
  PacketFields fields;
  fields.ttl = 9;
  fields.tree_state = 7;
  fields.to_addr = at({1, 1, 1}).address;
  fields.from_addr = at({9}).address;
  for (int i = 0; i < 5; ++i) {
    fields.packet_id = static_cast<std::uint16_t>(i);
    ASSERT_EQ(stranger.send(air[1].radios[0]->link(), *write_packet(*find_schema(5), fields, Blob8(40), frame)),
              Status::ok);
  }
  air.run(milliseconds(100));
  EXPECT_EQ(air[1].count(Counter::rx_forwarded), 5U);

  // And what goes to it is not kept for its word.
  ASSERT_EQ(air[2].node.set_route(at({9}), air[1].id()), Status::ok);
  EXPECT_TRUE(air[2].node.send(air[2].app, at({9}), bytes("x"), {.ask = false}));
  air.run(milliseconds(100));
  EXPECT_EQ(air[1].count(Counter::rx_forwarded), 6U);
  EXPECT_EQ(air[1].node.usage().datagrams, 0U);
  EXPECT_GE(heard, 1U);
  EXPECT_EQ(hop_acks, 0U);
}

TEST(Custody, LinkThatAcknowledgesItself_NeedsNone) {
  Air air(10);
  for (std::size_t i = 0; i < 3; ++i) {
    air.add_radio(air.add_node()).acknowledges = true;
    if (i > 0) air.connect(*air[i - 1].radios[0], *air[i].radios[0]);
  }
  for (std::size_t i = 0; i < 3; ++i) air.start(air[i]);
  ASSERT_TRUE(air.run_until([&] { return knows(air[0], air[1]) && knows(air[2], air[1]) && knows(air[1], air[2]); }));
  route_line(air);
  const SendId id = air[0].app.send_large(air[2].id(), air.random.blob(10'000));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(air[i].count(Counter::hop_acks_sent), 0U);
}

// A relay whose next hop can be reached by a slow link, where hops are acknowledged, and by a fast one, which does so
// itself.
struct TwoWays {
  TwoWays() : air(12) {
    for (int i = 0; i < 3; ++i) air.add_node();
    air.connect(air.add_radio(air[0]), air.add_radio(air[1]));
    air.connect(air.add_radio(air[1], 20'000), air.add_radio(air[2], 20'000));
    air.add_radio(air[1], 2'000'000).acknowledges = true;
    air.add_radio(air[2], 2'000'000).acknowledges = true;
    for (std::size_t i = 0; i < 3; ++i) air.start(air[i]);
    EXPECT_TRUE(air.run_until([&] { return knows(air[0], air[1]) && knows(air[2], air[1]) && knows(air[1], air[2]); }));
    route_line(air);
    air.run(seconds(2));
    air[1].radios[2]->tap = [this](Bytes datagram) {
      fast += PacketView::parse(datagram)->schema().routed() ? 1U : 0U;
    };
  }
  Air air;
  std::uint32_t fast = 0;  // routed frames of the relay there
};

// Nobody names it on the fast link: it would go ten times, and its origin would hear that it is lost.
TEST(Custody, BetterLinkWhileItWaits_ItGoesThereOnce) {
  TwoWays two;
  Air& air = two.air;
  air.loses = [&](const Radio& from, const Radio&, Bytes) { return &from == air[1].radios[1].get(); };
  const SendId id = air[0].node.send(air[0].app, air[2].id(), Bytes(bytes_of("x")), {.ask = false});
  ASSERT_TRUE(air.run_until([&] { return air[1].count(Counter::hop_repeats) > 0; }));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::unconfirmed);
  air.connect(*air[1].radios[2], *air[2].radios[1]);
  ASSERT_EQ(air[1].node.add_peer(air[2].id(), 2, air[2].radios[1]->link(), seconds(60), true), Status::ok);
  air.run(seconds(30));
  EXPECT_EQ(air[2].app.got.size(), 1U);
  EXPECT_EQ(two.fast, 1U);
  EXPECT_EQ(air[1].count(Counter::relays_lost), 0U);
  EXPECT_EQ(air[0].count(Counter::rx_error_returned), 0U);
  EXPECT_EQ(air[1].node.usage().datagrams, 0U);
}

// The link was busy when it came, and its neighbour no equal yet.
TEST(Custody, NeighbourTurnsOutAnEqualWhileItWaits_ItIsKeptUntilItIsNamed) {
  Air air(13);
  for (int i = 0; i < 2; ++i) air.add_radio(air.add_node());
  air.connect(*air[0].radios[0], *air[1].radios[0]);
  for (std::size_t i = 0; i < 2; ++i) air.start(air[i], false);
  const auto meet = [&](bool equal) {
    for (std::size_t i = 0; i < 2; ++i)
      ASSERT_EQ(air[i].node.add_peer(air[1 - i].id(), 0, air[1 - i].radios[0]->link(), seconds(1000), equal),
                Status::ok);
  };
  meet(false);
  route_line(air);
  air[0].radios[0]->refuse_with = Status::would_block;
  const SendId id = air[0].node.send(air[0].app, air[1].node.address(), Bytes(bytes_of("x")), {.ask = false});
  air.run(milliseconds(10));
  meet(true);
  air[0].radios[0]->refuse_with = Status::ok;
  int lost = 0;
  air.loses = [&](const Radio& from, const Radio&, Bytes) { return &from == air[0].radios[0].get() && lost++ == 0; };
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::unconfirmed);
  EXPECT_EQ(air[1].app.got.size(), 1U);
  EXPECT_EQ(air[0].count(Counter::hop_repeats), 1U);
}

}  // namespace
}  // namespace mp::test
