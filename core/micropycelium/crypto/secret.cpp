// SPDX-License-Identifier: ISC
#include "micropycelium/crypto/secret.hpp"

#include "micropycelium/crypto/raw.hpp"

#include <sodium/utils.h>

namespace mp {

void wipe(MutableBytes secret) {
  if (!secret.empty()) sodium_memzero(secret.data(), secret.size());
}

bool equal_secret(Bytes a, Bytes b) {
  return a.size() == b.size() && sodium_memcmp(raw_in(a), raw_in(b), a.size()) == 0;
}

}  // namespace mp
