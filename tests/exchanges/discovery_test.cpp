// SPDX-License-Identifier: ISC
// How nodes find and lose each other (specification: beacon.md).
#include "support/air.hpp"

#include <gtest/gtest.h>

namespace mp::test {
namespace {

Blob8 beacon_packet(BeaconOp op, const NodeId& who, std::span<const AppId> apps, bool ask = false) {
  ByteArray<kBeaconSizeMax> message;
  const auto blob = encode_beacon(op, who, apps, message);
  Blob8 body(kPackageHeader + blob->size());
  write_package_head({kBeaconApp.id(), half_sha256(*blob)}, std::span(body).first<kPackageHeader>());
  copy(*blob, MutableBytes(body).subspan(kPackageHeader));
  ByteArray<kFrameMax> frame;
  PacketFields fields;
  fields.flags = Flags(ask ? Control::ask : Control::none);
  const auto datagram = write_packet(*find_schema(0), fields, body, frame);
  return Blob8(datagram->begin(), datagram->end());
}

NodeId id_of(std::uint8_t n) {
  NodeId id;
  id.value.fill(std::byte{n});
  return id;
}

TEST(Discovery, TwoNodes_KnowEachOtherAsEquals) {
  Air air(1);
  make_line(air, 2);
  EXPECT_EQ(air[0].app.added, std::vector{air[1].id()});
  EXPECT_EQ(air[1].app.added, std::vector{air[0].id()});
}

TEST(Discovery, LateComer_IsAnsweredAtOnce) {
  Air air(2);
  make_line(air, 2);
  air.run(seconds(5));
  TestNode& late = air.add_node();
  air.connect(air.add_radio(late), *air[0].radios[0]);
  air.start(late);
  EXPECT_TRUE(air.run_until([&] { return knows(late, air[0]) && knows(air[0], late); }, milliseconds(500)));
}

TEST(Discovery, HalfOfAllFramesLost_StillMeet) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Air air(seed);
    air.disorder.lose_one_in = 2;
    EXPECT_NO_THROW(make_line(air, 4)) << "seed " << seed;
  }
}

TEST(Discovery, SilentPeer_IsDroppedAfterItsTimeout) {
  Air air(3);
  make_line(air, 1);
  Radio& stranger = air.add_stranger();
  air.connect(stranger, *air[0].radios[0]);
  air.run(seconds(2));
  ASSERT_EQ(stranger.send(LinkAddress::broadcast(), beacon_packet(BeaconOp::beacon, id_of(9), {})), Status::ok);
  air.run(seconds(235));
  EXPECT_TRUE(air[0].app.removed.empty());
  EXPECT_EQ(air[0].app.added, std::vector{id_of(9)});
  air.run(seconds(10));
  EXPECT_EQ(air[0].app.removed, std::vector{id_of(9)});
}

TEST(Discovery, HourOfQuiet_NobodyIsLost) {
  Air air(4);
  make_line(air, 3);
  air.run(seconds(3600));
  EXPECT_TRUE(air[1].app.removed.empty());
  EXPECT_TRUE(knows(air[1], air[0]));
  EXPECT_TRUE(knows(air[1], air[2]));
}

TEST(Discovery, Stop_SaysGoodbye) {
  Air air(5);
  make_line(air, 2);
  air[1].node.stop(air.now());
  air[1].running = false;
  air.run(seconds(1));
  EXPECT_FALSE(knows(air[0], air[1]));
}

TEST(Discovery, ElevenApplications_TakeTwoBeacons) {
  Air air(6);
  TestNode& many = air.add_node();
  Radio& radio = air.add_radio(many);
  std::vector<std::unique_ptr<Recorder>> apps;
  std::vector<std::string> names;
  for (int i = 0; i < 20; ++i) names.push_back("app " + std::to_string(i));
  for (const auto& name : names) {
    apps.push_back(std::make_unique<Recorder>(name));
    ASSERT_EQ(many.node.attach(*apps.back()), Status::ok);
  }
  std::vector<AppId> heard;
  std::size_t messages = 0;
  radio.tap = [&](Bytes datagram) {
    const auto packet = PacketView::parse(datagram);
    const auto package = PackageView::parse(packet->body());
    const auto beacon = decode_beacon(package->blob);
    ASSERT_TRUE(beacon.ok());
    EXPECT_LE(beacon->apps.size(), kBeaconAppsMax);
    ++messages;
    for (const AppId id : beacon->apps) heard.push_back(id);
  };
  air.start(many);
  air.run(milliseconds(50));
  EXPECT_EQ(messages, 3U);  // the Extensions id, Beacon, Ping, Recorder and 20 more
  ASSERT_EQ(heard.size(), 24U);
  EXPECT_EQ(heard[0], kExtensions.id());
  for (const auto& app : apps) EXPECT_EQ(std::count(heard.begin(), heard.end(), app->id()), 1);
}

