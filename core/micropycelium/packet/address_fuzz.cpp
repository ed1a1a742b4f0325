// SPDX-License-Identifier: ISC
// Any bytes as an address, as a text and as a list of coordinates: no crash, and every form leads back.
#include "micropycelium/packet/address.hpp"

namespace {

void check_address(const mp::TreeAddress& address) {
  std::array<char, mp::kAddressTextMax> text;
  const auto parsed = mp::parse_address(mp::to_text(address, text));
  MP_CHECK(parsed && *parsed == address);

  const mp::Coordinates coordinates = address.address.decode();
  MP_CHECK(coordinates.routable().size() <= coordinates.size);
  const auto encoded = mp::Address::encode(coordinates.all());
  // The one address that its own coordinates cannot make: a last nibble that stands alone.
  MP_CHECK(encoded ? *encoded == address.address : coordinates.all().back() >= 8 && coordinates.all().back() <= 15);
  MP_CHECK(mp::tree_distance(coordinates, coordinates) == 0 && mp::cpl_distance_order(coordinates, coordinates) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span input(data, size);
  if (const auto parsed = mp::parse_address(mp::text(std::as_bytes(input)))) check_address(*parsed);
  if (const auto encoded = mp::Address::encode(input)) {
    const mp::Coordinates decoded = encoded->decode();
    MP_CHECK(std::equal(decoded.all().begin(), decoded.all().end(), input.begin()));
    MP_CHECK(std::all_of(input.begin() + decoded.size, input.end(), [](std::uint8_t c) { return c == 0; }));
  }
  if (size < 1 + mp::kAddressSize) return 0;
  mp::TreeAddress a{data[0], {}};
  mp::copy(std::as_bytes(input.subspan(1, mp::kAddressSize)), a.address.value);
  check_address(a);
  if (size < 1 + 2 * mp::kAddressSize) return 0;
  mp::Address b;
  mp::copy(std::as_bytes(input.subspan(1 + mp::kAddressSize, mp::kAddressSize)), b.value);
  const mp::Coordinates x = a.address.decode();
  const mp::Coordinates y = b.decode();
  MP_CHECK(mp::tree_distance(x, y) == mp::tree_distance(y, x));
  MP_CHECK(mp::cpl_distance_order(x, y) == mp::cpl_distance_order(y, x));
  MP_CHECK((mp::cpl_distance_order(x, y) == 0) == (x == y));
  return 0;
}
