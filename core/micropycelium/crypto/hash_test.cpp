// SPDX-License-Identifier: ISC
#include "micropycelium/crypto/hash.hpp"

#include "tests/support/vectors.hpp"

namespace mp {
namespace {

using test::to_hex;

// FIPS 180-4, examples.
TEST(Sha256, PublishedExamples) {
  EXPECT_EQ(to_hex(sha256(bytes("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, PieceByPiece_IsTheWhole) {
  const std::string text(1000, 'x');
  for (const std::size_t step : {1U, 7U, 64U, 65U, 999U}) {
    Sha256 hash;
    for (std::size_t at = 0; at < text.size(); at += step) hash.update(bytes(std::string_view(text).substr(at, step)));
    EXPECT_EQ(hash.finish(), sha256(bytes(text))) << step;
  }
}

TEST(Sha256, Copied_BothGoOnAlone) {
  Sha256 one;
  one.update(bytes("ab"));
  Sha256 two = one;
  one.update(bytes("c"));
  two.update(bytes("c"));
  EXPECT_EQ(one.finish(), two.finish());
}

// The first vectors of the SipHash paper's reference code: key 00..0f, inputs "" and 00.
TEST(ShortHash, PublishedVectors) {
  ShortHashKey key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>(i);
  EXPECT_EQ(short_hash(key, {}), 0x310e0edd47db6f72U);
  EXPECT_EQ(short_hash(key, ByteArray<1>{}), 0xfd67dc93c539f874U);
}

}  // namespace
}  // namespace mp
