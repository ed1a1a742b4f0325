// SPDX-License-Identifier: ISC
// Any bytes: a Beacon or a reason; what is taken has a signature that can be checked, and can be stamped.
#include "micropycelium/messages/signed_beacon.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mp::Bytes input = std::as_bytes(std::span(data, size));
  if (mp::decode_signed_beacon(input)) (void)mp::signed_beacon_genuine(input, {});
  mp::ByteArray<256> buffer{};
  if (size > buffer.size()) return 0;
  const mp::MutableBytes package = mp::MutableBytes(buffer).first(size);
  mp::copy(input, package);
  if (!mp::stamp_signed_beacon(package, {130, 40, 7})) MP_CHECK(mp::equal(package, input));
  return 0;
}
