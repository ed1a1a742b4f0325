// SPDX-License-Identifier: ISC
// Closed networks (specification: closed-networks.md): members talk, nobody else reads, joins, forges or replays.
#include "support/air.hpp"

#include <gtest/gtest.h>

#include <set>

namespace mp::test {
namespace {

constexpr BeaconOptions kSigned{.closed = true};

NetworkKey network(std::uint8_t n) {
  NetworkKey key;
  for (std::byte& b : key.fill()) b = std::byte{n};
  return key;
}

// What a listener with a recorder has heard: each frame, and where from and to.
struct Tape {
  struct Frame {
    Radio* to;
    LinkAddress from;
    bool broadcast;
    Blob8 bytes;
  };
  std::vector<Frame> frames;

  void record(Air& air) {
    air.loses = [this](const Radio& from, const Radio& to, Bytes bytes) {
      frames.push_back({const_cast<Radio*>(&to), from.link(), false, Blob8(bytes.begin(), bytes.end())});
      return false;
    };
  }
};

TestNode& add_member(Air& air, std::uint8_t key = 1, const Limits& limits = kBoardLimits) {
  TestNode& node = air.add_node(limits, kSigned);
  EXPECT_EQ(node.node.set_network(network(key)), Status::ok);
  air.add_radio(node);
  return node;
}

void start_line(Air& air, std::size_t n, const std::function<void(Radio&)>& setup = {}) {
  for (std::size_t i = 0; i < n; ++i) {
    TestNode& node = add_member(air);
    if (setup) setup(*node.radios[0]);
    if (i > 0) air.connect(*air[i - 1].radios[0], *node.radios[0]);
  }
  for (std::size_t i = 0; i < n; ++i) air.start(air[i]);
  ASSERT_TRUE(air.run_until([&] {
    for (std::size_t i = 1; i < n; ++i)
      if (!knows(air[i - 1], air[i]) || !knows(air[i], air[i - 1])) return false;
    return true;
  }));
}

TEST(ClosedNetwork, Members_MeetAndTalk) {
  Air air(1);
  start_line(air, 2);
  const SendId small = air[0].app.send(air[1].id(), bytes_of("hello"));
  const Blob8 large = air.random.blob(100'000);
  const SendId blob = air[1].app.send_large(air[0].id(), large);
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(small) && air[1].app.ended(blob); }));
  EXPECT_EQ(air[0].app.outcome(small), Outcome::delivered);
  EXPECT_EQ(air[1].app.outcome(blob), Outcome::delivered);
  ASSERT_EQ(air[1].app.got.size(), 1U);
  EXPECT_EQ(air[1].app.got[0].from.node, air[0].id());
  ASSERT_EQ(air[0].app.got.size(), 1U);
  EXPECT_EQ(air[0].app.got[0].blob, large);
}

TEST(ClosedNetwork, HalfOfAllFramesLost_MembersMeetAndTalk) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Air air(seed);
    air.disorder = {.lose_one_in = 2, .repeat_one_in = 4, .delay_max = milliseconds(2)};
    start_line(air, 2);
    const SendId id = air[0].app.send_large(air[1].id(), air.random.blob(5'000));
    ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
    EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
  }
}

TEST(ClosedNetwork, OverRelays_BlobsArrive) {
  for (const bool custody : {false, true}) {
    Air air(2);
    start_line(air, 5, [&](Radio& r) { r.acknowledges = !custody; });
    route_line(air);
    air.disorder.lose_one_in = 10;
    const Blob8 large = air.random.blob(20'000);
    const SendId id = air[0].app.send_large(air[4].id(), large);
    ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }, seconds(600)));
    EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
    ASSERT_EQ(air[4].app.got.size(), 1U);
    EXPECT_EQ(air[4].app.got[0].blob, large);
  }
}

