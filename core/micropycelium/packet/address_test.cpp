// SPDX-License-Identifier: ISC
#include "micropycelium/packet/address.hpp"

#include "tests/support/vectors.hpp"

#include <map>

namespace mp {
namespace {

using test::Dice;
using test::Octets;
using test::to_hex;
using test::vectors;
using List = std::vector<std::uint8_t>;

List list_of(const std::vector<unsigned>& numbers) { return List(numbers.begin(), numbers.end()); }
List list_of(const Coordinates& c) { return List(c.all().begin(), c.all().end()); }

Coordinates coordinates(const List& list) { return Address::encode(list)->decode(); }

std::string text_of(const TreeAddress& address) {
  std::array<char, kAddressTextMax> out;
  return std::string(to_text(address, out));
}

std::size_t nibbles(const List& list) {
  std::size_t n = 0;
  for (const std::uint8_t c : list) n += c <= 7 ? 1 : 2;
  return n;
}

// A list that fits, its last coordinate not zero; `leased` allows zeros before that.
List random_list(Dice& dice, bool leased) {
  List list;
  const std::size_t wanted = dice.below(33);
  while (list.size() < wanted) {
    const auto c = static_cast<std::uint8_t>(dice.coin() ? 1 + dice.below(7) : dice.below(136));
    list.push_back(c == 0 && !leased ? 1 : c);
    if (nibbles(list) > 32) {
      list.pop_back();
      break;
    }
  }
  while (!list.empty() && list.back() == 0) list.pop_back();
  return list;
}

TEST(Address, Vectors_AllFormsBothWays) {
  for (const auto& v : vectors("addresses")) {
    const List coords = list_of(v.numbers("coords"));
    const auto encoded = Address::encode(coords);
    if (v.has("expect")) {
      EXPECT_EQ(encoded.status(), Status::not_representable) << coords.size();
      continue;
    }
    ASSERT_TRUE(encoded);
    EXPECT_EQ(to_hex(encoded->value), v.text("address"));
    EXPECT_EQ(list_of(encoded->decode()), coords);
    const TreeAddress address{static_cast<std::uint8_t>(v.number("tree_state")), *encoded};
    EXPECT_EQ(text_of(address), v.text("text"));
    const auto parsed = parse_address(v.text("text"));
    ASSERT_TRUE(parsed) << v.text("text");
    EXPECT_EQ(*parsed, address);
  }
}

TEST(Address, EncodeThenDecode_GivesTheList) {
  Dice dice(1);
  for (int round = 0; round < 20'000; ++round) {
    const List list = random_list(dice, dice.coin());
    const auto address = Address::encode(list);
    ASSERT_TRUE(address);
    EXPECT_EQ(list_of(address->decode()), list);
  }
}

// Every 16 bytes are an address. They encode back to themselves, unless the last nibble stands alone.
TEST(Address, DecodeThenEncode_GivesTheBytesUnlessALastNibbleStandsAlone) {
  Dice dice(2);
  int lone = 0;
  for (int round = 0; round < 20'000; ++round) {
    const auto address = dice.fixed<Address>();
    const Coordinates decoded = address.decode();
    const auto encoded = Address::encode(decoded.all());
    if (encoded) {
      EXPECT_EQ(to_hex(encoded->value), to_hex(address.value));
    } else {
      EXPECT_EQ(encoded.status(), Status::not_representable);
      EXPECT_GE(decoded.all().back(), 8);
      EXPECT_LE(decoded.all().back(), 15);
      EXPECT_EQ(decoded.all().back(), std::to_integer<unsigned>(address.value.back()) & 0xfU);
      ++lone;
    }
  }
  EXPECT_GT(lone, 0);
}

TEST(Address, LastNibbleAlone_StandsForItsOwnValue) {
  Address address;
  address.value.fill(std::byte{0x11});
  address.value.back() = std::byte{0x1d};
  const List coords = list_of(address.decode());
  ASSERT_EQ(coords.size(), 32U);
  EXPECT_EQ(coords.back(), 13);
}

TEST(Address, Encode_RefusesWhatDoesNotFit) {
  for (unsigned c = 0; c < 256; ++c) {
    const List one = {static_cast<std::uint8_t>(c)};
    EXPECT_EQ(Address::encode(one).status(), c <= 135 ? Status::ok : Status::not_representable) << c;
  }
  EXPECT_EQ(Address::encode(List(32, 7)).status(), Status::ok);
  EXPECT_EQ(Address::encode(List(33, 7)).status(), Status::not_representable);
  EXPECT_EQ(Address::encode(List(16, 8)).status(), Status::ok);
  EXPECT_EQ(Address::encode(List(17, 8)).status(), Status::not_representable);
  List odd(31, 1);
  odd.push_back(8);  // needs nibbles 32 and 33
  EXPECT_EQ(Address::encode(odd).status(), Status::not_representable);
}

TEST(Address, Routable_EndsAtTheFirstZero) {
  const auto routable = [](const List& list) {
    const Coordinates c = coordinates(list);
    const auto r = c.routable();
    return List(r.begin(), r.end());
  };
  EXPECT_EQ(routable({}), List{});
  EXPECT_EQ(routable({2, 4, 1}), (List{2, 4, 1}));
  EXPECT_EQ(routable({2, 4, 0, 0, 9}), (List{2, 4}));
  EXPECT_EQ(routable({0, 4}), List{});
  EXPECT_EQ(routable(List(32, 7)), List(32, 7));
}

TEST(AddressText, EveryAddress_ParsesToItself) {
  Dice dice(3);
  for (int round = 0; round < 20'000; ++round) {
    TreeAddress address{dice.any<std::uint8_t>(), dice.fixed<Address>()};
    // Runs of zero bytes, anywhere.
    for (std::uint32_t runs = dice.below(4); runs > 0; --runs) {
      const std::size_t begin = dice.below(16);
      const std::size_t size = dice.below(static_cast<std::uint32_t>(17 - begin));
      fill_zero(MutableBytes(address.address.value).subspan(begin, size));
    }
    const std::string text = text_of(address);
    const auto parsed = parse_address(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, address) << text;
  }
}

TEST(AddressText, LongestForms_FitTheirBuffer) {
  TreeAddress full{255, {}};
  full.address.value.fill(std::byte{0xff});
  EXPECT_EQ(text_of(full).size(), kAddressTextMax);
  full.address.value[7] = std::byte{0};  // a single zero byte in the middle is printed
  EXPECT_EQ(text_of(full), "255-ffffffffffffff00ffffffffffffffff");
  full.address.value[15] = std::byte{0};
  EXPECT_EQ(text_of(full), "255-ffffffffffffff00ffffffffffffff::");
  full.address.value[8] = std::byte{0};
  EXPECT_EQ(text_of(full), "255-ffffffffffffff::ffffffffffff00");
}

TEST(AddressText, AcceptsUpperCaseAndLeadingZeros) {
  EXPECT_EQ(*parse_address("7-2A::"), *parse_address("7-2a::"));
  EXPECT_EQ(*parse_address("007-2a::"), *parse_address("7-2a::"));
}

TEST(AddressText, AnythingElse_BadValue) {
  const std::string digits(32, '1');
  for (const std::string& text : {std::string(),
                                  std::string("-"),
                                  std::string("7"),
                                  std::string("7-"),
                                  std::string("-24::"),
                                  std::string("24::"),
                                  std::string("256-24::"),
                                  std::string("1000-24::"),
                                  std::string("0007-24::"),
                                  std::string("7-2::"),
                                  std::string("7-24:"),
                                  std::string("7-24:::"),
                                  std::string("7-24::25::26"),
                                  std::string("7-24::2"),
                                  std::string("7-2g::"),
                                  std::string("7-24::0g"),
                                  std::string("7 -24::"),
                                  std::string("7-24:: "),
                                  std::string("+7-24::"),
                                  std::string("7--24::"),
                                  "7-" + digits + "11",
                                  "7-" + digits.substr(2),
                                  "7-" + digits + "::",
                                  "7-::" + digits,
                                  "7-11::" + digits.substr(2),
                                  std::string("7-24::\0", 7),
                                  std::string("\xff-24::")})
    EXPECT_EQ(parse_address(text).status(), Status::bad_value) << '"' << text << '"';
}

TEST(AddressText, RandomTexts_NeverFailOtherThanByStatus) {
  Dice dice(4);
  constexpr std::string_view kAlphabet = "0123456789abcdefF:-g";
  for (int round = 0; round < 50'000; ++round) {
    std::string text;
    for (std::uint32_t n = dice.below(45); n > 0; --n) text += kAlphabet[dice.below(kAlphabet.size())];
    const auto parsed = parse_address(text);
    if (parsed) {
      EXPECT_EQ(*parse_address(text_of(*parsed)), *parsed) << text;
    }
  }
}

// dCPL = 33 - cpl - 1/(|a|+|b|+1), as a fraction: numerator over (|a|+|b|+1).
struct Fraction {
  long long numerator = 0;
  long long denominator = 1;
};

Fraction dcpl(const List& a, const List& b) {
  if (a == b) return {};
  List x = a;
  List y = b;
  x.resize(32);
  y.resize(32);
  long long cpl = 0;
  while (cpl < 32 && x[static_cast<std::size_t>(cpl)] == y[static_cast<std::size_t>(cpl)]) ++cpl;
  const auto n = static_cast<long long>(a.size() + b.size() + 1);
  return {(33 - cpl) * n - 1, n};
}

TEST(Distance, Vectors) {
  std::map<double, std::vector<unsigned>> by_dcpl;
  for (const auto& v : vectors("distances")) {
    const Coordinates x = coordinates(list_of(v.numbers("x")));
    const Coordinates y = coordinates(list_of(v.numbers("y")));
    EXPECT_EQ(tree_distance(x, y), v.number("dTree"));
    EXPECT_EQ(tree_distance(y, x), v.number("dTree"));
    by_dcpl[v.real("dCPL")].push_back(cpl_distance_order(x, y));
  }
  unsigned before = 0;
  for (const auto& [theirs, mine] : by_dcpl) {
    const auto [lowest, highest] = std::minmax_element(mine.begin(), mine.end());
    if (theirs == 0) {
      EXPECT_EQ(*highest, 0U);
    } else {
      EXPECT_GT(*lowest, before);
    }
    before = *highest;
  }
}

// Lists that share a beginning of random length, so that every common prefix occurs.
std::pair<List, List> random_pair(Dice& dice) {
  const bool leased = dice.coin();
  const List a = random_list(dice, leased);
  List b(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(dice.below(static_cast<std::uint32_t>(a.size() + 1))));
  for (const std::uint8_t c : random_list(dice, leased)) {
    b.push_back(c);
    if (nibbles(b) > 32 || b.size() > 32) {
      b.pop_back();
      break;
    }
  }
  while (!b.empty() && b.back() == 0) b.pop_back();
  return {a, b};
}

TEST(Distance, CplOrder_IsThatOfTheExactFractions) {
  Dice dice(5);
  for (int round = 0; round < 50'000; ++round) {
    const auto [a, b] = random_pair(dice);
    const auto [c, d] = random_pair(dice);
    const Fraction ab = dcpl(a, b);
    const Fraction cd = dcpl(c, d);
    const long long exact = ab.numerator * cd.denominator - cd.numerator * ab.denominator;
    const int mine =
        int{cpl_distance_order(coordinates(a), coordinates(b))} - cpl_distance_order(coordinates(c), coordinates(d));
    EXPECT_EQ(exact < 0, mine < 0);
    EXPECT_EQ(exact > 0, mine > 0);
  }
}

TEST(Distance, Tree_IsAMetricOnRoutableAddresses) {
  Dice dice(6);
  for (int round = 0; round < 20'000; ++round) {
    const List first = random_list(dice, false);
    List second(first.begin(),
                first.begin() + static_cast<std::ptrdiff_t>(dice.below(static_cast<std::uint32_t>(first.size() + 1))));
    const Coordinates a = coordinates(first);
    const Coordinates b = coordinates(second);
    const Coordinates c = coordinates(random_list(dice, false));
    EXPECT_EQ(tree_distance(a, b), first.size() - second.size()) << "an ancestor is as far as it is high";
    EXPECT_EQ(tree_distance(a, c), tree_distance(c, a));
    EXPECT_EQ(tree_distance(a, c) == 0, a == c);
    EXPECT_LE(tree_distance(a, c), tree_distance(a, b) + tree_distance(b, c));
  }
}

TEST(Distance, Tree_DoesNotSeeWhatIsLeased) {
  EXPECT_EQ(tree_distance(coordinates({2, 4, 0, 9}), coordinates({2, 4})), 0U);
  EXPECT_EQ(tree_distance(coordinates({2, 4, 0, 9}), coordinates({2, 4, 0, 8, 7})), 0U);
  EXPECT_EQ(tree_distance(coordinates({2, 4, 0, 9}), coordinates({2, 5})), 2U);
}

TEST(Distance, CommonPrefix_CountsPaddingAsEqual) {
  EXPECT_EQ(common_prefix(coordinates({}), coordinates({})), 32U);
  EXPECT_EQ(common_prefix(coordinates({2, 4}), coordinates({2, 4, 0, 1})), 3U);
  EXPECT_EQ(common_prefix(coordinates({2, 4}), coordinates({2, 5})), 1U);
  EXPECT_EQ(common_prefix(coordinates({2}), coordinates({3})), 0U);
}

}  // namespace
}  // namespace mp
