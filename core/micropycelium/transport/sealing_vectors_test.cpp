// SPDX-License-Identifier: ISC
// Closed networks against frames that other code has made from the specification (tests/vectors/closed_networks.py):
// ours are the same, byte for byte, and theirs are taken.
#include "micropycelium/messages/signed_beacon.hpp"
#include "micropycelium/packet/packet.hpp"
#include "micropycelium/transport/sealing.hpp"
#include "tests/support/vectors.hpp"

#include <gtest/gtest.h>

namespace mp {
namespace {

using test::Octets;
using test::to_hex;
using test::Vector;

std::vector<Vector> all(const char* part) { return test::vectors(part, "closed_networks.json"); }

Ed25519KeyPair keys_of(const Vector& v, const char* seed) {
  Ed25519Seed s{};
  copy(v.bytes(seed), s);
  return Ed25519KeyPair(s);
}
NodeId id_of(const Ed25519KeyPair& keys) { return NodeId{keys.public_key().value}; }

NetworkSecret network_of(const Vector& v) {
  NetworkKey key;
  copy(v.bytes("network_key"), key.fill());
  return {key, static_cast<std::uint8_t>(v.number("generation"))};
}

// The two of a vector, and what is between them.
struct Two {
  explicit Two(const Vector& v)
      : net(network_of(v)), from_keys(keys_of(v, "from_seed")), to_keys(keys_of(v, "to_seed")) {
    from = id_of(from_keys);
    to = id_of(to_keys);
    from_salt = v.fixed<SealSalt>("from_salt");
    to_salt = v.fixed<SealSalt>("to_salt");
    EXPECT_EQ(net.pair(from_keys.x25519(), to, pair), Status::ok);
    HkdfKey other;
    EXPECT_EQ(net.pair(to_keys.x25519(), from, other), Status::ok);
    EXPECT_TRUE(pair == other);
  }
  NetworkSecret net;
  Ed25519KeyPair from_keys, to_keys;
  NodeId from, to;
  SealSalt from_salt, to_salt;
  HkdfKey pair;
};

TEST(ClosedNetworkVectors, Keys) {
  for (const Vector& v : all("keys")) {
    const Two two(v);
    NetworkKey key;
    copy(v.bytes("network_key"), key.fill());
    EXPECT_EQ(to_hex(two.from.bytes()), v.text("from_id"));
    EXPECT_EQ(to_hex(two.to.bytes()), v.text("to_id"));
    EXPECT_EQ(to_hex(two.net.opening().bytes()), v.text("opening"));
    EXPECT_EQ(to_hex(two.net.group_key(two.from, two.from_salt).bytes()), v.text("group"));
    EXPECT_EQ(to_hex(two.pair.bytes()), v.text("pair"));
    EXPECT_EQ(to_hex(hello_key(two.pair).bytes()), v.text("hello"));
    EXPECT_EQ(to_hex(frame_key(two.pair, two.from, two.to, two.from_salt, two.to_salt).bytes()), v.text("there"));
    EXPECT_EQ(to_hex(frame_key(two.pair, two.to, two.from, two.to_salt, two.from_salt).bytes()), v.text("back"));
  }
}

TEST(ClosedNetworkVectors, SealedFrames_BothWays) {
  for (const Vector& v : all("sealed")) {
    const Two two(v);
    const bool group = v.is_true("group");
    const AeadKey key = group ? two.net.group_key(two.from, two.from_salt)
                              : frame_key(two.pair, two.from, two.to, two.from_salt, two.to_salt);
    const Octets packet = v.bytes("packet");
    Octets frame = v.bytes("frame");
    const Schema* schema = find_schema(std::to_integer<std::uint8_t>(packet[2]));
    ASSERT_TRUE(schema != nullptr && PacketView::parse(packet).ok());
    const SealByte byte{two.net.generation(), group, static_cast<std::uint8_t>(v.number("number"))};
    const auto counter = static_cast<std::uint32_t>(v.number("counter"));
    ByteArray<kFrameMax> out;
    EXPECT_EQ(to_hex(seal_frame(key, byte, counter, *schema, packet, out)), v.text("frame"));

    ASSERT_TRUE(sealed_frame_fits(*schema, frame.size()));
    EXPECT_EQ(frame_counter(*schema, frame), counter);
    EXPECT_EQ(frame[1], byte.encode());
    const auto opened = open_frame(key, *schema, frame);
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(to_hex(Bytes(*opened).subspan(2)), to_hex(Bytes(packet).subspan(2)));
  }
}

TEST(ClosedNetworkVectors, OpeningFrames_BothWays) {
  for (const Vector& v : all("openings")) {
    const NetworkSecret net = network_of(v);
    const SealByte byte{net.generation(), false, static_cast<std::uint8_t>(v.number("number"))};
    const Octets text = v.bytes("text");
    Octets frame = v.bytes("frame");
    ByteArray<kFrameMax> out;
    EXPECT_EQ(to_hex(seal_opening(net.opening(), static_cast<std::uint8_t>(v.number("schema")), byte,
                                  v.fixed<AeadNonce24>("nonce"), text, out)),
              v.text("frame"));
    const auto opened = open_opening(net.opening(), frame);
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(to_hex(*opened), v.text("text"));
    if (text[0] == std::byte{0}) continue;
    const auto hello = decode_hello(text);
    ASSERT_TRUE(hello.ok());
    ByteArray<kHelloSizeMax> again;
    EXPECT_EQ(to_hex(encode_hello(*hello, again)), v.text("text"));
  }
}

TEST(ClosedNetworkVectors, AnswersAndProofs_BothWays) {
  for (const Vector& v : all("hellos")) {
    const Two two(v);
    Hello h;
    h.kind = static_cast<OpeningKind>(v.number("kind"));
    h.from = two.from;
    copy(v.bytes("nonce"), h.nonce);
    copy(v.bytes("cookie"), h.cookie);
    h.salt = two.from_salt.value;
    h.boot = static_cast<std::uint32_t>(v.number("boot"));
    h.counter = static_cast<std::uint32_t>(v.number("counter"));
    const SealByte byte{two.net.generation(), false, static_cast<std::uint8_t>(v.number("number"))};
    const LinkAddress address = LinkAddress::from(v.bytes("address"));
    h.mac = hello_mac(hello_key(two.pair), h, two.to, byte, address, two.to_salt);
    ByteArray<kHelloSizeMax> out;
    EXPECT_EQ(to_hex(encode_hello(h, out)), v.text("message"));

    const auto theirs = decode_hello(v.bytes("message"));
    ASSERT_TRUE(theirs.ok());
    EXPECT_EQ(theirs->mac, hello_mac(hello_key(two.pair), *theirs, two.to, byte, address, two.to_salt));
  }
}

TEST(ClosedNetworkVectors, SignedBeacons_BothWays) {
  for (const Vector& v : all("beacons")) {
    const Ed25519KeyPair keys = keys_of(v, "seed");
    const auto salt = v.fixed<SealSalt>("salt");
    const Octets prefixes = v.bytes("prefixes");
    const auto wake = v.numbers("wake");
    SignedBeacon b;
    b.op = static_cast<BeaconOp>(v.number("op"));
    b.node_id = id_of(keys);
    b.boot = static_cast<std::uint32_t>(v.number("boot"));
    b.count = static_cast<std::uint32_t>(v.number("count"));
    b.interval_s = static_cast<std::uint16_t>(v.number("interval_s"));
    b.prefixes = prefixes;
    b.wake = {static_cast<std::uint16_t>(wake.at(0)), static_cast<std::uint16_t>(wake.at(1)),
              static_cast<std::uint16_t>(wake.at(2))};
    ByteArray<kSignedBeaconSizeMax> out;
    EXPECT_EQ(to_hex(encode_signed_beacon(b, salt.value, keys, out)), v.text("message"));

    const Octets message = v.bytes("message");
    const auto theirs = decode_signed_beacon(message);
    ASSERT_TRUE(theirs.ok());
    EXPECT_EQ(theirs->op, b.op);
    EXPECT_EQ(theirs->node_id, b.node_id);
    EXPECT_EQ(theirs->boot, b.boot);
    EXPECT_EQ(theirs->count, b.count);
    EXPECT_EQ(theirs->interval_s, b.interval_s);
    EXPECT_TRUE(equal(theirs->prefixes, prefixes));
    EXPECT_EQ(theirs->wake, b.wake);
    EXPECT_TRUE(signed_beacon_genuine(message, salt.value));
    EXPECT_FALSE(signed_beacon_genuine(message, {}));
  }
}

}  // namespace
}  // namespace mp
