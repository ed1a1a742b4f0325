// SPDX-License-Identifier: ISC
// Living with a node of the existing implementation: what it must never be sent, and what we may claim
// (specification: delivery.md, "Towards prototypes"). The other end is the test itself, frame by frame.
#include "support/air.hpp"

#include <gtest/gtest.h>

namespace mp::test {
namespace {

NodeId prototype_id() {
  NodeId id;
  id.value.fill(std::byte{0x99});
  return id;
}

class Prototype : public ::testing::Test {
 protected:
  Prototype() : air(1) {
    air.add_radio(air.add_node());
    air.start(air[0]);
    radio = &air.add_stranger();
    air.connect(*radio, *air[0].radios[0]);
    air.run(seconds(2));
    send_message(kBeaconApp.id(), beacon());
    air.run(seconds(1));
    while (radio->receive()) {
    }
  }

  static Blob8 beacon() {
    const std::array<AppId, 1> apps{kBeaconApp.id()};
    ByteArray<kBeaconSizeMax> out;
    const auto message = encode_beacon(BeaconOp::beacon, prototype_id(), apps, out);
    return Blob8(message->begin(), message->end());
  }

  static Blob8 package(const AppId& app, const Blob8& blob) {
    Blob8 out(kPackageHeader);
    write_package_head({app, half_sha256(blob)}, std::span(out).first<kPackageHeader>());
    out.insert(out.end(), blob.begin(), blob.end());
    return out;
  }

  void send_packet(std::uint8_t schema, const PacketFields& fields, Bytes body) {
    ByteArray<kFrameMax> frame;
    const auto datagram = write_packet(*find_schema(schema), fields, body, frame);
    ASSERT_TRUE(datagram.ok());
    ASSERT_EQ(radio->send(air[0].radios[0]->link(), *datagram), Status::ok);
  }

  void send_message(const AppId& app, const Blob8& blob, Control control = Control::none, std::uint8_t packet_id = 1) {
    PacketFields fields;
    fields.flags = Flags(control);
    fields.packet_id = packet_id;
    send_packet(0, fields, package(app, blob));
  }

  void send_sequence(std::uint8_t schema_id, const Blob8& blob, std::uint8_t seq_id, Control control,
                     std::initializer_list<std::size_t> leave_out = {}) {
    const Schema& schema = *find_schema(schema_id);
    const Blob8 all = package(air[0].app.id(), blob);
    const std::size_t parts = (all.size() + schema.max_body - 1) / schema.max_body;
    for (std::size_t i = 0; i < parts; ++i) {
      if (std::find(leave_out.begin(), leave_out.end(), i) != leave_out.end()) continue;
      PacketFields fields;
      fields.flags = Flags(control);
      fields.packet_id = static_cast<std::uint16_t>(i);
      fields.seq_id = seq_id;
      fields.seq_size = static_cast<std::uint16_t>(parts - 1);
      send_packet(schema_id, fields,
                  Bytes(all).subspan(i * schema.max_body,
                                     std::min<std::size_t>(schema.max_body, all.size() - i * schema.max_body)));
      air.run(milliseconds(2));
    }
  }

  // Everything the node sent us, but Beacons.
  std::vector<Blob8> heard() {
    std::vector<Blob8> frames;
    while (const auto got = radio->receive()) {
      const auto packet = PacketView::parse(got->datagram);
      const auto inner = PackageView::parse(packet->body());
      if (inner && inner->head.app_id == kBeaconApp.id()) continue;
      frames.emplace_back(got->datagram.begin(), got->datagram.end());
    }
    return frames;
  }

