// SPDX-License-Identifier: ISC
#include "micropycelium/crypto/ed25519.hpp"

#include "tests/support/vectors.hpp"

#include <sodium/crypto_scalarmult_ed25519.h>

namespace mp {
namespace {

using test::Dice;
using test::from_hex;
using test::Octets;
using test::to_hex;
using test::vectors;

Ed25519Seed seed_of(Bytes b) { return Fixed<32, struct Any>::from(b); }

Ed25519Seed draw_seed(Dice& dice) {
  Ed25519Seed seed;
  dice.fill(seed);
  return seed;
}

TEST(Ed25519, PublishedVectors) {
  for (const auto& v : vectors("ed25519", "crypto.json")) {
    const Ed25519KeyPair pair(seed_of(v.bytes("seed")));
    const Octets message = v.bytes("message");
    EXPECT_EQ(to_hex(pair.public_key().bytes()), v.text("public")) << v.text("name");
    EXPECT_EQ(pair.public_key(), ed25519_public_key(seed_of(v.bytes("seed"))));
    EXPECT_EQ(to_hex(pair.sign(message).bytes()), v.text("signature")) << v.text("name");
    EXPECT_EQ(ed25519_verify(pair.public_key(), message, v.fixed<Ed25519Signature>("signature")), Status::ok)
        << v.text("name");
  }
}

TEST(Ed25519, AnyBitFlipped_IsForged) {
  Dice dice(1);
  const Ed25519KeyPair pair(draw_seed(dice));
  const Octets message = dice.octets(40);
  const Ed25519Signature signature = pair.sign(message);
  for (std::size_t bit = 0; bit < 8 * signature.kSize; ++bit) {
    Ed25519Signature bad = signature;
    bad.value[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_EQ(ed25519_verify(pair.public_key(), message, bad), Status::forged) << bit;
  }
  for (std::size_t bit = 0; bit < 8 * message.size(); ++bit) {
    Octets bad = message;
    bad[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_EQ(ed25519_verify(pair.public_key(), bad, signature), Status::forged) << bit;
  }
  for (std::size_t bit = 0; bit < 8 * Ed25519PublicKey::kSize; ++bit) {
    Ed25519PublicKey bad = pair.public_key();
    bad.value[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_EQ(ed25519_verify(bad, message, signature), Status::forged) << bit;
  }
  EXPECT_EQ(ed25519_verify(pair.public_key(), Bytes(message).first(39), signature), Status::forged);
}

// S plus the order of the group solves the equation too: only the smaller one may pass.
TEST(Ed25519, ScalarAboveTheOrder_IsForged) {
  const Octets order = from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  Dice dice(2);
  const Ed25519KeyPair pair(draw_seed(dice));
  const Ed25519Signature signature = pair.sign(bytes("text"));
  Ed25519Signature other = signature;
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += std::to_integer<unsigned>(signature.value[32 + i]) + std::to_integer<unsigned>(order[i]);
    other.value[32 + i] = static_cast<std::byte>(carry);
    carry >>= 8;
  }
  EXPECT_EQ(ed25519_verify(pair.public_key(), bytes("text"), signature), Status::ok);
  EXPECT_EQ(ed25519_verify(pair.public_key(), bytes("text"), other), Status::forged);
}

// Encodings that are no key: the points of small order, and forms that are not canonical.
const char* const kNoKeys[] = {"0100000000000000000000000000000000000000000000000000000000000000",  // the identity
                               "0100000000000000000000000000000000000000000000000000000000000080",
                               "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // order 2
                               "0000000000000000000000000000000000000000000000000000000000000000",  // order 4
                               "0000000000000000000000000000000000000000000000000000000000000080",
                               "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",  // order 8
                               "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
                               "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                               "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
                               "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // p: zero again
                               "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                               "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // p + 1
                               "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                               "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // p + 3
                               "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};

// With the identity as key, S and S*B satisfy the equation for every message: whoever took such a key would take
// everybody's signature.
TEST(Ed25519, KeyOfSmallOrderOrNotCanonical_IsForgedThoughTheEquationHolds) {
  Ed25519Signature signature;
  unsigned char scalar[32] = {7}, point[32];
  ASSERT_EQ(crypto_scalarmult_ed25519_base_noclamp(point, scalar), 0);
  copy(std::as_bytes(std::span(point)), MutableBytes(signature.value).first(32));
  copy(std::as_bytes(std::span(scalar)), MutableBytes(signature.value).last(32));
  for (const char* key : kNoKeys)
    EXPECT_EQ(ed25519_verify(Ed25519PublicKey::from(from_hex(key)), bytes("any"), signature), Status::forged) << key;
}

TEST(Ed25519, SignatureOfSmallOrder_IsForged) {
  Dice dice(3);
  const Ed25519KeyPair pair(draw_seed(dice));
  Ed25519Signature signature = pair.sign(bytes("text"));
  for (const char* r : kNoKeys) {
    copy(from_hex(r), signature.value);
    EXPECT_EQ(ed25519_verify(pair.public_key(), bytes("text"), signature), Status::forged) << r;
  }
}

// The vector of libsodium's own test (ed25519_convert).
TEST(Ed25519ToX25519, PublishedPair) {
  const Ed25519KeyPair pair(seed_of(from_hex("421151a459faeade3d247115f94aedae42318124095afabe4d1451a559faedee")));
  const X25519KeyPair agreeing = pair.x25519();
  EXPECT_EQ(to_hex(agreeing.private_key().bytes()), "8052030376d47112be7f73ed7a019293dd12ad910b654455798b4667d73de166");
  EXPECT_EQ(to_hex(agreeing.public_key().bytes()), "f1814f0e8ff1043d8a44d25babff3cedcae6c22c3edaa48f857ae70de2baae50");
}

TEST(Ed25519ToX25519, BothHalvesConverted_BelongTogether) {
  Dice dice(4);
  for (int i = 0; i < 20; ++i) {
    const Ed25519KeyPair pair(draw_seed(dice));
    const auto converted = ed25519_to_x25519(pair.public_key());
    ASSERT_TRUE(converted);
    EXPECT_EQ(*converted, pair.x25519().public_key());
  }
}

TEST(Ed25519ToX25519, NoKey_IsRefused) {
  for (const char* key : kNoKeys)
    EXPECT_EQ(ed25519_to_x25519(Ed25519PublicKey::from(from_hex(key))).status(), Status::bad_value) << key;
  // Not on the curve.
  EXPECT_EQ(ed25519_to_x25519(
                Ed25519PublicKey::from(from_hex("0200000000000000000000000000000000000000000000000000000000000000")))
                .status(),
            Status::bad_value);
}

// A point of the prime-order group plus one of order 8: verifiers could differ about it.
TEST(Ed25519ToX25519, PointWithASmallPart_IsRefused) {
  // The base point plus the point of order 2 is (-x, -y) mirrored: y of the base point negated.
  const Octets base_y = from_hex("5866666666666666666666666666666666666666666666666666666666666666");
  const Octets p = from_hex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
  Ed25519PublicKey mixed;
  int borrow = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    borrow += std::to_integer<int>(p[i]) - std::to_integer<int>(base_y[i]);
    mixed.value[i] = static_cast<std::byte>(borrow & 0xff);
    borrow >>= 8;
  }
  EXPECT_TRUE(ed25519_to_x25519(Ed25519PublicKey::from(base_y)));
  EXPECT_EQ(ed25519_to_x25519(mixed).status(), Status::bad_value);
}

}  // namespace
}  // namespace mp
