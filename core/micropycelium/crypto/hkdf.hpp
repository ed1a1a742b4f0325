// SPDX-License-Identifier: ISC
// HKDF-SHA256 (RFC 5869): keys from a secret that is not evenly random. libsodium 1.0.18 has the HMAC, not this.
#pragma once

#include "micropycelium/crypto/secret.hpp"

namespace mp {

using HkdfKey = Secret<32, struct HkdfKeyTag>;  // RFC 5869's PRK

// Gathers what is random in `secret`. `salt` may be public, and empty.
HkdfKey hkdf_extract(Bytes salt, Bytes secret);

// Fills `out` (at most 8,160 bytes) with a key for the purpose that `info` names.
void hkdf_expand(const HkdfKey& key, Bytes info, MutableBytes out);

}  // namespace mp
