// SPDX-License-Identifier: ISC
#include "micropycelium/packet/address.hpp"

namespace mp {
namespace {

constexpr std::uint8_t kSmallMax = 7;    // a coordinate of one nibble
constexpr std::uint8_t kLargeFirst = 8;  // the first of two nibbles
constexpr std::size_t kNibbles = 2 * kAddressSize;
constexpr char kDigits[] = "0123456789abcdef";

std::uint8_t nibble(const ByteArray<kAddressSize>& value, std::size_t i) {
  const auto byte = std::to_integer<std::uint8_t>(value[i / 2]);
  return i % 2 == 0 ? byte >> 4 : byte & 0xf;
}

void put_nibble(ByteArray<kAddressSize>& value, std::size_t i, std::uint8_t n) {
  value[i / 2] |= static_cast<std::byte>(i % 2 == 0 ? n << 4 : n);
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Which bytes "::" stands for: the first run of two or more zero bytes, or else a single last one.
struct Gap {
  std::size_t begin = kAddressSize;
  std::size_t end = kAddressSize;
};

Gap find_gap(const ByteArray<kAddressSize>& value) {
  for (std::size_t i = 0; i < kAddressSize; ++i) {
    std::size_t end = i;
    while (end < kAddressSize && value[end] == std::byte{0}) ++end;
    if (end - i >= 2 || (end - i == 1 && end == kAddressSize)) return {i, end};
    i = end;
  }
  return {};
}

bool parse_hex(std::string_view digits, MutableBytes out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = hex_value(digits[2 * i]);
    const int low = hex_value(digits[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::byte>(high * 16 + low);
  }
  return true;
}

}  // namespace

std::span<const std::uint8_t> Coordinates::routable() const {
  const auto mine = all();
  return mine.first(static_cast<std::size_t>(std::find(mine.begin(), mine.end(), std::uint8_t{0}) - mine.begin()));
}

Result<Address> Address::encode(std::span<const std::uint8_t> coordinates) {
  Address address;
  std::size_t at = 0;
  for (const std::uint8_t c : coordinates) {
    const std::size_t size = c <= kSmallMax ? 1 : 2;
    if (c > kCoordinateMax || at + size > kNibbles) return Status::not_representable;
    if (size == 1) {
      put_nibble(address.value, at, c);
    } else {
      const auto code = static_cast<std::uint8_t>(0x80 | (c - kLargeFirst));
      put_nibble(address.value, at, code >> 4);
      put_nibble(address.value, at + 1, code & 0xf);
    }
    at += size;
  }
  return address;
}

Coordinates Address::decode() const {
  Coordinates out;
  std::size_t n = 0;
  for (std::size_t at = 0; at < kNibbles; ++at) {
    std::uint8_t c = nibble(value, at);
    // A last nibble has no partner and stands for itself.
    if (c > kSmallMax && at + 1 < kNibbles) {
      ++at;
      c = static_cast<std::uint8_t>((((c & 0x7) << 4) | nibble(value, at)) + kLargeFirst);
    }
    out.value[n++] = c;
    if (c != 0) out.size = static_cast<std::uint8_t>(n);
  }
  return out;
}

std::string_view to_text(const TreeAddress& address, std::span<char, kAddressTextMax> out) {
  std::size_t n = 0;
  const unsigned state = address.tree_state;
  if (state >= 100) out[n++] = kDigits[state / 100];
  if (state >= 10) out[n++] = kDigits[state / 10 % 10];
  out[n++] = kDigits[state % 10];
  out[n++] = '-';
  const Gap gap = find_gap(address.address.value);
  for (std::size_t i = 0; i < kAddressSize; ++i) {
    if (i == gap.begin) {
      out[n++] = ':';
      out[n++] = ':';
    }
    if (i >= gap.begin && i < gap.end) continue;
    const auto byte = std::to_integer<std::uint8_t>(address.address.value[i]);
    out[n++] = kDigits[byte >> 4];
    out[n++] = kDigits[byte & 0xf];
  }
  return {out.data(), n};
}

Result<TreeAddress> parse_address(std::string_view text) {
  TreeAddress out;
  unsigned state = 0;
  std::size_t n = 0;
  for (; n < text.size() && n < 4 && text[n] >= '0' && text[n] <= '9'; ++n)
    state = state * 10 + static_cast<unsigned>(text[n] - '0');
  if (n == 0 || n > 3 || state > 0xff || n == text.size() || text[n] != '-') return Status::bad_value;
  out.tree_state = static_cast<std::uint8_t>(state);
  text.remove_prefix(n + 1);

  const std::size_t gap = text.find("::");
  // Not substr(), which could throw.
  std::string_view head = text;
  std::string_view tail;
  if (gap != std::string_view::npos) {
    head.remove_suffix(text.size() - gap);
    tail = text;
    tail.remove_prefix(gap + 2);
  }
  if (head.size() % 2 != 0 || tail.size() % 2 != 0) return Status::bad_value;
  const std::size_t digits = head.size() + tail.size();
  // "::" stands for one zero byte at least.
  if (gap == std::string_view::npos ? digits != 2 * kAddressSize : digits > 2 * (kAddressSize - 1))
    return Status::bad_value;
  const MutableBytes value(out.address.value);
  if (!parse_hex(head, value.first(head.size() / 2)) || !parse_hex(tail, value.last(tail.size() / 2)))
    return Status::bad_value;
  return out;
}

unsigned common_prefix(const Coordinates& a, const Coordinates& b) {
  unsigned n = 0;
  while (n < kCoordinatesMax && a.value[n] == b.value[n]) ++n;
  return n;
}

unsigned tree_distance(const Coordinates& a, const Coordinates& b) {
  const auto x = a.routable();
  const auto y = b.routable();
  const std::size_t shorter = std::min(x.size(), y.size());
  std::size_t common = 0;
  while (common < shorter && x[common] == y[common]) ++common;
  return static_cast<unsigned>(x.size() + y.size() - 2 * common);
}

std::uint16_t cpl_distance_order(const Coordinates& a, const Coordinates& b) {
  if (a == b) return 0;
  constexpr unsigned kAbove = kCoordinatesMax + 1;
  constexpr unsigned kSizes = 128;  // more than |a| + |b| can be
  return static_cast<std::uint16_t>((kAbove - common_prefix(a, b)) * kSizes + a.size + b.size);
}

}  // namespace mp