TEST(Discovery, AnExistingNode_IsAnsweredOnceForItsBurst) {
  Air air(7);
  make_line(air, 1);
  Radio& stranger = air.add_stranger();
  air.connect(stranger, *air[0].radios[0]);
  air.run(seconds(2));
  for (int i = 0; i < 4; ++i) {
    ASSERT_EQ(stranger.send(LinkAddress::broadcast(), beacon_packet(BeaconOp::beacon, id_of(9), {})), Status::ok);
    air.run(milliseconds(36));
  }
  air.run(seconds(1));
  int answers = 0;
  while (const auto got = stranger.receive()) {
    const auto packet = PacketView::parse(got->datagram);
    ASSERT_TRUE(packet.ok());
    const auto beacon = decode_beacon(PackageView::parse(packet->body())->blob);
    ASSERT_TRUE(beacon.ok());
    if (beacon->op != BeaconOp::response) continue;
    ++answers;
    EXPECT_EQ(packet->flags(), Flags());
    EXPECT_EQ(beacon->node_id, air[0].id());
  }
  EXPECT_EQ(answers, 1);
  const Peer* peer = air[0].node.peer(id_of(9));
  ASSERT_NE(peer, nullptr);
  EXPECT_FALSE(peer->equal);
}

// What a radio says, by kind of message.
struct Said {
  int beacons = 0, responses = 0;
  void listen(Radio& radio) {
    radio.tap = [this](Bytes datagram) {
      const auto packet = PacketView::parse(datagram);
      const auto package = packet ? PackageView::parse(packet->body()) : Result<PackageView>(Status::corrupt);
      const auto beacon = package ? decode_beacon(package->blob) : Result<BeaconMessage>(Status::corrupt);
      if (!beacon) return;
      if (beacon->op == BeaconOp::beacon) ++beacons;
      if (beacon->op == BeaconOp::response) ++responses;
    };
  }
};

// Each Beacon was answered by all who heard it: on a slow radio most of what there was to say.
TEST(Discovery, HourAmongEquals_BeaconsAreNotAnswered) {
  Air air(15);
  make_line(air, 2);
  air.run(seconds(10));
  Said said;
  said.listen(*air[0].radios[0]);
  air.run(seconds(3600));
  EXPECT_NEAR(said.beacons, 16, 2);
  EXPECT_EQ(said.responses, 0);
  EXPECT_TRUE(air[1].app.removed.empty());
}

TEST(Discovery, EqualThatStartsAnew_IsAnsweredInItsBurst) {
  Air air(16);
  make_line(air, 2);
  air.run(seconds(30));
  Said said;
  said.listen(*air[0].radios[0]);
  air[1].beacon.announce();
  air.run(seconds(1));
  EXPECT_EQ(said.responses, 1);
}

// Four Beacons in a row are often lost then: the silent are asked before they are dropped.
TEST(Discovery, EveryThirdFrameLostForHours_NobodyIsDropped) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Air air(seed);
    make_line(air, 2);
    air.disorder.lose_one_in = 3;
    air.run(seconds(3600 * 4));
    EXPECT_TRUE(air[0].app.removed.empty());
    EXPECT_TRUE(air[1].app.removed.empty());
  }
}

TEST(Discovery, OurOwnIdFromElsewhere_IsIgnored) {
  Air air(8);
  make_line(air, 1);
  Radio& stranger = air.add_stranger();
  air.connect(stranger, *air[0].radios[0]);
  ASSERT_EQ(stranger.send(LinkAddress::broadcast(), beacon_packet(BeaconOp::beacon, air[0].id(), {})), Status::ok);
  air.run(seconds(1));
  EXPECT_TRUE(air[0].app.added.empty());
}

TEST(Discovery, GoodbyeFromAnotherLink_DoesNotRemoveThePeer) {
  Air air(9);
  make_line(air, 2);
  Radio& stranger = air.add_stranger();
  air.connect(stranger, *air[0].radios[0]);
  ASSERT_EQ(stranger.send(LinkAddress::broadcast(), beacon_packet(BeaconOp::disconnect, air[1].id(), {})), Status::ok);
  air.run(seconds(1));
  EXPECT_TRUE(knows(air[0], air[1]));
}

