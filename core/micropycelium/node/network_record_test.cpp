// SPDX-License-Identifier: ISC
#include "micropycelium/node/network_record.hpp"

#include "micropycelium/base/crc32.hpp"

#include "tests/support/vectors.hpp"

#include <gtest/gtest.h>

namespace mp {
namespace {

NetworkKey key_of(std::uint8_t n) {
  NetworkKey key;
  for (std::byte& b : key.fill()) b = std::byte{n};
  return key;
}

TEST(NetworkRecord, ConfiguredKey_IsNamedAsByTheVectors) {
  for (const test::Vector& v : test::vectors("keys", "closed_networks.json")) {
    NetworkKey key;
    copy(v.bytes("network_key"), key.fill());
    EXPECT_EQ(test::to_hex(key_fingerprint(key, static_cast<std::uint8_t>(v.number("generation"))).bytes()),
              v.text("fingerprint"));
  }
}

TEST(NetworkRecord, Layout_IsThatOfTheSpecification) {
  NetworkRecord r;
  r.configured = key_fingerprint(key_of(1), 2);
  r.generation = 2;
  r.next = key_of(5);
  ByteArray<NetworkRecord::kSizeMax> buffer;
  Bytes bytes = r.encode(buffer);
  ASSERT_EQ(bytes.size(), 46U);
  EXPECT_TRUE(equal(bytes.first(8), r.configured.bytes()));
  EXPECT_EQ(bytes[8], std::byte{2});
  EXPECT_EQ(bytes[9], std::byte{2});
  EXPECT_EQ(bytes[10], std::byte{5});
  EXPECT_EQ(load_be<std::uint32_t>(bytes.data() + 42), crc32(bytes.first(42)));
  r.key = key_of(4);
  bytes = r.encode(buffer);
  ASSERT_EQ(bytes.size(), 78U);
  EXPECT_EQ(bytes[9], std::byte{3});
  EXPECT_EQ(bytes[10], std::byte{4});
  EXPECT_EQ(bytes[42], std::byte{5});
  const auto again = NetworkRecord::decode(bytes);
  ASSERT_TRUE(again);
  EXPECT_TRUE(*again->key == key_of(4) && *again->next == key_of(5));
}

TEST(NetworkRecord, WhatIsNotOne_IsRefused) {
  NetworkRecord r;
  r.generation = 1;
  r.key = key_of(4);
  ByteArray<NetworkRecord::kSizeMax> buffer{};
  const std::size_t size = r.encode(buffer).size();
  const auto with = [&](std::size_t at, std::uint8_t value, std::size_t text) {
    ByteArray<NetworkRecord::kSizeMax + 4> copy_of{};
    copy(buffer, copy_of);
    copy_of[at] = std::byte{value};
    store_be(copy_of.data() + text, crc32(Bytes(copy_of).first(text)));
    return NetworkRecord::decode(Bytes(copy_of).first(text + 4)).status();
  };
  EXPECT_EQ(with(8, 3, size - 4), Status::ok);
  EXPECT_EQ(with(8, 4, size - 4), Status::bad_value);
  for (const std::uint8_t flags : std::initializer_list<std::uint8_t>{0, 3, 4, 255})
    EXPECT_EQ(with(9, flags, size - 4), Status::bad_value) << int{flags};
  EXPECT_EQ(with(8, 3, size - 5), Status::bad_value);
  EXPECT_EQ(with(8, 3, size - 3), Status::bad_value);
  EXPECT_EQ(NetworkRecord::decode(Bytes(buffer).first(13)).status(), Status::truncated);
  buffer[20] ^= std::byte{1};
  EXPECT_EQ(NetworkRecord::decode(Bytes(buffer).first(size)).status(), Status::corrupt);
}

TEST(NetworkRecord, Fingerprint_TellsKeysAndGenerationsApart) {
  EXPECT_TRUE(key_fingerprint(key_of(1), 0) == key_fingerprint(key_of(1), 0));
  EXPECT_FALSE(key_fingerprint(key_of(1), 0) == key_fingerprint(key_of(2), 0));
  EXPECT_FALSE(key_fingerprint(key_of(1), 0) == key_fingerprint(key_of(1), 1));
}

}  // namespace
}  // namespace mp