TEST(ClosedNetwork, OnAir_NoContentsNoAppAndNoNodeId) {
  Air air(3);
  Tape tape;
  tape.record(air);
  start_line(air, 3);
  route_line(air);
  const Blob8 secret = bytes_of("a marker that nobody else should read");
  Blob8 large;
  for (int i = 0; i < 200; ++i) large.insert(large.end(), secret.begin(), secret.end());
  const SendId a = air[0].app.send(air[1].id(), secret);
  const SendId b = air[0].app.send_large(air[2].id(), large);
  (void)air[1].node.broadcast(air[1].app, secret);
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(a) && air[0].app.ended(b); }));
  air.run(seconds(300));
  ASSERT_GT(tape.frames.size(), 50U);
  const auto contains = [](const Blob8& frame, Bytes what) {
    return std::search(frame.begin(), frame.end(), what.begin(), what.end()) != frame.end();
  };
  for (const auto& f : tape.frames) {
    EXPECT_LE(f.bytes.size(), 250U);
    EXPECT_FALSE(contains(f.bytes, Bytes(secret).first(8)));
    EXPECT_FALSE(contains(f.bytes, air[0].app.id().bytes().first(8)));
    EXPECT_FALSE(contains(f.bytes, kSignedBeaconApp.id().bytes().first(8)));
    for (std::size_t i = 0; i < 3; ++i) EXPECT_FALSE(contains(f.bytes, air[i].id().bytes().first(8)));
  }
}

TEST(ClosedNetwork, OtherNetworksAndOpenNodes_StayStrangers) {
  Air air(4);
  add_member(air, 1);
  add_member(air, 2);
  air.add_radio(air.add_node());
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = i + 1; j < 3; ++j) air.connect(*air[i].radios[0], *air[j].radios[0]);
  for (std::size_t i = 0; i < 3; ++i) air.start(air[i]);
  air.run(seconds(300));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(air[i].app.added.empty()) << i;
    EXPECT_EQ(air[i].count(Counter::admissions), 0U);
  }
  EXPECT_GT(air[0].count(Counter::rx_forged), 0U);
  EXPECT_GT(air[0].count(Counter::rx_unsealed), 0U);
  EXPECT_GT(air[2].count(Counter::rx_unsealed), 0U) << "opening frames at an open node";
}

// Whatever was on the air is played back, all of it, to both: nothing is delivered, nobody joins, nothing ends.
TEST(ClosedNetwork, EverythingReplayed_ChangesNothing) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Air air(seed);
    Tape tape;
    tape.record(air);
    start_line(air, 2);
    for (int i = 0; i < 20; ++i) {
      (void)air[0].app.send(air[1].id(), air.random.blob(20));
      (void)air[1].node.broadcast(air[1].app, air.random.blob(30));
      air.run(seconds(20));
    }
    air.loses = nullptr;
    const auto got0 = air[0].app.got.size(), got1 = air[1].app.got.size();
    const auto admissions = air[0].count(Counter::admissions) + air[1].count(Counter::admissions);
    std::size_t sent = 0;
    for (const auto& f : tape.frames) {
      air.inject(*f.to, f.from, f.broadcast, f.bytes);
      if (++sent % 16 == 0) air.run(milliseconds(20));
    }
    air.run(seconds(5));
    EXPECT_EQ(air[0].app.got.size(), got0);
    EXPECT_EQ(air[1].app.got.size(), got1);
    EXPECT_EQ(air[0].count(Counter::admissions) + air[1].count(Counter::admissions), admissions);
    EXPECT_TRUE(air[0].app.removed.empty());
    EXPECT_TRUE(air[1].app.removed.empty());
    EXPECT_GT(air[0].count(Counter::rx_replayed), 20U);
    const SendId id = air[0].app.send(air[1].id(), bytes_of("still here"));
    ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
    EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
  }
}

