// SPDX-License-Identifier: ISC
// A member of a closed network, made anew from the specification (closed-networks.md) and not from the node's code:
// it opens what a node says to it, and can say whatever a member could, true or not. For fuzz targets and tests that
// need a member that lies.
#pragma once

#include "micropycelium/base/check.hpp"
#include "micropycelium/base/writer.hpp"
#include "micropycelium/crypto/hash.hpp"
#include "micropycelium/crypto/hmac.hpp"
#include "micropycelium/messages/hello.hpp"
#include "micropycelium/messages/signed_beacon.hpp"
#include "micropycelium/packet/package.hpp"
#include "micropycelium/packet/packet.hpp"
#include "micropycelium/platform/interface.hpp"
#include "micropycelium/transport/sealing.hpp"

namespace mp::test {

class ClosedMember {
 public:
  // Speaks with one node from one link address. `address`: what the macs say of it (empty where none is known).
  ClosedMember(const NetworkKey& network, std::uint8_t generation, std::uint8_t seed, const LinkAddress& address)
      : secret_(network, generation), keys_(seed_of(seed)), x25519_(keys_.x25519()), address_(address) {
    salt_.value[0] = std::byte{seed};
  }

  NodeId id() const { return NodeId{keys_.public_key().value}; }
  const Ed25519KeyPair& keys() const { return keys_; }
  const NetworkSecret& secret() const { return secret_; }

  // `node`: whom it speaks with; costs an X25519.
  void meet(const NodeId& node) {
    node_ = node;
    MP_CHECK(secret_.pair(x25519_, node, pair_) == Status::ok);
  }
  // It starts anew.
  void restart() {
    ++boot_;
    counter_ = 0;
    store_be(salt_.value.data() + 1, boot_);
    node_salt_known_ = false;
  }

  // What the node said, on the link to this member. Learns from answers, proofs and challenges.
  void hear(Bytes frame) {
    const auto text = opened(frame);
    if (!text.ok) return;
    if (const auto beacon = decode_signed_beacon(text.bytes().subspan(std::min(text.size, 1 + kPackageHeader)));
        beacon && text.buffer[0] == std::byte{0})
      heard_ = load_be<std::uint32_t>(beacon->signature.value.data());
    const auto hello = decode_hello(text.bytes());
    if (!hello) return;
    if (hello->kind == OpeningKind::challenge) {
      asked_ = true;
      asked_nonce_ = hello->nonce;
      return;
    }
    node_salt_ = SealSalt(hello->salt);
    node_salt_known_ = true;
    if (hello->kind != OpeningKind::answer) return;
    answered_ = true;
    cookie_ = hello->cookie;
    nonce_ = hello->nonce;
  }
  bool asked() const { return asked_; }
  bool answered() const { return answered_; }
  std::uint32_t boot() const { return boot_; }

  Hello challenge(std::uint64_t nonce) const {
    Hello h;
    h.kind = OpeningKind::challenge;
    h.from = id();
    store_be(h.nonce.data(), nonce);
    h.heard = heard_;
    return h;
  }
  // To what the node asked last.
  Hello answer() const {
    Hello h = half(OpeningKind::answer);
    h.nonce = asked_nonce_;
    store_be(h.cookie.data(), std::uint64_t{1});
    return h;
  }
  // After the node's last answer.
  Hello proof() const {
    Hello h = half(OpeningKind::proof);
    h.nonce = nonce_;
    h.cookie = cookie_;
    return h;
  }
  // With the right mac for what it says now.
  void sign(Hello& h) const {
    HkdfKey key;
    hkdf_expand(pair_, bytes("hello"), key.fill());
    ByteArray<kHelloSizeMax> buffer;
    const Bytes text = encode_hello(h, buffer);
    HmacSha256 mac(key.bytes());
    mac.update(text.first(text.size() - kHelloMacSize));
    mac.update(node_.value);
    const ByteArray<2> b{seal_byte(false), static_cast<std::byte>(address_.size)};
    mac.update(b);
    mac.update(address_.bytes());
    if (h.kind == OpeningKind::proof) mac.update(node_salt_.value);
    copy(Bytes(mac.finish()).first(kHelloMacSize), h.mac);
  }

