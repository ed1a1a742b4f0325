// SPDX-License-Identifier: ISC
// By table, a byte at a time. Where memory is no matter, that is not on a microcontroller, eight bytes at a time
// ("slicing by 8"): table k says what a byte does to the result when k more bytes follow. Each hop of a packet takes
// two checksums, and a byte at a time they were a quarter of what a Linux node did.
#include "micropycelium/base/crc32.hpp"

namespace mp {
namespace {

constexpr std::size_t kSlices = sizeof(void*) >= 8 ? 8 : 1;

constexpr auto make_tables() {
  std::array<std::array<std::uint32_t, 256>, kSlices> tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c & 1U) != 0 ? 0xedb88320U ^ (c >> 1) : c >> 1;
    tables[0][i] = c;
  }
  for (std::size_t k = 1; k < kSlices; ++k)
    for (std::size_t i = 0; i < 256; ++i) tables[k][i] = tables[0][tables[k - 1][i] & 0xffU] ^ (tables[k - 1][i] >> 8);
  return tables;
}

constexpr auto kTables = make_tables();

std::uint32_t load_le(const std::byte* p) {
  const auto at = [&](int i) { return std::to_integer<std::uint32_t>(p[i]); };
  return at(0) | at(1) << 8 | at(2) << 16 | at(3) << 24;
}

}  // namespace

std::uint32_t crc32(Bytes data, std::uint32_t seed) {
  std::uint32_t c = ~seed;
  const std::byte* p = data.data();
  const std::byte* const end = p + data.size();
  if constexpr (kSlices == 8)
    for (; end - p >= 8; p += 8) {
      const std::uint32_t a = c ^ load_le(p);
      const std::uint32_t b = load_le(p + 4);
      c = kTables[7][a & 0xffU] ^ kTables[6][a >> 8 & 0xffU] ^ kTables[5][a >> 16 & 0xffU] ^ kTables[4][a >> 24] ^
          kTables[3][b & 0xffU] ^ kTables[2][b >> 8 & 0xffU] ^ kTables[1][b >> 16 & 0xffU] ^ kTables[0][b >> 24];
    }
  for (; p != end; ++p) c = kTables[0][(c ^ std::to_integer<std::uint32_t>(*p)) & 0xffU] ^ (c >> 8);
  return ~c;
}

}  // namespace mp
