// SPDX-License-Identifier: ISC
// Ed25519 (RFC 8032) from libsodium.
#pragma once

#include "micropycelium/base/bytes.hpp"

namespace mp {

using Ed25519Seed = ByteArray<32>;
using Ed25519PublicKey = ByteArray<32>;

// The public key that belongs to a seed. The secret key made on the way is wiped.
Ed25519PublicKey ed25519_public_key(const Ed25519Seed& seed);

// Overwrites a secret so that the compiler cannot leave it out.
void wipe(MutableBytes secret);

}  // namespace mp
