// SPDX-License-Identifier: ISC
#include "programs/mpctl/output.hpp"

#include <gtest/gtest.h>

#include <string>

#include "programs/mpctl/errors.hpp"

namespace mp::host {
namespace {

TEST(Printable, ControlCharacters_CannotReachTheTerminal) {
  EXPECT_EQ(printable("plain"), "plain");
  EXPECT_EQ(printable("a\x1b[31mb\x07\n\x7f"), "a\\x1b[31mb\\x07\\x0a\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "1m"),
            "\\xc2\\x9b"
            "1m");  // CSI as one character
  EXPECT_EQ(printable("Gr\xc3\xbc\xc3\x9f"
                      "e \xf0\x9f\x8d\x84"),
            "Gr\xc3\xbc\xc3\x9f"
            "e \xf0\x9f\x8d\x84");
}

TEST(Printable, BrokenUtf8_IsEscaped) {
  EXPECT_EQ(printable("\xff"), "\\xff");
  EXPECT_EQ(printable("\xc3"), "\\xc3");
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");                    // overlong
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // a surrogate
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // over U+10FFFF
}

TEST(PlainText, OnlyNewlineAndTabOfTheControlCharacters) {
  EXPECT_TRUE(is_plain_text(""));
  EXPECT_TRUE(is_plain_text("two\nlines\t\xc3\xbc"));
  EXPECT_FALSE(is_plain_text(std::string("\0", 1)));
  EXPECT_FALSE(is_plain_text("\x1b[2J"));
  EXPECT_FALSE(is_plain_text("\xff\xfe"));
}

TEST(Table, ColumnsOfDifferentWidth_AreAlignedByWhatIsSeen) {
  EXPECT_EQ(table({{"A", "B"}, {"long", "x"}, {"\xc3\xbc", "y"}, {"\x1b[32mok\x1b[0m", "z"}}),
            (std::vector<std::string>{"A     B", "long  x", "\xc3\xbc     y", "\x1b[32mok\x1b[0m    z"}));
}

TEST(Format, TimesAndSizes_InUnitsPeopleUse) {
  EXPECT_EQ(format_ms(999), "999 ms");
  EXPECT_EQ(format_ms(59'999), "59 s");
  EXPECT_EQ(format_ms(200'000), "3 min 20 s");
  EXPECT_EQ(format_ms(7'500'000), "2 h 5 min");
  EXPECT_EQ(format_ms(90'000'000), "1 d 1 h");
  EXPECT_EQ(format_size(1023), "1023 B");
  EXPECT_EQ(format_size(10'240), "10.0 KiB");
  EXPECT_EQ(format_size(1'048'576), "1.0 MiB");
}

TEST(Members, AbsentNullAndWrongType_CountAsAbsent) {
  const Json object{{"null", nullptr}, {"text", "x"}, {"number", 3}};
  EXPECT_EQ(text(object, "null"), "-");
  EXPECT_EQ(text(object, "none", "?"), "?");
  EXPECT_EQ(text(object, "number"), "3");
  EXPECT_EQ(number(object, "text", 7), 7);
  EXPECT_TRUE(list(object, "number").empty());
  EXPECT_FALSE(flag(object, "text"));
}

TEST(Base64, EveryLengthOfATail_ThereAndBack) {
  const std::string bytes("\x00\xff\x10\x80\x7f", 5);
  for (std::size_t n = 0; n <= bytes.size(); ++n)
    EXPECT_EQ(from_base64(base64(bytes.substr(0, n))), bytes.substr(0, n));
  EXPECT_EQ(base64("hello"), "aGVsbG8=");
  EXPECT_EQ(from_base64(""), "");
}

TEST(Base64, NotBase64_IsTheDaemonsFault) {
  for (const char* text : {"aGVsbG8", "a", "aGVs*G8=", "aGVsbG8=x"}) EXPECT_THROW(from_base64(text), Failure) << text;
}

}  // namespace
}  // namespace mp::host
