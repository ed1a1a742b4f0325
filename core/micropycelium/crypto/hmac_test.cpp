// SPDX-License-Identifier: ISC
// HMAC, and HKDF above it.
#include "micropycelium/crypto/hmac.hpp"

#include "micropycelium/crypto/hkdf.hpp"
#include "tests/support/vectors.hpp"

namespace mp {
namespace {

using test::Octets;
using test::to_hex;
using test::vectors;

TEST(HmacSha256, PublishedVectors) {
  for (const auto& v : vectors("hmac", "crypto.json")) {
    HmacSha256 mac(v.bytes("key"));
    for (const std::byte b : v.bytes("data")) mac.update(ByteArray<1>{b});
    EXPECT_EQ(to_hex(mac.finish()), v.text("mac")) << v.text("name");
  }
}

TEST(HmacSha256, NothingGiven_IsTheMacOfNothing) {
  HmacSha256 mac({});
  mac.update({});
  EXPECT_EQ(to_hex(mac.finish()), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Hkdf, PublishedVectors) {
  for (const auto& v : vectors("hkdf", "crypto.json")) {
    const HkdfKey key = hkdf_extract(v.bytes("salt"), v.bytes("secret"));
    EXPECT_EQ(to_hex(key.bytes()), v.text("extracted")) << v.text("name");
    Octets out(v.bytes("expanded").size());
    hkdf_expand(key, v.bytes("info"), out);
    EXPECT_EQ(to_hex(out), v.text("expanded")) << v.text("name");
  }
}

TEST(Hkdf, Shorter_IsTheBeginningOfTheLonger) {
  const HkdfKey key = hkdf_extract({}, bytes("secret"));
  Octets whole(255 * 32);  // the most there is
  hkdf_expand(key, bytes("info"), whole);
  for (const std::size_t size : {0U, 1U, 31U, 32U, 33U, 64U, 8159U}) {
    Octets part(size);
    hkdf_expand(key, bytes("info"), part);
    EXPECT_TRUE(equal(part, Bytes(whole).first(size))) << size;
  }
}

TEST(HkdfDeathTest, MoreThanThereIs_IsOurBug) {
  Octets out(255 * 32 + 1);
  EXPECT_DEATH(hkdf_expand(HkdfKey(), {}, out), "");
}

}  // namespace
}  // namespace mp
