// SPDX-License-Identifier: ISC
#include "programs/mpnode/text.hpp"

#include <charconv>

namespace mp::host {
namespace {

constexpr std::size_t kQuotedMax = 80;

}  // namespace

std::string hex(Bytes bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(2 * bytes.size());
  for (const std::byte b : bytes) {
    out += kDigits[std::to_integer<unsigned>(b) >> 4];
    out += kDigits[std::to_integer<unsigned>(b) & 0xf];
  }
  return out;
}

bool parse_hex_into(std::string_view text, MutableBytes out) {
  if (text.size() != 2 * out.size()) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    unsigned value = 0;
    const char* const begin = text.data() + 2 * i;
    const auto [end, error] = std::from_chars(begin, begin + 2, value, 16);
    if (error != std::errc{} || end != begin + 2) return false;
    out[i] = static_cast<std::byte>(value);
  }
  return true;
}

std::string address_text(const TreeAddress& address) {
  std::array<char, kAddressTextMax> room;
  return std::string(to_text(address, room));
}

std::string not_an_address(std::string_view text) {
  return shown(text) +
         " is not an address; write one like \"7-24::\": the tree's state, a dash, 32 hex digits with "
         "zero bytes left out as \"::\"";
}

std::string shown(std::string_view text) {
  std::string out = "\"";
  for (const char c : text.substr(0, kQuotedMax)) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (u < 0x20 || u == 0x7f) {
      out += "\\x" + hex(Bytes(reinterpret_cast<const std::byte*>(&c), 1));
    } else {
      out += c;
    }
  }
  return out + (text.size() > kQuotedMax ? "...\"" : "\"");
}

std::string number_text(double value) {
  std::array<char, 32> room;
  const auto [end, error] = std::to_chars(room.data(), room.data() + room.size(), value);
  return error == std::errc{} ? std::string(room.data(), end) : std::to_string(value);
}

}  // namespace mp::host
