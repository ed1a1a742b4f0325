// SPDX-License-Identifier: ISC
// Put together from libsodium's ChaCha20 and Poly1305 in the order of RFC 8439, section 2.8: its one-call interface
// takes neither associated data in pieces nor a tag of 8 bytes. The test compares with that interface byte for byte.
#include "micropycelium/crypto/aead.hpp"

#include "micropycelium/base/check.hpp"
#include "micropycelium/crypto/raw.hpp"

#include <sodium/crypto_core_hchacha20.h>
#include <sodium/crypto_onetimeauth_poly1305.h>
#include <sodium/crypto_stream_chacha20.h>

namespace mp {
namespace {

static_assert(crypto_stream_chacha20_ietf_KEYBYTES == AeadKey::kSize &&
              crypto_stream_chacha20_ietf_NONCEBYTES == AeadNonce::kSize &&
              crypto_onetimeauth_poly1305_BYTES == AeadTag::kSize);
static_assert(crypto_core_hchacha20_INPUTBYTES == 16 && crypto_core_hchacha20_OUTPUTBYTES == AeadKey::kSize &&
              crypto_core_hchacha20_KEYBYTES == AeadKey::kSize);

void store_le64(std::byte* p, std::uint64_t value) {
  for (std::size_t i = 0; i < 8; ++i) p[i] = static_cast<std::byte>(value >> (8 * i));
}

// How many zeros fill the last block of 16.
std::size_t padding(std::size_t size) { return (16 - size % 16) % 16; }

// Encrypts or decrypts. Block 0 of the stream is Poly1305's key, the text starts at block 1. `in` may be `out`.
void cipher(const AeadKey& key, const AeadNonce& nonce, Bytes in, MutableBytes out) {
  if (in.empty()) return;
  crypto_stream_chacha20_ietf_xor_ic(raw_out(out), raw_in(in), in.size(), raw_in(nonce.value), 1, raw_in(key.bytes()));
}

// RFC 8439, section 2.8: the whole tag of a ciphertext.
Secret<AeadTag::kSize> tag_of(const AeadKey& key, const AeadNonce& nonce, const Associated& with, Bytes sealed) {
  ByteArray<64> block;  // a whole block is quicker to make than the half that is needed
  crypto_stream_chacha20_ietf(raw_out(block), block.size(), raw_in(nonce.value), raw_in(key.bytes()));
  crypto_onetimeauth_poly1305_state state;
  crypto_onetimeauth_poly1305_init(&state, raw_in(block));
  wipe(block);

  const std::size_t with_size = with.first.size() + with.second.size();
  ByteArray<32> tail{};  // at most 15 zeros, then both sizes
  crypto_onetimeauth_poly1305_update(&state, raw_in(with.first), with.first.size());
  crypto_onetimeauth_poly1305_update(&state, raw_in(with.second), with.second.size());
  crypto_onetimeauth_poly1305_update(&state, raw_in(tail), padding(with_size));
  crypto_onetimeauth_poly1305_update(&state, raw_in(sealed), sealed.size());
  const std::size_t zeros = padding(sealed.size());
  store_le64(tail.data() + zeros, with_size);
  store_le64(tail.data() + zeros + 8, sealed.size());
  crypto_onetimeauth_poly1305_update(&state, raw_in(tail), zeros + 16);

  Secret<AeadTag::kSize> tag;  // of a forgery it is a secret
  crypto_onetimeauth_poly1305_final(&state, raw_out(tag.fill()));
  wipe(std::as_writable_bytes(std::span(&state, 1)));
  return tag;
}

// `claimed` is a whole tag or the beginning of one.
Status open(const AeadKey& key, const AeadNonce& nonce, const Associated& with, Bytes sealed, Bytes claimed,
            MutableBytes out) {
  const auto tag = tag_of(key, nonce, with, sealed);
  if (!equal_secret(Bytes(tag.bytes()).first(claimed.size()), claimed)) return Status::forged;
  cipher(key, nonce, sealed, out);
  return Status::ok;
}

// XChaCha20: the first 16 bytes of the nonce go into a key, the other 8 into a nonce of 12.
struct Extended {
  Extended(const AeadKey& with, const AeadNonce24& from) {
    crypto_core_hchacha20(raw_out(key.fill()), raw_in(from.value), raw_in(with.bytes()), nullptr);
    copy(from.bytes().last(8), MutableBytes(nonce.value).last(8));
  }
  AeadKey key;
  AeadNonce nonce;
};

}  // namespace

AeadNonce aead_nonce(std::uint64_t counter) {
  AeadNonce nonce;
  store_le64(nonce.value.data() + 4, counter);
  return nonce;
}

AeadTag aead_seal(const AeadKey& key, const AeadNonce& nonce, const Associated& with, MutableBytes text) {
  cipher(key, nonce, text, text);
  return AeadTag::from(tag_of(key, nonce, with, text).bytes());
}

AeadTag aead_seal(const AeadKey& key, const AeadNonce24& nonce, const Associated& with, MutableBytes text) {
  const Extended x(key, nonce);
  return aead_seal(x.key, x.nonce, with, text);
}

AeadTag8 aead_seal8(const AeadKey& key, const AeadNonce& nonce, const Associated& with, MutableBytes text) {
  cipher(key, nonce, text, text);
  return AeadTag8::from(tag_of(key, nonce, with, text).bytes().first<AeadTag8::kSize>());
}

Status aead_open(const AeadKey& key, const AeadNonce& nonce, const Associated& with, MutableBytes text,
                 const AeadTag& tag) {
  return open(key, nonce, with, text, tag.value, text);
}

Status aead_open(const AeadKey& key, const AeadNonce24& nonce, const Associated& with, MutableBytes text,
                 const AeadTag& tag) {
  const Extended x(key, nonce);
  return aead_open(x.key, x.nonce, with, text, tag);
}

Status aead_open8(const AeadKey& key, const AeadNonce& nonce, const Associated& with, MutableBytes text,
                  const AeadTag8& tag) {
  return open(key, nonce, with, text, tag.value, text);
}

Status aead_open_to(const AeadKey& key, const AeadNonce& nonce, const Associated& with, Bytes sealed,
                    const AeadTag& tag, MutableBytes out) {
  MP_CHECK(out.size() == sealed.size());
  return open(key, nonce, with, sealed, tag.value, out);
}

}  // namespace mp
