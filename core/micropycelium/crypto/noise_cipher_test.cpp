// SPDX-License-Identifier: ISC
#include "micropycelium/crypto/noise_cipher.hpp"

#include "tests/support/vectors.hpp"

#include <sodium/crypto_aead_chacha20poly1305.h>

#include <type_traits>

namespace mp {
namespace {

using test::Dice;
using test::Octets;

static_assert(!std::is_copy_constructible_v<NoiseCipher>, "two of one would use a nonce twice");

AeadKey draw_key(Dice& dice) {
  AeadKey key;
  dice.fill(key.fill());
  return key;
}

TEST(NoiseCipher, WithoutKey_RefusesEverything) {
  NoiseCipher cipher;
  Octets text(5);
  AeadTag tag;
  cipher.set_nonce(0);
  EXPECT_FALSE(cipher.has_key());
  EXPECT_EQ(cipher.seal({}, text, tag), Status::exhausted);
  EXPECT_EQ(cipher.open({}, text, tag), Status::exhausted);
  EXPECT_EQ(cipher.rekey(), Status::exhausted);
  EXPECT_EQ(text, Octets(5));
}

TEST(NoiseCipher, Moved_LeavesNoKey) {
  Dice dice(1);
  NoiseCipher a(draw_key(dice));
  NoiseCipher b(std::move(a));
  EXPECT_FALSE(a.has_key());
  EXPECT_EQ(a.nonce(), NoiseCipher::kNonceEnd);
  EXPECT_TRUE(b.has_key());
  EXPECT_EQ(b.nonce(), 0U);
}

TEST(NoiseCipher, Messages_CountTheNonce) {
  Dice dice(2);
  const AeadKey key = draw_key(dice);
  NoiseCipher send(key.copy()), receive(key.copy());
  for (std::uint64_t n = 0; n < 5; ++n) {
    EXPECT_EQ(send.nonce(), n);
    const Octets plain = dice.octets(n * 10), with = dice.octets(n);
    Octets text = plain, same = plain;
    AeadTag tag;
    ASSERT_EQ(send.seal({with}, text, tag), Status::ok);
    EXPECT_EQ(tag, aead_seal(key, aead_nonce(n), {with}, same));
    AeadTag bad = tag;
    bad.value[0] ^= std::byte{1};
    EXPECT_EQ(receive.open({with}, text, bad), Status::forged);
    EXPECT_EQ(receive.nonce(), n) << "a forgery uses up no number";
    ASSERT_EQ(receive.open({with}, text, tag), Status::ok);
    EXPECT_EQ(text, plain);
  }
}

TEST(NoiseCipher, OutOfOrder_OpensByNumber) {
  Dice dice(3);
  const AeadKey key = draw_key(dice);
  NoiseCipher send(key.copy()), receive(key.copy());
  Octets first = dice.octets(8), second = dice.octets(8);
  const Octets plain_first = first, plain_second = second;
  AeadTag tag_first, tag_second;
  ASSERT_EQ(send.seal({}, first, tag_first), Status::ok);
  ASSERT_EQ(send.seal({}, second, tag_second), Status::ok);
  receive.set_nonce(1);
  EXPECT_EQ(receive.open({}, second, tag_second), Status::ok);
  receive.set_nonce(0);
  EXPECT_EQ(receive.open({}, first, tag_first), Status::ok);
  EXPECT_EQ(first, plain_first);
  EXPECT_EQ(second, plain_second);
}

TEST(NoiseCipher, LastNumber_IsUsedForNothing) {
  Dice dice(4);
  const AeadKey key = draw_key(dice);
  NoiseCipher send(key.copy()), receive(key.copy());
  send.set_nonce(NoiseCipher::kNonceEnd - 1);
  receive.set_nonce(NoiseCipher::kNonceEnd - 1);
  Octets text = dice.octets(8);
  AeadTag tag;
  ASSERT_EQ(send.seal({}, text, tag), Status::ok);
  ASSERT_EQ(receive.open({}, text, tag), Status::ok);
  const Octets before = text;
  const AeadTag tag_before = tag;
  EXPECT_EQ(send.seal({}, text, tag), Status::exhausted);
  EXPECT_EQ(receive.open({}, text, tag), Status::exhausted);
  EXPECT_EQ(text, before);
  EXPECT_EQ(tag, tag_before);
}

// Section 4.2: the first 32 bytes of ENCRYPT(k, 2^64-1, empty, 32 zeros), by libsodium's one call.
TEST(NoiseCipher, Rekeyed_AsTheSpecificationSays) {
  Dice dice(5);
  const AeadKey key = draw_key(dice);
  NoiseCipher send(key.copy()), receive(key.copy());
  send.set_nonce(7);
  receive.set_nonce(7);
  ASSERT_EQ(send.rekey(), Status::ok);
  ASSERT_EQ(receive.rekey(), Status::ok);
  EXPECT_EQ(send.nonce(), 7U) << "the number stays";

  const unsigned char zeros[32] = {};
  const unsigned char nonce[12] = {0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  unsigned char out[48];
  crypto_aead_chacha20poly1305_ietf_encrypt(out, nullptr, zeros, 32, nullptr, 0, nullptr, nonce,
                                            reinterpret_cast<const unsigned char*>(key.bytes().data()));
  EXPECT_TRUE(equal(send.key().bytes(), std::as_bytes(std::span(out)).first(32)));

  Octets text = dice.octets(8);
  const Octets plain = text;
  AeadTag tag;
  ASSERT_EQ(send.seal({}, text, tag), Status::ok);
  ASSERT_EQ(receive.open({}, text, tag), Status::ok);
  EXPECT_EQ(text, plain);
}

}  // namespace
}  // namespace mp
