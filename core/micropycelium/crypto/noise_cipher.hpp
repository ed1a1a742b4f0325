// SPDX-License-Identifier: ISC
// One direction of a channel that a handshake has opened: Noise's CipherState (Noise Protocol Framework, revision 34,
// section 5.1), a key and the number of its next message.
#pragma once

#include "micropycelium/crypto/aead.hpp"

#include <utility>

namespace mp {

class NoiseCipher {
 public:
  // The number that is never used for a message; rekey() needs it.
  static constexpr std::uint64_t kNonceEnd = 0xffff'ffff'ffff'ffff;

  NoiseCipher() = default;  // without a key: refuses everything
  explicit NoiseCipher(AeadKey key) : key_(std::move(key)), nonce_(0), keyed_(true) {}
  // What is moved from has no key.
  NoiseCipher(NoiseCipher&& other) noexcept { *this = std::move(other); }
  NoiseCipher& operator=(NoiseCipher&& other) noexcept {
    key_ = std::move(other.key_);
    nonce_ = std::exchange(other.nonce_, kNonceEnd);
    keyed_ = std::exchange(other.keyed_, false);
    return *this;
  }

  // Encrypts `text` where it lies, as message nonce(), and counts on. Status: exhausted (nothing was done).
  Status seal(const Associated& with, MutableBytes text, AeadTag& tag);

  // Decrypts `text` where it lies, as message nonce(), and counts on. Status: forged, exhausted (nothing was done).
  Status open(const Associated& with, MutableBytes text, const AeadTag& tag);

  // For datagrams, which bring their number along. The caller keeps away what it has opened before, and never gives
  // seal() a number twice. Without a key it does nothing.
  void set_nonce(std::uint64_t nonce);
  std::uint64_t nonce() const { return nonce_; }

  // Puts the next key in place of this one, which cannot be got back (section 4.2). The number stays. Status:
  // exhausted (there is no key).
  Status rekey();

  bool has_key() const { return keyed_; }
  // For those who number messages themselves, or cut their tags (aead_seal8). All zero without a key: ask has_key().
  const AeadKey& key() const { return key_; }

 private:
  AeadKey key_;
  std::uint64_t nonce_ = kNonceEnd;
  bool keyed_ = false;
};

static_assert(sizeof(NoiseCipher) == 48);

}  // namespace mp
