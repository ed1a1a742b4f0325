// SPDX-License-Identifier: ISC
#include "micropycelium/base/arena.hpp"
#include "micropycelium/base/crc32.hpp"
#include "micropycelium/base/reader.hpp"
#include "micropycelium/base/result.hpp"
#include "micropycelium/base/time.hpp"
#include "micropycelium/base/writer.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace mp {
namespace {

TEST(Crc32, CheckValueOfTheStandard_WholeAndInPieces) {
  EXPECT_EQ(crc32(bytes("123456789")), 0xcbf43926U);
  EXPECT_EQ(crc32({}), 0U);
  EXPECT_EQ(crc32(bytes("6789"), crc32(bytes("12345"))), 0xcbf43926U);
}

// Bit by bit, as the standard defines it.
std::uint32_t crc32_by_definition(Bytes data) {
  std::uint32_t c = 0xffffffffU;
  for (const std::byte b : data) {
    c ^= std::to_integer<std::uint32_t>(b);
    for (int bit = 0; bit < 8; ++bit) c = (c & 1U) != 0 ? 0xedb88320U ^ (c >> 1) : c >> 1;
  }
  return ~c;
}

TEST(Crc32, EveryLengthAndAlignment_IsAsDefined) {
  ByteArray<280> data;
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::byte>(i * i * 31 + 7);
  for (std::size_t from = 0; from < 9; ++from)
    for (std::size_t n = 0; n + from <= data.size(); ++n) {
      const Bytes piece = Bytes(data).subspan(from, n);
      ASSERT_EQ(crc32(piece), crc32_by_definition(piece)) << from << ' ' << n;
    }
}

TEST(Reader, ReadsBigEndianInOrder) {
  const ByteArray<17> input{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}, std::byte{5}, std::byte{6}};
  Reader in(input);
  EXPECT_EQ(in.u8(), 1);
  EXPECT_EQ(in.u16(), 0x0203);
  EXPECT_EQ(in.u32(), 0x04050600U);
  EXPECT_EQ(in.u64(), 0U);
  EXPECT_EQ(in.left(), 2U);
  EXPECT_EQ(in.take(1).size(), 1U);
  EXPECT_EQ(in.rest().size(), 1U);
  EXPECT_TRUE(in.ok());
}

TEST(Reader, BeyondTheEnd_ZerosAndRemembered) {
  const ByteArray<3> input{std::byte{9}, std::byte{9}, std::byte{9}};
  Reader in(input);
  EXPECT_EQ(in.u32(), 0U);
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.u8(), 0) << "nothing is read after the end was passed";
  EXPECT_TRUE(in.take(0).empty());
  EXPECT_FALSE(in.ok());
}

TEST(Writer, WritesWhatAReaderReads) {
  ByteArray<15> room{};
  Writer out(room);
  out.u8(1);
  out.u16(2);
  out.u32(3);
  out.u64(4);
  ASSERT_TRUE(out.ok());
  Reader in(out.written());
  EXPECT_EQ(in.u8(), 1);
  EXPECT_EQ(in.u16(), 2);
  EXPECT_EQ(in.u32(), 3U);
  EXPECT_EQ(in.u64(), 4U);
  EXPECT_EQ(in.left(), 0U);
}

TEST(Writer, FullBuffer_NothingIsWrittenBeyond) {
  ByteArray<4> room{};
  Writer out(MutableBytes(room).first(3));
  out.u16(0xffff);
  out.u16(0xffff);
  EXPECT_FALSE(out.ok());
  out.u8(0xff);
  EXPECT_FALSE(out.ok());
  EXPECT_EQ(room[3], std::byte{0});
}

TEST(LoadStore, EveryWidth_RoundTrips) {
  for (std::size_t n = 1; n <= 8; ++n) {
    ByteArray<9> b{};
    const std::uint64_t value = 0x0123456789abcdefULL & (n == 8 ? ~0ULL : (1ULL << (8 * n)) - 1);
    store_be(b.data(), value, n);
    EXPECT_EQ(load_be<std::uint64_t>(b.data(), n), value);
    EXPECT_EQ(b[n], std::byte{0});
  }
}

TEST(Arena, GivesAlignedArraysUntilItIsUsedUp) {
  alignas(8) ByteArray<64> block;
  Arena arena(block);
  const auto bytes3 = arena.take<std::uint8_t>(3);
  const auto words = arena.take<std::uint64_t>(6);
  EXPECT_EQ(bytes3.size(), 3U);
  EXPECT_EQ(words.size(), 6U);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(words.data()) % 8, 0U);
  EXPECT_TRUE(arena.ok());
  EXPECT_TRUE(arena.take<std::uint64_t>(2).empty());
  EXPECT_FALSE(arena.ok());
}

TEST(Result, CarriesAValueOrAReason) {
  const Result<int> value = 7;
  const Result<int> none = Status::truncated;
  EXPECT_TRUE(value.ok());
  EXPECT_EQ(*value, 7);
  EXPECT_FALSE(none);
  EXPECT_EQ(none.status(), Status::truncated);
  EXPECT_DEATH((void)*none, "");
}

TEST(Status, EveryOneHasItsOwnName) {
  std::set<std::string> names;
  for (int i = 0; i <= static_cast<int>(Status::out_of_turn); ++i)
    EXPECT_TRUE(names.insert(name(static_cast<Status>(i))).second) << i;
  EXPECT_FALSE(names.contains("?"));
}

TEST(Time, DurationsAddUp) {
  EXPECT_EQ(seconds(2) + milliseconds(1) - microseconds(1), microseconds(2'000'999));
  EXPECT_EQ(Instant{} + seconds(1) - Instant{}, milliseconds(1000));
  EXPECT_LT(Instant{} + seconds(1'000'000'000), Instant::never());
}

}  // namespace
}  // namespace mp