  Air air;
  Radio* radio = nullptr;
};

TEST_F(Prototype, IsAPeer_ButNoEqual) {
  const Peer* peer = air[0].node.peer(prototype_id());
  ASSERT_NE(peer, nullptr);
  EXPECT_TRUE(peer->connected());
  EXPECT_FALSE(peer->equal);
}

TEST_F(Prototype, AskedSinglePacket_GetsAnEmptyAck) {
  send_message(air[0].app.id(), bytes_of("hello"), Control::ask, 42);
  air.run(milliseconds(10));
  const auto frames = heard();
  ASSERT_EQ(frames.size(), 1U);
  const auto packet = PacketView::parse(frames[0]);
  EXPECT_EQ(packet->flags().control(), Control::ack);
  EXPECT_EQ(packet->packet_id(), 42);
  EXPECT_TRUE(packet->body().empty());
  EXPECT_EQ(air[0].app.got.size(), 1U);
}

TEST_F(Prototype, UnwantedSinglePacket_GetsNothing) {
  send_message(kPingApp.id(), bytes_of("?"), Control::ask, 43);
  air.run(milliseconds(10));
  EXPECT_TRUE(heard().empty());
}

TEST_F(Prototype, AskedSequence_IsDeliveredAndNeverAnswered) {
  for (const Control control : {Control::none, Control::ask}) {
    const Blob8 blob = air.random.blob(3'000 + static_cast<std::size_t>(control));
    send_sequence(2, blob, static_cast<std::uint8_t>(control), control);
    air.run(seconds(5));
    ASSERT_FALSE(air[0].app.got.empty());
    EXPECT_TRUE(air[0].app.got.back().blob == blob);
    EXPECT_TRUE(heard().empty());
  }
}

TEST_F(Prototype, SequenceWithAHole_IsNeverAskedFor_ThenAbandoned) {
  send_sequence(2, air.random.blob(3'000), 7, Control::none, {4});
  air.run(seconds(25));
  EXPECT_EQ(air[0].app.incoming(), 1U);
  air.run(seconds(10));
  EXPECT_EQ(air[0].app.incoming(), 0U);
  EXPECT_EQ(air[0].app.abandoned, 1);
  EXPECT_TRUE(heard().empty());
}

TEST_F(Prototype, SequenceStartedAnewUnderTheSameId_IsTheNewOne) {
  send_sequence(2, air.random.blob(3'000), 7, Control::none, {4});
  const Blob8 blob = air.random.blob(3'000);
  send_sequence(2, blob, 7, Control::none);
  air.run(seconds(1));
  ASSERT_EQ(air[0].app.got.size(), 1U);
  EXPECT_TRUE(air[0].app.got[0].blob == blob);
  EXPECT_EQ(air[0].app.abandoned, 1);
}

TEST_F(Prototype, LastPartFullAndLastPartTwice_AreUnderstood) {
  const Blob8 full = air.random.blob(3 * 243 - kPackageHeader);
  send_sequence(2, full, 8, Control::none);
  send_sequence(2, full, 8, Control::none);
  air.run(seconds(1));
  ASSERT_EQ(air[0].app.got.size(), 1U);
  EXPECT_TRUE(air[0].app.got[0].blob == full);
}

TEST_F(Prototype, TwoHundredFiftySixParts_AreUnderstood) {
  const Blob8 blob = air.random.blob(256 * 243 - kPackageHeader - 5);
  send_sequence(2, blob, 9, Control::none);
  air.run(seconds(1));
  ASSERT_EQ(air[0].app.got.size(), 1U);
  EXPECT_TRUE(air[0].app.got[0].blob == blob);
}

TEST_F(Prototype, OurSequenceToIt_GoesOnceUnaskedAndIsUnconfirmed) {
  // From two parts up, over sizes that would fill the last part of one schema or another.
  for (const std::size_t size : {300U, 2 * 237U - 32U, 2 * 239U - 32U, 2 * 243U - 32U, 255 * 239U - 32U,
                                 256 * 239U - 32U, 256 * 237U - 32U, 65'000U}) {
    SCOPED_TRACE(size);
    const Blob8 blob = air.random.blob(size);
    const SendId id = air[0].app.send_large(prototype_id(), blob);
    ASSERT_TRUE(id);
    ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }));
    EXPECT_EQ(air[0].app.outcome(id), Outcome::unconfirmed);
    air.run(milliseconds(10));
    Blob8 joined;
    std::size_t expected = 0;
    for (const Blob8& frame : heard()) {
      const auto packet = PacketView::parse(frame);
      ASSERT_TRUE(packet.ok());
      EXPECT_EQ(packet->flags(), Flags());
      EXPECT_EQ(packet->packet_id(), expected++);
      if (packet->schema().seq_size.size == 1) {
        EXPECT_LE(packet->seq_size(), 254);
      }
      joined.insert(joined.end(), packet->body().begin(), packet->body().end());
      if (packet->packet_id() == packet->seq_size()) {
        EXPECT_LT(packet->body().size(), packet->schema().max_body);
        EXPECT_EQ(expected, std::size_t{packet->seq_size()} + 1);
      }
    }
    EXPECT_TRUE(joined == package(air[0].app.id(), blob));
  }
}

TEST_F(Prototype, OurAskedPacket_IsTriedThreeTimesTwoSecondsApart) {
  const SendId id = air[0].app.send(prototype_id(), bytes_of("x"));
  air.run(milliseconds(5'900));
  EXPECT_EQ(heard().size(), 3U);
  ASSERT_TRUE(air.run_until([&] { return air[0].app.ended(id); }, seconds(3)));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::no_answer);
}

TEST_F(Prototype, ItsAckOfOurPacket_IsDelivered) {
  const SendId id = air[0].app.send(prototype_id(), bytes_of("x"));
  air.run(milliseconds(5));
  const auto frames = heard();
  ASSERT_EQ(frames.size(), 1U);
  const auto sent = PacketView::parse(frames[0]);
  PacketFields fields;
  fields.flags = Flags(Control::ack);
  fields.packet_id = sent->packet_id();
  send_packet(sent->schema().id, fields, {});
  air.run(milliseconds(5));
  ASSERT_TRUE(air[0].app.ended(id));
  EXPECT_EQ(air[0].app.outcome(id), Outcome::delivered);
}

}  // namespace
}  // namespace mp::test
