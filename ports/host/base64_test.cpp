// SPDX-License-Identifier: ISC
// Compared with libsodium's, which is slow but not ours.
#include "ports/host/base64.hpp"

#include <gtest/gtest.h>

#include <random>

#include <sodium.h>

namespace mp::host {
namespace {

std::string by_sodium(Bytes bytes) {
  std::string out(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  out.pop_back();
  return out;
}

std::optional<std::vector<std::byte>> parsed_by_sodium(std::string_view text) {
  std::vector<std::byte> out(text.size() + 3);
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(), text.size(), nullptr,
                        &size, &end, sodium_base64_VARIANT_ORIGINAL) != 0 ||
      end != text.data() + text.size())
    return std::nullopt;
  out.resize(size);
  return out;
}

TEST(Base64, Rfc4648Examples) {
  constexpr std::pair<const char*, const char*> kExamples[] = {{"", ""},
                                                               {"f", "Zg=="},
                                                               {"fo", "Zm8="},
                                                               {"foo", "Zm9v"},
                                                               {"foob", "Zm9vYg=="},
                                                               {"fooba", "Zm9vYmE="},
                                                               {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : kExamples) {
    EXPECT_EQ(base64(bytes(plain)), encoded);
    const auto decoded = parse_base64(encoded);
    ASSERT_TRUE(decoded) << encoded;
    EXPECT_EQ(text(*decoded), plain);
  }
  for (const char* wrong : {"Z", "Zg", "Zg=", "Zg===", "Zm9v ", "Zm-_", "Zm9v\n", "=", "Zg==Zg=="})
    EXPECT_FALSE(parse_base64(wrong)) << wrong;
}

TEST(Base64, Contents_AreWrittenAndReadAsByLibsodium) {
  std::mt19937 random(7);
  for (std::size_t size = 0; size < 300; ++size) {
    std::vector<std::byte> contents(size);
    for (std::byte& b : contents) b = static_cast<std::byte>(random());
    const std::string text = base64(contents);
    EXPECT_EQ(text, by_sodium(contents));
    EXPECT_EQ(text.size(), base64_size(size));
    EXPECT_EQ(parse_base64(text), contents);
  }
}

TEST(Base64, Damaged_IsReadAsByLibsodium) {
  std::mt19937 random(7);
  constexpr std::string_view kOdd = "=+/-_ \n\\\"\0\xff";
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::byte> contents(random() % 12);
    for (std::byte& b : contents) b = static_cast<std::byte>(random());
    std::string text = base64(contents);
    if (!text.empty()) text[random() % text.size()] = random() % 2 != 0 ? kOdd[random() % kOdd.size()] : 'B';
    if (random() % 4 == 0) text.resize(random() % (text.size() + 1));
    EXPECT_EQ(parse_base64(text), parsed_by_sodium(text)) << text;
  }
}

TEST(Base64, Append_LeavesWhatIsThere) {
  std::string text = "here: ";
  append_base64(bytes("foob"), text);
  EXPECT_EQ(text, "here: Zm9vYg==");
}

}  // namespace
}  // namespace mp::host
