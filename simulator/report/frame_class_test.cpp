// SPDX-License-Identifier: ISC
// The packets come from the vectors of the existing implementation and from the core's own writers.
#include "simulator/report/frame_class.hpp"

#include "micropycelium/messages/beacon.hpp"
#include "micropycelium/messages/hello.hpp"
#include "micropycelium/messages/ping.hpp"
#include "micropycelium/packet/package.hpp"
#include "micropycelium/packet/packet.hpp"
#include "micropycelium/transport/sealing.hpp"

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

// Sealed as a member does it, with keys of no matter.
Octets sealed(std::uint8_t schema, Flags flags, Bytes body, SealByte byte = {}, std::uint32_t counter = 9) {
  const Octets open = packet(static_cast<std::uint8_t>(schema + kSealedSchema), flags, body, 3);
  ByteArray<kFrameMax> buffer;
  const Bytes frame =
      seal_frame(AeadKey{}, byte, counter, *find_schema(std::to_integer<std::uint8_t>(open[2])), open, buffer);
  return {frame.begin(), frame.end()};
}

Octets opening(std::uint8_t schema, std::size_t text_size) {
  ByteArray<kFrameMax> buffer;
  const Bytes frame = seal_opening(AeadKey{}, schema, {2, false, 1}, AeadNonce24{}, Octets(text_size), buffer);
  return {frame.begin(), frame.end()};
}

TEST(FrameClass, SealedFrames_AreToldByTheirHeaders) {
  for (const Schema& s : kSchemas) {
    const bool hop = s.id == kHopSchemaEspNow || s.id == kHopSchemaLora;
    for (const std::size_t size : {std::size_t{0}, std::size_t{s.max_body} - kFrameSealSize}) {
      const Octets body(size);
      EXPECT_EQ(classify(sealed(s.id, Flags(Control::none), body)),
                hop ? FrameClass::acknowledgement : FrameClass::data)
          << int{s.id};
      EXPECT_EQ(classify(sealed(s.id, Flags(Control::ack), body)), FrameClass::acknowledgement) << int{s.id};
      EXPECT_EQ(classify(sealed(s.id, Flags(Control::rtx), body)), FrameClass::control) << int{s.id};
    }
  }
  EXPECT_EQ(classify(sealed(6, Flags(Control::ask).with_error(true), {})), FrameClass::control);
  // A body that says it is a Beacon's is not looked at.
  EXPECT_EQ(classify(sealed(0, Flags(Control::none), beacon())), FrameClass::data);
}

TEST(FrameClass, OpeningFrames_AreBeaconsAndAdmissions) {
  EXPECT_EQ(classify(opening(kOpeningSchemaEspNow, kChallengeSize)), FrameClass::control);
  EXPECT_EQ(classify(opening(kOpeningSchemaLora, kHelloSizeMax)), FrameClass::control);
  EXPECT_EQ(classify(opening(kOpeningSchemaEspNow, 160)), FrameClass::beacon);
  EXPECT_EQ(classify(opening(kOpeningSchemaLora, kOpeningTextMax)), FrameClass::beacon);
  EXPECT_EQ(classify(opening(kOpeningSchemaLora, 0)), FrameClass::other);
}

TEST(FrameClass, DescribeOfClosedNetworks_SaysWhatAnOutsiderSees) {
  EXPECT_EQ(describe(sealed(0, Flags(Control::ask), bytes("secret"))),
            "sealed, data (ask), schema 64, id 3, network generation 0, interface 0, to one, counter 9");
  EXPECT_EQ(describe(sealed(1, Flags(Control::none), bytes("secret"), {3, true, 2}, 70'000)),
            "sealed, data, schema 65, id 3, network generation 3, interface 2, to all, counter 70000");
  EXPECT_EQ(describe(sealed(10, Flags(Control::ask), bytes("secret"))),
            "sealed, data (ask), schema 74, part 4 of 44 of sequence 9, ttl 128, network generation 0, interface 0, to "
            "one, counter 9");
  EXPECT_EQ(describe(opening(kOpeningSchemaEspNow, 160)),
            "opening, beacon, schema 50, network generation 2, interface 1");
  EXPECT_EQ(describe(opening(kOpeningSchemaLora, kChallengeSize)),
            "opening, admission, schema 62, network generation 2, interface 1");
  Octets impossible = sealed(0, Flags(Control::ask), {});
  impossible[1] = std::byte{0x18};
  EXPECT_EQ(describe(impossible), "sealed, data (ask), schema 64, id 3, impossible seal byte");
}

TEST(FrameClass, SealedFrameCutShort_IsNoPacket) {
  const Octets whole = sealed(6, Flags(Control::ask), bytes("secret"));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const FrameClass c = classify(Bytes(whole).first(n));
    EXPECT_EQ(c, n < whole.size() - 6 ? FrameClass::other : FrameClass::data) << n;
    EXPECT_FALSE(describe(Bytes(whole).first(n)).empty());
  }
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
