// SPDX-License-Identifier: ISC
#include "micropycelium/crypto/x25519.hpp"

#include "micropycelium/crypto/ed25519.hpp"
#include "tests/support/vectors.hpp"

#include <type_traits>

namespace mp {
namespace {

using test::Dice;
using test::from_hex;
using test::to_hex;
using test::vectors;

static_assert(!std::is_convertible_v<Ed25519PublicKey, X25519PublicKey>);
static_assert(!std::is_convertible_v<ByteArray<32>, X25519PublicKey>);

X25519PrivateKey private_key(std::string_view hex) {
  X25519PrivateKey key;
  copy(from_hex(hex), key.fill());
  return key;
}

std::string shared_hex(const X25519PrivateKey& ours, const X25519PublicKey& theirs) {
  X25519Shared shared;
  EXPECT_EQ(x25519(ours, theirs, shared), Status::ok);
  return to_hex(shared.bytes());
}

TEST(X25519, PublishedVectors) {
  for (const auto& v : vectors("x25519", "crypto.json"))
    EXPECT_EQ(shared_hex(private_key(v.text("private")), v.fixed<X25519PublicKey>("public")), v.text("shared"))
        << v.text("name");
}

// RFC 7748, section 6.1: the public keys.
TEST(X25519, PublishedPublicKeys) {
  const auto all = vectors("x25519", "crypto.json");
  const X25519KeyPair alice(private_key(all[2].text("private")));
  const X25519KeyPair bob(private_key(all[3].text("private")));
  EXPECT_EQ(to_hex(alice.public_key().bytes()), all[3].text("public"));
  EXPECT_EQ(to_hex(bob.public_key().bytes()), all[2].text("public"));
}

// RFC 7748, section 5.2: the result becomes the next key, the key the next point.
TEST(X25519, Iterated_PublishedResults) {
  X25519PrivateKey k = private_key("0900000000000000000000000000000000000000000000000000000000000000");
  X25519PublicKey u = X25519PublicKey::from(k.bytes());
  for (int i = 1; i <= 1000; ++i) {
    X25519Shared result;
    ASSERT_EQ(x25519(k, u, result), Status::ok);
    u = X25519PublicKey::from(k.bytes());
    k = X25519PrivateKey(result.bytes());
    if (i == 1) {
      EXPECT_EQ(to_hex(k.bytes()), "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
    }
  }
  EXPECT_EQ(to_hex(k.bytes()), "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

// All points of low order, and their forms that are not canonical, each with and without the bit that does not count.
TEST(X25519, PointOfLowOrder_IsRefused) {
  Dice dice(1);
  for (const char* hex : {"0000000000000000000000000000000000000000000000000000000000000000",
                          "0100000000000000000000000000000000000000000000000000000000000000",
                          "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                          "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                          "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                          "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                          "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    for (const std::byte top : {std::byte{0x00}, std::byte{0x80}}) {
      X25519PublicKey point = X25519PublicKey::from(from_hex(hex));
      point.value[31] |= top;
      X25519PrivateKey key;
      dice.fill(key.fill());
      X25519Shared shared;
      dice.fill(shared.fill());
      EXPECT_EQ(x25519(key, point, shared), Status::bad_value) << hex;
      EXPECT_TRUE(shared == X25519Shared()) << hex;
    }
  }
}

TEST(X25519, RandomPairs_Agree) {
  Dice dice(2);
  for (int i = 0; i < 20; ++i) {
    X25519PrivateKey a, b;
    dice.fill(a.fill());
    dice.fill(b.fill());
    const X25519KeyPair left(std::move(a)), right(std::move(b));
    EXPECT_EQ(shared_hex(left.private_key(), right.public_key()), shared_hex(right.private_key(), left.public_key()));
  }
}

}  // namespace
}  // namespace mp
