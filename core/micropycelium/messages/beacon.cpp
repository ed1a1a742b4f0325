// SPDX-License-Identifier: ISC
#include "micropycelium/messages/beacon.hpp"

#include "micropycelium/base/reader.hpp"
#include "micropycelium/base/writer.hpp"

#include <algorithm>

namespace mp {
namespace {

constexpr std::byte operator""_b(unsigned long long n) { return static_cast<std::byte>(n); }

// The id as bytes, so that a look costs no hash; beacon_test.cpp holds it to the identity.
constexpr ByteArray<AppId::kSize - 2> kIntervalPrefix{0xce_b, 0xea_b, 0x5f_b, 0x0e_b, 0x13_b, 0x36_b, 0x93_b,
                                                      0x72_b, 0xa6_b, 0x3d_b, 0x07_b, 0x02_b, 0xb2_b, 0xae_b};

bool known(BeaconOp op) {
  switch (op) {
    case BeaconOp::beacon:
    case BeaconOp::response:
    case BeaconOp::disconnect:
      return true;
  }
  return false;
}

}  // namespace

Result<BeaconMessage> decode_beacon(Bytes message) {
  Reader in(message);
  BeaconMessage out;
  out.op = static_cast<BeaconOp>(in.u8());
  out.node_id.value = in.array<NodeId::kSize>();
  const Bytes apps = in.rest();
  if (!in.ok() || apps.size() % AppId::kSize != 0) return Status::truncated;
  if (apps.size() > kBeaconAppsMax * AppId::kSize) return Status::too_large;
  if (!known(out.op)) return Status::bad_value;
  out.apps = AppIdList(apps);
  return out;
}

Result<Bytes> encode_beacon(BeaconOp op, const NodeId& node_id, std::span<const AppId> apps, MutableBytes out) {
  if (apps.size() > kBeaconAppsMax) return Status::too_large;
  Writer w(out);
  w.u8(static_cast<std::uint8_t>(op));
  w.put(node_id.bytes());
  for (const AppId& app : apps) w.put(app.bytes());
  if (!w.ok()) return Status::too_large;
  return w.written();
}

AppId interval_entry(std::uint16_t interval_s) {
  AppId id;
  std::copy(kIntervalPrefix.begin(), kIntervalPrefix.end(), id.value.begin());
  store_be(id.value.data() + kIntervalPrefix.size(), interval_s);
  return id;
}

bool is_interval_entry(const AppId& entry) {
  return std::equal(kIntervalPrefix.begin(), kIntervalPrefix.end(), entry.value.begin());
}

std::optional<std::uint16_t> interval_of(const AppIdList& apps) {
  for (const AppId entry : apps) {
    if (!is_interval_entry(entry)) continue;
    const auto interval_s = load_be<std::uint16_t>(entry.value.data() + kIntervalPrefix.size());
    return interval_s > 0 ? std::optional(interval_s) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace mp
