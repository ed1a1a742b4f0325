// SPDX-License-Identifier: ISC
// How often Beacons are said, and how the silent are told from the dead (specification: beacon.md, "The interval" and
// "The silent are asked").
#include "support/air.hpp"

#include <gtest/gtest.h>

namespace mp::test {
namespace {

Blob8 beacon_packet(BeaconOp op, const NodeId& who, std::span<const AppId> apps) {
  ByteArray<kBeaconSizeMax> message;
  const auto blob = encode_beacon(op, who, apps, message);
  Blob8 body(kPackageHeader + blob->size());
  write_package_head({kBeaconApp.id(), half_sha256(*blob)}, std::span(body).first<kPackageHeader>());
  copy(*blob, MutableBytes(body).subspan(kPackageHeader));
  ByteArray<kFrameMax> frame;
  const auto datagram = write_packet(*find_schema(0), {}, body, frame);
  return Blob8(datagram->begin(), datagram->end());
}

NodeId id_of(std::uint32_t n) {
  NodeId id;
  id.value.fill(std::byte{7});
  store_be(id.value.data(), n);
  return id;
}

// What a radio says, and when.
struct Said {
  int beacons = 0, responses = 0;
  Instant last{};
  Duration longest{};
  std::optional<std::uint16_t> interval_s;

  void listen(const Air& air, Radio& radio) {
    last = air.now();
    radio.tap = [this, &air](Bytes datagram) {
      const auto packet = PacketView::parse(datagram);
      const auto package = packet ? PackageView::parse(packet->body()) : Result<PackageView>(Status::corrupt);
      const auto beacon = package ? decode_beacon(package->blob) : Result<BeaconMessage>(Status::corrupt);
      if (!beacon) return;
      if (beacon->op == BeaconOp::response) ++responses;
      if (beacon->op != BeaconOp::beacon) return;
      ++beacons;
      longest = std::max(longest, air.now() - last);
      last = air.now();
      interval_s = interval_of(beacon->apps);
    };
  }
};

Duration timeout_of(TestNode& node, const TestNode& neighbour) { return node.node.peer(neighbour.id())->timeout; }

TEST(Beacons, IdleHourAmongEquals_TwelveAndNothingElse) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Air air(seed);
    make_line(air, 3);
    air.run(seconds(1200));
    std::array<Said, 3> said;
    for (std::size_t i = 0; i < 3; ++i) said[i].listen(air, *air[i].radios[0]);
    air.run(seconds(3600));
    for (const Said& s : said) {
      EXPECT_LE(s.beacons, 12);
      EXPECT_GE(s.beacons, 10);
      EXPECT_EQ(s.responses, 0);
      EXPECT_EQ(s.interval_s, std::nullopt) << "nothing is said of what is usual";
    }
    EXPECT_EQ(timeout_of(air[0], air[1]), seconds(1200));
  }
}

TEST(Beacons, Start_PausesDoubleUpToFiveMinutes) {
  Air air(17);
  make_line(air, 1);
  Said said;
  said.listen(air, *air[0].radios[0]);
  air.run(seconds(290));
  EXPECT_GE(said.beacons, 6);
  EXPECT_LE(said.beacons, 10);
}

// One node of version 0 beside the second of two equals.
struct BesideV0 {
  explicit BesideV0(std::uint64_t seed) : air(seed) {
    TestNode& a = air.add_node();
    TestNode& b = air.add_node();
    Radio& to_a = air.add_radio(b);
    Radio& to_v0 = air.add_radio(b);
    air.connect(air.add_radio(a), to_a);
    v0 = &air.add_stranger();
    air.connect(*v0, to_v0);
    air.start(a);
    air.start(b);
    air.run(seconds(1500));
  }
  void v0_says() {
    EXPECT_EQ(v0->send(LinkAddress::broadcast(), beacon_packet(BeaconOp::beacon, id_of(9), {})), Status::ok);
  }
  void minutes(int n) {
    for (int i = 0; i < n; ++i) {
      v0_says();
      air.run(seconds(60));
    }
  }
  Air air;
  Radio* v0;
};

