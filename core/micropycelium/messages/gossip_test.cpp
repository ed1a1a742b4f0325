// SPDX-License-Identifier: ISC
#include "micropycelium/messages/gossip.hpp"

#include "tests/support/vectors.hpp"

namespace mp {
namespace {

using test::Octets;
using test::to_hex;
using test::vectors;

TEST(Gossip, Vectors_BothWays) {
  for (const auto& v : vectors("gossip_messages")) {
    const Octets raw = v.bytes("message");
    const auto m = decode_gossip(raw);
    ASSERT_TRUE(m);
    EXPECT_EQ(static_cast<unsigned>(m->op), v.number("op"));
    EXPECT_EQ(to_hex(m->topic_id.bytes()), v.text("topic_id"));
    EXPECT_EQ(to_hex(m->data), v.text("data"));
    EXPECT_EQ(to_hex(gossip_message_id(raw).bytes()), v.text("id"));
    Octets out(raw.size());
    const auto encoded = encode_gossip(*m, out);
    ASSERT_TRUE(encoded);
    EXPECT_EQ(to_hex(*encoded), v.text("message"));
  }
}

TEST(Gossip, Ids_AreReadInPlace) {
  const Octets raw = test::Dice(1).octets(kGossipHead + 48);
  GossipMessage m;
  m.op = GossipOp::respond_ids;
  m.data = Bytes(raw).subspan(kGossipHead);
  const auto ids = gossip_ids(m);
  ASSERT_TRUE(ids);
  ASSERT_EQ(ids->size(), 3U);
  EXPECT_TRUE(equal((*ids)[2].bytes(), Bytes(raw).last(16)));
  m.data = m.data.first(47);
  EXPECT_EQ(gossip_ids(m).status(), Status::truncated);
  m.data = {};
  EXPECT_TRUE(gossip_ids(m)->empty());
}

TEST(Gossip, BelowItsHead_Truncated) {
  for (std::size_t size = 0; size < kGossipHead; ++size)
    EXPECT_EQ(decode_gossip(Octets(size)).status(), Status::truncated) << size;
  EXPECT_TRUE(decode_gossip(Octets(kGossipHead))->data.empty());
}

TEST(Gossip, UnknownOp_BadValue) {
  Octets m(kGossipHead + 5);
  for (unsigned op = 0; op < 256; ++op) {
    m[0] = static_cast<std::byte>(op);
    const bool known = op <= 1 || op == 15 || op == 240 || op >= 254;
    EXPECT_EQ(decode_gossip(m).status(), known ? Status::ok : Status::bad_value) << op;
  }
}

TEST(Gossip, Encode_TooSmallABuffer_TooLarge) {
  const Octets data(10);
  GossipMessage m;
  m.data = data;
  Octets out(kGossipHead + 10);
  for (std::size_t size = 0; size < out.size(); ++size)
    EXPECT_EQ(encode_gossip(m, MutableBytes(out).first(size)).status(), Status::too_large) << size;
  EXPECT_EQ(encode_gossip(m, out).status(), Status::ok);
}

TEST(Gossip, FloodedData_IsWhatTheSpecificationSays) { EXPECT_EQ(kGossipFloodedDataMax, 186U); }

TEST(Gossip, AppId_IsTheKnownOne) { EXPECT_EQ(to_hex(kGossipApp.id().bytes()), "849969c1f22797d66f5a94db2afe634a"); }

}  // namespace
}  // namespace mp
