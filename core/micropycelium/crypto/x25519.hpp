// SPDX-License-Identifier: ISC
// X25519 (RFC 7748) from libsodium: two key pairs agree on a secret.
#pragma once

#include "micropycelium/base/status.hpp"
#include "micropycelium/crypto/fixed.hpp"
#include "micropycelium/crypto/secret.hpp"

#include <utility>

namespace mp {

// Any 32 random bytes; the function sets and clears the bits that RFC 7748 says.
using X25519PrivateKey = Secret<32, struct X25519PrivateKeyTag>;
using X25519PublicKey = Fixed<32, struct X25519PublicKeyTag>;
// What both sides get. Not yet a key: derive keys from it (hkdf.hpp).
using X25519Shared = Secret<32, struct X25519SharedTag>;

X25519PublicKey x25519_public_key(const X25519PrivateKey& key);

// Writes the secret that `ours` shares with `theirs`. Status: bad_value (`theirs` is a point of low order, with which
// everybody would share the same; `out` is zero then).
Status x25519(const X25519PrivateKey& ours, const X25519PublicKey& theirs, X25519Shared& out);

// Both halves; the public one is computed once.
class X25519KeyPair {
 public:
  explicit X25519KeyPair(X25519PrivateKey key)
      : private_key_(std::move(key)), public_key_(x25519_public_key(private_key_)) {}

  const X25519PrivateKey& private_key() const { return private_key_; }
  const X25519PublicKey& public_key() const { return public_key_; }

 private:
  X25519PrivateKey private_key_;
  X25519PublicKey public_key_;
};

}  // namespace mp
