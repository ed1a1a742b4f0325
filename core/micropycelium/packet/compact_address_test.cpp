// SPDX-License-Identifier: ISC
#include "micropycelium/packet/compact_address.hpp"

#include "tests/support/vectors.hpp"

namespace mp {
namespace {

using test::Dice;

struct Level {
  unsigned index = 1;
  CostClass cost = 0;
  bool operator==(const Level&) const = default;
};

Result<CompactAddress> make(const std::vector<Level>& levels) {
  CompactAddress a;
  for (const Level& level : levels) {
    const auto below = a.child(level.index, level.cost);
    if (!below) return below.status();
    a = *below;
  }
  return a;
}

std::vector<Level> levels_of(const CompactAddress& a) {
  std::vector<Level> out;
  a.each([&](std::uint32_t index, CostClass cost, unsigned) { out.push_back({index, cost}); });
  return out;
}

std::vector<std::byte> wire(const CompactAddress& a) {
  std::vector<std::byte> out(kCompactAddressMax);
  BitWriter writer(out);
  a.write(writer);
  EXPECT_TRUE(writer.ok());
  EXPECT_EQ(writer.at(), a.wire_bits());
  out.resize(writer.size());
  return out;
}

std::vector<Level> random_levels(Dice& dice, std::uint32_t most) {
  std::vector<Level> out(dice.below(most + 1U));
  const bool costs = dice.coin();
  for (Level& level : out)
    level = {static_cast<unsigned>(1 + (dice.coin() ? dice.below(4) : dice.below(300))),
             static_cast<CostClass>(costs && dice.coin() ? dice.below(kCostClassMax + 1U) : 0)};
  return out;
}

TEST(CompactAddress, KnownBits) {
  EXPECT_EQ(test::to_hex(wire(CompactAddress())), "80");  // 1 | no costs
  // 2 levels: 011 | 1: 1 | 5: 00101 | no costs: 0
  EXPECT_EQ(test::to_hex(wire(*make({{1, 0}, {5, 0}}))), "7280");
  // 011 | 1 | 00101 | 1 | class 0: 1 | class 3: 00100
  EXPECT_EQ(test::to_hex(wire(*make({{1, 0}, {5, 3}}))), "72e4");
}

TEST(CompactAddress, Random_LeadsBack) {
  Dice dice(7);
  for (int round = 0; round < 20'000; ++round) {
    const auto levels = random_levels(dice, 12);
    const auto a = make(levels);
    if (!a) {
      EXPECT_EQ(a.status(), Status::not_representable);
      continue;
    }
    unsigned weight = 0;
    for (const Level& level : levels) weight += kCostOfClass[level.cost];
    EXPECT_EQ(a->weight(), weight);
    EXPECT_EQ(a->levels(), levels.size());
    ASSERT_EQ(levels_of(*a), levels);
    const auto bytes = wire(*a);
    BitReader reader(bytes);
    const auto back = CompactAddress::read(reader);
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, *a);
  }
}

TEST(CompactAddress, Limits_RefusedAndNotTruncated) {
  EXPECT_EQ(CompactAddress().child(0, 0).status(), Status::bad_value);
  EXPECT_EQ(CompactAddress().child(kChildIndexMax + 1, 0).status(), Status::bad_value);
  EXPECT_EQ(CompactAddress().child(1, kCostClassMax + 1).status(), Status::bad_value);
  CompactAddress line;
  while (const auto below = line.child(1, 0)) line = *below;
  EXPECT_EQ(line.levels(), kLevelsMax) << "a line of first children";
  EXPECT_EQ(line.child(1, 0).status(), Status::not_representable);
  EXPECT_LE(wire(line).size(), kCompactAddressMax);
  CompactAddress dear;
  while (const auto below = dear.child(1, kCostClassMax)) dear = *below;
  EXPECT_EQ(dear.levels(), 30U) << "every link of the highest class: 8 bits each beside the count";
  EXPECT_EQ(dear.weight(), 30U * 128);
  // One link that costs more than a transmission lets all costs be told: two bits to a level then.
  auto mixed = CompactAddress().child(1, 1);
  while (mixed->child(1, 0)) mixed = mixed->child(1, 0);
  EXPECT_EQ(mixed->levels(), 120U);
}

TEST(CompactAddress, ChangedCost_SameIndexes) {
  const auto a = make({{3, 0}, {1, 0}, {9, 2}}), b = make({{3, 7}, {1, 0}, {9, 2}});
  EXPECT_TRUE(std::equal(a->indexes().begin(), a->indexes().end(), b->indexes().begin()));
  EXPECT_EQ(a->index_bits(), b->index_bits());
  EXPECT_NE(a->weight(), b->weight());
}

TEST(CompactAddress, Read_RefusesWhatIsNotShortestAndWhatIsCut) {
  const auto read = [](std::vector<std::byte> bytes) {
    BitReader reader(bytes);
    return CompactAddress::read(reader).status();
  };
  EXPECT_EQ(read({}), Status::bad_value);
  EXPECT_EQ(read({std::byte{0x00}, std::byte{0x00}, std::byte{0x80}}), Status::bad_value) << "no code so long";
  // One level, index 1, costs told, class 0: 010 1 1 1
  EXPECT_EQ(read({std::byte{0b01011100}}), Status::bad_value);
  // One level, index 1, costs told, class 15: gamma 16
  EXPECT_EQ(read({std::byte{0b01011000}, std::byte{0b01000000}}), Status::bad_value);
  const auto whole = wire(*make({{300, 5}, {77, 0}, {1, 14}}));
  for (std::size_t n = 0; n < whole.size(); ++n)
    EXPECT_EQ(read({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)}), Status::bad_value) << n;
}

TEST(CompactAddress, Coordinates_BothWays) {
  Dice dice(7);
  for (int round = 0; round < 5'000; ++round) {
    Coordinates c;
    const auto wanted = dice.below(33);
    for (std::size_t i = 0; i < wanted; ++i)
      c.value[c.size++] = static_cast<std::uint8_t>(1 + dice.below(round % 2 == 0 ? 7 : 135));
    const auto compact = CompactAddress::from(c);
    if (!compact) {
      EXPECT_EQ(compact.status(), Status::not_representable);
      EXPECT_GT(c.size, 14);
      continue;
    }
    const auto back = compact->coordinates();
    if (Address::encode(c.all())) {
      ASSERT_TRUE(back);
      EXPECT_EQ(*back, c);
    } else {
      EXPECT_EQ(back.status(), Status::not_representable);
    }
  }
  EXPECT_EQ(make({{136, 0}})->coordinates().status(), Status::not_representable);
  Coordinates leased;
  leased.value = {2, 4, 0, 5};
  leased.size = 4;
  EXPECT_EQ(CompactAddress::from(leased)->levels(), 2U) << "what a node leases is not part of the tree";
}

TEST(CostClass, NearestAndItself) {
  for (CostClass c = 0; c <= kCostClassMax; ++c) EXPECT_EQ(cost_class(kCostOfClass[c]), c);
  EXPECT_EQ(cost_class(0), 0);
  EXPECT_EQ(cost_class(11), 2) << "equally near 10 and 12: the lower";
  EXPECT_EQ(cost_class(60'000), kCostClassMax);
}

}  // namespace
}  // namespace mp
