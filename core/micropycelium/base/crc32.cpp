// SPDX-License-Identifier: ISC
#include "micropycelium/base/crc32.hpp"

namespace mp {
namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c & 1U) != 0 ? 0xedb88320U ^ (c >> 1) : c >> 1;
    table[i] = c;
  }
  return table;
}

constexpr auto kTable = make_table();

}  // namespace

std::uint32_t crc32(Bytes data, std::uint32_t seed) {
  std::uint32_t c = ~seed;
  for (const std::byte b : data) c = kTable[(c ^ std::to_integer<std::uint32_t>(b)) & 0xffU] ^ (c >> 8);
  return ~c;
}

}  // namespace mp
