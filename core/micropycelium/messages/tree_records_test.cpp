// SPDX-License-Identifier: ISC
#include "micropycelium/messages/tree_records.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mp {
namespace {

Ed25519KeyPair keys_of(std::uint8_t n) {
  Ed25519Seed seed{};
  seed[0] = std::byte{n};
  return Ed25519KeyPair(seed);
}

NodeId id_of(const Ed25519KeyPair& keys) { return NodeId::from(keys.public_key().bytes()); }

struct Family {
  Ed25519KeyPair parent = keys_of(1), child = keys_of(2);
  TreeClaim claim{.lineage = 0x0102030405060708, .term = 3, .seq = 9, .root = 0, .settled = true};
  LinkRecord record;

  Family() {
    claim.root = child_tag(id_of(parent));
    record.tree = 2;
    record.cost = 9;
    record.epoch = 0xabcd;
    record.parent_boot = 0x123;
    record.child_boot = 0xfed;
    record.index = 65535;
    record.child = id_of(child);
    record.parent = half_sha256(id_of(parent).bytes());
    sign();
  }
  void sign() {
    record.by_parent = sign_link(record, claim, LinkSide::parent, parent);
    record.by_child = sign_link(record, claim, LinkSide::child, child);
  }
  bool genuine() const { return link_genuine(record, claim, id_of(parent)); }
};

TEST(TreeRecords, ALink_ComesBackAndIsGenuine) {
  const Family f;
  const auto message = encode_link_record({7, f.record});
  EXPECT_EQ(message.size(), 186U);
  EXPECT_EQ(*tree_message_kind(message), TreeMessage::link_record);
  const auto read = decode_link_record(message);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->level, 7);
  EXPECT_EQ(read->record.tree, 2);
  EXPECT_EQ(read->record.cost, 9);
  EXPECT_EQ(read->record.epoch, 0xabcd);
  EXPECT_EQ(read->record.parent_boot, 0x123);
  EXPECT_EQ(read->record.child_boot, 0xfed);
  EXPECT_EQ(read->record.index, 65535);
  EXPECT_EQ(read->record.child, id_of(f.child));
  EXPECT_TRUE(link_genuine(read->record, f.claim, id_of(f.parent)));
  EXPECT_TRUE(equal(encode_link_record(*read), message));
}

TEST(TreeRecords, ALinkOfAnythingElse_IsNotGenuine) {
  Family f;
  ASSERT_TRUE(f.genuine());
  const auto changed = [&](auto&& change) {
    Family g;
    change(g);
    return g.genuine();
  };
  EXPECT_FALSE(changed([](Family& g) { g.record.index = 5; }));
  EXPECT_FALSE(changed([](Family& g) { g.record.cost = 0; }));
  EXPECT_FALSE(changed([](Family& g) { g.record.tree = 1; }));
  EXPECT_FALSE(changed([](Family& g) { g.record.epoch = 0xabce; }));
  EXPECT_FALSE(changed([](Family& g) { g.record.parent_boot = 0x124; })) << "of before a restart";
  EXPECT_FALSE(changed([](Family& g) { g.record.child_boot = 0; }));
  EXPECT_FALSE(changed([](Family& g) { g.record.child = id_of(keys_of(3)); })) << "somebody else's place";
  EXPECT_FALSE(changed([](Family& g) { ++g.claim.term; })) << "of another root of this epoch's number";
  EXPECT_FALSE(changed([](Family& g) { ++g.claim.lineage; }));
  EXPECT_TRUE(changed([](Family& g) { ++g.claim.seq; })) << "a renewal changes nothing";
  EXPECT_FALSE(changed([](Family& g) { std::swap(g.record.by_parent, g.record.by_child); }));
  EXPECT_FALSE(link_genuine(f.record, f.claim, id_of(keys_of(3)))) << "another parent";
  // The child alone can not sign for both.
  f.parent = keys_of(2);
  f.sign();
  EXPECT_FALSE(link_genuine(f.record, f.claim, id_of(keys_of(1))));
}

TEST(TreeRecords, ARoot_ComesBackAndIsGenuine) {
  Family f;
  RootRecord record;
  record.tree = 3;
  record.epoch = 0x1234;
  record.boot = 0xabc;
  record.founder = id_of(keys_of(9));
  record.root = id_of(f.parent);
  record.signature = sign_root(record, f.claim, f.parent);
  const auto message = encode_root_record(record);
  const auto read = decode_root_record(message);
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(equal(encode_root_record(*read), message));
  EXPECT_TRUE(root_genuine(*read, f.claim));
  RootRecord other = *read;
  other.founder = {};
  EXPECT_FALSE(root_genuine(other, f.claim));
  other = *read;
  other.root = id_of(f.child);
  EXPECT_FALSE(root_genuine(other, f.claim)) << "the claim names somebody else";
  TreeClaim claim = f.claim;
  ++claim.term;
  EXPECT_FALSE(root_genuine(*read, claim));
}

template <typename Decode>
void expect_strict(std::vector<std::byte> message, const Decode& decode) {
  ASSERT_TRUE(decode(message).ok());
  for (std::size_t n = 0; n < message.size(); ++n)
    EXPECT_EQ(decode(Bytes(message).first(n)).status(), Status::truncated);
  message.push_back({});
  EXPECT_EQ(decode(message).status(), Status::too_large);
  message.pop_back();
  message[0] = std::byte{200};
  EXPECT_EQ(decode(message).status(), Status::bad_value);
}

TEST(TreeRecords, MessagesThatAreNone_AreRefused) {
  const auto list = [](const auto& array) { return std::vector<std::byte>(array.begin(), array.end()); };
  const Family f;
  expect_strict(list(encode_record_request({3, 0xabcd, 224})), decode_record_request);
  expect_strict(list(encode_link_record({1, f.record})), decode_link_record);
  expect_strict(list(encode_root_record({})), decode_root_record);
  const Assignment a{1, 14, 0xabcd, 0xfff, 0xfff, 1, {}};
  expect_strict(list(encode_sign_request(a)), decode_sign_request);
  expect_strict(list(encode_assignment(a)), decode_assignment);
  expect_strict(list(encode_doubt(2)), decode_doubt);
  auto request = list(encode_record_request({3, 0xabcd, 224}));
  request[1] |= std::byte{1};
  EXPECT_EQ(decode_record_request(request).status(), Status::bad_value);
  auto sign = list(encode_sign_request(a));
  sign[1] |= std::byte{0x3c};
  EXPECT_EQ(decode_sign_request(sign).status(), Status::bad_value) << "no such class";
  sign = list(encode_sign_request(a));
  sign[7] = sign[8] = std::byte{0};
  EXPECT_EQ(decode_sign_request(sign).status(), Status::bad_value) << "nobody has index 0";
  auto link = list(encode_link_record({1, f.record}));
  link[1] = std::byte{0};
  EXPECT_EQ(decode_link_record(link).status(), Status::bad_value) << "the root has a record of its own";
}

}  // namespace
}  // namespace mp
