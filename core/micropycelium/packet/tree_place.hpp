// SPDX-License-Identifier: ISC
// Where a node is in its trees, in bits (specification: routing.md, "The header"): for each tree, ascending, number 2 |
// epoch 16 | compact address.
#pragma once

#include "micropycelium/packet/compact_address.hpp"

#include <array>
#include <span>

namespace mp {

// Where a node is in one tree. An address means something only in one epoch of its tree.
struct TreePlace {
  std::uint8_t tree = 0;  // 0..3
  std::uint16_t epoch = 0;
  CompactAddress address;
  bool operator==(const TreePlace&) const = default;
};

// By tree, ascending.
struct TreePlaces {
  std::uint8_t count = 0;
  std::array<TreePlace, kTreesMax> all{};

  std::span<const TreePlace> view() const { return std::span(all).first(count); }
  bool operator==(const TreePlaces&) const = default;
};

std::size_t bits_of(const TreePlace& place);
std::size_t bits_of(std::span<const TreePlace> places);
// Not padded.
void write_places(std::span<const TreePlace> places, BitWriter& to);
// Total. Status: truncated; bad_value (over four, not ascending, an address that is none).
Status read_places(BitReader& from, std::size_t count, std::array<TreePlace, kTreesMax>& places);

// With how many there are before them, 3 bits, and zeros to the whole byte.
std::size_t bytes_of(std::span<const TreePlace> places);
// Precondition: `to` has bytes_of(places) bytes.
void encode_places(std::span<const TreePlace> places, MutableBytes to);
// Total: `from` is all of it. Status: as read_places(); too_large (bytes behind it).
Result<TreePlaces> decode_places(Bytes from);
// Leaves out those with the longest addresses until the rest fits.
void fit_places(TreePlaces& places, std::size_t bytes);

}  // namespace mp