TEST(Beacons, BesideANodeOfVersion0_OneAMinute_OnThatInterfaceOnly) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    BesideV0 w(seed);
    Said there, elsewhere;
    there.listen(w.air, *w.air[1].radios[1]);
    elsewhere.listen(w.air, *w.air[1].radios[0]);
    w.minutes(60);
    EXPECT_GE(there.beacons, 52);
    EXPECT_LE(there.beacons, 61);
    EXPECT_LE(there.longest, seconds(68)) << "also the first: it drops us after four that it missed";
    EXPECT_EQ(there.interval_s, 60);
    EXPECT_LE(elsewhere.beacons, 12);
    // It went without a word: for a while nobody can tell.
    w.air.run(seconds(1200));
    EXPECT_EQ(w.air[1].node.peer(id_of(9)), nullptr);
    const int before = there.beacons;
    w.air.run(seconds(3600));
    EXPECT_LE(there.beacons - before, 12);
    EXPECT_EQ(there.interval_s, std::nullopt);
  }
}

// Its Beacons come once a minute and say nothing of an interval.
TEST(Beacons, AnEqualThatSpeaksEachMinute_IsNoNodeOfVersion0) {
  Air air(3);
  make_line(air, 1);
  Radio& stranger = air.add_stranger();
  air.connect(stranger, *air[0].radios[0]);
  air.run(seconds(1200));
  Said said;
  const std::array<AppId, 1> apps{kExtensions.id()};
  for (int i = 0; i < 60; ++i) {
    if (i == 1) said.listen(air, *air[0].radios[0]);
    ASSERT_EQ(stranger.send(LinkAddress::broadcast(), beacon_packet(BeaconOp::beacon, id_of(9), apps)), Status::ok);
    air.run(seconds(60));
  }
  EXPECT_LE(said.beacons, 12);
  EXPECT_EQ(said.responses, 0);
}

TEST(Beacons, AnotherInterval_IsToldAndKept) {
  Air air(4);
  TestNode& seldom = air.add_node(kBoardLimits, {.interval = seconds(3600)});
  TestNode& often = air.add_node(kBoardLimits, {.interval = seconds(10)});
  Radio& a = air.add_radio(seldom);
  Radio& b = air.add_radio(often);
  air.connect(a, b);
  air.start(seldom);
  air.start(often);
  Said of_seldom, of_often;
  of_seldom.listen(air, a);
  of_often.listen(air, b);
  air.run(seconds(7200));
  EXPECT_EQ(of_seldom.interval_s, 3600);
  EXPECT_EQ(of_often.interval_s, 10);
  EXPECT_EQ(timeout_of(often, seldom), seconds(4 * 3600));
  EXPECT_EQ(timeout_of(seldom, often), seconds(240)) << "nobody is dropped sooner";
  EXPECT_EQ(of_seldom.responses + of_often.responses, 2) << "nobody had to ask";
  EXPECT_TRUE(seldom.app.removed.empty());
  EXPECT_TRUE(often.app.removed.empty());
}

// The second of its messages lacks the Extensions id: it is neither a node of version 0 nor of another interval.
TEST(Beacons, MoreApplicationsThanFitOneMessage_IntervalStaysTheOneOfTheFirst) {
  for (const Duration interval : {seconds(300), seconds(600)}) {
    Air air(5);
    TestNode& many = air.add_node(kBoardLimits, {.interval = interval});
    TestNode& other = air.add_node();
    Radio& radio = air.add_radio(other);
    air.connect(air.add_radio(many), radio);
    std::vector<std::unique_ptr<Recorder>> apps;
    std::vector<std::string> names;
    for (int i = 0; i < 20; ++i) names.push_back("app " + std::to_string(i));
    for (const auto& name : names) {
      apps.push_back(std::make_unique<Recorder>(name));
      ASSERT_EQ(many.node.attach(*apps.back()), Status::ok);
    }
    air.start(many);
    air.start(other);
    air.run(seconds(1800));
    EXPECT_EQ(timeout_of(other, many), interval * 4);
    Said said;
    said.listen(air, radio);
    air.run(seconds(3600));
    EXPECT_LE(said.beacons, 12);
  }
}

