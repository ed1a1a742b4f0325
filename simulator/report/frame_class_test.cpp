// SPDX-License-Identifier: ISC
// The packets come from the vectors of the existing implementation and from the core's own writers.
#include "simulator/report/frame_class.hpp"

#include "micropycelium/messages/beacon.hpp"
#include "micropycelium/messages/ping.hpp"
#include "micropycelium/packet/package.hpp"
#include "micropycelium/packet/packet.hpp"

#include <gtest/gtest.h>

namespace mp::sim {
namespace {

using Octets = std::vector<std::byte>;

Octets packet(std::uint8_t schema, Flags flags, Bytes body, std::uint16_t id = 17) {
  ByteArray<kFrameMax> buffer;
  PacketFields fields;
  fields.flags = flags;
  fields.packet_id = id;
  fields.seq_id = 9;
  fields.seq_size = 43;
  fields.ttl = 128;
  const auto datagram = write_packet(*find_schema(schema), fields, body, buffer);
  return {datagram->begin(), datagram->end()};
}

Octets package(const AppId& app, Bytes blob) {
  Octets out(kPackageHeader + blob.size());
  write_package_head({app, half_sha256(blob)}, std::span(out).first<kPackageHeader>());
  copy(blob, std::span(out).subspan(kPackageHeader));
  return out;
}

Octets beacon() {
  ByteArray<kBeaconSizeMax> buffer;
  const std::array apps{kBeaconApp.id()};
  return package(kBeaconApp.id(), *encode_beacon(BeaconOp::beacon, NodeId{}, apps, buffer));
}

TEST(FrameClass, BeaconInEverySchemaForSinglePackets_IsABeacon) {
  unsigned schemas = 0;
  for (const Schema& s : kSchemas) {
    if (s.sequenced()) continue;
    ++schemas;
    EXPECT_EQ(classify(packet(s.id, Flags(Control::none), beacon())), FrameClass::beacon) << int{s.id};
    EXPECT_EQ(classify(packet(s.id, Flags(Control::ask), beacon())), FrameClass::beacon) << int{s.id};
  }
  EXPECT_GE(schemas, 10U);
}

TEST(FrameClass, PackageOfAnotherApplication_IsData) {
  const Octets ping = package(kPingApp.id(), bytes("x"));
  EXPECT_EQ(classify(packet(0, Flags(Control::none), ping)), FrameClass::data);
  EXPECT_EQ(classify(packet(1, Flags(Control::ask).with_throttle(true), ping)), FrameClass::data);
  EXPECT_EQ(classify(packet(26, Flags(Control::ask), ping)), FrameClass::data);
}

TEST(FrameClass, PartOfASequence_IsDataHoweverShort) {
  EXPECT_EQ(classify(packet(3, Flags(Control::none), bytes("z"), 43)), FrameClass::data);
  EXPECT_EQ(classify(packet(4, Flags(Control::ask), beacon(), 0)), FrameClass::data);
}

TEST(FrameClass, ControlCodes_AreToldByTheFlags) {
  EXPECT_EQ(classify(packet(0, Flags(Control::ack), {})), FrameClass::acknowledgement);
  EXPECT_EQ(classify(packet(3, Flags(Control::ack), {})), FrameClass::acknowledgement);
  EXPECT_EQ(classify(packet(3, Flags(Control::rtx), bytes("@"))), FrameClass::control);
  EXPECT_EQ(classify(packet(0, Flags(Control::rns), {})), FrameClass::control);
  EXPECT_EQ(classify(packet(0, Flags(Control::nia), {})), FrameClass::control);
  EXPECT_EQ(classify(packet(0, Flags(Control::reserved6), {})), FrameClass::other);
  EXPECT_EQ(classify(packet(0, Flags(Control::reserved7), {})), FrameClass::other);
}

TEST(FrameClass, ReturnedAsUndeliverable_IsControlWhateverItCarries) {
  const Octets ping = package(kPingApp.id(), bytes("x"));
  EXPECT_EQ(classify(packet(6, Flags(Control::ask).with_error(true), ping)), FrameClass::control);
  EXPECT_EQ(classify(packet(6, Flags(Control::ack).with_error(true), {})), FrameClass::control);
}

TEST(FrameClass, WhatIsNoPacket_IsOther) {
  EXPECT_EQ(classify({}), FrameClass::other);
  EXPECT_EQ(classify(bytes("abc")), FrameClass::other);
  EXPECT_EQ(classify(bytes("a long text that is not a packet at all")), FrameClass::other);
  EXPECT_EQ(classify(packet(0, Flags(Control::none), bytes("below 32 bytes"))), FrameClass::other);
  Octets unknown_schema = packet(0, Flags(Control::none), beacon());
  unknown_schema[2] = std::byte{14};
  EXPECT_EQ(classify(unknown_schema), FrameClass::other);
}

TEST(FrameClass, Describe_SaysWhatAPersonWantsToKnow) {
  EXPECT_EQ(describe(packet(1, Flags(Control::none), beacon())), "beacon, schema 1, id 17");
  EXPECT_EQ(describe(packet(4, Flags(Control::ask), bytes("z"), 1)),
            "data (ask), schema 4, part 2 of 44 of sequence 9");
  EXPECT_EQ(describe(packet(5, Flags(Control::ack), {})), "acknowledgement, schema 5, id 17, ttl 128");
  EXPECT_EQ(describe(packet(6, Flags(Control::ask).with_error(true), beacon())),
            "control (undeliverable, on its way back) (ask), schema 6, id 17, ttl 128");
  EXPECT_EQ(describe(bytes("abc")), "no packet: truncated");
}

TEST(FrameClass, Names_AreAllDifferent) {
  for (std::size_t a = 0; a < kFrameClasses; ++a)
    for (std::size_t b = 0; b < a; ++b)
      EXPECT_STRNE(name(static_cast<FrameClass>(a)), name(static_cast<FrameClass>(b)));
}

}  // namespace
}  // namespace mp::sim
