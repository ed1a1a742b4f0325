// SPDX-License-Identifier: ISC
#include "micropycelium/messages/hop_ack.hpp"

#include "micropycelium/packet/packet.hpp"

#include "tests/support/vectors.hpp"

namespace mp {
namespace {

using test::Dice;
using test::Octets;
using test::to_hex;

TEST(HopAck, Layout_RoomThenFingerprints) {
  const std::uint32_t prints[] = {0x01020304, 0xfffefdfc};
  ByteArray<9> out;
  EXPECT_EQ(to_hex(*encode_hop_ack(5, prints, out)),
            "05"
            "01020304"
            "fffefdfc");
  EXPECT_EQ(to_hex(*encode_hop_ack(0, {}, out)), "00");
}

TEST(HopAck, AnyFingerprints_ComeBack) {
  Dice dice(1);
  for (int round = 0; round < 1000; ++round) {
    std::vector<std::uint32_t> prints(dice.below(HopAck::kFingerprintsMax + 1));
    for (std::uint32_t& p : prints) p = dice.any<std::uint32_t>();
    const auto room = dice.any<std::uint8_t>();
    ByteArray<1 + HopAck::kFingerprintsMax * HopAck::kFingerprintSize> out;
    const auto encoded = encode_hop_ack(room, prints, out);
    ASSERT_TRUE(encoded);
    const auto ack = decode_hop_ack(*encoded);
    ASSERT_TRUE(ack);
    EXPECT_EQ(ack->room, room);
    ASSERT_EQ(ack->count(), prints.size());
    for (std::size_t i = 0; i < prints.size(); ++i) EXPECT_EQ(ack->fingerprint(i), prints[i]);
  }
}

TEST(HopAck, AsManyAsFit_NoMore) {
  EXPECT_EQ(HopAck::kFingerprintsMax, (find_schema(kHopSchemaLora)->max_body - 1U) / HopAck::kFingerprintSize);
  const std::vector<std::uint32_t> prints(HopAck::kFingerprintsMax + 1);
  ByteArray<300> out;
  EXPECT_TRUE(encode_hop_ack(1, std::span(prints).first(HopAck::kFingerprintsMax), out));
  EXPECT_EQ(encode_hop_ack(1, prints, out).status(), Status::too_large);
}

TEST(HopAck, Encode_TooSmallABuffer_TooLarge) {
  const std::uint32_t prints[] = {1, 2, 3};
  ByteArray<13> out;
  for (std::size_t size = 0; size < out.size(); ++size)
    EXPECT_EQ(encode_hop_ack(1, prints, MutableBytes(out).first(size)).status(), Status::too_large) << size;
  EXPECT_TRUE(encode_hop_ack(1, prints, out));
}

TEST(HopAck, OtherSizes_TruncatedOrTooLarge) {
  for (std::size_t size = 0; size < 300; ++size) {
    const bool whole = size % HopAck::kFingerprintSize == 1;
    const bool fits = size <= 1 + HopAck::kFingerprintsMax * HopAck::kFingerprintSize;
    const Status expected = !whole ? Status::truncated : fits ? Status::ok : Status::too_large;
    EXPECT_EQ(decode_hop_ack(Octets(size)).status(), expected) << size;
  }
}

// --- fingerprints ------------------------------------------------------------------------------------

std::vector<const Schema*> routed_schemas() {
  std::vector<const Schema*> all;
  for (const Schema& s : kSchemas)
    if (s.routed()) all.push_back(&s);
  return all;
}

PacketFields any_fields(Dice& dice) {
  PacketFields f;
  f.flags = Flags(dice.any<std::uint8_t>());
  f.packet_id = dice.any<std::uint8_t>();
  f.seq_id = dice.any<std::uint8_t>();
  f.seq_size = dice.any<std::uint8_t>();
  f.ttl = dice.any<std::uint8_t>();
  f.tree_state = dice.any<std::uint8_t>();
  f.to_addr = dice.fixed<Address>();
  f.from_addr = dice.fixed<Address>();
  return f;
}

// Every bit of a frame: which of them make another frame of it.
TEST(HopFingerprint, EachBit_CountsAsDocumented) {
  Dice dice(2);
  for (const Schema* schema : routed_schemas())
    for (const std::size_t body : {std::size_t{0}, std::size_t{5}, std::size_t{32}, std::size_t{90}}) {
      SCOPED_TRACE("schema " + std::to_string(schema->id) + ", body " + std::to_string(body));
      ByteArray<kFrameMax> frame;
      const auto written = write_packet(*schema, any_fields(dice), dice.octets(body), frame);
      ASSERT_TRUE(written);
      Octets bytes(written->begin(), written->end());
      const std::uint32_t before = hop_fingerprint(*schema, bytes);
      const std::size_t counted = schema->body_offset + std::min<std::size_t>(body, 32);
      for (std::size_t i = 0; i < bytes.size(); ++i)
        for (unsigned bit = 0; bit < 8; ++bit) {
          const std::byte mask{static_cast<std::uint8_t>(0x80U >> bit)};
          bytes[i] ^= mask;
          const bool throttle = i == 3 && bit == 1;
          const bool counts = i >= 2 && i < counted && !throttle;
          EXPECT_EQ(hop_fingerprint(*schema, bytes) != before, counts) << "byte " << i << ", bit " << bit;
          bytes[i] ^= mask;
        }
    }
}

// Known from the words of the specification alone: CRC-32 as zlib has it, python3 -c
// 'import zlib; print(hex(zlib.crc32(bytes([5, 0x08]) + bytes(range(4, 39)) + bytes(32))))'
TEST(HopFingerprint, KnownFrame) {
  Octets frame(39 + 40);
  frame[2] = std::byte{5};
  frame[3] = std::byte{0x48};  // ask, throttle
  for (std::size_t i = 4; i < 39; ++i) frame[i] = static_cast<std::byte>(i);
  EXPECT_EQ(find_schema(5)->body_offset, 39U);
  EXPECT_EQ(hop_fingerprint(*find_schema(5), frame), 0x2644b873U);
}

// A relay patches the ttl: the frame that goes on is another than the one that came, so no hop takes its own words for
// its neighbour's.
TEST(HopFingerprint, NextHop_HasAnotherName) {
  Dice dice(3);
  for (const Schema* schema : routed_schemas()) {
    if (!schema->ttl.present()) continue;
    ByteArray<kFrameMax> frame;
    PacketFields fields = any_fields(dice);
    fields.ttl = 20;
    const auto written = write_packet(*schema, fields, dice.octets(40), frame);
    ASSERT_TRUE(written);
    const std::uint32_t before = hop_fingerprint(*schema, *written);
    set_ttl(*schema, MutableBytes(frame).first(written->size()), 19);
    EXPECT_NE(hop_fingerprint(*schema, *written), before);
  }
}

TEST(HopFingerprint, TwoPackagesUnderOneId_Differ) {
  Dice dice(4);
  PacketFields fields = any_fields(dice);
  ByteArray<kFrameMax> frame;
  const Schema& schema = *find_schema(5);
  const Octets head = dice.octets(16);
  Octets one = head, other = head;
  for (Octets* body : {&one, &other})
    for (const std::byte b : dice.octets(60)) body->push_back(b);
  const std::uint32_t first = hop_fingerprint(schema, *write_packet(schema, fields, one, frame));
  EXPECT_NE(hop_fingerprint(schema, *write_packet(schema, fields, other, frame)), first) << "the digest counts";
}

}  // namespace
}  // namespace mp
