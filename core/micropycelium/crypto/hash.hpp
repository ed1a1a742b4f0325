// SPDX-License-Identifier: ISC
// SHA-256 from libsodium, whole or piece by piece (a large blob is hashed along its contiguous prefix); and SipHash.
#pragma once

#include "micropycelium/base/bytes.hpp"

namespace mp {

using Sha256Digest = ByteArray<32>;

Sha256Digest sha256(Bytes data);

// SipHash-2-4: a short fingerprint that nobody can aim at without the key. Far cheaper than a digest.
using ShortHashKey = ByteArray<16>;
std::uint64_t short_hash(const ShortHashKey& key, Bytes data);

class Sha256 {
 public:
  Sha256() { reset(); }
  void reset();
  void update(Bytes data);
  Sha256Digest finish();  // the state is spent afterwards: reset() before reuse

 private:
  alignas(8) ByteArray<104> state_;  // a crypto_hash_sha256_state; hash.cpp proves the size
};

}  // namespace mp
