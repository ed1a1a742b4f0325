// SPDX-License-Identifier: ISC
#include "micropycelium/applications/seal_session.hpp"

#include "micropycelium/applications/seal_records.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mp {
namespace {

using Frame = std::vector<std::byte>;

X25519PrivateKey key(unsigned char n) {
  X25519PrivateKey k;
  std::fill(k.fill().begin(), k.fill().end(), std::byte{n});
  return k;
}

// Both ends of a session.
struct Pair {
  Pair() {
    const X25519KeyPair a{key(1)}, b{key(2)};
    NoiseHandshake first, second;
    first.initiate_ik(a, b.public_key(), key(3), {});
    second.respond(NoisePattern::ik, b, key(4), {});
    ByteArray<128> wire, out;
    EXPECT_TRUE(second.read_message(*first.write_message({}, wire), out).ok());
    EXPECT_TRUE(first.read_message(*second.write_message({}, wire), out).ok());
    from.begin(first);
    to.begin(second);
    from.mine = to.theirs = 5;
    from.theirs = to.mine = 6;
  }
  Frame seal(std::string_view text) {
    ByteArray<256> out;
    const auto sealed = from.seal(&app, bytes(text), out);
    EXPECT_TRUE(sealed.ok());
    return {sealed->begin(), sealed->end()};
  }
  // What lies in it, and takes it; or the reason.
  std::string open(const Frame& frame) {
    const auto message = decode_seal(frame);
    EXPECT_TRUE(message.ok());
    if (to.seen(message->number) == SealSession::Seen::taken) return "taken";
    if (to.seen(message->number) == SealSession::Seen::too_old) return "too old";
    ByteArray<256> out;
    const auto opened = to.open(*message, message->body.size(), out);
    if (!opened) return name(opened.status());
    to.take(message->number);
    return std::string(text(opened->subspan(kSealAppSize)));
  }

