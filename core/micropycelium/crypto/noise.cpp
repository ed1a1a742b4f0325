// SPDX-License-Identifier: ISC
#include "micropycelium/crypto/noise.hpp"

#include "micropycelium/base/check.hpp"
#include "micropycelium/crypto/hkdf.hpp"

namespace mp {
namespace {

constexpr std::size_t kKey = X25519PublicKey::kSize;
constexpr std::size_t kTag = AeadTag::kSize;
constexpr std::uint8_t kOver = 0xff;

enum Token : std::uint8_t { end, e, s, ee, es, se, ss };

}  // namespace

// A handshake pattern (section 7): its name padded to a digest, which is the first hash (section 5.2), and the tokens
// of each message.
struct NoiseHandshake::Script {
  char name[33];
  bool knows_responder;  // the pre-message "<- s"
  std::uint8_t messages;
  Token tokens[3][5];
};

const NoiseHandshake::Script& NoiseHandshake::script() const {
  static constexpr Script kScripts[] = {
      {"Noise_XX_25519_ChaChaPoly_SHA256", false, 3, {{e, end}, {e, ee, s, es, end}, {s, se, end}}},
      {"Noise_IK_25519_ChaChaPoly_SHA256", true, 2, {{e, es, s, ss, end}, {e, ee, se, end}}},
      {"Noise_X_25519_ChaChaPoly_SHA256", true, 1, {{e, es, s, ss, end}}},
  };
  return kScripts[static_cast<std::size_t>(pattern_)];
}

NoiseHandshake::Progress NoiseHandshake::Progress::copy() const {
  return {chain.copy(), key.copy(), hash, remote_ephemeral, remote_static, nonce, keyed, knows_remote};
}

void NoiseHandshake::Progress::mix_hash(Bytes data) {
  Sha256 sum;
  sum.update(hash);
  sum.update(data);
  hash = sum.finish();
}

// MixKey: HKDF with two outputs is RFC 5869's with 64 bytes and no info.
void NoiseHandshake::Progress::mix_key(const X25519Shared& secret) {
  Secret<64> both;
  hkdf_expand(hkdf_extract(chain.bytes(), secret.bytes()), {}, both.fill());
  chain = Secret<32>(both.bytes().first<32>());
  key = AeadKey(both.bytes().last<32>());
  nonce = 0;
  keyed = true;
}

// EncryptAndHash; the last 16 bytes are room for the tag, if there is a key yet.
void NoiseHandshake::Progress::seal(MutableBytes text_and_tag) {
  if (keyed) {
    const std::size_t size = text_and_tag.size() - kTag;
    const AeadTag tag = aead_seal(key, aead_nonce(nonce++), {hash}, text_and_tag.first(size));
    mp::copy(tag.value, text_and_tag.subspan(size));
  }
  mix_hash(text_and_tag);
}

// DecryptAndHash; `out` has the size of the text and is written to last.
Status NoiseHandshake::Progress::open(Bytes sealed, MutableBytes out) {
  if (keyed) {
    const Bytes text = sealed.first(out.size());
    MP_TRY(aead_open_to(key, aead_nonce(nonce++), {hash}, text, AeadTag::from(sealed.subspan(out.size())), out));
  } else {
    mp::copy(sealed, out);
  }
  mix_hash(sealed);
  return Status::ok;
}

void NoiseHandshake::initiate_xx(NoiseSelf self, X25519PrivateKey ephemeral, Bytes prologue) {
  begin(NoisePattern::xx, true, self, nullptr, std::move(ephemeral), prologue);
}

void NoiseHandshake::initiate_ik(NoiseSelf self, const X25519PublicKey& remote, X25519PrivateKey ephemeral,
                                 Bytes prologue) {
  begin(NoisePattern::ik, true, self, &remote, std::move(ephemeral), prologue);
}

void NoiseHandshake::initiate_x(NoiseSelf self, const X25519PublicKey& remote, X25519PrivateKey ephemeral,
                                Bytes prologue) {
  begin(NoisePattern::x, true, self, &remote, std::move(ephemeral), prologue);
}

void NoiseHandshake::respond(NoisePattern pattern, NoiseSelf self, X25519PrivateKey ephemeral, Bytes prologue) {
  begin(pattern, false, self, nullptr, std::move(ephemeral), prologue);
}

// Section 5.3, Initialize.
void NoiseHandshake::begin(NoisePattern pattern, bool initiator, NoiseSelf self, const X25519PublicKey* remote,
                           X25519PrivateKey ephemeral, Bytes prologue) {
  const bool uses_ephemeral = initiator || pattern != NoisePattern::x;
  MP_CHECK(!uses_ephemeral || !(ephemeral == X25519PrivateKey()));
  pattern_ = pattern;
  initiator_ = initiator;
  step_ = 0;
  self_ = &*self;
  ephemeral_ = std::move(ephemeral);

  Progress first;
  mp::copy(std::as_bytes(std::span(script().name)).first(first.hash.size()), first.hash);
  first.chain = Secret<32>(first.hash);
  first.mix_hash(prologue);
  if (remote != nullptr) {
    first.remote_static = *remote;
    first.knows_remote = true;
  }
  if (script().knows_responder) first.mix_hash((initiator ? first.remote_static : self_->public_key()).value);
  now_ = std::move(first);
}

bool NoiseHandshake::running() const { return self_ != nullptr && step_ < script().messages; }
bool NoiseHandshake::writes_next() const { return running() && (step_ % 2 == 0) == initiator_; }
bool NoiseHandshake::reads_next() const { return running() && (step_ % 2 == 0) != initiator_; }
bool NoiseHandshake::finished() const { return self_ != nullptr && step_ == script().messages; }

std::size_t NoiseHandshake::next_overhead() const {
  if (!running()) return 0;
  std::size_t size = 0;
  bool keyed = now_.keyed;
  for (const Token* token = script().tokens[step_]; *token != end; ++token) {
    if (*token == e || *token == s)
      size += kKey + (*token == s && keyed ? kTag : 0);
    else
      keyed = true;
  }
  return size + (keyed ? kTag : 0);
}

// ee, es, se, ss: the first letter is the initiator's key, the second the responder's.
Status NoiseHandshake::agree(std::uint8_t token, Progress& next) const {
  const bool own_is_static = token == ss || token == (initiator_ ? se : es);
  const bool theirs_is_static = token == ss || token == (initiator_ ? es : se);
  X25519Shared secret;
  MP_TRY(x25519(own_is_static ? self_->private_key() : ephemeral_,
                theirs_is_static ? next.remote_static : next.remote_ephemeral, secret));
  next.mix_key(secret);
  return Status::ok;
}

Status NoiseHandshake::write_tokens(Progress& next, MutableBytes& rest) const {
  for (const Token* token = script().tokens[step_]; *token != end; ++token) {
    if (*token != e && *token != s) {
      MP_TRY(agree(*token, next));
      continue;
    }
    const X25519PublicKey own = *token == e ? x25519_public_key(ephemeral_) : self_->public_key();
    const MutableBytes field = rest.first(kKey + (*token == s && next.keyed ? kTag : 0));
    copy(own.value, field);
    if (*token == e)
      next.mix_hash(field);
    else
      next.seal(field);
    rest = rest.subspan(field.size());
  }
  return Status::ok;
}

Status NoiseHandshake::read_tokens(Progress& next, Bytes& rest) const {
  for (const Token* token = script().tokens[step_]; *token != end; ++token) {
    if (*token != e && *token != s) {
      MP_TRY(agree(*token, next));
      continue;
    }
    const Bytes field = rest.first(kKey + (*token == s && next.keyed ? kTag : 0));
    if (*token == e) {
      copy(field, next.remote_ephemeral.value);
      next.mix_hash(field);
    } else {
      MP_TRY(next.open(field, next.remote_static.value));
      next.knows_remote = true;
    }
    rest = rest.subspan(field.size());
  }
  return Status::ok;
}

Result<Bytes> NoiseHandshake::write_message(Bytes payload, MutableBytes out) {
  if (!writes_next()) return Status::out_of_turn;
  const std::size_t size = next_overhead() + payload.size();
  if (size > out.size() || size > kMessageMax) return Status::too_large;
  Progress next = now_.copy();
  MutableBytes rest = out.first(size);
  if (const Status status = write_tokens(next, rest); status != Status::ok) return status;
  copy(payload, rest);
  next.seal(rest);
  now_ = std::move(next);
  ++step_;
  return Bytes(out.first(size));
}

Result<Bytes> NoiseHandshake::read_message(Bytes message, MutableBytes out) {
  if (!reads_next()) return Status::out_of_turn;
  const std::size_t overhead = next_overhead();
  if (message.size() < overhead) return Status::truncated;
  const MutableBytes payload = out.first(std::min(message.size() - overhead, out.size()));
  if (message.size() > kMessageMax || payload.size() < message.size() - overhead) return Status::too_large;
  Progress next = now_.copy();
  Status status = read_tokens(next, message);
  if (status == Status::ok) status = next.open(message, payload);
  if (status != Status::ok) return status;
  now_ = std::move(next);
  ++step_;
  return Bytes(payload);
}

// Section 5.2, Split: HKDF of the chaining key and nothing.
Status NoiseHandshake::split(NoiseCipher& send, NoiseCipher& receive) {
  if (!finished()) return Status::out_of_turn;
  Secret<64> both;
  hkdf_expand(hkdf_extract(now_.chain.bytes(), {}), {}, both.fill());
  const bool one_way = pattern_ == NoisePattern::x;
  NoiseCipher first{AeadKey(both.bytes().first<32>())};
  NoiseCipher second;
  if (!one_way) second = NoiseCipher(AeadKey(both.bytes().last<32>()));
  send = std::move(initiator_ ? first : second);
  receive = std::move(initiator_ ? second : first);
  now_.chain.clear();
  now_.key.clear();
  ephemeral_.clear();
  self_ = nullptr;
  step_ = kOver;
  return Status::ok;
}

void NoiseHandshake::clear() {
  now_ = Progress();
  ephemeral_.clear();
  self_ = nullptr;
  step_ = 0;
}

Result<Sha256Digest> NoiseHandshake::handshake_hash() const {
  if (!finished() && step_ != kOver) return Status::out_of_turn;
  return now_.hash;
}

Result<X25519PublicKey> NoiseHandshake::remote_static() const {
  if (!now_.knows_remote) return Status::not_found;
  return now_.remote_static;
}

}  // namespace mp
