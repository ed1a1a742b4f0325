// SPDX-License-Identifier: ISC
#include "micropycelium/crypto/aead.hpp"

#include "tests/support/vectors.hpp"

#include <sodium/crypto_aead_chacha20poly1305.h>
#include <sodium/crypto_aead_xchacha20poly1305.h>

#include <type_traits>

namespace mp {
namespace {

using test::Dice;
using test::Octets;
using test::to_hex;
using test::Vector;
using test::vectors;

static_assert(!std::is_convertible_v<AeadTag8, AeadTag> && !std::is_convertible_v<AeadTag, AeadTag8>);
static_assert(!std::is_convertible_v<AeadNonce, AeadNonce24> && !std::is_convertible_v<std::uint64_t, AeadNonce>);

const unsigned char* raw(Bytes b) { return reinterpret_cast<const unsigned char*>(b.data()); }
unsigned char* raw(Octets& b) { return reinterpret_cast<unsigned char*>(b.data()); }

AeadKey key_of(Bytes b) { return AeadKey(b.first<32>()); }

AeadKey draw_key(Dice& dice) {
  AeadKey key;
  dice.fill(key.fill());
  return key;
}

// One call of libsodium's: the ciphertext, then the tag.
Octets sodium_sealed(const AeadKey& key, const AeadNonce& nonce, Bytes with, Bytes text) {
  Octets out(text.size() + 16);
  crypto_aead_chacha20poly1305_ietf_encrypt(raw(out), nullptr, raw(text), text.size(), raw(with), with.size(), nullptr,
                                            raw(nonce.bytes()), raw(key.bytes()));
  return out;
}

Octets sodium_sealed(const AeadKey& key, const AeadNonce24& nonce, Bytes with, Bytes text) {
  Octets out(text.size() + 16);
  crypto_aead_xchacha20poly1305_ietf_encrypt(raw(out), nullptr, raw(text), text.size(), raw(with), with.size(), nullptr,
                                             raw(nonce.bytes()), raw(key.bytes()));
  return out;
}

template <typename Nonce>
void expect_published(const char* category) {
  for (const Vector& v : vectors(category, "crypto.json")) {
    const AeadKey key = key_of(v.bytes("key"));
    const auto nonce = v.fixed<Nonce>("nonce");
    const Octets with = v.bytes("aad");
    Octets text = v.bytes("plaintext");
    const AeadTag tag = aead_seal(key, nonce, {with}, text);
    EXPECT_EQ(to_hex(text), v.text("ciphertext")) << v.text("name");
    EXPECT_EQ(to_hex(tag.bytes()), v.text("tag")) << v.text("name");
    EXPECT_EQ(aead_open(key, nonce, {with}, text, v.fixed<AeadTag>("tag")), Status::ok) << v.text("name");
    EXPECT_EQ(to_hex(text), v.text("plaintext")) << v.text("name");
  }
}

TEST(Aead, PublishedVectors) { expect_published<AeadNonce>("aead"); }
TEST(AeadNonce24, PublishedVector) { expect_published<AeadNonce24>("xaead"); }

TEST(AeadNonce, OfACounter_IsLittleEndianBehindZeros) {
  EXPECT_EQ(to_hex(aead_nonce(0x0807060504030201U).bytes()), "000000000102030405060708");
}

// All lengths of a frame, and all ways of the padding: the one-call interface is the judge.
TEST(Aead, EveryLengthTo250_IsWhatLibsodiumSeals) {
  Dice dice(1);
  for (std::size_t size = 0; size <= 250; ++size) {
    const AeadKey key = draw_key(dice);
    const auto nonce = dice.fixed<AeadNonce>();
    const auto nonce24 = dice.fixed<AeadNonce24>();
    const Octets with = dice.octets(dice.below(40));
    const Octets plain = dice.octets(size);
    const std::size_t cut = dice.below(static_cast<std::uint32_t>(with.size() + 1));
    const Associated pieces{Bytes(with).first(cut), Bytes(with).subspan(cut)};
    const Octets expected = sodium_sealed(key, nonce, with, plain);

    Octets text = plain;
    const AeadTag tag = aead_seal(key, nonce, pieces, text);
    ASSERT_TRUE(equal(text, Bytes(expected).first(size))) << size;
    ASSERT_TRUE(equal(tag.bytes(), Bytes(expected).subspan(size))) << size;
    Octets apart(size);
    ASSERT_EQ(aead_open_to(key, nonce, pieces, text, tag, apart), Status::ok) << size;
    ASSERT_EQ(apart, plain) << size;
    ASSERT_EQ(aead_open(key, nonce, {with}, text, tag), Status::ok) << size;
    ASSERT_EQ(text, plain) << size;

    const AeadTag8 tag8 = aead_seal8(key, nonce, pieces, text);
    ASSERT_TRUE(equal(text, Bytes(expected).first(size))) << size;
    ASSERT_TRUE(equal(tag8.bytes(), Bytes(expected).subspan(size, 8))) << size;
    ASSERT_EQ(aead_open8(key, nonce, {{}, with}, text, tag8), Status::ok) << size;
    ASSERT_EQ(text, plain) << size;

    const Octets expected24 = sodium_sealed(key, nonce24, with, plain);
    const AeadTag tag24 = aead_seal(key, nonce24, pieces, text);
    ASSERT_TRUE(equal(text, Bytes(expected24).first(size))) << size;
    ASSERT_TRUE(equal(tag24.bytes(), Bytes(expected24).subspan(size))) << size;
    ASSERT_EQ(aead_open(key, nonce24, pieces, text, tag24), Status::ok) << size;
    ASSERT_EQ(text, plain) << size;
  }
}

// Each bit of the text, the tag, the associated data, the nonce and the key; and nothing is written.
template <typename Nonce, typename Tag, typename Seal, typename Open>
void expect_tamper_proof(const Seal& seal, const Open& open) {
  Dice dice(2);
  const AeadKey key = draw_key(dice);
  const auto nonce = dice.fixed<Nonce>();
  const Octets with = dice.octets(12);
  Octets sealed = dice.octets(70);
  const Tag tag = seal(key, nonce, Associated{with}, sealed);

  const auto refused = [&](const AeadKey& k, const Nonce& n, Bytes w, Bytes text, const Tag& t) {
    Octets out(text.begin(), text.end());
    return open(k, n, Associated{w}, out, t) == Status::forged && equal(out, text);
  };
  const auto each_bit = [](auto& bytes, const auto& check) {
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
      bytes[bit / 8] ^= std::byte{1} << (bit % 8);
      EXPECT_TRUE(check()) << "bit " << bit;
      bytes[bit / 8] ^= std::byte{1} << (bit % 8);
    }
  };
  Octets text = sealed, other_with = with;
  Tag other_tag = tag;
  Nonce other_nonce = nonce;
  ByteArray<32> other_key;
  copy(key.bytes(), other_key);
  each_bit(text, [&] { return refused(key, nonce, with, text, tag); });
  each_bit(other_tag.value, [&] { return refused(key, nonce, with, sealed, other_tag); });
  each_bit(other_with, [&] { return refused(key, nonce, other_with, sealed, tag); });
  each_bit(other_nonce.value, [&] { return refused(key, other_nonce, with, sealed, tag); });
  each_bit(other_key, [&] { return refused(AeadKey(other_key), nonce, with, sealed, tag); });
  EXPECT_TRUE(refused(key, nonce, Bytes(with).first(11), sealed, tag));
  EXPECT_TRUE(refused(key, nonce, with, Bytes(sealed).first(69), tag));
  EXPECT_EQ(open(key, nonce, Associated{with}, sealed, tag), Status::ok) << "the true one still opens";
}

TEST(Aead, AnyBitFlipped_IsForgedAndNothingIsWritten) {
  expect_tamper_proof<AeadNonce, AeadTag>([](auto&&... a) { return aead_seal(a...); },
                                          [](auto&&... a) { return aead_open(a...); });
}

TEST(Aead8, AnyBitFlipped_IsForgedAndNothingIsWritten) {
  expect_tamper_proof<AeadNonce, AeadTag8>([](auto&&... a) { return aead_seal8(a...); },
                                           [](auto&&... a) { return aead_open8(a...); });
}

TEST(AeadNonce24, AnyBitFlipped_IsForgedAndNothingIsWritten) {
  expect_tamper_proof<AeadNonce24, AeadTag>([](auto&&... a) { return aead_seal(a...); },
                                            [](auto&&... a) { return aead_open(a...); });
}

TEST(Aead, OpenedApart_ForgedWritesNothing) {
  Dice dice(3);
  const AeadKey key = draw_key(dice);
  Octets text = dice.octets(20);
  AeadTag tag = aead_seal(key, aead_nonce(1), {}, text);
  tag.value[15] ^= std::byte{1};
  const Octets before = dice.octets(20);
  Octets out = before;
  EXPECT_EQ(aead_open_to(key, aead_nonce(1), {}, text, tag, out), Status::forged);
  EXPECT_EQ(out, before);
}

// Bytes that move from one piece to the other are not noticed, by design; those that move into the text are.
TEST(Aead, AssociatedDataAndText_DoNotRunIntoEachOther) {
  Dice dice(4);
  const AeadKey key = draw_key(dice);
  Octets text = dice.octets(32);
  const Octets with = dice.octets(16);
  const AeadTag tag = aead_seal(key, aead_nonce(1), {with}, text);
  Octets longer = with;
  longer.insert(longer.end(), text.begin(), text.begin() + 16);
  Octets rest(text.begin() + 16, text.end());
  EXPECT_EQ(aead_open(key, aead_nonce(1), {longer}, rest, tag), Status::forged);
}

}  // namespace
}  // namespace mp
