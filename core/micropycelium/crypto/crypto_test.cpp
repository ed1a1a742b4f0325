// SPDX-License-Identifier: ISC
#include "micropycelium/crypto/ed25519.hpp"
#include "micropycelium/crypto/hash.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mp {
namespace {

std::string hex(Bytes b) {
  std::string out;
  for (const std::byte x : b) {
    constexpr char kDigits[] = "0123456789abcdef";
    out += kDigits[std::to_integer<unsigned>(x) >> 4];
    out += kDigits[std::to_integer<unsigned>(x) & 0xf];
  }
  return out;
}

// FIPS 180-4, examples.
TEST(Sha256, PublishedExamples) {
  EXPECT_EQ(hex(sha256(bytes("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
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

// RFC 8032, section 7.1, test 1.
TEST(Ed25519, PublishedPublicKey) {
  const ByteArray<32> seed = [] {
    constexpr std::string_view text = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    ByteArray<32> out{};
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = static_cast<std::byte>(std::stoi(std::string(text.substr(2 * i, 2)), nullptr, 16));
    return out;
  }();
  EXPECT_EQ(hex(ed25519_public_key(seed)), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
}

// The first vectors of the SipHash paper's reference code: key 00..0f, inputs "" and 00.
TEST(ShortHash, PublishedVectors) {
  ShortHashKey key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>(i);
  EXPECT_EQ(short_hash(key, {}), 0x310e0edd47db6f72U);
  EXPECT_EQ(short_hash(key, ByteArray<1>{}), 0xfd67dc93c539f874U);
}

TEST(Wipe, LeavesZeros) {
  ByteArray<8> secret;
  secret.fill(std::byte{0xaa});
  wipe(secret);
  EXPECT_EQ(secret, ByteArray<8>{});
}

}  // namespace
}  // namespace mp
