// SPDX-License-Identifier: ISC
#include "micropycelium/packet/tree_place.hpp"

namespace mp {
namespace {

constexpr unsigned kCountBits = 3, kTreeBits = 2, kEpochBits = 16;

}  // namespace

std::size_t bits_of(const TreePlace& place) { return kTreeBits + kEpochBits + place.address.wire_bits(); }

std::size_t bits_of(std::span<const TreePlace> places) {
  std::size_t bits = 0;
  for (const TreePlace& place : places) bits += bits_of(place);
  return bits;
}

void write_places(std::span<const TreePlace> places, BitWriter& to) {
  for (const TreePlace& place : places) {
    to.put(place.tree, kTreeBits);
    to.put(place.epoch, kEpochBits);
    place.address.write(to);
  }
}

Status read_places(BitReader& from, std::size_t count, std::array<TreePlace, kTreesMax>& places) {
  if (count > kTreesMax) return Status::bad_value;
  for (std::size_t i = 0; i < count; ++i) {
    TreePlace& place = places[i];
    place.tree = static_cast<std::uint8_t>(from.take(kTreeBits));
    place.epoch = static_cast<std::uint16_t>(from.take(kEpochBits));
    if (!from.ok()) return Status::truncated;
    if (i > 0 && place.tree <= places[i - 1].tree) return Status::bad_value;
    const auto address = CompactAddress::read(from);
    if (!address) return address.status();
    place.address = *address;
  }
  return Status::ok;
}

std::size_t bytes_of(std::span<const TreePlace> places) { return (kCountBits + bits_of(places) + 7) / 8; }

void encode_places(std::span<const TreePlace> places, MutableBytes to) {
  fill_zero(to);
  BitWriter bits(to);
  bits.put(static_cast<std::uint32_t>(places.size()), kCountBits);
  write_places(places, bits);
  MP_CHECK(bits.ok());
}

Result<TreePlaces> decode_places(Bytes from) {
  BitReader bits(from);
  TreePlaces out;
  out.count = static_cast<std::uint8_t>(bits.take(kCountBits));
  if (!bits.ok()) return Status::truncated;
  MP_TRY(read_places(bits, out.count, out.all));
  if (bits.left() >= 8) return Status::too_large;
  if (bits.take(static_cast<unsigned>(bits.left())) != 0) return Status::bad_value;
  return out;
}

void fit_places(TreePlaces& places, std::size_t bytes) {
  while (places.count > 0 && bytes_of(places.view()) > bytes) {
    std::size_t longest = 0;
    for (std::size_t i = 1; i < places.count; ++i)
      if (bits_of(places.all[i]) > bits_of(places.all[longest])) longest = i;
    for (std::size_t i = longest; i + 1 < places.count; ++i) places.all[i] = places.all[i + 1];
    --places.count;
  }
}

}  // namespace mp
