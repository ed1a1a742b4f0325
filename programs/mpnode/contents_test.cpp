// SPDX-License-Identifier: ISC
#include "programs/mpnode/contents.hpp"

#include "ports/host/base64.hpp"
#include "programs/mpnode/client.hpp"

#include <gtest/gtest.h>

namespace mp::host {
namespace {

std::vector<std::byte> some(std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 7);
  return bytes;
}

std::string line_with(const std::string& data) { return R"({"id":1,"cmd":"send","data": ")" + data + R"(","to":"x"})"; }

TEST(Contents, LongOnes_AreTakenOut) {
  for (const std::size_t size : {std::size_t{1024}, std::size_t{100'000}, kChunkMax}) {
    std::string rest;
    const auto contents = take_out_contents(line_with(base64(some(size))), rest);
    ASSERT_TRUE(contents) << size;
    EXPECT_EQ(*contents, some(size));
    EXPECT_EQ(rest, line_with("="));
  }
}

TEST(Contents, WhatIsNotPlain_GoesTheLongWay) {
  std::string rest;
  EXPECT_FALSE(take_out_contents(line_with(base64(some(100))), rest));
  EXPECT_FALSE(take_out_contents(line_with(base64(some(kChunkMax + 1))), rest));
  std::string damaged = base64(some(3000));
  damaged[2000] = '\\';
  EXPECT_FALSE(take_out_contents(line_with(damaged), rest));
  EXPECT_FALSE(take_out_contents(line_with(damaged.substr(0, 1999)), rest));
  EXPECT_FALSE(take_out_contents(R"({"data":")" + base64(some(3000)), rest)) << "no end";
  EXPECT_FALSE(take_out_contents(R"({"other":")" + base64(some(3000)) + "\"}", rest));
}

TEST(Contents, NameInsideAText_IsNoMember) {
  std::string rest;
  const std::string inner = R"({"id":1,"to":"a\"data\":\")" + base64(some(3000)) + R"("})";
  EXPECT_FALSE(take_out_contents(inner, rest));
  const std::string key = R"({"id":1,"x\"data":")" + base64(some(3000)) + R"("})";
  EXPECT_FALSE(take_out_contents(key, rest));
}

}  // namespace
}  // namespace mp::host
