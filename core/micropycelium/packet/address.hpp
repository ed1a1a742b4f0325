// SPDX-License-Identifier: ISC
// Tree addresses: where a node hangs in a spanning tree, as a list of child indexes from the root down,
// packed into 32 nibbles (specification: addresses.md), and the two distances that greedy routing uses.
#pragma once

#include "micropycelium/base/bytes.hpp"
#include "micropycelium/base/result.hpp"

namespace mp {

inline constexpr std::size_t kAddressSize = 16;
inline constexpr std::size_t kCoordinatesMax = 2 * kAddressSize;
inline constexpr std::uint8_t kCoordinateMax = 135;  // the 135th child; beyond, a node has no room

// A decoded address. `size` counts the coordinates without trailing zeros; the rest of `value` is zero.
struct Coordinates {
  std::array<std::uint8_t, kCoordinatesMax> value{};
  std::uint8_t size = 0;

  std::span<const std::uint8_t> all() const { return std::span(value).first(size); }
  // The part that tree distance sees: up to the first zero, what follows is leased inside that node.
  std::span<const std::uint8_t> routable() const;
  bool operator==(const Coordinates&) const = default;
};

struct Address {
  ByteArray<kAddressSize> value{};

  // Status::not_representable: a coordinate above 135, or more than 32 nibbles. Never truncates.
  static Result<Address> encode(std::span<const std::uint8_t> coordinates);
  // Total: every 16 bytes are an address.
  Coordinates decode() const;
  bool operator==(const Address&) const = default;
};

// An address means something only in one state of the tree.
struct TreeAddress {
  std::uint8_t tree_state = 0;
  Address address;
  bool operator==(const TreeAddress&) const = default;
};

// "<tree_state>-<hex>" with the first run of two or more 00 bytes (or a single last one) written "::".
inline constexpr std::size_t kAddressTextMax = 3 + 1 + 2 * kAddressSize;
// Writes the text form to `out` and returns what was written. Nothing is terminated with 0.
std::string_view to_text(const TreeAddress& address, std::span<char, kAddressTextMax> out);
// Takes what to_text prints, and more: upper-case hex, all 32 digits without "::", "::" for a single zero byte
// anywhere. Status: bad_value.
Result<TreeAddress> parse_address(std::string_view text);

// Number of equal leading coordinates; lists are compared as if padded with zeros.
unsigned common_prefix(const Coordinates& a, const Coordinates& b);
// |a| + |b| - 2 cpl(a,b) on the routable parts: hops along tree links.
unsigned tree_distance(const Coordinates& a, const Coordinates& b);
// An integer that orders pairs exactly as dCPL = 33 - cpl - 1/(|a|+|b|+1) does; 0 when equal.
std::uint16_t cpl_distance_order(const Coordinates& a, const Coordinates& b);

}  // namespace mp
