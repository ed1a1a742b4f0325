// SPDX-License-Identifier: ISC
#include "micropycelium/crypto/ed25519.hpp"

#include "micropycelium/crypto/raw.hpp"

#include <sodium/crypto_sign_ed25519.h>

namespace mp {
namespace {

static_assert(crypto_sign_ed25519_SEEDBYTES == 32 && crypto_sign_ed25519_SECRETKEYBYTES == 64 &&
              crypto_sign_ed25519_PUBLICKEYBYTES == Ed25519PublicKey::kSize &&
              crypto_sign_ed25519_BYTES == Ed25519Signature::kSize);

// Whether y, little-endian in the low 255 bits, is below p = 2^255 - 19. libsodium's conversion does not look.
bool is_canonical(const Ed25519PublicKey& key) {
  const ByteArray<32>& y = key.value;
  if ((y[31] | std::byte{0x80}) != std::byte{0xff} || y[0] < std::byte{0xed}) return true;
  return !std::all_of(y.begin() + 1, y.begin() + 31, [](std::byte b) { return b == std::byte{0xff}; });
}

}  // namespace

Ed25519PublicKey ed25519_public_key(const Ed25519Seed& seed) { return Ed25519KeyPair(seed).public_key(); }

Ed25519KeyPair::Ed25519KeyPair(const Ed25519Seed& seed) {
  Ed25519PublicKey key;  // written apart: libsodium moves it behind the seed itself
  crypto_sign_ed25519_seed_keypair(raw_out(key.value), raw_out(secret_.fill()), raw_in(seed));
}

Ed25519Signature Ed25519KeyPair::sign(Bytes message) const {
  Ed25519Signature out;
  crypto_sign_ed25519_detached(raw_out(out.value), nullptr, raw_in(message), message.size(), raw_in(secret_.bytes()));
  return out;
}

X25519KeyPair Ed25519KeyPair::x25519() const {
  X25519PrivateKey key;
  crypto_sign_ed25519_sk_to_curve25519(raw_out(key.fill()), raw_in(secret_.bytes()));
  return X25519KeyPair(std::move(key));
}

Status ed25519_verify(const Ed25519PublicKey& key, Bytes message, const Ed25519Signature& signature) {
  const bool ok = crypto_sign_ed25519_verify_detached(raw_in(signature.value), raw_in(message), message.size(),
                                                      raw_in(key.value)) == 0;
  return ok ? Status::ok : Status::forged;
}

Result<X25519PublicKey> ed25519_to_x25519(const Ed25519PublicKey& key) {
  X25519PublicKey out;
  if (!is_canonical(key) || crypto_sign_ed25519_pk_to_curve25519(raw_out(out.value), raw_in(key.value)) != 0)
    return Status::bad_value;
  return out;
}

}  // namespace mp
