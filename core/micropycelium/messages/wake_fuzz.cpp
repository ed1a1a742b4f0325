// SPDX-License-Identifier: ISC
// Any bytes: a time of waking or a reason; what is taken encodes back to the same bytes, alone and as an entry of a
// list. And any Package can be stamped: only those six bytes and the digest of a Beacon change.
#include "micropycelium/messages/wake.hpp"

#include "micropycelium/messages/beacon.hpp"
#include "micropycelium/packet/package.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mp::Bytes input = std::as_bytes(std::span(data, size));
  mp::WakeTime stamp{130, 40, 7};
  if (const auto wake = mp::decode_wake(input)) {
    mp::ByteArray<mp::kWakeSize> out;
    mp::encode_wake(*wake, out);
    MP_CHECK(mp::equal(out, input));
    const mp::AppId entry = mp::wake_entry(*wake);
    MP_CHECK(mp::is_wake_entry(entry) && mp::wake_of(mp::AppIdList(entry.bytes())) == *wake);
    stamp = *wake;
  }
  mp::ByteArray<256> buffer{};
  if (size > buffer.size()) return 0;
  const mp::MutableBytes package = mp::MutableBytes(buffer).first(size);
  mp::copy(input, package);
  if (!mp::stamp_beacon(package, stamp)) {
    MP_CHECK(mp::equal(package, input));
    return 0;
  }
  const auto view = mp::PackageView::parse(package);
  MP_CHECK(view && view->verify());
  if (const auto beacon = mp::decode_beacon(view->blob)) MP_CHECK(mp::wake_of(beacon->apps) == stamp);
  return 0;
}
