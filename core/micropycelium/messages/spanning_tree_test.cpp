// SPDX-License-Identifier: ISC
#include "micropycelium/messages/spanning_tree.hpp"

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

TreeEntry entry(std::uint8_t tree, std::uint8_t children) {
  TreeEntry e;
  e.tree = tree;
  e.claim = {.lineage = 0x0102030405060708, .term = 2, .seq = 3, .root = 0xaabbccdd, .settled = true};
  e.cost = 17;
  e.parent = 0x11223344;
  e.index = 5;
  e.place = *CompactAddress{}.child(1, 0)->child(5, 3);
  e.child_count = children;
  for (std::uint8_t i = 0; i < children; ++i) e.children[i] = {i + 1U, static_cast<std::uint16_t>(i + 1)};
  return e;
}

std::vector<std::byte> encoded(const SignedAdvert& advert, const Ed25519KeyPair& keys, const ByteArray<16>& salt = {}) {
  ByteArray<kAdvertMax> buffer;
  const auto message = encode_signed_advert(advert, id_of(keys), salt, keys, buffer);
  EXPECT_TRUE(message.ok());
  return {message->begin(), message->end()};
}

TEST(SignedAdvert, Itself_ComesBack) {
  const Ed25519KeyPair keys = keys_of(1);
  SignedAdvert advert;
  advert.count = 77;
  advert.boot = 0x010203fe;
  advert.advert.count = 2;
  advert.advert.entries[0] = entry(0, 2);
  advert.advert.entries[1] = entry(3, 0);
  const auto message = encoded(advert, keys);
  const auto read = decode_signed_advert(message);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->count, 77U);
  EXPECT_EQ(read->boot, 0x010203feU);
  EXPECT_EQ(read->advert.boot, 0xfe) << "the last byte of the boot counter";
  ASSERT_EQ(read->advert.count, 2);
  EXPECT_EQ(read->advert.entries[0], advert.advert.entries[0]);
  EXPECT_EQ(read->advert.entries[1], advert.advert.entries[1]);
  EXPECT_EQ(message.size(), kAdvertHead + 1 + kAdvertTail + entry_size(advert.advert.entries[0]) +
                                entry_size(advert.advert.entries[1]));
}

TEST(SignedAdvert, AnythingElse_IsNotGenuine) {
  const Ed25519KeyPair keys = keys_of(1);
  SignedAdvert advert;
  advert.advert.count = 1;
  advert.advert.entries[0] = entry(1, 0);
  const ByteArray<16> salt{std::byte{9}};
  auto message = encoded(advert, keys, salt);
  EXPECT_TRUE(signed_advert_genuine(message, id_of(keys), salt));
  EXPECT_FALSE(signed_advert_genuine(message, id_of(keys_of(2)), salt)) << "another sender";
  EXPECT_FALSE(signed_advert_genuine(message, id_of(keys), {})) << "another life";
  for (const std::size_t at : {std::size_t{4}, std::size_t{8}, std::size_t{25}, message.size() - 1}) {
    message[at] ^= std::byte{1};
    EXPECT_FALSE(signed_advert_genuine(message, id_of(keys), salt)) << at;
    message[at] ^= std::byte{1};
  }
}

TEST(SignedAdvert, Bad_IsRefusedWithAReason) {
  auto message = encoded({}, keys_of(1));
  EXPECT_EQ(message.size(), 73U);
  EXPECT_TRUE(decode_signed_advert(message).ok());
  EXPECT_EQ(decode_signed_advert(Bytes(message).first(72)).status(), Status::truncated);
  message[0] = std::byte{1};
  EXPECT_EQ(decode_signed_advert(message).status(), Status::bad_value);
  EXPECT_EQ(decode_signed_advert({}).status(), Status::truncated);
  EXPECT_EQ(decode_signed_advert(std::vector<std::byte>(256)).status(), Status::too_large);
  ByteArray<72> small;
  EXPECT_EQ(encode_signed_advert({}, {}, {}, keys_of(1), small).status(), Status::too_large);
}

