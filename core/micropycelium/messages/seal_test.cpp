// SPDX-License-Identifier: ISC
#include "micropycelium/messages/seal.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mp {
namespace {

std::vector<std::byte> message(SealKind kind, std::size_t size) {
  std::vector<std::byte> m(size, std::byte{7});
  m[0] = static_cast<std::byte>(kind);
  return m;
}

TEST(SealMessage, EachKind_HasItsSizes) {
  const struct {
    SealKind kind;
    std::size_t least;
    bool exactly;
    std::size_t head;
  } kinds[] = {
      {SealKind::xx_first, 37, true, 1},  {SealKind::xx_second, 137, true, 5}, {SealKind::xx_third, 101, true, 5},
      {SealKind::ik_first, 137, true, 1}, {SealKind::ik_second, 58, true, 5},  {SealKind::one_way, 145, false, 1},
      {SealKind::package, 25, false, 9},  {SealKind::blob, 33, false, 9},      {SealKind::receipt, 33, true, 9},
  };
  for (const auto& k : kinds) {
    SCOPED_TRACE(static_cast<int>(k.kind));
    const auto whole = decode_seal(message(k.kind, k.least));
    ASSERT_TRUE(whole.ok());
    EXPECT_EQ(whole->kind, k.kind);
    EXPECT_EQ(whole->body.size(), k.least - k.head);
    EXPECT_EQ(whole->session, k.head > 1 ? 0x07070707U : 0U);
    EXPECT_EQ(whole->number, k.head > 5 ? 0x07070707U : 0U);
    EXPECT_EQ(decode_seal(message(k.kind, k.least - 1)).status(), Status::truncated);
    EXPECT_EQ(decode_seal(message(k.kind, k.least + 1)).status(), k.exactly ? Status::too_large : Status::ok);
    EXPECT_TRUE(!k.exactly || k.least <= kSealMessageMax) << "one LoRa datagram";
  }
}

TEST(SealMessage, WhatIsNone_IsRefused) {
  EXPECT_EQ(decode_seal({}).status(), Status::truncated);
  EXPECT_EQ(decode_seal(message(SealKind{0}, 60)).status(), Status::bad_value);
  EXPECT_EQ(decode_seal(message(SealKind{10}, 60)).status(), Status::bad_value);
  auto nobody = message(SealKind::package, 60);
  std::fill(nobody.begin() + 1, nobody.begin() + 5, std::byte{0});
  EXPECT_EQ(decode_seal(nobody).status(), Status::bad_value);
}

TEST(SealMessage, ItsApplication_IsNamed) {
  EXPECT_EQ(kSealOverhead, 33U);
  EXPECT_EQ(kSealMessageMax, 153U);
}

}  // namespace
}  // namespace mp
