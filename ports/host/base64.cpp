// SPDX-License-Identifier: ISC
#include "ports/host/base64.hpp"

#include <array>

namespace mp::host {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
// Above every value of four characters: what is no character of the alphabet stays visible in their sum.
constexpr std::uint32_t kWrong = 1U << 24;

// For each of the four places, what a character there is worth.
constexpr auto kValues = [] {
  std::array<std::array<std::uint32_t, 256>, 4> values{};
  for (unsigned place = 0; place < 4; ++place) {
    for (std::uint32_t& v : values[place]) v = kWrong;
    for (std::uint32_t i = 0; i < 64; ++i)
      values[place][static_cast<unsigned char>(kAlphabet[i])] = i << 6 * (3 - place);
  }
  return values;
}();

std::uint32_t value_of(const char* four) {
  const auto at = [&](std::size_t place) { return kValues[place][static_cast<unsigned char>(four[place])]; };
  return at(0) | at(1) | at(2) | at(3);
}

char character(std::uint32_t value, unsigned place) { return kAlphabet[value >> 6 * (3 - place) & 63U]; }

}  // namespace

void append_base64(Bytes bytes, std::string& to) {
  const std::size_t before = to.size();
  to.resize(before + base64_size(bytes.size()));
  char* out = to.data() + before;
  const auto byte = [&](std::size_t i) { return std::to_integer<std::uint32_t>(bytes[i]); };
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t value = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    for (unsigned place = 0; place < 4; ++place) *out++ = character(value, place);
  }
  if (i == bytes.size()) return;
  const bool two = i + 2 == bytes.size();
  const std::uint32_t value = byte(i) << 16 | (two ? byte(i + 1) << 8 : 0);
  for (unsigned place = 0; place < (two ? 3U : 2U); ++place) *out++ = character(value, place);
  while (out != to.data() + to.size()) *out++ = '=';
}

std::string base64(Bytes bytes) {
  std::string text;
  append_base64(bytes, text);
  return text;
}

std::optional<std::vector<std::byte>> parse_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::vector<std::byte> out(text.size() / 4 * 3);
  std::byte* to = out.data();
  std::uint32_t seen = 0;
  const auto put = [&](const char* four) {
    const std::uint32_t value = value_of(four);
    seen |= value;
    *to++ = static_cast<std::byte>(value >> 16);
    *to++ = static_cast<std::byte>(value >> 8);
    *to++ = static_cast<std::byte>(value);
  };
  const std::size_t whole = text.size() - (padding != 0 ? 4 : 0);
  for (std::size_t i = 0; i < whole; i += 4) put(text.data() + i);
  if (padding != 0) {
    std::array<char, 4> last{text[whole], text[whole + 1], padding == 2 ? 'A' : text[whole + 2], 'A'};
    put(last.data());
    for (std::size_t i = out.size() - padding; i < out.size(); ++i)
      if (out[i] != std::byte{0}) return std::nullopt;
    out.resize(out.size() - padding);
  }
  if (seen >= kWrong) return std::nullopt;
  return out;
}

}  // namespace mp::host
