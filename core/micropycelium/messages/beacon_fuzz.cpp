// SPDX-License-Identifier: ISC
// Any bytes: a beacon or a reason; what is taken encodes back to the same bytes.
#include "micropycelium/messages/beacon.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mp::Bytes input = std::as_bytes(std::span(data, size));
  const auto message = mp::decode_beacon(input);
  if (!message) return 0;
  MP_CHECK(message->apps.size() <= mp::kBeaconAppsMax);
  std::array<mp::AppId, mp::kBeaconAppsMax> apps;
  std::size_t n = 0;
  for (const mp::AppId id : message->apps) apps[n++] = id;
  for (std::size_t i = 0; i < n; ++i) MP_CHECK(message->apps[i] == apps[i] && message->apps.contains(apps[i]));
  if (const auto interval_s = mp::interval_of(message->apps))
    MP_CHECK(*interval_s > 0 && message->apps.contains(mp::interval_entry(*interval_s)));
  mp::ByteArray<mp::kBeaconSizeMax> out;
  const auto encoded = mp::encode_beacon(message->op, message->node_id, std::span(apps).first(n), out);
  MP_CHECK(encoded && mp::equal(*encoded, input));
  return 0;
}