  AppId app;
  SealSession from, to;
};

TEST(SealSession, OutOfOrderAndLost_EachIsTakenOnce) {
  Pair p;
  std::vector<Frame> frames;
  for (int i = 0; i < 200; ++i) frames.push_back(p.seal(std::to_string(i)));
  EXPECT_EQ(p.open(frames[100]), "100");
  EXPECT_EQ(p.open(frames[37]), "37") << "63 below the highest";
  EXPECT_EQ(p.open(frames[36]), "too old");
  EXPECT_EQ(p.open(frames[37]), "taken");
  EXPECT_EQ(p.open(frames[100]), "taken");
  EXPECT_EQ(p.open(frames[199]), "199");
  EXPECT_EQ(p.open(frames[100]), "too old");
  EXPECT_EQ(p.open(frames[136]), "136");
  EXPECT_EQ(p.open(frames[135]), "too old");
}

// What a receipt of this session says, in the order of the numbers.
std::vector<std::uint32_t> receipt(Pair& p) {
  ByteArray<kSealReceipt> frame;
  ByteArray<kSealReceiptText> text;
  EXPECT_TRUE(p.to.seal_receipt(frame).ok());
  const auto message = decode_seal(frame);
  EXPECT_TRUE(message.ok() && message->kind == SealKind::receipt);
  EXPECT_TRUE(p.from.open(*message, message->body.size(), text).ok());
  const auto highest = load_be<std::uint32_t>(text.data()), below = load_be<std::uint32_t>(text.data() + 4);
  std::vector<std::uint32_t> all;
  for (std::uint32_t ago = 32; ago > 0; --ago)
    if ((below >> (ago - 1) & 1U) != 0) all.push_back(highest - ago);
  all.push_back(highest);
  return all;
}

TEST(SealSession, Receipts_NameAllThatIsOwed_OrItIsSaidThatTheyCannot) {
  Pair p;
  EXPECT_FALSE(p.to.owes());
  for (const std::uint32_t n : {40U, 42U, 39U, 42U, 60U, 71U}) EXPECT_TRUE(p.to.owe(n)) << n;
  EXPECT_TRUE(p.to.owes());
  EXPECT_EQ(receipt(p), (std::vector<std::uint32_t>{39, 40, 42, 60, 71}));
  EXPECT_FALSE(p.to.owe(72)) << "39 would be forgotten";
  EXPECT_FALSE(p.to.owe(38));
  EXPECT_FALSE(p.to.owe(1'000));
  EXPECT_EQ(receipt(p), (std::vector<std::uint32_t>{39, 40, 42, 60, 71}));
  p.to.owe_nothing();
  EXPECT_TRUE(p.to.owe(0));
  EXPECT_TRUE(p.to.owe(32));
  EXPECT_EQ(receipt(p), (std::vector<std::uint32_t>{0, 32}));
  EXPECT_FALSE(p.to.owe(33));
}

TEST(SealSession, EachEpoch_HasAKeyOfItsOwnAndStragglersAreTaken) {
  Pair p;
  std::vector<Frame> frames;
  for (int i = 0; i < 600; ++i) frames.push_back(p.seal(std::to_string(i)));
  EXPECT_EQ(p.open(frames[0]), "0");
  EXPECT_EQ(p.open(frames[256]), "256");
  EXPECT_EQ(p.open(frames[255]), "255") << "the key before is kept";
  EXPECT_EQ(p.open(frames[318]), "318");
  EXPECT_EQ(p.open(frames[254]), "too old");
  EXPECT_EQ(p.open(frames[599]), "599") << "an epoch may be left out";
  // What lies below the window of this epoch cannot be opened by its keys any more, window or not.
  ByteArray<256> out;
  const auto before = decode_seal(frames[300]);
  EXPECT_EQ(p.to.open(*before, before->body.size(), out).status(), Status::exhausted);
}

TEST(SealSession, NumberFarAhead_IsRefusedAndCostsLittle) {
  Pair p;
  Frame frame = p.seal("x");
  for (const std::uint32_t number : {17U * 256, 0x7fffffffU, 0x80000000U, 0xffffffffU}) {
    store_be(frame.data() + 5, number);
    EXPECT_EQ(p.open(frame), "exhausted");
  }
  store_be(frame.data() + 5, 16U * 256);
  EXPECT_EQ(p.open(frame), "forged");
  store_be(frame.data() + 5, 0U);
  EXPECT_EQ(p.open(frame), "x") << "nothing was changed by what did not open";
}

TEST(SealSession, EveryByteOfAMessage_IsBound) {
  Pair p;
  const Frame frame = p.seal("contents");
  for (std::size_t i = 0; i < frame.size(); ++i) {
    Frame changed = frame;
    changed[i] ^= std::byte{1};
    const auto message = decode_seal(changed);
    if (!message || message->session != p.to.mine ||
        (message->kind != SealKind::package && message->kind != SealKind::blob))
      continue;
    ByteArray<256> out;
    EXPECT_FALSE(p.to.open(*message, message->body.size(), out).ok()) << i;
  }
  EXPECT_EQ(p.open(frame), "contents");
}

TEST(SealSession, KeysOfRecords_AreAlikeAtBothEndsAndNeverTwice) {
  Pair p;
  AeadKey one, two, opened;
  ByteArray<64> out, text;
  const auto first = p.from.seal(&p.app, {}, out, &one);
  const auto message = decode_seal(*first);
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(message->kind, SealKind::blob);
  EXPECT_TRUE(p.to.open(*message, kSealAppSize + kSealTag, text, &opened).ok());
  EXPECT_TRUE(one == opened);
  ASSERT_TRUE(p.from.seal(&p.app, {}, out, &two).ok());
  EXPECT_FALSE(one == two);
}

TEST(SealRecords, Sizes_GoBothWays) {
  for (const std::uint32_t plain : {0U, 1U, 239U, 240U, 241U, 480U, 481U, 100'000U}) {
    const auto back = opened_size(sealed_size(plain));
    ASSERT_TRUE(back.ok()) << plain;
    EXPECT_EQ(*back, plain);
  }
  for (const std::uint32_t none : {0U, 15U, 257U, 271U, 272U})
    EXPECT_EQ(opened_size(none).status(), Status::truncated) << none;
}

}  // namespace
}  // namespace mp
