// SPDX-License-Identifier: ISC
#include "micropycelium/messages/ping.hpp"

#include "tests/support/vectors.hpp"

namespace mp {
namespace {

using test::Dice;
using test::Octets;
using test::to_hex;
using test::vectors;

TEST(Ping, Vectors_BothWays) {
  for (const auto& v : vectors("ping_messages")) {
    const Octets raw = v.bytes("message");
    const auto m = decode_ping(raw);
    ASSERT_TRUE(m);
    EXPECT_EQ(static_cast<unsigned>(m->op), v.number("op"));
    EXPECT_EQ(m->nonce, v.number("nonce"));
    EXPECT_EQ(m->metric, v.number("metric"));
    EXPECT_EQ(m->ts1, v.number("ts1"));
    EXPECT_EQ(m->ts2, v.number("ts2"));
    EXPECT_EQ(m->ts3, v.number("ts3"));
    EXPECT_EQ(m->address.tree_state, v.number("tree_state"));
    EXPECT_EQ(to_hex(m->address.address.value), v.text("address"));
    EXPECT_EQ(to_hex(m->node_id.bytes()), v.text("node_id"));
    ByteArray<kPingSize> out;
    const auto encoded = encode_ping(*m, out);
    ASSERT_TRUE(encoded);
    EXPECT_EQ(to_hex(*encoded), v.text("message"));
  }
}

TEST(Ping, AnyFields_ComeBack) {
  Dice dice(1);
  for (int round = 0; round < 1000; ++round) {
    const PingMessage m{static_cast<PingOp>(dice.below(4)),
                        dice.any<std::uint8_t>(),
                        dice.any<std::uint8_t>(),
                        dice.any<std::uint64_t>(),
                        dice.any<std::uint64_t>(),
                        dice.any<std::uint64_t>(),
                        {dice.any<std::uint8_t>(), dice.fixed<Address>()},
                        dice.fixed<NodeId>()};
    ByteArray<kPingSize> out;
    EXPECT_EQ(*decode_ping(*encode_ping(m, out)), m);
  }
}

TEST(Ping, OtherSizes_TruncatedOrTooLarge) {
  EXPECT_EQ(kPingSize, 76U);
  for (std::size_t size = 0; size < 2 * kPingSize; ++size) {
    const Status expected = size < kPingSize ? Status::truncated : size > kPingSize ? Status::too_large : Status::ok;
    EXPECT_EQ(decode_ping(Octets(size)).status(), expected) << size;
  }
}

TEST(Ping, UnknownOp_BadValue) {
  Octets m(kPingSize);
  for (unsigned op = 0; op < 256; ++op) {
    m[0] = static_cast<std::byte>(op);
    EXPECT_EQ(decode_ping(m).status(), op <= 3 ? Status::ok : Status::bad_value) << op;
  }
}

TEST(Ping, Encode_TooSmallABuffer_TooLarge) {
  ByteArray<kPingSize> out;
  for (std::size_t size = 0; size < kPingSize; ++size)
    EXPECT_EQ(encode_ping({}, MutableBytes(out).first(size)).status(), Status::too_large) << size;
}

}  // namespace
}  // namespace mp