TEST(ClosedNetwork, TamperedFrames_AreCountedAndNoMore) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Air air(seed);
    start_line(air, 2);
    std::uint64_t forged = 0;
    air.loses = [&](const Radio& from, const Radio& to, Bytes bytes) {
      // A copy with one bit, or more, changed comes first, or a piece of it, from the same link or back to its sender.
      Blob8 changed(bytes.begin(), bytes.end());
      switch (air.random.below(4)) {
        case 0:
          changed.resize(air.random.below(static_cast<std::uint32_t>(changed.size())));
          break;
        case 1:
          air.inject(const_cast<Radio&>(from), to.link(), false, bytes);  // reflected
          break;
        default:
          changed[air.random.below(static_cast<std::uint32_t>(changed.size()))] ^=
              static_cast<std::byte>(1U << air.random.below(8));
      }
      if (changed.size() != bytes.size() || !equal(changed, bytes)) {
        air.inject(const_cast<Radio&>(to), from.link(), false, changed);
        ++forged;
      }
      return false;
    };
    std::set<std::uint32_t> sent;
    for (int i = 0; i < 200; ++i) {
      sent.insert(air[0].app.send(air[1].id(), air.random.blob(50)).value());
      air.run(milliseconds(100));
    }
    air.run(seconds(20));
    std::size_t delivered = 0;
    for (const std::uint32_t id : sent) delivered += air[0].app.outcome(SendId(id)) == Outcome::delivered ? 1U : 0U;
    EXPECT_EQ(delivered, sent.size());
    EXPECT_EQ(air[1].app.got.size(), sent.size());
    EXPECT_TRUE(air[0].app.removed.empty());
    EXPECT_GT(forged, 250U);
    EXPECT_EQ(air[0].count(Counter::admissions), 1U);
  }
}

// A node starts anew, with what it had stored, without its boot counter, or with nothing at all, while all of the day
// before is played to it and to its neighbour.
TEST(ClosedNetwork, Restart_UnderAReplayOfTheDayBefore_TrafficFlowsAgain) {
  for (int lost = 0; lost < 3; ++lost) {
    SCOPED_TRACE(lost == 0 ? "storage kept" : lost == 1 ? "boot counter lost" : "all lost");
    Air air(static_cast<std::uint64_t>(20 + lost));
    Tape tape;
    tape.record(air);
    start_line(air, 2);
    for (int i = 0; i < 20; ++i) {
      (void)air[0].app.send(air[1].id(), air.random.blob(20));
      (void)air[1].app.send(air[0].id(), air.random.blob(20));
      air.run(seconds(60));
    }
    air.loses = nullptr;
    const auto got0 = air[0].app.got.size();
    TestNode& again = air.power_cycle(1, kSigned);
    if (lost == 1) again.storage.records.erase("boot");
    if (lost == 2) again.storage.records.clear();
    ASSERT_EQ(again.node.set_network(network(1)), Status::ok);
    air.start(again);
    std::size_t at = 0;
    bool back = false;
    for (; at < tape.frames.size(); ++at) {
      const auto& f = tape.frames[at];
      air.inject(*f.to, f.from, f.broadcast, f.bytes);
      if (at % 4 == 0) air.run(milliseconds(1));
      back = back || (knows(again, air[0]) && knows(air[0], again));
      if (at == 200) {
        EXPECT_TRUE(back) << "not within 50 ms";
      }
    }
    air.run(seconds(2));
    EXPECT_TRUE(again.app.got.empty());
    EXPECT_EQ(air[0].app.got.size(), got0);
    const SendId id = air[0].app.send(again.id(), bytes_of("welcome back"));
    const SendId id2 = again.app.send(air[0].id(), bytes_of("thank you"));
    ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id) && again.app.ended(id2); }));
    EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
    EXPECT_EQ(again.app.outcome(id2), Outcome::delivered);
  }
}

// Nobody but the two has the key between them: a third member that makes frames up from the network key alone is not
// believed, neither in what it says to one nor in what it says to all.
TEST(ClosedNetwork, AMember_CannotSpeakAsAnotherToOne) {
  Air air(6);
  start_line(air, 2);
  // The third knows the network key, and both salts cannot help it: it has no private key of theirs.
  const NetworkSecret secret(network(1), 0);
  const Ed25519KeyPair own(Ed25519Seed{std::byte{99}});
  HkdfKey pair;
  ASSERT_EQ(secret.pair(own.x25519(), air[1].id(), pair), Status::ok);
  ByteArray<kFrameMax> packet, frame;
  PacketFields fields;
  const Schema& schema = *find_schema(64);
  const auto written = write_packet(schema, fields, bytes_of("i am node 0"), packet);
  ASSERT_TRUE(written.ok());
  const auto before = air[1].count(Counter::rx_forged);
  for (std::uint32_t salt = 0; salt < 8; ++salt) {
    SealSalt s;
    s.value[0] = static_cast<std::byte>(salt);
    const Bytes sealed = seal_frame(frame_key(pair, air[0].id(), air[1].id(), s, s), {0, false, 0}, 5'000 + salt,
                                    schema, *written, frame);
    air.inject(*air[1].radios[0], air[0].radios[0]->link(), false, sealed);
  }
  air.run(seconds(1));
  EXPECT_EQ(air[1].count(Counter::rx_forged), before + 8);
  EXPECT_TRUE(air[1].app.got.empty());
  EXPECT_TRUE(knows(air[1], air[0]));
}

