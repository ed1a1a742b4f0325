// SPDX-License-Identifier: ISC
#include "micropycelium/packet/flags.hpp"

#include "tests/support/vectors.hpp"

#include <set>

namespace mp {
namespace {

using test::vectors;

std::set<std::string> names(Flags f) {
  std::set<std::string> set;
  if (f.error()) set.insert("error");
  if (f.throttle()) set.insert("throttle");
  if (f.reserved1()) set.insert("reserved1");
  if (f.reserved2()) set.insert("reserved2");
  if (f.mode()) set.insert("mode");
  switch (f.control()) {
    case Control::ask:
      set.insert("ask");
      break;
    case Control::ack:
      set.insert("ack");
      break;
    case Control::rtx:
      set.insert("rtx");
      break;
    case Control::rns:
      set.insert("rns");
      break;
    case Control::nia:
      set.insert("nia");
      break;
    case Control::none:
    case Control::reserved6:
    case Control::reserved7:
      break;
  }
  return set;
}

TEST(Flags, EveryByte_ReadsAsTheVectorsSay) {
  const auto all = vectors("flags");
  ASSERT_EQ(all.size(), 256U);
  for (const auto& v : all) {
    const auto set = v.texts("set");
    EXPECT_EQ(names(Flags(static_cast<std::uint8_t>(v.number("state")))), std::set<std::string>(set.begin(), set.end()))
        << v.number("state");
  }
}

TEST(Flags, With_ChangesItsOwnBitsOnly) {
  for (unsigned state = 0; state < 256; ++state) {
    const Flags f(static_cast<std::uint8_t>(state));
    EXPECT_EQ(f.with_error(true).state(), state | 0x80U);
    EXPECT_EQ(f.with_error(false).state(), state & 0x7fU);
    EXPECT_EQ(f.with_throttle(true).state(), state | 0x40U);
    EXPECT_EQ(f.with_throttle(false).state(), state & 0xbfU);
    EXPECT_EQ(f.with_mode(true).state(), state | 0x01U);
    EXPECT_EQ(f.with_mode(false).state(), state & 0xfeU);
    for (unsigned c = 0; c < 8; ++c)
      EXPECT_EQ(f.with_control(static_cast<Control>(c)).state(), (state & 0xc7U) | (c << 3));
  }
}

TEST(Flags, OfAControl_HasNothingElse) {
  EXPECT_EQ(Flags(Control::ask).state(), 0x08);
  EXPECT_EQ(Flags(Control::ack).state(), 0x10);
  EXPECT_EQ(Flags(Control::rtx).state(), 0x18);
  EXPECT_EQ(Flags(Control::rns).state(), 0x20);
  EXPECT_EQ(Flags(Control::nia).state(), 0x28);
  EXPECT_EQ(Flags().state(), 0);
}

}  // namespace
}  // namespace mp
