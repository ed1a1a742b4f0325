// SPDX-License-Identifier: ISC
#include "micropycelium/crypto/hmac.hpp"

#include "micropycelium/crypto/raw.hpp"

#include <sodium/crypto_auth_hmacsha256.h>

namespace mp {
namespace {

using State = crypto_auth_hmacsha256_state;
static_assert(sizeof(State) == 208 && alignof(State) <= 8);

State* state(ByteArray<208>& bytes) { return reinterpret_cast<State*>(bytes.data()); }

}  // namespace

HmacSha256::HmacSha256(Bytes key) { crypto_auth_hmacsha256_init(state(state_), raw_in(key), key.size()); }

void HmacSha256::update(Bytes data) { crypto_auth_hmacsha256_update(state(state_), raw_in(data), data.size()); }

Sha256Digest HmacSha256::finish() {
  Sha256Digest digest;
  crypto_auth_hmacsha256_final(state(state_), raw_out(digest));
  return digest;
}

}  // namespace mp
