// SPDX-License-Identifier: ISC
// Handshakes of the Noise Protocol Framework, revision 34: the patterns XX, IK and X with 25519, ChaChaPoly and SHA256.
//
//   XX  -> e              both learn who the other is, in three messages; the first is neither secret nor proven
//       <- e, ee, s, es
//       -> s, se
//   IK  -> e, es, s, ss   the initiator knows the responder's key: two messages. The first can be replayed, and whoever
//       <- e, ee, se      gets hold of the responder's private key later can read it
//   X   -> e, es, s, ss   one message to a known key, one direction; the same holds for it
//
// Made for datagrams that get lost and are forged: a call that fails leaves the handshake as it was, so the true
// message can still come. A message to be sent again is kept by the caller, since to write is to go on. What cannot be
// told is a false first message of XX: it is taken, and the handshake then fails at the other end. Start such a
// responder anew.
//
// A message takes 1.5 KiB of stack on a cortex-m3; the largest frame is libsodium's with 488 bytes, of ours aead.cpp's
// with 416 (README.md says how measured).
#pragma once

#include "micropycelium/base/result.hpp"
#include "micropycelium/crypto/hash.hpp"
#include "micropycelium/crypto/noise_cipher.hpp"
#include "micropycelium/crypto/x25519.hpp"

namespace mp {

enum class NoisePattern : std::uint8_t { xx, ik, x };

// The own key pair, lent: it must outlive the handshake. Not made from a temporary.
class NoiseSelf {
 public:
  NoiseSelf(const X25519KeyPair& pair) : pair_(&pair) {}
  NoiseSelf(const X25519KeyPair&&) = delete;
  const X25519KeyPair& operator*() const { return *pair_; }

 private:
  const X25519KeyPair* pair_;
};

class NoiseHandshake {
 public:
  static constexpr std::size_t kMessageMax = 65535;  // bytes, by the specification
  static constexpr std::size_t kOverheadMax = 96;    // bytes of a message beside its payload: e, s and two tags

  NoiseHandshake() = default;                      // not begun: every message is out of turn
  NoiseHandshake(const NoiseHandshake&) = delete;  // two of one would use an ephemeral key twice
  NoiseHandshake& operator=(const NoiseHandshake&) = delete;

  // Begins anew, whatever was before. `ephemeral`: 32 fresh random bytes, for this handshake only (zeros
  // are a failed MP_CHECK). `prologue`: any
  // bytes; the handshake succeeds only if both sides gave the same.
  void initiate_xx(NoiseSelf self, X25519PrivateKey ephemeral, Bytes prologue);
  void initiate_ik(NoiseSelf self, const X25519PublicKey& remote, X25519PrivateKey ephemeral, Bytes prologue);
  void initiate_x(NoiseSelf self, const X25519PublicKey& remote, X25519PrivateKey ephemeral, Bytes prologue);
  // For X `ephemeral` is not used and may be zero.
  void respond(NoisePattern pattern, NoiseSelf self, X25519PrivateKey ephemeral, Bytes prologue);

  bool writes_next() const;
  bool reads_next() const;
  bool finished() const;              // split() is next
  std::size_t next_overhead() const;  // bytes that the next message has beside its payload; 0 when there is none

  // The next message, at the front of `out`, which `payload` does not overlap. Status: out_of_turn; too_large (for
  // `out`, or above kMessageMax); bad_value (what the other side sent, or `remote`, is a point of low order: it cannot
  // be talked to). On failure the handshake is as it was; `out` is undefined.
  Result<Bytes> write_message(Bytes payload, MutableBytes out);

  // Takes the next message and returns its payload, at the front of `out`, which `message` does not overlap. Status:
  // out_of_turn; truncated; too_large (the payload for `out`, or the message); forged; bad_value (a point of low
  // order). On failure the handshake and `out` are as they were.
  Result<Bytes> read_message(Bytes message, MutableBytes out);

  // Once it is finished: the two directions. X has one: the other is without a key. Status: out_of_turn. All secrets
  // are wiped; what follows can still be asked.
  Status split(NoiseCipher& send, NoiseCipher& receive);

  // The same on both sides and never again: to bind something to this channel. Status: out_of_turn (not finished).
  Result<Sha256Digest> handshake_hash() const;
  // The other side's static key, proven when finished. Status: not_found (no message has brought it yet).
  Result<X25519PublicKey> remote_static() const;

  // Forgets everything.
  void clear();

 private:
  struct Script;

  // What a message changes: worked on as a copy, which is taken over when all is well.
  struct Progress {
    Secret<32> chain;  // ck
    AeadKey key;       // k
    Sha256Digest hash{};
    X25519PublicKey remote_ephemeral;
    X25519PublicKey remote_static;
    std::uint8_t nonce = 0;
    bool keyed = false;
    bool knows_remote = false;

    Progress copy() const;
    void mix_hash(Bytes data);
    void mix_key(const X25519Shared& secret);
    void seal(MutableBytes text_and_tag);
    Status open(Bytes sealed, MutableBytes out);
  };

  const Script& script() const;
  void begin(NoisePattern pattern, bool initiator, NoiseSelf self, const X25519PublicKey* remote,
             X25519PrivateKey ephemeral, Bytes prologue);
  bool running() const;
  Status agree(std::uint8_t token, Progress& next) const;
  Status write_tokens(Progress& next, MutableBytes& rest) const;
  Status read_tokens(Progress& next, Bytes& rest) const;

  Progress now_;
  X25519PrivateKey ephemeral_;
  NoisePattern pattern_ = NoisePattern::xx;
  bool initiator_ = false;
  std::uint8_t step_ = 0;                // messages done; kOver after split()
  const X25519KeyPair* self_ = nullptr;  // null: not begun, or over
};

static_assert(sizeof(NoiseHandshake) <= 208);

}  // namespace mp
