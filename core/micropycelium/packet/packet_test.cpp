// SPDX-License-Identifier: ISC
#include "micropycelium/packet/packet.hpp"

#include "micropycelium/base/crc32.hpp"
#include "micropycelium/crypto/hash.hpp"
#include "tests/support/vectors.hpp"

namespace mp {
namespace {

using test::Dice;
using test::Octets;
using test::to_hex;
using test::Vector;
using test::vectors;

// The fields of a vector that `schema` has.
PacketFields fields_of(const Schema& s, const Vector& v) {
  PacketFields f;
  f.packet_id = static_cast<std::uint16_t>(v.number("packet_id"));
  if (s.sequenced()) {
    f.seq_id = static_cast<std::uint8_t>(v.number("seq_id"));
    f.seq_size = static_cast<std::uint16_t>(v.number("seq_size"));
  }
  if (s.ttl.present()) f.ttl = static_cast<std::uint8_t>(v.number("ttl"));
  if (s.to_addr.present()) {
    f.tree_state = static_cast<std::uint8_t>(v.number("tree_state"));
    f.to_addr = v.fixed<Address>("to_addr");
    f.from_addr = v.fixed<Address>("from_addr");
  }
  return f;
}

void expect_fields(const PacketView& p, const PacketFields& f) {
  EXPECT_EQ(p.flags(), f.flags);
  EXPECT_EQ(p.packet_id(), f.packet_id);
  EXPECT_EQ(p.seq_id(), f.seq_id);
  EXPECT_EQ(p.seq_size(), f.seq_size);
  EXPECT_EQ(p.ttl(), f.ttl);
  EXPECT_EQ(p.tree_state(), f.tree_state);
  EXPECT_EQ(p.to_addr(), f.to_addr);
  EXPECT_EQ(p.from_addr(), f.from_addr);
}

class PacketVectors : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Both, PacketVectors, testing::Values("packets", "packets_new"),
                         [](const auto& category) { return std::string(category.param); });

TEST_P(PacketVectors, Parse_GivesTheFields) {
  for (const auto& v : vectors(GetParam())) {
    const Octets datagram = v.bytes("packet");
    const auto packet = PacketView::parse(datagram);
    ASSERT_TRUE(packet) << v.text("packet");
    const Schema& s = packet->schema();
    EXPECT_EQ(s.id, v.number("schema"));
    PacketFields f = fields_of(s, v.object("fields"));
    f.flags = Flags(static_cast<std::uint8_t>(v.number("flags")));
    expect_fields(*packet, f);
    EXPECT_EQ(to_hex(packet->body()), v.object("fields").text("body"));
    if (s.checksum.present()) {
      const Octets sum = v.object("fields").bytes("checksum");
      EXPECT_EQ(packet->checksum(), load_be<std::uint32_t>(sum.data()));
    }
    if (v.has("checksum_ok")) {
      EXPECT_EQ(v.is_null("checksum_ok"), !s.checksum.present());
      EXPECT_EQ(packet->checksum_ok(), v.is_null("checksum_ok") || v.is_true("checksum_ok"));
    }
  }
}

TEST_P(PacketVectors, Write_GivesTheBytes) {
  for (const auto& v : vectors(GetParam())) {
    const Schema& s = *find_schema(static_cast<std::uint8_t>(v.number("schema")));
    PacketFields f = fields_of(s, v.object("fields"));
    f.flags = Flags(static_cast<std::uint8_t>(v.number("flags")));
    const Octets body = v.object("fields").bytes("body");
    ByteArray<kFrameMax> frame;
    const auto written = write_packet(s, f, body, frame);
    ASSERT_TRUE(written);
    Octets expected = v.bytes("packet");
    // We always write the right checksum; some vectors carry a wrong one on purpose.
    if (s.checksum.present()) store_be(expected.data() + s.checksum.offset, crc32(body));
    EXPECT_EQ(to_hex(*written), to_hex(expected));
  }
}

TEST(Packet, RejectVectors_AreRejected) {
  for (const auto& v : vectors("reject")) {
    const Octets datagram = v.bytes("packet");
    EXPECT_EQ(PacketView::parse(datagram).ok(), v.text("expect") == "accept") << v.text("name");
  }
}

TEST(Packet, ChecksumVectors) {
  for (const auto& v : vectors("crc32")) {
    ByteArray<4> sum;
    store_be(sum.data(), crc32(v.bytes("data")));
    EXPECT_EQ(to_hex(sum), v.text("crc32"));
  }
}

Status parse_status(const Octets& datagram) { return PacketView::parse(datagram).status(); }

TEST(Packet, Parse_EveryReason) {
  for (const Schema& s : kSchemas) {
    Octets frame(s.frame + std::size_t{1});
    frame[2] = static_cast<std::byte>(s.id);
    for (std::size_t size = 0; size <= frame.size(); ++size) {
      const Status expected = size < s.body_offset ? Status::truncated
                              : size > s.frame     ? Status::too_large
                                                   : Status::ok;
      EXPECT_EQ(parse_status(Octets(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size))), expected)
          << "schema " << int{s.id} << ", " << size << " bytes";
    }
  }
  EXPECT_EQ(parse_status(test::from_hex("0100000000")), Status::bad_version);
  EXPECT_EQ(parse_status(test::from_hex("ff00000000")), Status::bad_version);
  for (const char* unknown : {"00000e0000", "0000130000", "0000220000", "0000280000", "0000ff0000"})
    EXPECT_EQ(parse_status(test::from_hex(unknown)), Status::unknown_schema) << unknown;
}

