// SPDX-License-Identifier: ISC
#include "micropycelium/transport/sealing.hpp"

#include "micropycelium/base/writer.hpp"
#include "micropycelium/crypto/ed25519.hpp"
#include "micropycelium/crypto/hmac.hpp"

#include <cstring>

namespace mp {
namespace {

constexpr std::string_view kNetworkLabel = "Micropycelium closed network 1";
constexpr std::size_t kByteAt = 1;
constexpr std::size_t kSchemaAt = 2;

AeadNonce nonce_of(std::uint8_t number, std::uint32_t counter) {
  AeadNonce nonce;
  nonce.value[0] = static_cast<std::byte>(number);
  store_be(nonce.value.data() + 8, counter);
  return nonce;
}

std::uint8_t number_of(Bytes frame) { return std::to_integer<std::uint8_t>(frame[kByteAt]) & 7U; }

}  // namespace

NetworkSecret::NetworkSecret(const NetworkKey& key, std::uint8_t generation)
    : secret_(hkdf_extract(bytes(kNetworkLabel), key.bytes())), generation_(generation), used_(true) {
  hkdf_expand(secret_, bytes("opening"), opening_.fill());
}

bool NetworkSecret::is_of(const NetworkKey& key) const {
  return used_ && secret_ == hkdf_extract(bytes(kNetworkLabel), key.bytes());
}

AeadKey NetworkSecret::group_key(const NodeId& sender, const SealSalt& salt) const {
  ByteArray<5 + NodeId::kSize + SealSalt::kSize> info;
  Writer out(info);
  out.put(bytes("group"));
  out.put(sender.value);
  out.put(salt.value);
  AeadKey key;
  hkdf_expand(secret_, info, key.fill());
  return key;
}

Status NetworkSecret::pair(const X25519KeyPair& ours, const NodeId& theirs, HkdfKey& out) const {
  const auto key = ed25519_to_x25519(Ed25519PublicKey(theirs.value));
  if (!key) return key.status();
  X25519Shared shared;
  MP_TRY(x25519(ours.private_key(), *key, shared));
  out = hkdf_extract(secret_.bytes(), shared.bytes());
  return Status::ok;
}

void NetworkSecret::clear() {
  secret_.clear();
  opening_.clear();
  used_ = false;
}

AeadKey frame_key(const HkdfKey& pair, const NodeId& from, const NodeId& to, const SealSalt& from_salt,
                  const SealSalt& to_salt) {
  ByteArray<6 + 2 * NodeId::kSize + 2 * SealSalt::kSize> info;
  Writer out(info);
  out.put(bytes("frames"));
  out.put(from.value);
  out.put(to.value);
  out.put(from_salt.value);
  out.put(to_salt.value);
  AeadKey key;
  hkdf_expand(pair, info, key.fill());
  return key;
}

HkdfKey hello_key(const HkdfKey& pair) {
  HkdfKey key;
  hkdf_expand(pair, bytes("hello"), key.fill());
  return key;
}

// --- replays -------------------------------------------------------------------------------------------------

void ReplayWindow::begin(std::uint32_t next) {
  highest_ = next - 1;
  set_taken(~std::uint64_t{0});
}

bool ReplayWindow::fresh(std::uint32_t counter) const {
  if (counter > highest_) return true;
  const std::uint32_t below = highest_ - counter;
  return below != 0 && below <= kWidth && (taken() >> (below - 1) & 1U) == 0;
}

void ReplayWindow::take(std::uint32_t counter) {
  if (counter <= highest_) {
    set_taken(taken() | std::uint64_t{1} << (highest_ - counter - 1));
    return;
  }
  const std::uint32_t ahead = counter - highest_;
  std::uint64_t bits = ahead < kWidth ? taken() << ahead : 0;
  if (ahead <= kWidth) bits |= std::uint64_t{1} << (ahead - 1);  // what was the highest
  set_taken(bits);
  highest_ = counter;
}

// --- frames --------------------------------------------------------------------------------------------------

Bytes seal_frame(const AeadKey& key, SealByte byte, std::uint32_t counter, const Schema& schema, Bytes packet,
                 MutableBytes out) {
  const std::size_t head = schema.body_offset;
  const std::size_t body = packet.size() - head;
  copy(packet.first(head), out);
  out[kByteAt] = byte.encode();
  store_be(out.data() + head, counter);
  const MutableBytes text = out.subspan(head + kFrameCounter, body);
  copy(packet.subspan(head), text);
  const AeadTag8 tag = aead_seal8(key, nonce_of(byte.number, counter), {out.first(head + kFrameCounter)}, text);
  copy(tag.value, out.subspan(head + kFrameCounter + body));
  return Bytes(out.first(packet.size() + kFrameSealSize));
}

std::uint32_t frame_counter(const Schema& schema, Bytes frame) {
  return load_be<std::uint32_t>(frame.data() + schema.body_offset);
}

bool sealed_frame_fits(const Schema& schema, std::size_t size) {
  return schema.sealed() && size >= schema.body_offset + kFrameSealSize && size <= schema.frame + kFrameSealSize;
}

Result<MutableBytes> open_frame(const AeadKey& key, const Schema& schema, MutableBytes frame) {
  const std::size_t head = schema.body_offset;
  const std::size_t body = frame.size() - head - kFrameSealSize;
  const MutableBytes text = frame.subspan(head + kFrameCounter, body);
  const AeadTag8 tag = AeadTag8::from(frame.last(kFrameTag));
  MP_TRY(aead_open8(key, nonce_of(number_of(frame), frame_counter(schema, frame)), {frame.first(head + kFrameCounter)},
                    text, tag));
  std::memmove(frame.data() + head, text.data(), body);
  return frame.first(head + body);
}

// --- opening frames ------------------------------------------------------------------------------------------

Bytes seal_opening(const AeadKey& key, std::uint8_t schema, SealByte byte, const AeadNonce24& nonce, Bytes text,
                   MutableBytes out) {
  out[0] = std::byte{0};
  out[kByteAt] = byte.encode();
  out[kSchemaAt] = static_cast<std::byte>(schema);
  out[3] = std::byte{0};
  copy(nonce.value, out.subspan(kFixedHeader));
  const MutableBytes sealed = out.subspan(kOpeningHead, text.size());
  copy(text, sealed);
  const AeadTag tag = aead_seal(key, nonce, {out.first(kFixedHeader)}, sealed);
  copy(tag.value, out.subspan(kOpeningHead + text.size()));
  return Bytes(out.first(kOpeningSize + text.size()));
}

Result<MutableBytes> open_opening(const AeadKey& key, MutableBytes frame) {
  if (frame.size() < kOpeningSize) return Status::truncated;
  const MutableBytes text = frame.subspan(kOpeningHead, frame.size() - kOpeningSize);
  MP_TRY(aead_open(key, AeadNonce24::from(frame.subspan(kFixedHeader, AeadNonce24::kSize)), {frame.first(kFixedHeader)},
                   text, AeadTag::from(frame.last(AeadTag::kSize))));
  return text;
}

ByteArray<kHelloMacSize> hello_mac(const HkdfKey& key, const Hello& hello, const NodeId& to, SealByte byte,
                                   const LinkAddress& address, const SealSalt& receiver_salt) {
  ByteArray<kHelloSizeMax> buffer;
  const Bytes text = encode_hello(hello, buffer);
  HmacSha256 mac(key.bytes());
  mac.update(text.first(text.size() - kHelloMacSize));
  mac.update(to.value);
  const ByteArray<2> b{byte.encode(), static_cast<std::byte>(address.size)};
  mac.update(b);
  mac.update(address.bytes());
  if (hello.kind == OpeningKind::proof) mac.update(receiver_salt.value);
  ByteArray<kHelloMacSize> out;
  copy(Bytes(mac.finish()).first(kHelloMacSize), out);
  return out;
}

}  // namespace mp
