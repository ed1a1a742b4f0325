// SPDX-License-Identifier: ISC
#include "micropycelium/messages/handover.hpp"

#include "tests/support/vectors.hpp"

#include <vector>

namespace mp {
namespace {

Ed25519KeyPair keys(unsigned n) {
  Ed25519Seed seed{};
  seed[0] = static_cast<std::byte>(n);
  return Ed25519KeyPair(seed);
}

std::vector<std::byte> message(const std::vector<Handover>& chain) {
  std::vector<std::byte> out(1 + chain.size() * kHandoverSize);
  out[0] = static_cast<std::byte>(ContactsOp::handovers);
  for (std::size_t i = 0; i < chain.size(); ++i)
    encode_handover(chain[i], std::span(out).subspan(1 + i * kHandoverSize).first<kHandoverSize>());
  return out;
}

// n hand-overs: from key 0 to key 1, and so on.
std::vector<Handover> chain_of(unsigned n, std::uint32_t counter = 1) {
  std::vector<Handover> chain;
  for (unsigned i = 0; i < n; ++i) chain.push_back(make_handover(keys(i), keys(i + 1), counter + i));
  return chain;
}

TEST(Handover, BothWays) {
  const Handover h = make_handover(keys(1), keys(2), 7);
  EXPECT_EQ(verify(h), Status::ok);
  ByteArray<kHandoverSize> record;
  encode_handover(h, record);
  const auto again = decode_handover(record);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, h);
  EXPECT_EQ(verify(*again), Status::ok);
}

TEST(Handover, IndependentVectors_BothWays) {
  for (const auto& v : test::vectors("handovers", "identity.json")) {
    const Ed25519KeyPair before(v.fixed<Ed25519PublicKey>("before_seed").value);
    const Ed25519KeyPair after(v.fixed<Ed25519PublicKey>("after_seed").value);
    ByteArray<kHandoverSize> record;
    encode_handover(make_handover(before, after, static_cast<std::uint32_t>(v.number("counter"))), record);
    EXPECT_EQ(test::to_hex(record), v.text("record"));
    const auto h = decode_handover(v.bytes("record"));
    ASSERT_TRUE(h);
    EXPECT_EQ(verify(*h), Status::ok);
  }
}

TEST(Handover, AnyBitChanged_IsForgedOrNone) {
  ByteArray<kHandoverSize> record;
  encode_handover(make_handover(keys(1), keys(2), 7), record);
  for (std::size_t bit = 0; bit < 8 * kHandoverSize; bit += 5) {
    auto changed = record;
    changed[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    const auto h = decode_handover(changed);
    EXPECT_TRUE(!h || verify(*h) == Status::forged) << bit;
  }
}

// One who has only one of the two keys: a thief who names himself, or one who claims a stranger's past.
TEST(Handover, SignedByOneOfTheTwo_IsForged) {
  const Handover good = make_handover(keys(1), keys(2), 1);
  Handover h = good;
  h.by_after = h.by_before;
  EXPECT_EQ(verify(h), Status::forged);
  h = good;
  h.by_before = h.by_after;
  EXPECT_EQ(verify(h), Status::forged);
  h = good;
  std::swap(h.before, h.after);
  std::swap(h.by_before, h.by_after);
  EXPECT_EQ(verify(h), Status::forged) << "the other way round";
}

TEST(Handover, Decode_RefusesWhatMakesNoSense) {
  ByteArray<kHandoverSize + 1> record{};
  encode_handover(make_handover(keys(1), keys(2), 1), std::span(record).first<kHandoverSize>());
  EXPECT_EQ(decode_handover(Bytes(record).first(kHandoverSize - 1)).status(), Status::truncated);
  EXPECT_EQ(decode_handover(record).status(), Status::too_large);
  auto no_counter = record;
  fill_zero(MutableBytes(no_counter).subspan(64, 4));
  EXPECT_EQ(decode_handover(Bytes(no_counter).first(kHandoverSize)).status(), Status::bad_value);
  auto to_itself = record;
  copy(Bytes(record).first(32), MutableBytes(to_itself).subspan(32));
  EXPECT_EQ(decode_handover(Bytes(to_itself).first(kHandoverSize)).status(), Status::bad_value);
  auto nobody = record;
  fill_zero(MutableBytes(nobody).first(32));
  EXPECT_EQ(decode_handover(Bytes(nobody).first(kHandoverSize)).status(), Status::bad_value);
}

TEST(Handover, Chain_BothWays) {
  for (unsigned n = 1; n <= kHandoversMax; ++n) {
    const auto handovers = chain_of(n, 5);
    const auto bytes_of_it = message(handovers);
    const auto chain = decode_contacts(bytes_of_it);
    ASSERT_TRUE(chain) << n;
    ASSERT_EQ(chain->size(), n);
    for (unsigned i = 0; i < n; ++i) EXPECT_EQ((*chain)[i], handovers[i]);
    EXPECT_EQ(chain->first(1).size(), 1U);
    ByteArray<kContactsMessageMax> out;
    const auto again = encode_contacts(*chain, out);
    ASSERT_TRUE(again);
    EXPECT_TRUE(equal(*again, bytes_of_it));
    EXPECT_EQ(encode_contacts(*chain, MutableBytes(out).first(n * kHandoverSize)).status(), Status::too_large);
  }
}

TEST(Handover, ChainThatDoesNotHangTogether_IsRefused) {
  const auto status = [](const std::vector<Handover>& chain) { return decode_contacts(message(chain)).status(); };
  auto chain = chain_of(3);
  std::swap(chain[1], chain[2]);
  EXPECT_EQ(status(chain), Status::bad_value) << "out of order";
  chain = chain_of(3);
  chain.erase(chain.begin() + 1);
  EXPECT_EQ(status(chain), Status::bad_value) << "a gap";
  EXPECT_EQ(status({make_handover(keys(0), keys(1), 1), make_handover(keys(1), keys(2), 3)}), Status::bad_value);
  EXPECT_EQ(status({make_handover(keys(0), keys(1), 1), make_handover(keys(1), keys(0), 2)}), Status::bad_value)
      << "back again";
  EXPECT_EQ(status(chain_of(kHandoversMax + 1)), Status::too_large);
  EXPECT_EQ(status({}), Status::truncated);
  auto cut = message(chain_of(1));
  cut.pop_back();
  EXPECT_EQ(decode_contacts(cut).status(), Status::truncated);
  cut = message(chain_of(1));
  cut[0] = std::byte{2};
  EXPECT_EQ(decode_contacts(cut).status(), Status::bad_value);
  EXPECT_EQ(decode_contacts({}).status(), Status::truncated);
}

}  // namespace
}  // namespace mp