TEST(Beacons, OneIsLost_ItsSenderIsAskedOnceAndKept) {
  Air air(6);
  make_line(air, 2);
  air.run(seconds(1500));
  Said asked, said;
  asked.listen(air, *air[0].radios[0]);
  said.listen(air, *air[1].radios[0]);
  // The next one of node 1.
  air.loses = [&](const Radio& from, const Radio&, Bytes) {
    return &from == air[1].radios[0].get() && said.beacons < 2;
  };
  ASSERT_TRUE(air.run_until([&] { return said.beacons == 1; }, seconds(400)));
  air.loses = nullptr;
  air.run(seconds(3600));
  EXPECT_EQ(asked.responses, 1);
  EXPECT_TRUE(air[0].app.removed.empty());
}

// Whether it is told that it does not answer, and dropped, within those times of its death.
void dies(Air& air, Duration doubted, Duration dropped) {
  const Instant died = air.now();
  air[1].running = false;
  const auto silent = [&] { return air[0].node.link_cost(air[1].id()) == kNoAnswer; };
  ASSERT_TRUE(air.run_until(silent, doubted));
  ASSERT_TRUE(air.run_until([&] { return !knows(air[0], air[1]); }, died + dropped - air.now()));
  EXPECT_GE(air.now() - died, seconds(180)) << "it was asked several times";
  EXPECT_EQ(air[0].app.removed, std::vector{air[1].id()});
}

// Its Beacon is missed, it is asked, and asked twice again.
TEST(Beacons, IdleNeighbourDies_IsDoubtedAfterItsBeaconAndDroppedSoonAfter) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Air air(seed);
    make_line(air, 2);
    air.run(seconds(1500 + 37 * static_cast<std::int64_t>(seed)));
    dies(air, seconds(410), seconds(660));
  }
}

TEST(Beacons, NeighbourDiesAndIsSentTo_IsDoubtedAtOnceAndDroppedSoonAfter) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Air air(seed);
    make_line(air, 2);
    air.run(seconds(1500 + 37 * static_cast<std::int64_t>(seed)));
    (void)air[0].app.send(air[1].id(), {std::byte{1}});
    air.run(seconds(1));
    air[1].running = false;
    (void)air[0].app.send(air[1].id(), {std::byte{2}});
    dies(air, seconds(10), seconds(400));
  }
}

// Each Beacon of a newcomer beyond those that are answered one by one called for a Beacon of ours within a second.
TEST(Beacons, WhoMakesUpNewcomersWithoutEnd_DoesNotMakeUsSpeakWithoutEnd) {
  Air air(7);
  make_line(air, 1);
  Radio& stranger = air.add_stranger();
  air.connect(stranger, *air[0].radios[0]);
  air.run(seconds(1500));
  Said said;
  said.listen(air, *air[0].radios[0]);
  std::uint32_t n = 100;
  for (int i = 0; i < 3600 * 4; ++i) {
    const std::array<AppId, 1> apps{kExtensions.id()};
    for (int k = 0; k < 5; ++k)
      ASSERT_EQ(stranger.send(LinkAddress::broadcast(), beacon_packet(BeaconOp::beacon, id_of(++n), apps)), Status::ok);
    air.run(milliseconds(250));
    while (stranger.receive()) {
    }
  }
  EXPECT_LE(said.beacons, 12 * 9);
}

// At one percent, and SF7: they have a fortieth of it, with all that starts anew.
TEST(Beacons, UnderADutyCycle_TakeLessThanATenthOfIt) {
  for (const std::uint32_t share_ppm : {1'000U, 10'000U, 100'000U}) {
    Air air(8);
    for (int i = 0; i < 2; ++i)
      air.add_radio(air.add_node(), 5'470, kLoraSchemas, 240).rule = {.share_ppm = share_ppm, .window = seconds(3600)};
    air.connect(*air[0].radios[0], *air[1].radios[0]);
    for (std::size_t i = 0; i < 2; ++i) air.start(air[i]);
    air.run(seconds(4 * 3600));
    Duration on_air{};
    air[0].radios[0]->tap = [&](Bytes datagram) { on_air = on_air + air[0].radios[0]->airtime(datagram.size()); };
    air[0].beacon.announce();
    air.run(seconds(10 * 3600));
    EXPECT_LE(on_air.us / 10, std::int64_t{3600} * share_ppm / 10);
    EXPECT_TRUE(air[1].app.removed.empty());
  }
}

}  // namespace
}  // namespace mp::test
