// SPDX-License-Identifier: ISC
// Handlers that do what they like, neighbours that are evil, dead, or know more than we do: each of these once went
// wrong.
#include "support/air.hpp"

#include "micropycelium/messages/hop_ack.hpp"

#include <gtest/gtest.h>

namespace mp::test {
namespace {

class Refiller final : public Application {
 public:
  Refiller() : Application({.name = "Refiller", .description = "test", .version = 1}) {}
  std::function<void(Outcome)> when_sent = [](Outcome) {};
  void on_sent(SendId, Outcome o) override { when_sent(o); }
};

TEST(Adversity, OnSentSendsTheNext_ThePollEnds) {
  Air air(1);
  for (int i = 0; i < 2; ++i) air.add_radio(air.add_node());
  air.connect(*air[0].radios[0], *air[1].radios[0]);
  Refiller app;
  ASSERT_EQ(air[0].node.attach(app), Status::ok);
  air.start(air[0]);
  air.start(air[1]);
  ASSERT_TRUE(air.run_until([&] { return knows(air[0], air[1]) && knows(air[1], air[0]); }));
  air.run(seconds(1));
  int n = 0;
  const Blob8 b(20);
  app.when_sent = [&](Outcome) {
    if (++n < 200'000) (void)air[0].node.send(app, air[1].id(), Bytes(b), {.ask = false});
  };
  (void)air[0].node.send(app, air[1].id(), Bytes(b), {.ask = false});
  (void)air[0].node.poll(air.now() + microseconds(1));
  EXPECT_LT(n, 100);
}

TEST(Adversity, RefusalOfOneWhoKnowsMore_IsNotDelivered) {
  Air air(2);
  for (int i = 0; i < 2; ++i) air.add_radio(air.add_node());
  air.connect(*air[0].radios[0], *air[1].radios[0]);
  air.start(air[0], false);
  air.start(air[1], false);
  ASSERT_EQ(air[0].node.add_peer(air[1].id(), 0, air[1].radios[0]->link(), seconds(1000), false), Status::ok);
  ASSERT_EQ(air[1].node.add_peer(air[0].id(), 0, air[0].radios[0]->link(), seconds(1000), true), Status::ok);
  air[1].app.take_small = false;
  const SendId id = air[0].app.send(air[1].id(), bytes_of("x"));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
  EXPECT_NE(air[0].app.outcome(id), Outcome::delivered);
}

TEST(Adversity, BothEndsKeepTheirSlotsFull_AcksStillGo) {
  for (const bool both : {false, true}) {
    Air air(3);
    make_line(air, 3);
    route_line(air);
    air.run(seconds(2));
    const auto fill = [&](std::size_t a, std::size_t b) {
      while (air[a].app.send(air[b].id(), air.random.blob(20))) {
      }
    };
    const Instant end = air.now() + seconds(60);
    while (air.now() < end) {
      if (both) fill(0, 2);
      fill(2, 0);
      air.run(milliseconds(5));
    }
    for (std::size_t i : {0U, 2U}) {
      std::map<std::string, int> n;
      for (const auto& [id, o] : air[i].app.outcomes) ++n[name(o)];
      for (const auto& [o, c] : n) std::printf(" %s %d", o.c_str(), c);
    }
    if (both) {
      EXPECT_GT(air[0].count(Counter::sends_delivered) * 2, air[2].app.got.size());
    }
  }
}

TEST(Adversity, DeadNeighbourOnADeafRadio_DoesNotStopTheOthers) {
  for (const bool dead : {false, true}) {
    Air air(6);
    for (int i = 0; i < 3; ++i) {
      Radio& r = air.add_radio(air.add_node(kBoardLimits, {.timeout = seconds(100'000)}), 1500);
      r.half_duplex = true;
      if (i > 0) air.connect(*air[0].radios[0], r);
    }
    for (int i = 0; i < 3; ++i) air.start(air[static_cast<std::size_t>(i)]);
    ASSERT_TRUE(air.run_until([&] {
      return knows(air[0], air[1]) && knows(air[0], air[2]) && knows(air[1], air[0]) && knows(air[2], air[0]);
    }));
    air.run(seconds(20));
    air[0].node.set_address(at({1}));
    for (std::uint8_t i = 1; i < 3; ++i) {
      air[i].node.set_address(at({1, i}));
      ASSERT_EQ(air[i].node.set_route(at({1}), air[0].id()), Status::ok);
      ASSERT_EQ(air[0].node.set_route(at({1, i}), air[i].id()), Status::ok);
    }
    if (dead) air[1].running = false;
    const Blob8 b = bytes_of("x"), c = bytes_of("y");
    for (int i = 0; i < 3; ++i) (void)air[0].node.send(air[0].app, at({1, 1}), Bytes(b), {.ask = false});
    air.run(milliseconds(10));
    const Instant begin = air.now();
    const SendId id = air[0].node.send(air[0].app, at({1, 2}), Bytes(c));
    ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }, seconds(4000)));
    EXPECT_LT((air.now() - begin).us, seconds(40).us);
  }
}

TEST(Adversity, RnsThatWaitsForAirtime_DoesNotSpin) {
  Air air(8);
  air.add_radio(air.add_node(kBoardLimits, {.timeout = seconds(100'000)}), 1000).can_sleep = true;
  air.add_radio(air.add_node(kBoardLimits, {.timeout = seconds(100'000)}), 1000).can_sleep = true;
  air.connect(*air[0].radios[0], *air[1].radios[0]);
  air[0].radios[0]->rule = {.share_ppm = 10'000};
  ASSERT_EQ(air[1].node.set_sleep({}), Status::ok);
  air.start(air[0]);
  air.start(air[1]);
  ASSERT_TRUE(air.run_until([&] { return knows(air[0], air[1]) && knows(air[1], air[0]); }));
  air.run(seconds(10));
  const Instant begin = air.now();
  while (air.now() < begin + seconds(300)) {
    (void)air[0].node.broadcast(air[0].app, Bytes(air.random.blob(20)),
                                {.priority = Priority::acknowledgement, .expires_after = milliseconds(400)});
    air.run(milliseconds(100));
  }
  (void)air[0].app.send(air[1].id(), bytes_of("x"));
  std::uint64_t spins = 0;
  for (int i = 1; i < 200; ++i) {
    const Instant t = air.now() + seconds(i);
    (void)air[0].node.poll(t);
    Instant due = t;
    int n = 0;
    while (due <= t && n < 1000) {
      due = air[0].node.poll(t);
      ++n;
    }
    spins += n == 1000 ? 1U : 0U;
  }
  EXPECT_EQ(spins, 0U);
}

TEST(Adversity, NextHopThatNeverNamesOne_LosesIt) {
  Air air(9);
  air.add_radio(air.add_node());
  Radio& evil = air.add_stranger();
  air.connect(evil, *air[0].radios[0]);
  air.start(air[0], false);
  NodeId its;
  its.value[0] = std::byte{9};
  ASSERT_EQ(air[0].node.add_peer(its, 0, evil.link(), seconds(100'000), true), Status::ok);
  air[0].node.set_address(at({1}));
  ASSERT_EQ(air[0].node.set_route(at({1, 1}), its), Status::ok);
  std::vector<std::uint32_t> prints;
  std::map<std::uint32_t, int> times;
  air.loses = [&](const Radio&, const Radio& to, Bytes d) {
    if (&to != &evil) return false;
    const auto p = PacketView::parse(d);
    if (!p->schema().routed()) return true;
    const std::uint32_t f = hop_fingerprint(p->schema(), d);
    ++times[f];
    prints.push_back(f);
    return true;
  };
  const SendId first = air[0].node.send(air[0].app, at({1, 1}), Bytes(bytes_of("first")), {.ask = false});
  air.run(milliseconds(1));
  ASSERT_EQ(prints.size(), 1U);
  const std::uint32_t never = prints[0];
  const Instant begin = air.now();
  std::uint8_t id = 0;
  while (air.now() < begin + seconds(120) && !air[0].app.ended(first)) {
    for (int i = 0; i < 3; ++i)
      (void)air[0].node.send(air[0].app, at({1, 1}), Bytes(air.random.blob(20)), {.ask = false});
    air.run(milliseconds(2));
    std::vector<std::uint32_t> said;
    for (const auto f : prints)
      if (f != never) said.push_back(f);
    if (said.size() > 20) said.erase(said.begin(), said.end() - 20);
    prints.clear();
    ByteArray<kFrameMax> buffer;
    const Schema& schema = *find_schema(kHopSchemaEspNow);
    const auto body = encode_hop_ack(6, said, MutableBytes(buffer).subspan(schema.body_offset));
    PacketFields fields;
    fields.flags = Flags(Control::ack);
    fields.packet_id = id++;
    const auto datagram = write_header(schema, fields, body->size(), buffer);
    (void)evil.send(air[0].radios[0]->link(), *datagram);
    air.run(milliseconds(2));
  }
  EXPECT_TRUE(air[0].app.ended(first));
  EXPECT_LE(times[never], 40);
}

TEST(Adversity, WindowsThatAreNonsense_TheSendEnds) {
  Air air(10);
  air.add_radio(air.add_node()).can_sleep = true;
  Radio& evil = air.add_stranger();
  air.connect(evil, *air[0].radios[0]);
  air.start(air[0], false);
  NodeId its;
  its.value[0] = std::byte{9};
  ASSERT_EQ(air[0].node.add_peer(its, 0, evil.link(), seconds(100'000), true), Status::ok);
  const auto nia = [&] {
    ByteArray<kFrameMax> buffer;
    const Schema& schema = *find_schema(0);
    PacketFields fields;
    fields.flags = Flags(Control::nia);
    ByteArray<kWakeSize> phase;
    encode_wake({2, 1, 1}, phase);
    (void)evil.send(air[0].radios[0]->link(), *write_packet(schema, fields, phase, buffer));
  };
  nia();
  air.run(milliseconds(10));
  std::size_t rns = 0, others = 0;
  const SendId id = air[0].app.send(its, bytes_of("x"));
  const Instant begin = air.now();
  while (air.now() < begin + seconds(120) && !air[0].app.ended(id)) {
    air.run(milliseconds(1));
    while (const auto r = evil.receive()) {
      if (PacketView::parse(r->datagram)->flags().control() == Control::rns) {
        ++rns;
        nia();
      } else {
        ++others;
      }
    }
  }
  EXPECT_TRUE(air[0].app.ended(id));
}

TEST(Adversity, DisplacedHandlerSwapsThePeer_NothingGoesToTheWrongNode) {
  Air air(11);
  for (int i = 0; i < 3; ++i) {
    air.add_radio(air.add_node());
    if (i > 0) air.connect(*air[0].radios[0], *air[static_cast<std::size_t>(i)].radios[0]);
  }
  Refiller app;
  ASSERT_EQ(air[0].node.attach(app), Status::ok);
  for (int i = 0; i < 3; ++i) air.start(air[static_cast<std::size_t>(i)], false);
  const auto meet = [&](std::size_t i) {
    (void)air[0].node.add_peer(air[i].id(), 0, air[i].radios[0]->link(), seconds(1000), true);
    (void)air[i].node.add_peer(air[0].id(), 0, air[0].radios[0]->link(), seconds(1000), true);
  };
  meet(1);
  const Blob8 b(20);
  for (int i = 0; i < 12; ++i)
    ASSERT_TRUE(air[0].node.send(app, air[1].id(), Bytes(air.random.blob(20)), {.priority = Priority::bulk}));
  bool done = false;
  app.when_sent = [&](Outcome o) {
    if (o != Outcome::displaced || done) return;
    done = true;
    air[0].node.remove_peer(air[1].id());
    meet(2);
  };
  (void)air[0].app.send(air[1].id(), bytes_of("for 1"));
  air.run(seconds(1));
  EXPECT_EQ(air[2].app.got.size(), 0U);
}

TEST(Adversity, LargeBlobBeingHashed_TheOtherGoesOn) {
  Air air(13);
  make_line(air, 2);
  air.run(seconds(1));
  const SendId a = air[0].app.send_large(air[1].id(), air.random.blob(100'000));
  ASSERT_TRUE(air.run_until([&] { return air[0].app.progress > 100; }));
  (void)a;
  const SendId b = air[0].app.send_large(air[1].id(), air.random.blob(10'000'000));
  ASSERT_TRUE(b);
  int polls = 0;
  const auto before = air[0].radios[0]->sent;
  Instant t = air.now();
  while (air[0].radios[0]->sent == before && polls < 10'000) {
    ++polls;
    t = t + microseconds(1);
    (void)air[0].node.poll(t);
  }
  EXPECT_LT(polls, 10);
}

TEST(Adversity, OwnApplicationThatSendsTooMuch_IsNoCongestionForOthers) {
  for (const bool busy : {false, true}) {
    Air air(14);
    for (int i = 0; i < 3; ++i) {
      air.add_radio(air.add_node());
      if (i > 0) air.connect(*air[0].radios[0], *air[static_cast<std::size_t>(i)].radios[0]);
    }
    for (int i = 0; i < 3; ++i) air.start(air[static_cast<std::size_t>(i)]);
    ASSERT_TRUE(air.run_until([&] {
      return knows(air[0], air[1]) && knows(air[0], air[2]) && knows(air[1], air[0]) && knows(air[2], air[0]);
    }));
    air.run(seconds(2));
    air[2].running = false;
    SendId last;
    const Instant end = air.now() + seconds(60);
    while (air.now() < end) {
      if (busy) (void)air[0].app.send(air[2].id(), air.random.blob(20));
      if (!last || air[1].app.ended(last)) last = air[1].app.send(air[0].id(), air.random.blob(20));
      air.run(milliseconds(20));
    }
    EXPECT_GT(air[0].app.got.size(), 500U);
  }
}

}  // namespace
}  // namespace mp::test
