// SPDX-License-Identifier: ISC
#include "micropycelium/crypto/ed25519.hpp"

#include <sodium/crypto_sign_ed25519.h>
#include <sodium/utils.h>

namespace mp {

Ed25519PublicKey ed25519_public_key(const Ed25519Seed& seed) {
  Ed25519PublicKey key;
  ByteArray<crypto_sign_ed25519_SECRETKEYBYTES> secret;
  crypto_sign_ed25519_seed_keypair(reinterpret_cast<unsigned char*>(key.data()),
                                   reinterpret_cast<unsigned char*>(secret.data()),
                                   reinterpret_cast<const unsigned char*>(seed.data()));
  wipe(secret);
  return key;
}

void wipe(MutableBytes secret) { sodium_memzero(secret.data(), secret.size()); }

}  // namespace mp
