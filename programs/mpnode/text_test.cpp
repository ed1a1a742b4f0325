// SPDX-License-Identifier: ISC
#include "programs/mpnode/text.hpp"

#include <gtest/gtest.h>

namespace mp::host {
namespace {

TEST(Text, Hex_GoesBothWays) {
  ByteArray<4> out{};
  ASSERT_TRUE(parse_hex_into("00fFa09b", out));
  EXPECT_EQ(hex(out), "00ffa09b");
  for (const char* wrong : {"", "00", "00ffa09", "00ffa09b0", "00ffa0zz", "0x00ffa0", "+1+1+1+1", " 0ffa09b"})
    EXPECT_FALSE(parse_hex_into(wrong, out)) << wrong;
}

// The examples of RFC 4648, section 10.
TEST(Text, Shown_IsSafeToPrint) {
  EXPECT_EQ(shown("plain"), "\"plain\"");
  EXPECT_EQ(shown("a\"b\\c\n\x1b"), "\"a\\\"b\\\\c\\x0a\\x1b\"");
  EXPECT_LT(shown(std::string(1000, 'x')).size(), 100U);
}

TEST(Text, Numbers_AreShort) {
  EXPECT_EQ(number_text(60), "60");
  EXPECT_EQ(number_text(0.25), "0.25");
}

}  // namespace
}  // namespace mp::host
