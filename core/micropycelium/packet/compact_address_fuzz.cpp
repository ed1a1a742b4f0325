// SPDX-License-Identifier: ISC
// Any bits as a compact address, at any place: a value or a reason, and what is read is written the same way again.
#include "micropycelium/packet/compact_address.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned skip = data[0] % 8U;
  const mp::Bytes input = std::as_bytes(std::span(data, size)).subspan(1);
  mp::BitReader reader(input);
  reader.take(skip);
  const auto address = mp::CompactAddress::read(reader);
  if (!address) return 0;
  MP_CHECK(reader.ok() && reader.at() == skip + address->wire_bits());
  MP_CHECK(address->wire_bits() <= 8 * mp::kCompactAddressMax && address->index_bits() <= mp::kIndexBitsMax);

  mp::ByteArray<mp::kCompactAddressMax + 1> out{};
  mp::BitWriter writer(out);
  writer.put(0, skip);
  address->write(writer);
  MP_CHECK(writer.ok() && writer.at() == reader.at());
  mp::BitReader is(out), was(input);
  is.take(skip);
  was.take(skip);
  for (unsigned at = skip; at < writer.at(); ++at) MP_CHECK(is.take(1) == was.take(1));

  mp::CompactAddress again;
  unsigned weight = 0;
  address->each([&](std::uint32_t index, mp::CostClass cost, unsigned bits) {
    const auto below = again.child(index, cost);
    // What is whole fits; on the way costs may need room that they do not need in the end, never the other way.
    MP_CHECK(below.ok() && below->index_bits() == bits);
    again = *below;
    weight += mp::kCostOfClass[cost];
  });
  MP_CHECK(again == *address && again.weight() == weight);
  if (const auto coordinates = address->coordinates()) {
    const auto back = mp::CompactAddress::from(*coordinates);
    MP_CHECK(back && back->index_bits() == address->index_bits() && back->levels() == address->levels());
  }
  return 0;
}
