// SPDX-License-Identifier: ISC
#include "micropycelium/messages/debug.hpp"

#include "tests/support/vectors.hpp"

namespace mp {
namespace {

using test::Octets;
using test::to_hex;
using test::vectors;

TEST(Debug, Vectors_BothWays) {
  for (const auto& v : vectors("debug_messages")) {
    const Octets raw = v.bytes("message");
    const auto m = decode_debug(raw);
    ASSERT_TRUE(m);
    EXPECT_EQ(m->op, v.number("op"));
    EXPECT_EQ(m->ts, v.number("ts"));
    EXPECT_EQ(m->nonce, v.number("nonce"));
    EXPECT_EQ(to_hex(m->from_id.bytes()), v.text("from_id"));
    EXPECT_EQ(to_hex(m->data), v.text("data"));
    Octets out(raw.size());
    const auto encoded = encode_debug(*m, out);
    ASSERT_TRUE(encoded);
    EXPECT_EQ(to_hex(*encoded), v.text("message"));
  }
}

TEST(Debug, BelowItsHead_Truncated) {
  EXPECT_EQ(kDebugHead, 39U);
  for (std::size_t size = 0; size < kDebugHead; ++size)
    EXPECT_EQ(decode_debug(Octets(size)).status(), Status::truncated) << size;
  EXPECT_TRUE(decode_debug(Octets(kDebugHead))->data.empty());
}

TEST(Debug, EveryOp_IsTaken) {
  Octets raw(kDebugHead);
  for (unsigned op = 0; op < 256; ++op) {
    raw[0] = static_cast<std::byte>(op);
    const auto m = decode_debug(raw);
    ASSERT_TRUE(m);
    EXPECT_EQ(m->op, op);
    EXPECT_EQ(m->is(DebugOp::auth_error), op == 201);
  }
}

TEST(Debug, Encode_TooSmallABuffer_TooLarge) {
  const Octets data(10);
  DebugMessage m;
  m.data = data;
  Octets out(kDebugHead + 10);
  for (std::size_t size = 0; size < out.size(); ++size)
    EXPECT_EQ(encode_debug(m, MutableBytes(out).first(size)).status(), Status::too_large) << size;
  EXPECT_EQ(encode_debug(m, out).status(), Status::ok);
}

TEST(Debug, Topic_IsTheDigestOfAppIdAndTarget) {
  const auto target = test::Dice(1).fixed<NodeId>();
  Octets named;
  const AppId app = kDebugApp.id();
  for (const Bytes part : {app.bytes(), target.bytes()}) named.insert(named.end(), part.begin(), part.end());
  EXPECT_EQ(to_hex(debug_topic(target).bytes()), to_hex(half_sha256(named).bytes()));
}

}  // namespace
}  // namespace mp
