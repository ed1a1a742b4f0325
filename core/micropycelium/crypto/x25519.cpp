// SPDX-License-Identifier: ISC
#include "micropycelium/crypto/x25519.hpp"

#include "micropycelium/crypto/raw.hpp"

#include <sodium/crypto_scalarmult_curve25519.h>

namespace mp {

static_assert(crypto_scalarmult_curve25519_BYTES == X25519PublicKey::kSize &&
              crypto_scalarmult_curve25519_SCALARBYTES == X25519PrivateKey::kSize);

X25519PublicKey x25519_public_key(const X25519PrivateKey& key) {
  X25519PublicKey out;
  crypto_scalarmult_curve25519_base(raw_out(out.value), raw_in(key.bytes()));
  return out;
}

Status x25519(const X25519PrivateKey& ours, const X25519PublicKey& theirs, X25519Shared& out) {
  if (crypto_scalarmult_curve25519(raw_out(out.fill()), raw_in(ours.bytes()), raw_in(theirs.value)) == 0)
    return Status::ok;
  out.clear();
  return Status::bad_value;
}

}  // namespace mp