TEST(Packet, ReservedByte_IsIgnored) {
  const Octets datagram = test::from_hex("00ff00000700");
  const auto packet = PacketView::parse(datagram);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->packet_id(), 7);
}

PacketFields random_fields(Dice& dice, const Schema& s) {
  PacketFields f;
  f.flags = Flags(dice.any<std::uint8_t>());
  f.packet_id = s.packet_id.size == 2 ? dice.any<std::uint16_t>() : dice.any<std::uint8_t>();
  if (s.sequenced()) {
    f.seq_id = dice.any<std::uint8_t>();
    f.seq_size = s.seq_size.size == 2 ? dice.any<std::uint16_t>() : dice.any<std::uint8_t>();
  }
  if (s.ttl.present()) f.ttl = dice.any<std::uint8_t>();
  if (s.to_addr.present()) {
    f.tree_state = dice.any<std::uint8_t>();
    f.to_addr = dice.fixed<Address>();
    f.from_addr = dice.fixed<Address>();
  }
  return f;
}

TEST(Packet, WriteThenParse_GivesTheSame) {
  Dice dice(1);
  for (int round = 0; round < 200; ++round)
    for (const Schema& s : kSchemas) {
      const PacketFields f = random_fields(dice, s);
      const Octets body = dice.octets(dice.below(s.max_body + 1U));
      ByteArray<kFrameMax> frame;
      dice.fill(frame);
      const auto written = write_packet(s, f, body, frame);
      ASSERT_TRUE(written);
      EXPECT_EQ(written->size(), s.body_offset + body.size());
      const auto packet = PacketView::parse(*written);
      ASSERT_TRUE(packet);
      EXPECT_EQ(packet->schema().id, s.id);
      expect_fields(*packet, f);
      EXPECT_TRUE(equal(packet->body(), body));
      EXPECT_TRUE(packet->checksum_ok());
    }
}

TEST(Packet, ParseThenWrite_GivesTheSameBytes) {
  Dice dice(2);
  for (int round = 0; round < 200; ++round)
    for (const Schema& s : kSchemas) {
      Octets datagram = dice.octets(s.body_offset + dice.below(s.max_body + 1U));
      datagram[0] = datagram[1] = std::byte{0};
      datagram[2] = static_cast<std::byte>(s.id);
      const Bytes body = Bytes(datagram).subspan(s.body_offset);
      if (s.checksum.present()) store_be(datagram.data() + s.checksum.offset, crc32(body));
      const auto p = PacketView::parse(datagram);
      ASSERT_TRUE(p);
      const PacketFields f{p->flags(), p->packet_id(),  p->seq_id(),  p->seq_size(),
                           p->ttl(),   p->tree_state(), p->to_addr(), p->from_addr()};
      ByteArray<kFrameMax> frame;
      const auto written = write_packet(s, f, body, frame);
      ASSERT_TRUE(written);
      EXPECT_EQ(to_hex(*written), to_hex(datagram));
    }
}

TEST(Packet, AnyBitOfTheBodyFlipped_ChecksumIsWrong) {
  Dice dice(3);
  for (const Schema& s : kSchemas) {
    if (!s.checksum.present()) continue;
    ByteArray<kFrameMax> frame;
    const auto written = write_packet(s, random_fields(dice, s), dice.octets(s.max_body), frame);
    ASSERT_TRUE(written);
    for (std::size_t bit = 8 * std::size_t{s.body_offset}; bit < 8 * written->size(); ++bit) {
      const std::byte mask = std::byte{0x80} >> (bit % 8);
      frame[bit / 8] ^= mask;
      EXPECT_FALSE(PacketView::parse(*written)->checksum_ok());
      frame[bit / 8] ^= mask;
    }
    EXPECT_TRUE(PacketView::parse(*written)->checksum_ok());
  }
}

TEST(Packet, Write_BodyOverTheMaximum_TooLarge) {
  for (const Schema& s : kSchemas) {
    ByteArray<kFrameMax + 8> frame;
    EXPECT_EQ(write_packet(s, {}, Octets(s.max_body + 1U), frame).status(), Status::too_large);
    EXPECT_EQ(write_header(s, {}, s.max_body + 1U, frame).status(), Status::too_large);
    EXPECT_EQ(write_packet(s, {}, Octets(s.max_body), frame).status(), Status::ok);
  }
}

TEST(Packet, Write_BufferOneByteShort_TooLarge) {
  for (const Schema& s : kSchemas) {
    Octets buffer(s.body_offset + 9U);
    EXPECT_EQ(write_packet(s, {}, Octets(10), buffer).status(), Status::too_large);
    EXPECT_EQ(write_header(s, {}, 10, buffer).status(), Status::too_large);
    EXPECT_EQ(write_packet(s, {}, {}, MutableBytes(buffer).first(s.body_offset - 1U)).status(), Status::too_large);
    EXPECT_EQ(write_packet(s, {}, {}, {}).status(), Status::too_large);
  }
}

