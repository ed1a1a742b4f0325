// SPDX-License-Identifier: ISC
#include "micropycelium/messages/tree_advert.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mp {
namespace {

TreeAdvert example() {
  TreeAdvert advert;
  advert.boot = 7;
  advert.count = 2;
  TreeEntry& root = advert.entries[0];
  root.tree = 1;
  root.claim = {.lineage = 0x0123456789abcdef, .term = 2, .seq = 3, .root = 0xa1b2c3d4, .settled = true};
  root.root = true;
  root.place = CompactAddress{};
  root.child_count = 1;
  root.children[0] = {0x11223344, 5};
  TreeEntry& child = advert.entries[1];
  child.tree = 3;
  child.claim = {.lineage = 1, .term = 1, .seq = 0, .root = 2, .settled = false};
  child.cost = 24;
  child.parent = 0xdeadbeef;
  child.index = 4;
  child.place = *CompactAddress{}.child(2, 0)->child(4, 3);
  return advert;
}

std::vector<std::byte> encoded(const TreeAdvert& advert) {
  ByteArray<1 + kTreesMax * kTreeEntryMax> out;
  const auto message = encode_tree_advert(advert, out);
  EXPECT_TRUE(message.ok());
  return {message->begin(), message->end()};
}

TEST(TreeAdvert, EncodesAsSpecified) {
  const auto message = encoded(example());
  const std::vector<unsigned> head{7,    0x6e, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0,    2,    0, 3, 0xa1,
                                   0xb2, 0xc3, 0xd4, 0,    0,    1,    0x80, 1,    0x11, 0x22, 0x33, 0x44, 0, 5, 0xc4};
  ASSERT_GE(message.size(), head.size());
  for (std::size_t i = 0; i < head.size(); ++i) EXPECT_EQ(std::to_integer<unsigned>(message[i]), head[i]) << i;
  EXPECT_EQ(message.size(), 1 + entry_size(example().entries[0]) + entry_size(example().entries[1]));
}

TEST(TreeAdvert, ComesBack) {
  const auto back = decode_tree_advert(encoded(example()));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->boot, 7);
  ASSERT_EQ(back->count, 2);
  EXPECT_EQ(back->entries[0], example().entries[0]);
  EXPECT_EQ(back->entries[1], example().entries[1]);
}

TEST(TreeAdvert, WithoutEntries_IsFromANewcomer) {
  const std::array<std::byte, 1> message{std::byte{9}};
  const auto advert = decode_tree_advert(message);
  ASSERT_TRUE(advert.ok());
  EXPECT_EQ(advert->count, 0);
  EXPECT_EQ(decode_tree_advert({}).status(), Status::truncated);
}

TEST(TreeAdvert, CutAnywhere_IsNoAdvertOfTwo) {
  const auto message = encoded(example());
  for (std::size_t size = 0; size < message.size(); ++size) {
    const auto cut = decode_tree_advert(Bytes(message).first(size));
    EXPECT_FALSE(cut.ok() && cut->count == 2) << size;
  }
}

TEST(TreeAdvert, WhatIsNotAllowed_IsRefused) {
  const auto with = [](auto&& change) {
    TreeAdvert advert = example();
    change(advert);
    return decode_tree_advert(encoded(advert)).status();
  };
  EXPECT_EQ(with([](TreeAdvert& a) { a.entries[1].tree = 1; }), Status::bad_value);  // twice
  EXPECT_EQ(with([](TreeAdvert& a) { a.entries[0].children[0].index = 0; }), Status::bad_value);
  auto message = encoded(example());
  message[1] |= std::byte{1};
  EXPECT_EQ(decode_tree_advert(message).status(), Status::bad_value);
  message = encoded(example());
  message.push_back(std::byte{0});
  EXPECT_EQ(decode_tree_advert(message).status(), Status::truncated);  // an entry begins
}

// What neighbours tell each other in quiet times: four trees, twelve levels.
TEST(TreeAdvert, FourTreesOfTwelveLevels_Take129Bytes) {
  TreeAdvert advert;
  advert.count = 4;
  for (std::uint8_t t = 0; t < 4; ++t) {
    TreeEntry& e = advert.entries[t];
    e.tree = t;
    e.parent = 1;
    e.index = 3;
    CompactAddress place;
    for (int level = 0; level < 12; ++level) place = *place.child(3, 0);
    e.place = place;
  }
  EXPECT_EQ(encoded(advert).size(), 129U);
}

}  // namespace
}  // namespace mp