TEST(AdvertParts, FourTreesWithManyChildren_EachPartFitsAndNothingIsLost) {
  TreeAdvert whole;
  whole.boot = 4;
  whole.count = 4;
  for (std::uint8_t i = 0; i < 4; ++i) whole.entries[i] = entry(i, static_cast<std::uint8_t>(4 * i + 4));
  constexpr std::size_t kRoom = 118;  // of a sealed LoRa frame
  AdvertParts parts(whole, kRoom);
  TreeAdvert part;
  std::array<std::vector<std::uint16_t>, 4> told;
  int messages = 0;
  while (parts.next(part)) {
    ++messages;
    ByteArray<kRoom> buffer;
    ASSERT_TRUE(encode_tree_advert(part, buffer).ok());
    EXPECT_GT(part.count, 0);
    EXPECT_EQ(part.boot, 4);
    for (std::size_t i = 0; i < part.count; ++i) {
      TreeEntry& e = part.entries[i];
      for (std::size_t c = 0; c < e.child_count; ++c) told[e.tree].push_back(e.children[c].index);
      e.child_count = 0;
      e.children = {};
      EXPECT_EQ(e, entry(e.tree, 0)) << "each is whole but for its children";
    }
  }
  EXPECT_EQ(messages, 4);
  for (std::size_t i = 0; i < 4; ++i) {
    ASSERT_EQ(told[i].size(), 4 * i + 4);
    for (std::size_t c = 0; c < told[i].size(); ++c) EXPECT_EQ(told[i][c], c + 1);
  }
}

TEST(AdvertParts, NoTree_IsSaidOnce) {
  const TreeAdvert whole;
  AdvertParts parts(whole, 118);
  TreeAdvert part;
  EXPECT_TRUE(parts.next(part));
  EXPECT_EQ(part.count, 0);
  EXPECT_FALSE(parts.next(part));
}

TEST(RootProbe, EachOne_ComesBack) {
  for (std::uint8_t tree = 0; tree < 4; ++tree)
    for (const auto what : {RootProbe::What::is_it_there, RootProbe::What::it_is, RootProbe::What::it_is_gone}) {
      const auto read = decode_root_probe(encode_root_probe({tree, what}));
      ASSERT_TRUE(read.ok());
      EXPECT_EQ(read->tree, tree);
      EXPECT_EQ(read->what, what);
    }
  const auto bad = [](std::uint8_t b) { return decode_root_probe(ByteArray<2>{std::byte{1}, std::byte{b}}).status(); };
  EXPECT_EQ(bad(0x30), Status::bad_value);
  EXPECT_EQ(bad(0x01), Status::bad_value);
  EXPECT_EQ(decode_root_probe(ByteArray<1>{std::byte{1}}).status(), Status::truncated);
  EXPECT_EQ(decode_root_probe(ByteArray<3>{std::byte{1}}).status(), Status::too_large);
}

TEST(BootAnswer, Itself_IsGenuineForWhoeverAsked) {
  const Ed25519KeyPair keys = keys_of(3);
  const NodeId who = id_of(keys), asker = id_of(keys_of(4));
  const auto question = encode_boot_question(0x0123456789abcdef);
  EXPECT_EQ(*decode_boot_question(question), 0x0123456789abcdefU);
  EXPECT_EQ(decode_boot_question(encode_boot_question(0)).status(), Status::bad_value);
  EXPECT_EQ(decode_boot_question(Bytes(question).first(8)).status(), Status::truncated);
  auto answer = encode_boot_answer({7, 2, 300}, asker, keys);
  const auto read = decode_boot_answer(answer);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->nonce, 7U);
  EXPECT_EQ(read->boot, 2U);
  EXPECT_EQ(read->count, 300U);
  EXPECT_TRUE(boot_answer_genuine(answer, who, asker));
  EXPECT_FALSE(boot_answer_genuine(answer, who, who)) << "told to somebody else";
  EXPECT_FALSE(boot_answer_genuine(answer, asker, asker)) << "by somebody else";
  EXPECT_EQ(decode_boot_answer(Bytes(answer).first(80)).status(), Status::truncated);
  answer[12] = std::byte{3};
  EXPECT_FALSE(boot_answer_genuine(answer, who, asker)) << "another start";
}

