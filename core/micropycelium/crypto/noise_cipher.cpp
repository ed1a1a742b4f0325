// SPDX-License-Identifier: ISC
#include "micropycelium/crypto/noise_cipher.hpp"

namespace mp {

Status NoiseCipher::seal(const Associated& with, MutableBytes text, AeadTag& tag) {
  if (nonce_ == kNonceEnd) return Status::exhausted;
  tag = aead_seal(key_, aead_nonce(nonce_), with, text);
  ++nonce_;
  return Status::ok;
}

Status NoiseCipher::open(const Associated& with, MutableBytes text, const AeadTag& tag) {
  if (nonce_ == kNonceEnd) return Status::exhausted;
  const Status status = aead_open(key_, aead_nonce(nonce_), with, text, tag);
  if (status == Status::ok) ++nonce_;
  return status;
}

void NoiseCipher::set_nonce(std::uint64_t nonce) {
  if (keyed_) nonce_ = nonce;
}

Status NoiseCipher::rekey() {
  if (!keyed_) return Status::exhausted;
  AeadKey next;  // 32 zeros, encrypted; their tag is not used
  (void)aead_seal(key_, aead_nonce(kNonceEnd), {}, next.fill());
  key_ = std::move(next);
  return Status::ok;
}

}  // namespace mp
