// SPDX-License-Identifier: ISC
// Ed25519 (RFC 8032) from libsodium: signatures, and the X25519 keys that belong to a signing key.
//
// To verify takes 3.3 KiB of stack on a cortex-m3, 2,344 bytes in the largest frame (README.md says how measured).
#pragma once

#include "micropycelium/base/result.hpp"
#include "micropycelium/crypto/fixed.hpp"
#include "micropycelium/crypto/secret.hpp"
#include "micropycelium/crypto/x25519.hpp"

namespace mp {

using Ed25519Seed = ByteArray<32>;  // whoever holds one wipes it
using Ed25519PublicKey = Fixed<32, struct Ed25519PublicKeyTag>;
using Ed25519Signature = Fixed<64, struct Ed25519SignatureTag>;

// The public key that belongs to a seed. The secret key made on the way is wiped.
Ed25519PublicKey ed25519_public_key(const Ed25519Seed& seed);

// A seed with its public key, ready to sign: the public key is computed once.
class Ed25519KeyPair {
 public:
  explicit Ed25519KeyPair(const Ed25519Seed& seed);

  Ed25519PublicKey public_key() const { return Ed25519PublicKey::from(secret_.bytes().last<32>()); }
  // Deterministic: the same message has the same signature. Say in the message what it is for.
  Ed25519Signature sign(Bytes message) const;
  // The X25519 key pair of this identity; its public half is ed25519_to_x25519(public_key()).
  X25519KeyPair x25519() const;

 private:
  Secret<64> secret_;  // seed, then public key: libsodium's form of a secret key
};

// Status: forged (the signature is not this key's; or the key or the signature has small order or is not in its one
// canonical form).
Status ed25519_verify(const Ed25519PublicKey& key, Bytes message, const Ed25519Signature& signature);

// The X25519 public key of the same owner. Status: bad_value (no canonical point of the prime-order group). The sign of
// the point is lost: a key and its negative give the same, so bind the Ed25519 keys themselves to what is agreed.
Result<X25519PublicKey> ed25519_to_x25519(const Ed25519PublicKey& key);

}  // namespace mp
