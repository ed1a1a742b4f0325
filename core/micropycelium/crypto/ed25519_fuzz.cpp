// SPDX-License-Identifier: ISC
// 32 bytes of a public key, 64 of a signature, the message: what verifies does not with a bit changed, and a key that
// can be converted agrees on a secret.
#include "micropycelium/crypto/ed25519.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mp::Bytes input = std::as_bytes(std::span(data, size));
  if (size < 96) return 0;
  const auto key = mp::Ed25519PublicKey::from(input.first(32));
  const auto signature = mp::Ed25519Signature::from(input.subspan(32, 64));
  const mp::Bytes message = input.subspan(96);
  const bool good = mp::ed25519_verify(key, message, signature) == mp::Status::ok;
  const auto converted = mp::ed25519_to_x25519(key);
  if (good) {
    // The published vectors are among the seeds; what is right breaks with any bit.
    mp::Ed25519Signature bad = signature;
    bad.value[0] ^= std::byte{1};
    MP_CHECK(mp::ed25519_verify(key, message, bad) == mp::Status::forged);
  }
  if (converted) {
    static const mp::X25519KeyPair own = [] {
      mp::X25519PrivateKey k;
      k.fill()[5] = std::byte{1};
      return mp::X25519KeyPair(std::move(k));
    }();
    mp::X25519Shared shared;
    MP_CHECK(mp::x25519(own.private_key(), *converted, shared) == mp::Status::ok);
  }
  return 0;
}