  Bytes opening(Bytes text, MutableBytes out, std::uint8_t schema = kOpeningSchemaEspNow) {
    AeadNonce24 nonce;
    nonce.value[0] = salt_.value[0];
    store_be(nonce.value.data() + 1, ++openings_);
    return seal_opening(secret_.opening(), schema, byte(false), nonce, text, out);
  }
  Bytes opening(const Hello& h, MutableBytes out) {
    ByteArray<kHelloSizeMax> buffer;
    return opening(encode_hello(h, buffer), out);
  }
  // A Package to whom it may concern.
  Bytes opening_package(const AppId& app, Bytes blob, MutableBytes out) {
    ByteArray<kOpeningTextMax> text;
    text[0] = std::byte{0};
    return opening(Bytes(text).first(1 + package(app, blob, MutableBytes(text).subspan(1))), out);
  }
  // Under the key of the two, or that of its own frames to all. `counter` 0: the next.
  Bytes frame(const Schema& schema, Bytes packet, MutableBytes out, bool group = false, std::uint32_t counter = 0) {
    const AeadKey key = group ? secret_.group_key(id(), salt_) : frame_key(pair_, id(), node_, salt_, node_salt_);
    return seal_frame(key, byte(group), counter != 0 ? counter : ++counter_, schema, packet, out);
  }
  // A Package in a single packet.
  Bytes package_frame(const AppId& app, Bytes blob, MutableBytes out, bool group = false) {
    ByteArray<kFrameMax> body, packet;
    const std::size_t size = package(app, blob, body);
    PacketFields fields;
    fields.packet_id = ++packet_id_;
    const Schema& schema = *find_schema(kSealedSchema);
    const auto written = write_packet(schema, fields, Bytes(body).first(size), packet);
    MP_CHECK(written.ok());
    return frame(schema, *written, out, group);
  }
  Bytes beacon(SignedBeacon b, std::span<std::byte, kSignedBeaconSizeMax> out) const {
    return encode_signed_beacon(b, salt_.value, keys_, out);
  }
  SignedBeacon beacon_head(std::uint32_t count) const {
    SignedBeacon b;
    b.node_id = id();
    b.boot = boot_;
    b.count = count;
    b.interval_s = 60;
    return b;
  }

  // The plaintext of an opening frame of this network.
  struct Text {
    ByteArray<kFrameMax + 16> buffer{};
    std::size_t size = 0;
    bool ok = false;
    Bytes bytes() const { return Bytes(buffer).first(size); }
  };
  Text opened(Bytes frame) const {
    Text text;
    if (frame.size() > kFrameMax || frame.size() < kFixedHeader) return text;
    const auto schema = std::to_integer<std::uint8_t>(frame[2]);
    if (schema != kOpeningSchemaEspNow && schema != kOpeningSchemaLora) return text;
    ByteArray<kFrameMax> copied;
    copy(frame, copied);
    const auto plain = open_opening(secret_.opening(), MutableBytes(copied).first(frame.size()));
    if (!plain) return text;
    copy(*plain, text.buffer);
    text.size = plain->size();
    text.ok = true;
    return text;
  }

 private:
  static Ed25519Seed seed_of(std::uint8_t n) {
    Ed25519Seed seed{};
    seed[0] = std::byte{n};
    return seed;
  }
  SealByte byte(bool group) const { return {secret_.generation(), group, 0}; }
  std::byte seal_byte(bool group) const { return byte(group).encode(); }
  Hello half(OpeningKind kind) const {
    Hello h;
    h.kind = kind;
    h.from = id();
    h.salt = salt_.value;
    h.boot = boot_;
    h.counter = counter_ + 1;
    return h;
  }
  static std::size_t package(const AppId& app, Bytes blob, MutableBytes out) {
    write_package_head({app, half_sha256(blob)}, out.first<kPackageHeader>());
    copy(blob, out.subspan(kPackageHeader));
    return kPackageHeader + blob.size();
  }

  NetworkSecret secret_;
  Ed25519KeyPair keys_;
  X25519KeyPair x25519_;
  LinkAddress address_;
  NodeId node_;
  HkdfKey pair_;
  SealSalt salt_, node_salt_;
  bool node_salt_known_ = false;
  bool asked_ = false, answered_ = false;
  ByteArray<8> asked_nonce_{}, nonce_{}, cookie_{};
  std::uint32_t boot_ = 1;
  std::uint32_t counter_ = 0;
  std::uint32_t heard_ = 0;  // the last Beacon of the node
  std::uint64_t openings_ = 0;
  std::uint8_t packet_id_ = 0;
};

}  // namespace mp::test
