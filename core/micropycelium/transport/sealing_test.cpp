// SPDX-License-Identifier: ISC
#include "micropycelium/transport/sealing.hpp"

#include "micropycelium/crypto/ed25519.hpp"
#include "micropycelium/packet/packet.hpp"

#include <gtest/gtest.h>

#include <random>

namespace mp {
namespace {

NetworkKey network_key(std::uint8_t n) {
  NetworkKey key;
  for (std::byte& b : key.fill()) b = std::byte{n};
  return key;
}

AeadKey key_of(std::uint8_t n) {
  AeadKey key;
  for (std::byte& b : key.fill()) b = std::byte{n};
  return key;
}

ByteArray<kFrameMax> packet_of(const Schema& schema, std::size_t body, std::uint64_t seed) {
  ByteArray<kFrameMax> buffer;
  std::mt19937_64 engine(seed);
  for (std::byte& b : buffer) b = static_cast<std::byte>(engine());
  PacketFields fields;
  fields.packet_id = 7;
  fields.ttl = 9;
  EXPECT_TRUE(write_header(schema, fields, body, buffer).ok());
  return buffer;
}

TEST(Sealing, EverySchemaAndSize_OpensToWhatWasSealed) {
  const AeadKey key = key_of(3);
  for (const Schema& schema : kSealedSchemas)
    for (const std::size_t body : {std::size_t{0}, std::size_t{1}, std::size_t{100}, std::size_t{schema.max_body}}) {
      const auto buffer = packet_of(schema, body, schema.id);
      const Bytes packet = Bytes(buffer).first(schema.body_offset + body);
      ByteArray<kFrameMax> out;
      const Bytes frame = seal_frame(key, {2, true, 5}, 0x01020304, schema, packet, out);
      ASSERT_EQ(frame.size(), packet.size() + 12);
      EXPECT_LE(frame.size(), schema.frame + 12U);
      ASSERT_TRUE(sealed_frame_fits(schema, frame.size()));
      EXPECT_EQ(frame_counter(schema, frame), 0x01020304U);
      const auto byte = SealByte::decode(frame[1]);
      ASSERT_TRUE(byte.ok());
      EXPECT_EQ(byte->generation, 2);
      EXPECT_TRUE(byte->group);
      EXPECT_EQ(byte->number, 5);
      const auto opened = open_frame(key, schema, MutableBytes(out).first(frame.size()));
      ASSERT_TRUE(opened.ok());
      EXPECT_TRUE(equal(Bytes(*opened).subspan(2), packet.subspan(2)));
    }
}

TEST(Sealing, AnyBitChanged_IsForgedAndTheFrameStays) {
  const AeadKey key = key_of(3);
  const Schema& schema = *find_schema(64 + 5);
  const auto buffer = packet_of(schema, 20, 1);
  ByteArray<kFrameMax> out;
  const std::size_t size =
      seal_frame(key, {0, false, 1}, 9, schema, Bytes(buffer).first(schema.body_offset + 20U), out).size();
  for (std::size_t bit = 0; bit < size * 8; ++bit) {
    auto changed = out;
    changed[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    const auto before = changed;
    EXPECT_EQ(open_frame(key, schema, MutableBytes(changed).first(size)).status(), Status::forged) << bit;
    EXPECT_EQ(changed, before);
  }
  auto other = out;
  EXPECT_EQ(open_frame(key_of(4), schema, MutableBytes(other).first(size)).status(), Status::forged);
}

TEST(Sealing, BothEnds_HaveTheSameKeys_AndNobodyElse) {
  const Ed25519KeyPair a(Ed25519Seed{std::byte{1}}), b(Ed25519Seed{std::byte{2}}), c(Ed25519Seed{std::byte{3}});
  const auto id = [](const Ed25519KeyPair& k) {
    NodeId n;
    n.value = k.public_key();
    return n;
  };
  const NetworkSecret net(network_key(1), 0), other_net(network_key(2), 0);
  HkdfKey ab, ba, ac, foreign;
  ASSERT_EQ(net.pair(a.x25519(), id(b), ab), Status::ok);
  ASSERT_EQ(net.pair(b.x25519(), id(a), ba), Status::ok);
  ASSERT_EQ(net.pair(a.x25519(), id(c), ac), Status::ok);
  ASSERT_EQ(other_net.pair(a.x25519(), id(b), foreign), Status::ok);
  EXPECT_TRUE(ab == ba);
  EXPECT_FALSE(ab == ac);
  EXPECT_FALSE(ab == foreign);
  SealSalt s, t;
  s.value[0] = std::byte{1};
  t.value[0] = std::byte{2};
  EXPECT_TRUE(frame_key(ab, id(a), id(b), s, t) == frame_key(ba, id(a), id(b), s, t));
  EXPECT_FALSE(frame_key(ab, id(a), id(b), s, t) == frame_key(ab, id(b), id(a), t, s)) << "each direction has its own";
  EXPECT_FALSE(frame_key(ab, id(a), id(b), s, t) == frame_key(ab, id(a), id(b), s, s)) << "a new salt, a new key";
  EXPECT_FALSE(net.group_key(id(a), s) == net.group_key(id(a), t));
  EXPECT_FALSE(net.group_key(id(a), s) == net.group_key(id(b), s));
}

TEST(ReplayWindow, EachCounterOnce_AndNoneBelowTheWindow) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 engine(seed);
    ReplayWindow window;
    const std::uint32_t first = static_cast<std::uint32_t>(1 + engine() % 1000);
    window.begin(first);
    std::vector<bool> taken(20'000, false);
    std::uint32_t highest = first - 1;
    for (int i = 0; i < 20'000; ++i) {
      const auto counter = static_cast<std::uint32_t>(std::min<std::uint64_t>(highest + engine() % 90, 19'999));
      const std::uint32_t c = counter > 50 ? counter - static_cast<std::uint32_t>(engine() % 50) : counter;
      const bool expected = c >= first && !taken[c] && (c > highest || highest - c <= ReplayWindow::kWidth);
      ASSERT_EQ(window.fresh(c), expected) << c << " of " << highest;
      if (!window.fresh(c)) continue;
      window.take(c);
      taken[c] = true;
      highest = std::max(highest, c);
      ASSERT_FALSE(window.fresh(c));
    }
  }
}

TEST(ReplayWindow, BeginsWhereItIsTold) {
  ReplayWindow window;
  EXPECT_FALSE(window.fresh(0));
  window.begin(100);
  EXPECT_FALSE(window.fresh(99));
  EXPECT_FALSE(window.fresh(50));
  EXPECT_TRUE(window.fresh(100));
  window.take(103);
  EXPECT_TRUE(window.fresh(100));
  EXPECT_TRUE(window.fresh(102));
  EXPECT_FALSE(window.fresh(99));
}

TEST(Opening, FramesOpenToTheirText_TamperedOnesDoNot) {
  const AeadKey key = key_of(1);
  AeadNonce24 nonce;
  nonce.value[5] = std::byte{9};
  ByteArray<kFrameMax> out;
  const Bytes text = bytes("who is there");
  const std::size_t size = seal_opening(key, kOpeningSchemaLora, {1, false, 2}, nonce, text, out).size();
  EXPECT_EQ(size, text.size() + 44);
  for (std::size_t i = 0; i < size; ++i) {
    auto changed = out;
    changed[i] ^= std::byte{1};
    EXPECT_EQ(open_opening(key, MutableBytes(changed).first(size)).status(), Status::forged) << i;
  }
  EXPECT_EQ(open_opening(key, MutableBytes(out).first(43)).status(), Status::truncated);
  const auto opened = open_opening(key, MutableBytes(out).first(size));
  ASSERT_TRUE(opened.ok());
  EXPECT_TRUE(equal(*opened, text));
}

}  // namespace
}  // namespace mp
