// SPDX-License-Identifier: ISC
#include "micropycelium/messages/tree_lease.hpp"

#include "micropycelium/messages/spanning_tree.hpp"

#include <gtest/gtest.h>

namespace mp {
namespace {

Ed25519KeyPair keys_of(std::uint8_t n) {
  Ed25519Seed seed{};
  seed[0] = std::byte{n};
  return Ed25519KeyPair(seed);
}

NodeId id_of(const Ed25519KeyPair& keys) { return NodeId::from(keys.public_key().bytes()); }

TreePlaces two_places() {
  TreePlaces places;
  places.count = 2;
  places.all[0] = {1, 0x1234, *CompactAddress{}.child(7, 2)};
  places.all[1] = {3, 0x5678, {}};
  return places;
}

TEST(TreeLease, OnlyTheLeafsOwn_IsGenuine) {
  const Ed25519KeyPair leaf = keys_of(1);
  const NodeTag parent = node_tag(id_of(keys_of(2)));
  TreeLease lease = make_lease(parent, 3, 4, leaf);
  EXPECT_TRUE(lease_genuine(lease, id_of(leaf)));
  EXPECT_FALSE(lease_genuine(lease, id_of(keys_of(2)))) << "another leaf";
  EXPECT_FALSE(lease_genuine(make_lease(parent, 3, 4, keys_of(2)), id_of(leaf))) << "signed by its parent";
  EXPECT_LT(lease.order(), make_lease(parent, 3, 5, leaf).order());
  EXPECT_LT(make_lease(parent, 3, 0xffff'ffff, leaf).order(), make_lease(parent, 4, 1, leaf).order());
  ++lease.count;
  EXPECT_FALSE(lease_genuine(lease, id_of(leaf)));
  --lease.count;
  lease.parent.value[7] ^= std::byte{1};
  EXPECT_FALSE(lease_genuine(lease, id_of(leaf))) << "another parent";
}

TEST(LeaseMessage, Itself_ComesBack) {
  const TreeLease lease = make_lease(node_tag(id_of(keys_of(2))), 3, 4, keys_of(1));
  for (const auto what : {LeaseMessage::What::ask, LeaseMessage::What::renew}) {
    auto message = encode_lease({what, lease});
    EXPECT_EQ(*tree_message_kind(message), TreeMessage::lease);
    const auto read = decode_lease(message);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->what, what);
    EXPECT_EQ(read->lease.order(), lease.order());
    EXPECT_EQ(read->lease.parent, lease.parent);
    EXPECT_EQ(read->lease.signature.value, lease.signature.value);
    EXPECT_EQ(decode_lease(Bytes(message).first(message.size() - 1)).status(), Status::truncated);
    message[1] = std::byte{2};
    EXPECT_EQ(decode_lease(message).status(), Status::bad_value) << "neither asked nor renewed";
    message[0] = std::byte{17};
    EXPECT_EQ(decode_lease(message).status(), Status::bad_value) << "another kind";
  }
  EXPECT_EQ(decode_lease({}).status(), Status::truncated);
  ByteArray<LeaseMessage::kSize + 1> longer{};
  copy(encode_lease({LeaseMessage::What::ask, lease}), longer);
  EXPECT_EQ(decode_lease(longer).status(), Status::too_large);
}

TEST(LeaseAnswer, OnlyTheParentsOwnForThisLeaf_IsGenuine) {
  const Ed25519KeyPair parent = keys_of(2);
  const NodeId leaf = id_of(keys_of(1));
  const LeaseAnswer answer{.boot = 3, .count = 4, .number = 0xcafe'0001'0002, .places = two_places()};
  ByteArray<kLeaseAnswerMax> buffer;
  const auto message = encode_lease_answer(answer, leaf, parent, buffer);
  ASSERT_TRUE(message.ok());
  const auto read = decode_lease_answer(*message);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->boot, 3U);
  EXPECT_EQ(read->count, 4U);
  EXPECT_EQ(read->number, answer.number);
  EXPECT_EQ(read->places, answer.places);
  EXPECT_TRUE(lease_answer_genuine(*message, leaf, id_of(parent)));
  EXPECT_FALSE(lease_answer_genuine(*message, id_of(parent), id_of(parent))) << "for another leaf";
  EXPECT_FALSE(lease_answer_genuine(*message, leaf, leaf)) << "of another parent";
  EXPECT_FALSE(decode_lease_answer(message->first(message->size() - 1)).ok());
  EXPECT_EQ(decode_lease_answer(message->first(70)).status(), Status::truncated);
  EXPECT_EQ(encode_lease_answer(answer, leaf, parent, MutableBytes(buffer).first(70)).status(), Status::too_large);
}

TEST(LeafAnswer, Itself_ComesBackAndFitsASealedPacketById) {
  const Ed25519KeyPair leaf = keys_of(1);
  const LeafAnswer answer{.request = 9,
                          .leaf = id_of(leaf),
                          .lease = make_lease(node_tag(id_of(keys_of(2))), 3, 4, leaf),
                          .places = two_places()};
  ByteArray<kLeafAnswerMax> buffer;
  const auto message = encode_leaf_answer(answer, buffer);
  ASSERT_TRUE(message.ok());
  // 228 bytes less packet 6, header with a place of usual length 40, and Package 32.
  EXPECT_LE(message->size(), 228U - 6 - 40 - 32);
  const auto read = decode_leaf_answer(*message);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->request, 9U);
  EXPECT_EQ(read->leaf, answer.leaf);
  EXPECT_EQ(read->places, answer.places);
  EXPECT_TRUE(lease_genuine(read->lease, read->leaf));
  EXPECT_EQ(decode_leaf_answer(message->first(LeafAnswer::kHead - 1)).status(), Status::truncated);
  EXPECT_FALSE(decode_leaf_answer(message->first(message->size() - 1)).ok()) << "places that are cut";
  EXPECT_EQ(encode_leaf_answer(answer, MutableBytes(buffer).first(117)).status(), Status::too_large);
}

}  // namespace
}  // namespace mp
