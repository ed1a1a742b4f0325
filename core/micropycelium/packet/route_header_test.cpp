// SPDX-License-Identifier: ISC
#include "micropycelium/packet/route_header.hpp"

#include "tests/support/vectors.hpp"

namespace mp {
namespace {

using test::Dice;

CompactAddress random_address(Dice& dice) {
  CompactAddress a;
  for (auto level = dice.below(10); level > 0; --level) {
    const auto below = a.child(1 + dice.below(20), static_cast<CostClass>(dice.coin() ? 0 : dice.below(15)));
    if (!below) break;
    a = *below;
  }
  return a;
}

RouteHeader random_header(Dice& dice) {
  RouteHeader h;
  h.target = dice.fixed<NodeTag>();
  h.source = dice.fixed<NodeTag>();
  h.message = dice.any<std::uint32_t>();
  h.metric = dice.coin() ? Metric::tree : Metric::prefix;
  for (std::uint8_t tree = 0; tree < kTreesMax; ++tree)
    if (dice.coin()) h.places[h.trees++] = {tree, dice.any<std::uint16_t>(), random_address(dice)};
  h.tells_source = dice.coin();
  for (std::uint8_t tree = 0; h.tells_source && tree < kTreesMax; ++tree)
    if (dice.coin()) h.source_places[h.source_trees++] = {tree, dice.any<std::uint16_t>(), random_address(dice)};
  h.state.watermark = dice.any<std::uint16_t>();
  h.state.ttl = dice.any<std::uint8_t>();
  h.state.budget = dice.any<std::uint8_t>();
  h.state.returning = dice.coin();
  h.state.visited = Visited::of(static_cast<std::uint8_t>(dice.below(4)));
  dice.fill(h.state.visited.bytes());
  return h;
}

TEST(RouteHeader, KnownBytes) {
  RouteHeader h;
  h.target.value.fill(std::byte{0xab});
  h.source.value.fill(std::byte{0xcd});
  h.message = 5;
  h.metric = Metric::prefix;
  h.trees = 2;
  h.places[0] = {1, 0xbeef, *CompactAddress().child(1, 0)};
  h.places[1] = {3, 0x0001, CompactAddress()};
  h.state = {.watermark = 0x1234, .ttl = 9, .budget = 7, .returning = true, .visited = Visited::of(1)};
  h.state.visited.bytes()[0] = std::byte{0x80};
  ByteArray<kRouteHeaderMax> wire{};
  const auto size = encode(h, wire);
  ASSERT_TRUE(size);
  // size | 1 1 010 01 0 | ttl | budget | watermark | target | source | message | visited | 01 beef 010 1 0, 11 0001 1
  // 0, 0..
  EXPECT_EQ(test::to_hex(Bytes(wire).first(*size)),
            "28"
            "d2"
            "09"
            "07"
            "1234"
            "abababababababab"
            "cdcdcdcdcdcdcdcd"
            "00000005"
            "8000000000000000"
            "6fbbd58000c0");
}

TEST(RouteHeader, Random_LeadsBack_WhateverFollows) {
  Dice dice(11);
  for (int round = 0; round < 5'000; ++round) {
    const RouteHeader h = random_header(dice);
    ByteArray<kRouteHeaderMax + 8> wire{};
    dice.fill(wire);
    const auto size = encode(h, wire);
    ASSERT_TRUE(size);
    EXPECT_EQ(*size, size_of(h));
    EXPECT_LE(*size, kRouteHeaderMax);
    const auto back = decode_route_header(wire);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->header, h);
    EXPECT_EQ(back->size, *size);
    for (std::size_t n = 0; n < *size; ++n) {
      EXPECT_FALSE(decode_route_header(Bytes(wire).first(n))) << n;
      EXPECT_EQ(encode(h, MutableBytes(wire).first(n)).status(), Status::too_large);
    }
  }
}

TEST(RouteHeader, Refused_TreesOutOfOrder_FiveTrees_PaddingAndAnotherSize) {
  RouteHeader h;
  h.trees = 1;
  h.places[0] = {2, 7, *CompactAddress().child(1, 0)};
  ByteArray<kRouteHeaderMax> wire{};
  const std::size_t size = *encode(h, wire);
  ASSERT_EQ(size, kRouteHeaderFixed + 3);
  const auto status_with = [&](std::size_t byte, std::uint8_t flip) {
    auto changed = wire;
    changed[byte] ^= std::byte{flip};
    return decode_route_header(Bytes(changed).first(size)).status();
  };
  EXPECT_EQ(status_with(0, 0), Status::ok);
  EXPECT_EQ(status_with(0, 0x01), Status::bad_value) << "another size";
  EXPECT_EQ(status_with(1, 0x20), Status::bad_value) << "five trees";
  EXPECT_EQ(status_with(size - 1, 0x01), Status::bad_value) << "padding";
  h.trees = 2;
  h.places[1] = {2, 8, CompactAddress()};
  const std::size_t twice = *encode(h, wire);
  EXPECT_EQ(decode_route_header(Bytes(wire).first(twice)).status(), Status::bad_value);
}

TEST(Visited, NeverForgets_AlsoWhenItGrows) {
  Dice dice(3);
  for (const std::uint8_t last : {std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{3}}) {
    Visited visited = Visited::of(1);
    std::vector<NodeTag> been;
    for (int i = 0; i < 200; ++i) {
      been.push_back(dice.fixed<NodeTag>());
      visited.add(been.back().bytes(), 9, last);
      for (const NodeTag& tag : been) ASSERT_TRUE(visited.has(tag.bytes(), 9));
    }
    EXPECT_EQ(visited.size_code(), last);
  }
}

TEST(Visited, WrongYes_OfThirtyNodesIn16Bytes_AboutOneInSeven_AndOthersForAnotherMessage) {
  Dice dice(4);
  unsigned wrong = 0, wrong_again = 0;
  constexpr unsigned kRounds = 400, kAsked = 50;
  for (unsigned round = 0; round < kRounds; ++round) {
    Visited one = Visited::of(2), other = Visited::of(2);
    for (int i = 0; i < 30; ++i) {
      const auto tag = dice.fixed<NodeTag>();
      one.add(tag.bytes(), 1, 2);
      other.add(tag.bytes(), 2, 2);
    }
    for (unsigned i = 0; i < kAsked; ++i) {
      const auto tag = dice.fixed<NodeTag>();
      const bool yes = one.has(tag.bytes(), 1);
      wrong += yes ? 1U : 0U;
      wrong_again += yes && other.has(tag.bytes(), 2) ? 1U : 0U;
    }
  }
  // (1 - e^(-3*30/128))^3 = 0.13
  EXPECT_GT(wrong, kRounds * kAsked / 10);
  EXPECT_LT(wrong, kRounds * kAsked / 6);
  EXPECT_LT(wrong_again, wrong / 4);
}

TEST(Visited, WithoutSize_KnowsNobody) {
  Visited visited;
  const ByteArray<8> tag{};
  visited.add(tag, 1, 3);
  EXPECT_FALSE(visited.has(tag, 1));
  EXPECT_EQ(visited.size(), 0U);
}

}  // namespace
}  // namespace mp
