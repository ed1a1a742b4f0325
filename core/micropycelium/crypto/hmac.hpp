// SPDX-License-Identifier: ISC
// HMAC-SHA256 (RFC 2104) from libsodium. Compare what comes in by equal_secret().
#pragma once

#include "micropycelium/crypto/hash.hpp"
#include "micropycelium/crypto/secret.hpp"

namespace mp {

class HmacSha256 {
 public:
  explicit HmacSha256(Bytes key);
  HmacSha256(const HmacSha256&) = delete;
  HmacSha256& operator=(const HmacSha256&) = delete;
  ~HmacSha256() { wipe(state_); }

  void update(Bytes data);
  Sha256Digest finish();  // once

 private:
  alignas(8) ByteArray<208> state_;  // a crypto_auth_hmacsha256_state; hmac.cpp proves the size
};

}  // namespace mp
