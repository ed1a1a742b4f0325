// SPDX-License-Identifier: ISC
#include "micropycelium/crypto/hash.hpp"

#include <sodium/crypto_hash_sha256.h>
#include <sodium/crypto_shorthash_siphash24.h>

namespace mp {
namespace {

using State = crypto_hash_sha256_state;
static_assert(sizeof(State) == 104 && alignof(State) <= 8);

State* state(ByteArray<104>& bytes) { return reinterpret_cast<State*>(bytes.data()); }
const unsigned char* raw(Bytes b) { return reinterpret_cast<const unsigned char*>(b.data()); }

}  // namespace

Sha256Digest sha256(Bytes data) {
  Sha256Digest digest;
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(digest.data()), raw(data), data.size());
  return digest;
}

std::uint64_t short_hash(const ShortHashKey& key, Bytes data) {
  ByteArray<crypto_shorthash_siphash24_BYTES> out;
  crypto_shorthash_siphash24(reinterpret_cast<unsigned char*>(out.data()), raw(data), data.size(), raw(key));
  return load_be<std::uint64_t>(out.data());
}

void Sha256::reset() { crypto_hash_sha256_init(state(state_)); }

void Sha256::update(Bytes data) { crypto_hash_sha256_update(state(state_), raw(data), data.size()); }

Sha256Digest Sha256::finish() {
  Sha256Digest digest;
  crypto_hash_sha256_final(state(state_), reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

}  // namespace mp