TEST(Discovery, MorePeersThanRoom_RefusedAndCounted) {
  Air air(10);
  Limits limits = kBoardLimits;
  limits.peers = 4;
  TestNode& small = air.add_node(limits);
  Radio& radio = air.add_radio(small);
  air.start(small);
  Radio& stranger = air.add_stranger();
  air.connect(stranger, radio);
  std::vector<Radio*> others;
  for (std::uint8_t i = 0; i < 6; ++i) {
    Radio& other = air.add_stranger();
    air.connect(other, radio);
    ASSERT_EQ(other.send(LinkAddress::broadcast(),
                         beacon_packet(BeaconOp::beacon, id_of(static_cast<std::uint8_t>(i + 1)), {})),
              Status::ok);
  }
  air.run(seconds(1));
  EXPECT_EQ(small.app.added.size(), 4U);
  EXPECT_EQ(small.count(Counter::peers_refused), 2U);
}

TEST(Discovery, BannedNode_IsNeitherHeardNorAnswered) {
  Air air(11);
  make_line(air, 2);
  ASSERT_EQ(air[0].node.ban(air[1].id()), Status::ok);
  const auto before = air[0].count(Counter::rx_banned);
  const SendId id = air[1].app.send(air[0].id(), {std::byte{1}});
  air.run(seconds(30));
  EXPECT_EQ(air[1].app.outcome(id), Outcome::no_answer);
  EXPECT_GT(air[0].count(Counter::rx_banned), before);
  EXPECT_TRUE(air[0].app.got.empty());
  EXPECT_EQ(air[0].app.send(air[1].id(), {std::byte{1}}).refusal(), Status::banned);
  ASSERT_EQ(air[0].node.unban(air[1].id()), Status::ok);
  air[1].beacon.announce();
  EXPECT_TRUE(air.run_until([&] { return knows(air[0], air[1]); }, seconds(5)));
}

// A peer slot was lost for good each time another node showed itself on its link.
TEST(Discovery, OtherNodeOnTheSameLink_ReplacesTheOneBefore) {
  Air air(13);
  Limits limits = kBoardLimits;
  limits.peers = 4;
  make_line(air, 1, limits);
  Radio& stranger = air.add_stranger();
  air.connect(stranger, *air[0].radios[0]);
  for (std::uint8_t n = 1; n <= 9; ++n) {
    ASSERT_EQ(stranger.send(LinkAddress::broadcast(), beacon_packet(BeaconOp::beacon, id_of(n), {})), Status::ok);
    air.run(milliseconds(100));
  }
  EXPECT_EQ(air[0].count(Counter::peers_refused), 0U);
  EXPECT_EQ(air[0].app.added.size(), 9U);
  EXPECT_EQ(air[0].app.removed.size(), 8U);
  EXPECT_EQ(std::count_if(air[0].node.peers().begin(), air[0].node.peers().end(), [](const Peer& p) { return p.used; }),
            1);
}

// A Beacon over a second link gave a banned node a timeout, after which it was a stranger again.
TEST(Discovery, BannedNodeOnASecondLink_StaysBanned) {
  Air air(14);
  make_line(air, 2);
  ASSERT_EQ(air[0].node.ban(air[1].id()), Status::ok);
  Radio& second = air.add_stranger();
  air.connect(second, *air[0].radios[0]);
  ASSERT_EQ(second.send(LinkAddress::broadcast(), beacon_packet(BeaconOp::beacon, air[1].id(), {})), Status::ok);
  air.run(seconds(600));
  EXPECT_TRUE(air[0].node.peer(air[1].id())->banned);
  const SendId id = air[1].app.send(air[0].id(), {std::byte{1}});
  EXPECT_TRUE(id);
  air.run(seconds(20));
  EXPECT_TRUE(air[0].app.got.empty());
  EXPECT_EQ(air[0].app.removed.size(), 1U);
}

TEST(Discovery, RequestNodeStatus_IsAnsweredActive) {
  Air air(12);
  make_line(air, 1);
  Radio& stranger = air.add_stranger();
  air.connect(stranger, *air[0].radios[0]);
  air.run(seconds(1));
  ByteArray<kFrameMax> frame;
  PacketFields fields;
  fields.flags = Flags(Control::rns);
  ASSERT_EQ(stranger.send(air[0].radios[0]->link(), *write_packet(*find_schema(0), fields, {}, frame)), Status::ok);
  air.run(milliseconds(10));
  bool active = false;
  while (const auto got = stranger.receive())
    if (PacketView::parse(got->datagram)->flags().control() == Control::nia) active = true;
  EXPECT_TRUE(active);
}

}  // namespace
}  // namespace mp::test
