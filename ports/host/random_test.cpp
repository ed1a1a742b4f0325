// SPDX-License-Identifier: ISC
#include "ports/host/random.hpp"

#include <gtest/gtest.h>

namespace mp::host {
namespace {

TEST(SystemRandom, TwoFills_Differ) {
  SystemRandom random;
  ByteArray<32> a{};
  ByteArray<32> b{};
  random.fill(a);
  random.fill(b);
  EXPECT_NE(a, b);
  EXPECT_NE(a, ByteArray<32>{});
}

TEST(SeededRandom, SameSeed_SameBytes) {
  SeededRandom a(7);
  SeededRandom b(7);
  SeededRandom c(8);
  ByteArray<13> x{};
  ByteArray<13> y{};
  ByteArray<13> z{};
  a.fill(x);
  b.fill(y);
  c.fill(z);
  EXPECT_EQ(x, y);
  EXPECT_NE(x, z);
  a.fill(x);
  EXPECT_NE(x, y) << "it goes on";
}

}  // namespace
}  // namespace mp::host
