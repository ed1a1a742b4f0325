// SPDX-License-Identifier: ISC
// ChaCha20-Poly1305 (RFC 8439): encryption that shows every change, in place, the tag apart. With 24-byte nonces it is
// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03).
//
// Never use a nonce twice with a key: count (aead_nonce), or draw 24 random bytes (AeadNonce24).
#pragma once

#include "micropycelium/base/status.hpp"
#include "micropycelium/crypto/fixed.hpp"
#include "micropycelium/crypto/secret.hpp"

namespace mp {

using AeadKey = Secret<32, struct AeadKeyTag>;
using AeadNonce = Fixed<12, struct AeadNonceTag>;
using AeadNonce24 = Fixed<24, struct AeadNonce24Tag>;
using AeadTag = Fixed<16, struct AeadTagTag>;
// The first half of an AeadTag: a forgery passes once in 2^51 tries (specification: closed-networks.md, "Limits"). For
// small frames, where each try is counted.
using AeadTag8 = Fixed<8, struct AeadTag8Tag>;

// 4 zero bytes, then the counter, little-endian: the form that Noise has given the nonce.
AeadNonce aead_nonce(std::uint64_t counter);

// What is authenticated but not encrypted: both pieces, as if they were one. Does not overlap the text.
struct Associated {
  Bytes first{};
  Bytes second{};
};

// Encrypts `text` where it lies and returns its tag.
AeadTag aead_seal(const AeadKey& key, const AeadNonce& nonce, const Associated& with, MutableBytes text);
AeadTag aead_seal(const AeadKey& key, const AeadNonce24& nonce, const Associated& with, MutableBytes text);
AeadTag8 aead_seal8(const AeadKey& key, const AeadNonce& nonce, const Associated& with, MutableBytes text);

// Decrypts `text` where it lies, after its tag has been found right. Status: forged (`text` is as it was).
Status aead_open(const AeadKey& key, const AeadNonce& nonce, const Associated& with, MutableBytes text,
                 const AeadTag& tag);
Status aead_open(const AeadKey& key, const AeadNonce24& nonce, const Associated& with, MutableBytes text,
                 const AeadTag& tag);
Status aead_open8(const AeadKey& key, const AeadNonce& nonce, const Associated& with, MutableBytes text,
                  const AeadTag8& tag);

// The same from `sealed` to `out`, of the same size and not overlapping, which is not written to on failure.
Status aead_open_to(const AeadKey& key, const AeadNonce& nonce, const Associated& with, Bytes sealed,
                    const AeadTag& tag, MutableBytes out);

}  // namespace mp
