// SPDX-License-Identifier: ISC
#include "micropycelium/messages/tree_v0.hpp"

#include "tests/support/vectors.hpp"

namespace mp {
namespace {

using test::Dice;
using test::Octets;
using test::to_hex;
using test::vectors;

TEST(Tree, Vectors_BothWays) {
  for (const auto& v : vectors("tree_messages")) {
    const Octets raw = v.bytes("message");
    const auto m = decode_tree(raw);
    ASSERT_TRUE(m);
    EXPECT_EQ(static_cast<unsigned>(m->op), v.number("op"));
    EXPECT_EQ(m->ts, v.number("ts"));
    EXPECT_EQ(m->age, v.number("age"));
    EXPECT_EQ(to_hex(m->claim.bytes()), v.text("claim"));
    EXPECT_EQ(to_hex(m->address.value), v.text("address"));
    EXPECT_EQ(to_hex(m->node_id.bytes()), v.text("node_id"));
    EXPECT_EQ(tree_state(m->claim), v.number("tree_state"));
    ByteArray<kTreeMessageSize> out;
    const auto encoded = encode_tree(*m, out);
    ASSERT_TRUE(encoded);
    EXPECT_EQ(to_hex(*encoded), v.text("message"));
  }
}

TEST(Tree, ClaimVectors_ScoreAndState) {
  for (const auto& v : vectors("tree_state")) {
    const auto claim = v.fixed<NodeId>("claim");
    EXPECT_EQ(tree_state(claim), v.number("tree_state"));
    EXPECT_EQ(to_hex(claim_score(claim).value), v.text("score_xor_target0"));
  }
}

TEST(Tree, Score_OrdersAsABigEndianNumber) {
  NodeId best;
  for (std::size_t i = 0; i < best.value.size(); ++i) best.value[i] = bytes("1234")[i % 4];
  EXPECT_EQ(claim_score(best), ClaimScore{});
  NodeId late = best;
  late.value.back() ^= std::byte{0xff};
  NodeId early = best;
  early.value.front() ^= std::byte{0x01};
  EXPECT_LT(claim_score(best), claim_score(late));
  EXPECT_LT(claim_score(late), claim_score(early));
}

TEST(Tree, AnyFields_ComeBack) {
  Dice dice(1);
  constexpr TreeOp kOps[] = {TreeOp::send, TreeOp::respond, TreeOp::request_address_assignment, TreeOp::assign_address};
  for (int round = 0; round < 1000; ++round) {
    const TreeMessageV0 m{kOps[dice.below(4)],  dice.any<std::uint64_t>(), dice.any<std::uint8_t>(),
                          dice.fixed<NodeId>(), dice.fixed<Address>(),     dice.fixed<NodeId>()};
    ByteArray<kTreeMessageSize> out;
    EXPECT_EQ(*decode_tree(*encode_tree(m, out)), m);
  }
}

TEST(Tree, OtherSizes_TruncatedOrTooLarge) {
  EXPECT_EQ(kTreeMessageSize, 90U);
  for (std::size_t size = 0; size < 2 * kTreeMessageSize; ++size) {
    const Status expected = size < kTreeMessageSize   ? Status::truncated
                            : size > kTreeMessageSize ? Status::too_large
                                                      : Status::ok;
    EXPECT_EQ(decode_tree(Octets(size)).status(), expected) << size;
  }
}

TEST(Tree, UnknownOp_BadValue) {
  Octets m(kTreeMessageSize);
  for (unsigned op = 0; op < 256; ++op) {
    m[0] = static_cast<std::byte>(op);
    const bool known = op == 0 || op == 15 || op == 240 || op == 255;
    EXPECT_EQ(decode_tree(m).status(), known ? Status::ok : Status::bad_value) << op;
  }
}

TEST(Tree, Encode_TooSmallABuffer_TooLarge) {
  ByteArray<kTreeMessageSize> out;
  for (std::size_t size = 0; size < kTreeMessageSize; ++size)
    EXPECT_EQ(encode_tree({}, MutableBytes(out).first(size)).status(), Status::too_large) << size;
}

}  // namespace
}  // namespace mp