TEST(Introduction, Itself_ComesBack) {
  const NodeId who = id_of(keys_of(3));
  for (const auto kind : {TreeMessage::introduction, TreeMessage::plea, TreeMessage::farewell}) {
    const auto said = decode_introduction(encode_introduction({kind, who}));
    ASSERT_TRUE(said.ok());
    EXPECT_EQ(said->kind, kind);
    EXPECT_EQ(said->node, who);
  }
  EXPECT_EQ(decode_introduction(encode_introduction({TreeMessage::seek, who})).status(), Status::bad_value);
  EXPECT_EQ(decode_introduction(encode_introduction({TreeMessage::plea, {}})).status(), Status::bad_value) << "nobody";
  EXPECT_EQ(decode_introduction(Bytes(encode_introduction({TreeMessage::introduction, who})).first(32)).status(),
            Status::truncated);
}

TreePlaces two_places() {
  TreePlaces places;
  places.count = 2;
  places.all[0] = {1, 0x1234, *CompactAddress{}.child(7, 2)};
  places.all[1] = {3, 0x5678, {}};
  return places;
}

TEST(Seek, Itself_ComesBack) {
  const SeekMessage seek{.hops = 8,
                         .request = 0xcafe,
                         .target = node_tag(id_of(keys_of(4))),
                         .origin = id_of(keys_of(5)),
                         .places = two_places()};
  ByteArray<kSeekMax> buffer;
  const auto message = encode_seek(seek, buffer);
  ASSERT_TRUE(message.ok());
  const auto read = decode_seek(*message);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->hops, 8);
  EXPECT_EQ(read->request, 0xcafeU);
  EXPECT_EQ(read->target, seek.target);
  EXPECT_EQ(read->origin, seek.origin);
  EXPECT_EQ(read->places, seek.places);
  EXPECT_FALSE(decode_seek(message->first(message->size() - 1)).ok()) << "places that are cut";
  EXPECT_EQ(decode_seek(message->first(45)).status(), Status::truncated);
  EXPECT_EQ(encode_seek(seek, MutableBytes(buffer).first(46)).status(), Status::too_large);
}

TEST(SeekAnswer, OnlyItsOwnForWhoAsked_IsGenuine) {
  const Ed25519KeyPair keys = keys_of(6);
  const NodeId origin = id_of(keys_of(7));
  const SeekAnswer answer{.request = 9, .node = id_of(keys), .places = two_places()};
  ByteArray<kSeekAnswerMax> buffer;
  const auto message = encode_seek_answer(answer, origin, keys, buffer);
  ASSERT_TRUE(message.ok());
  const auto read = decode_seek_answer(*message);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->request, 9U);
  EXPECT_EQ(read->node, answer.node);
  EXPECT_EQ(read->places, answer.places);
  EXPECT_TRUE(seek_answer_genuine(*message, origin));
  EXPECT_FALSE(seek_answer_genuine(*message, answer.node)) << "for somebody else";
  buffer[4] ^= std::byte{1};
  EXPECT_FALSE(seek_answer_genuine(*message, origin)) << "another request";
  // Signed by one who is not the node that it names.
  ByteArray<kSeekAnswerMax> forged;
  EXPECT_FALSE(seek_answer_genuine(*encode_seek_answer(answer, origin, keys_of(8), forged), origin));
}

TEST(TreePlaces, ThoseThatDoNotFit_AreLeftOutLongestFirst) {
  TreePlaces places = two_places();
  fit_places(places, bytes_of(places.view()));
  EXPECT_EQ(places.count, 2);
  fit_places(places, bytes_of(places.view()) - 1);
  ASSERT_EQ(places.count, 1);
  EXPECT_EQ(places.all[0].tree, 3);
  fit_places(places, 1);
  EXPECT_EQ(places.count, 0);
  EXPECT_EQ(bytes_of(places.view()), 1U);
}

}  // namespace
}  // namespace mp
