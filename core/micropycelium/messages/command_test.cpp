// SPDX-License-Identifier: ISC
#include "micropycelium/messages/command.hpp"

#include "tests/support/vectors.hpp"

#include <vector>

namespace mp {
namespace {

const Ed25519KeyPair& owner() {
  static const Ed25519KeyPair keys(Ed25519Seed{std::byte{1}});
  return keys;
}
NodeId target() {
  NodeId id;
  id.value.fill(std::byte{7});
  return id;
}
Epoch epoch() {
  Epoch e;
  e.value.fill(std::byte{3});
  return e;
}

std::vector<std::byte> message(Bytes command, std::uint64_t counter = 5) {
  ByteArray<kCommandMessageMax> out;
  const auto m = encode_command(owner(), target(), epoch(), counter, command, out);
  EXPECT_TRUE(m);
  return {m->begin(), m->end()};
}

TEST(Command, BothWays) {
  const auto m = message(bytes("restart"));
  const auto c = decode_command(m);
  ASSERT_TRUE(c);
  EXPECT_EQ(c->owner, owner().public_key());
  EXPECT_EQ(c->target, target());
  EXPECT_EQ(c->epoch, epoch());
  EXPECT_EQ(c->counter, 5U);
  EXPECT_EQ(text(c->command), "restart");
  EXPECT_EQ(verify(*c), Status::ok);
  EXPECT_EQ(m.size(), kCommandHead + 7 + 64);
}

TEST(Command, IndependentVectors_BothWays) {
  for (const auto& v : test::vectors("commands", "identity.json")) {
    const Ed25519KeyPair signer(v.fixed<Ed25519PublicKey>("owner_seed").value);
    const auto counter = v.bytes("counter_hex");
    ByteArray<kCommandMessageMax> out;
    const auto made = encode_command(signer, v.fixed<NodeId>("target"), v.fixed<Epoch>("epoch"),
                                     load_be<std::uint64_t>(counter.data()), v.bytes("command"), out);
    ASSERT_TRUE(made);
    EXPECT_EQ(test::to_hex(*made), v.text("message"));
    const auto bytes = v.bytes("message");
    const auto c = decode_command(bytes);
    ASSERT_TRUE(c);
    EXPECT_EQ(verify(*c), Status::ok);
  }
}

TEST(Command, AnyBitChanged_IsForged) {
  const auto good = message(bytes("restart"));
  for (std::size_t bit = 0; bit < 8 * good.size(); bit += 3) {
    auto m = good;
    m[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    const auto c = decode_command(m);
    EXPECT_TRUE(!c || verify(*c) == Status::forged) << bit;
  }
}

TEST(Command, BytesMovedBetweenCommandAndSignature_AreForged) {
  auto longer = message(bytes("restart"));
  longer.insert(longer.begin() + kCommandHead, std::byte{'x'});
  EXPECT_EQ(verify(*decode_command(longer)), Status::forged);
  auto shorter = message(bytes("restart"));
  shorter.erase(shorter.begin() + kCommandHead);
  EXPECT_EQ(verify(*decode_command(shorter)), Status::forged);
}

TEST(Command, Sizes_AreHeldTo) {
  const std::vector<std::byte> longest(kCommandMax, std::byte{1}), too_long(kCommandMax + 1, std::byte{1});
  ByteArray<kCommandMessageMax + 1> out{};
  EXPECT_EQ(decode_command(message(longest))->command.size(), kCommandMax);
  EXPECT_EQ(encode_command(owner(), target(), epoch(), 1, too_long, out).status(), Status::too_large);
  EXPECT_EQ(
      encode_command(owner(), target(), epoch(), 1, longest, MutableBytes(out).first(kCommandMessageMax - 1)).status(),
      Status::too_large);
  EXPECT_EQ(encode_command(owner(), target(), epoch(), 1, {}, out).status(), Status::bad_value);
  EXPECT_EQ(encode_command(owner(), target(), epoch(), 0, longest, out).status(), Status::bad_value);
  EXPECT_EQ(decode_command(out).status(), Status::too_large);
  EXPECT_EQ(decode_command(Bytes(out).first(kCommandHead + 63)).status(), Status::truncated);
  EXPECT_EQ(decode_command(Bytes(out).first(kCommandHead + 64)).status(), Status::bad_value);
}

}  // namespace
}  // namespace mp