// Somebody passes on, live, what two members say to each other, as if one of them were at another address.
TEST(ClosedNetwork, AdmissionPassedOnUnderAnotherAddress_IsRefused_WhereAddressesAreKnown) {
  for (const bool known : {true, false}) {
    SCOPED_TRACE(known ? "addresses known" : "addresses not known");
    Air air(7);
    start_line(air, 2, [&](Radio& r) { r.knows_address = known; });
    const std::byte elsewhere{77};
    const LinkAddress other = LinkAddress::from(Bytes(&elsewhere, 1));
    Radio& a = *air[0].radios[0];
    Radio& b = *air[1].radios[0];
    a.tap = [&](Bytes frame) { air.inject(b, a.link(), false, frame); };
    b.tap = [&](Bytes frame) { air.inject(a, other, false, frame); };
    Blob8 made_up(40);
    made_up[2] = std::byte{64};
    air.inject(a, other, false, made_up);  // so that it asks who is there
    air.run(seconds(10));
    const Peer* peer = air[0].node.peer(air[1].id());
    ASSERT_NE(peer, nullptr);
    const bool taken = std::any_of(peer->links.begin(), peer->links.end(),
                                   [&](const PeerLink& l) { return l.used() && l.address == other; });
    EXPECT_EQ(taken, !known);
    EXPECT_EQ(air[0].count(Counter::admissions_refused) > 0, known);
    EXPECT_TRUE(knows(air[0], air[1]));
  }
}

// A counter that is nearly used up: a new salt, and nothing is lost.
TEST(ClosedNetwork, CounterUsedUp_NewSaltAndTrafficGoesOn) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Air air(seed);
    for (std::size_t i = 0; i < 2; ++i) {
      TestNode& node = air.add_node(kBoardLimits, kSigned);
      ASSERT_EQ(node.node.set_network(network(1), 3, 100 + static_cast<std::uint32_t>(i) * 37), Status::ok);
      air.add_radio(node);
    }
    air.connect(*air[0].radios[0], *air[1].radios[0]);
    for (std::size_t i = 0; i < 2; ++i) air.start(air[i]);
    ASSERT_TRUE(air.run_until([&] { return knows(air[0], air[1]) && knows(air[1], air[0]); }));
    Tape tape;
    tape.record(air);
    const Blob8 large = air.random.blob(200'000);
    const SendId id = air[0].app.send_large(air[1].id(), large);
    std::vector<SendId> small;
    for (int i = 0; i < 50; ++i) {
      small.push_back(air[1].app.send(air[0].id(), air.random.blob(20)));
      air.run(milliseconds(100));
    }
    ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id) && air[1].app.ended(small.back()); }));
    EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
    EXPECT_EQ(air[1].app.got.back().blob, large);
    for (const SendId s : small) EXPECT_EQ(air[1].app.outcome(s), Outcome::delivered);
    EXPECT_GT(air[1].count(Counter::admissions), 5U);
    EXPECT_TRUE(air[0].app.removed.empty());
    std::set<Blob8> frames;
    for (const auto& f : tape.frames) EXPECT_TRUE(frames.insert(f.bytes).second) << "the same frame twice";
  }
}