TEST(Packet, Write_IdsThatDoNotFit_BadValue) {
  for (const Schema& s : kSchemas) {
    ByteArray<kFrameMax> frame;
    PacketFields f;
    f.packet_id = 256;
    EXPECT_EQ(write_packet(s, f, {}, frame).status(), s.packet_id.size == 2 ? Status::ok : Status::bad_value);
    f = {};
    f.seq_size = 256;
    const bool refused = s.seq_size.size == 1;  // ignored where there is no such field
    EXPECT_EQ(write_packet(s, f, {}, frame).status(), refused ? Status::bad_value : Status::ok);
  }
}

TEST(Packet, WriteHeader_LeavesTheBodyInPlace) {
  Dice dice(4);
  for (const Schema& s : kSchemas) {
    const PacketFields f = random_fields(dice, s);
    const Octets body = dice.octets(100);
    ByteArray<kFrameMax> whole;
    ByteArray<kFrameMax> in_place;
    copy(body, MutableBytes(in_place).subspan(s.body_offset));
    EXPECT_EQ(to_hex(*write_header(s, f, body.size(), in_place)), to_hex(*write_packet(s, f, body, whole)));
  }
}

// A body may lie in the same buffer: a relay that wraps what it received.
TEST(Packet, Write_BodyOverlapsTheBuffer_IsMovedRight) {
  const Schema& s = *find_schema(5);
  Octets buffer = Dice(5).octets(kFrameMax);
  const Octets body(buffer.begin() + 10, buffer.begin() + 110);
  const auto written = write_packet(s, {}, Bytes(buffer).subspan(10, 100), buffer);
  ASSERT_TRUE(written);
  EXPECT_TRUE(equal(PacketView::parse(*written)->body(), body));
}

TEST(Packet, SetFlagsAndTtl_ChangeOneByteEach) {
  Dice dice(6);
  for (const Schema& s : kSchemas) {
    ByteArray<kFrameMax> frame;
    PacketFields f = random_fields(dice, s);
    const Bytes datagram = *write_packet(s, f, dice.octets(50), frame);
    const Octets body(datagram.begin() + s.body_offset, datagram.end());
    f.flags = f.flags.with_error(!f.flags.error());
    set_flags(frame, f.flags);
    if (s.ttl.present()) ++f.ttl;
    set_ttl(s, frame, f.ttl);
    const auto packet = PacketView::parse(datagram);
    expect_fields(*packet, f);
    EXPECT_TRUE(equal(packet->body(), body));
    EXPECT_TRUE(packet->checksum_ok()) << "the checksum covers the body only";
  }
}

TEST(Packet, SequenceVectors_PartsCarryTheirSlices) {
  for (const auto& v : vectors("sequences")) {
    const Schema& s = *find_schema(static_cast<std::uint8_t>(v.number("schema")));
    const bool whole = v.has("blob");
    const Octets data =
        whole ? v.bytes("blob")
              : test::rule_bytes(static_cast<unsigned>(v.object("blob_rule").number("mul")),
                                 static_cast<unsigned>(v.object("blob_rule").number("add")), v.number("blob_len"));
    const std::size_t parts = (data.size() + s.max_body - 1) / s.max_body;
    ASSERT_EQ(parts, v.number("packet_count"));
    PacketFields f;
    f.seq_id = static_cast<std::uint8_t>(v.number("seq_id"));
    f.seq_size = static_cast<std::uint16_t>(parts - 1);
    if (s.ttl.present()) f.ttl = static_cast<std::uint8_t>(v.object("fields").number("ttl"));
    if (s.to_addr.present()) {
      f.tree_state = static_cast<std::uint8_t>(v.object("fields").number("tree_state"));
      f.to_addr = v.object("fields").fixed<Address>("to_addr");
      f.from_addr = v.object("fields").fixed<Address>("from_addr");
    }
    Sha256 hash;
    for (std::size_t i = 0; i < parts; ++i) {
      // The reference asks for an acknowledgement of the first, the middle and the last part.
      const bool asked = i == 0 || i == parts / 2 || i == parts - 1;
      f.flags = asked ? Flags(Control::ask) : Flags();
      f.packet_id = static_cast<std::uint16_t>(i);
      const Bytes body =
          Bytes(data).subspan(i * s.max_body, std::min<std::size_t>(s.max_body, data.size() - i * s.max_body));
      ByteArray<kFrameMax> frame;
      const auto packet = write_packet(s, f, body, frame);
      ASSERT_TRUE(packet);
      if (whole) {
        EXPECT_EQ(to_hex(*packet), v.texts("packets")[i]);
      } else {
        hash.update(*packet);
      }
    }
    if (!whole) {
      EXPECT_EQ(to_hex(hash.finish()), v.text("packets_sha256"));
    }
  }
}

}  // namespace
}  // namespace mp
