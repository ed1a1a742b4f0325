// SPDX-License-Identifier: ISC
// Never run: it calls every function of the room crypto, so that what the linker keeps is what all of the
// cryptography costs (scripts/size.py).
#include "micropycelium/crypto/ed25519.hpp"
#include "micropycelium/crypto/hash.hpp"
#include "micropycelium/crypto/hkdf.hpp"
#include "micropycelium/crypto/hmac.hpp"
#include "micropycelium/crypto/noise.hpp"

namespace {

// Where everything comes from and goes to: the compiler cannot know what is in it.
struct Bench {
  mp::MutableBytes data;
  mp::Ed25519Seed seed;
  mp::X25519KeyPair* pair;
  mp::X25519Shared* shared;
  mp::NoiseHandshake* handshake;
  mp::NoiseCipher* send;
  mp::NoiseCipher* receive;
  mp::AeadKey* key;
  mp::AeadNonce nonce;
  mp::AeadNonce24 nonce24;
  mp::AeadTag tag;
  mp::AeadTag8 tag8;
  mp::ShortHashKey short_key;
  std::uint64_t number;
  unsigned good;
};

void hash(Bench& b) {
  b.seed = mp::sha256(b.data);
  b.number = mp::short_hash(b.short_key, b.data);
  mp::Sha256 sum;
  sum.update(b.data);
  b.seed = sum.finish();
  mp::HmacSha256 mac(b.data);
  mac.update(b.seed);
  b.seed = mac.finish();
  mp::hkdf_expand(mp::hkdf_extract(b.data, b.seed), b.data, b.data);
  b.good += mp::equal_secret(b.data, b.seed);
}

void sign(Bench& b) {
  const mp::Ed25519KeyPair pair(b.seed);
  const mp::Ed25519PublicKey key = mp::ed25519_public_key(b.seed);
  b.good += mp::ed25519_verify(key, b.data, pair.sign(b.data)) == mp::Status::ok;
  const auto converted = mp::ed25519_to_x25519(key);
  *b.pair = pair.x25519();
  b.good += converted && mp::x25519(b.pair->private_key(), *converted, *b.shared) == mp::Status::ok;
}

void seal(Bench& b) {
  const mp::Associated with{b.data, b.seed};
  b.nonce = mp::aead_nonce(b.number);
  b.tag = mp::aead_seal(*b.key, b.nonce, with, b.data);
  b.good += mp::aead_open(*b.key, b.nonce, with, b.data, b.tag) == mp::Status::ok;
  b.good += mp::aead_open_to(*b.key, b.nonce, with, b.data, b.tag, b.data) == mp::Status::ok;
  b.tag = mp::aead_seal(*b.key, b.nonce24, with, b.data);
  b.good += mp::aead_open(*b.key, b.nonce24, with, b.data, b.tag) == mp::Status::ok;
  b.tag8 = mp::aead_seal8(*b.key, b.nonce, with, b.data);
  b.good += mp::aead_open8(*b.key, b.nonce, with, b.data, b.tag8) == mp::Status::ok;
}

void shake_hands(Bench& b) {
  mp::NoiseHandshake& h = *b.handshake;
  h.initiate_xx(*b.pair, b.pair->private_key().copy(), b.data);
  h.initiate_ik(*b.pair, b.pair->public_key(), b.pair->private_key().copy(), b.data);
  h.initiate_x(*b.pair, b.pair->public_key(), b.pair->private_key().copy(), b.data);
  h.respond(mp::NoisePattern::ik, *b.pair, b.pair->private_key().copy(), b.data);
  b.good += h.write_message(b.data, b.data).ok();
  b.good += h.read_message(b.data, b.data).ok();
  b.good += h.split(*b.send, *b.receive) == mp::Status::ok;
  b.good += h.handshake_hash().ok();
  b.good += h.remote_static().ok();
  h.clear();
  b.good += b.send->seal({b.data}, b.data, b.tag) == mp::Status::ok;
  b.good += b.receive->open({b.data}, b.data, b.tag) == mp::Status::ok;
  b.good += b.send->rekey() == mp::Status::ok;
  b.send->set_nonce(b.number);
}

}  // namespace

extern "C" unsigned mp_crypto_probe(Bench& b) {
  hash(b);
  sign(b);
  seal(b);
  shake_hands(b);
  return b.good;
}