// A neighbour that is never dropped for its silence, and never proves itself again: sends to it end.
TEST(ClosedNetwork, NeighbourKeptForEver_ThatDoesNotProveItselfAnew_SendsEnd) {
  Air air(5);
  for (std::size_t i = 0; i < 2; ++i) {
    TestNode& node = air.add_node(kBoardLimits, kSigned);
    ASSERT_EQ(node.node.set_network(network(1), 0, i == 0 ? 100 : Network::kFramesMax), Status::ok);
    air.add_radio(node);
  }
  air.connect(*air[0].radios[0], *air[1].radios[0]);
  for (std::size_t i = 0; i < 2; ++i) air.start(air[i]);
  ASSERT_TRUE(air.run_until([&] { return knows(air[0], air[1]) && knows(air[1], air[0]); }));
  ASSERT_EQ(air[0].node.add_peer(air[1].id(), 0, air[1].radios[0]->link(), Duration{}, true), Status::ok);
  air.disconnect(*air[0].radios[0], *air[1].radios[0]);
  for (int i = 0; i < 200; ++i) {  // until its counters are used up, and it needs a new salt
    (void)air[0].node.broadcast(air[0].app, bytes_of("x"));
    air.run(milliseconds(20));
  }
  const SendId small = air[0].app.send(air[1].id(), bytes_of("x"));
  const SendId large = air[0].app.send_large(air[1].id(), air.random.blob(5'000));
  EXPECT_TRUE(air.run_until([&] { return air[0].app.ended(small) && air[0].app.ended(large); }, seconds(600)));
  EXPECT_EQ(air[0].node.usage().datagrams + air[0].node.usage().sequences_out, 0U);
}

// A new salt of ours makes all keys between two new, but not the other one's group key: its broadcasts over another
// Interface, recorded before, were taken once more.
TEST(ClosedNetwork, NewSaltOfTheReceiver_RecordedBroadcastsAreNotTakenAgain) {
  Air air(9);
  for (std::size_t i = 0; i < 2; ++i) {
    TestNode& node = air.add_node(kBoardLimits, kSigned);
    ASSERT_EQ(node.node.set_network(network(1), 0, i == 0 ? 60 : Network::kFramesMax), Status::ok);
    air.add_radio(node);
    air.add_radio(node, 500'000);
  }
  for (std::size_t r = 0; r < 2; ++r) air.connect(*air[0].radios[r], *air[1].radios[r]);
  for (std::size_t i = 0; i < 2; ++i) air.start(air[i]);
  ASSERT_TRUE(air.run_until([&] { return air[0].count(Counter::admissions) >= 2 && knows(air[1], air[0]); }));
  air.run(seconds(5));
  Tape tape;
  tape.record(air);
  for (int i = 0; i < 10; ++i) {
    (void)air[1].node.broadcast(air[1].app, air.random.blob(30));
    air.run(seconds(1));
  }
  // The slow link says nothing more.
  air.loses = [&](const Radio& from, const Radio& to, Bytes) {
    return &from == air[1].radios[1].get() || &to == air[1].radios[1].get();
  };
  const auto got = air[0].app.got.size();
  ASSERT_GE(got, 10U);
  const auto admissions = air[0].count(Counter::admissions);
  for (int i = 0; i < 100; ++i) {
    (void)air[0].app.send(air[1].id(), air.random.blob(20));
    air.run(seconds(1));
  }
  ASSERT_GT(air[0].count(Counter::admissions), admissions) << "no new salt";
  for (const auto& f : tape.frames) {
    air.inject(*f.to, f.from, f.broadcast, f.bytes);
    air.run(milliseconds(5));
  }
  EXPECT_EQ(air[0].app.got.size(), got);
}

TEST(ClosedNetwork, SilentMember_IsDropped_AndAnHourOfQuietDropsNobody) {
  Air air(7);
  start_line(air, 2);
  air.run(seconds(1200));
  const std::uint64_t before = air[0].radios[0]->sent;
  air.run(seconds(3600));
  EXPECT_LE(air[0].radios[0]->sent - before, 12U) << "Beacons, and nothing else";
  EXPECT_EQ(air[0].node.peer(air[1].id())->timeout, seconds(1200));
  EXPECT_TRUE(air[0].app.removed.empty());
  EXPECT_TRUE(air[1].app.removed.empty());
  EXPECT_EQ(air[0].count(Counter::beacons_refused), 0U);
  air[1].running = false;
  air.run(seconds(660));
  EXPECT_FALSE(knows(air[0], air[1]));
}

TEST(ClosedNetwork, Goodbye_IsTakenFromTheNeighbourItself) {
  Air air(8);
  start_line(air, 2);
  air.run(seconds(2));
  air[1].node.stop(air.now());
  air[1].running = false;
  air.run(seconds(1));
  EXPECT_FALSE(knows(air[0], air[1]));
}

}  // namespace
}  // namespace mp::test
