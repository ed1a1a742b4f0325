// SPDX-License-Identifier: ISC
#include "micropycelium/messages/hello.hpp"

#include <gtest/gtest.h>

namespace mp {
namespace {

TEST(Hello, EveryKind_ComesBackAsItWas_AndNoOtherSizeDoes) {
  for (const OpeningKind kind : {OpeningKind::challenge, OpeningKind::answer, OpeningKind::proof}) {
    Hello h;
    h.kind = kind;
    h.from.value[3] = std::byte{5};
    h.nonce[7] = std::byte{6};
    h.heard = 0x0a0b0c0d;
    h.cookie[0] = std::byte{7};
    h.salt[15] = std::byte{8};
    h.boot = 4;
    h.counter = 0x01020304;
    h.mac[2] = std::byte{9};
    ByteArray<kHelloSizeMax> buffer{};
    const Bytes text = encode_hello(h, buffer);
    EXPECT_EQ(text.size(), kind == OpeningKind::challenge ? kChallengeSize : kHelloSizeMax);
    const auto back = decode_hello(text);
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(back->kind, kind);
    EXPECT_EQ(back->from, h.from);
    EXPECT_EQ(back->nonce, h.nonce);
    EXPECT_EQ(back->heard, kind == OpeningKind::challenge ? h.heard : 0U);
    if (kind != OpeningKind::challenge) {
      EXPECT_EQ(back->cookie, h.cookie);
      EXPECT_EQ(back->salt, h.salt);
      EXPECT_EQ(back->boot, 4U);
      EXPECT_EQ(back->counter, h.counter);
      EXPECT_EQ(back->mac, h.mac);
    }
    for (std::size_t n = 0; n < text.size(); ++n) EXPECT_EQ(decode_hello(text.first(n)).status(), Status::truncated);
    ByteArray<kHelloSizeMax + 1> longer{};
    copy(text, longer);
    EXPECT_EQ(decode_hello(Bytes(longer).first(text.size() + 1)).status(), Status::too_large);
  }
}

TEST(Hello, PackagesAndUnknownKinds_AreRefused) {
  for (const int kind : {0, 4, 255}) {
    ByteArray<kChallengeSize> text{static_cast<std::byte>(kind)};
    EXPECT_EQ(decode_hello(text).status(), Status::bad_value);
  }
}

// Nothing bears counter 0, so nothing could come after it.
TEST(Hello, CounterZero_IsRefused) {
  Hello h;
  h.kind = OpeningKind::proof;
  ByteArray<kHelloSizeMax> buffer;
  EXPECT_EQ(decode_hello(encode_hello(h, buffer)).status(), Status::bad_value);
}

}  // namespace
}  // namespace mp
