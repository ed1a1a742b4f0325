// SPDX-License-Identifier: ISC
// Any bytes as the record of a network's keys: taken or refused, and what is taken comes out again byte for byte. And
// the same with the right sum, so that what is behind it is reached.
#include "micropycelium/base/crc32.hpp"
#include "micropycelium/node/network_record.hpp"

namespace {

void look(mp::Bytes input) {
  const auto r = mp::NetworkRecord::decode(input);
  if (!r) return;
  mp::ByteArray<mp::NetworkRecord::kSizeMax> buffer;
  MP_CHECK(mp::equal(r->encode(buffer), input));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mp::Bytes input = std::as_bytes(std::span(data, size));
  look(input);
  mp::ByteArray<mp::NetworkRecord::kSizeMax> buffer;
  if (size + 4 > buffer.size()) return 0;
  mp::copy(input, buffer);
  mp::store_be(buffer.data() + size, mp::crc32(input));
  look(mp::Bytes(buffer).first(size + 4));
  return 0;
}
