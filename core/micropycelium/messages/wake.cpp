// SPDX-License-Identifier: ISC
#include "micropycelium/messages/wake.hpp"

#include "micropycelium/base/reader.hpp"
#include "micropycelium/messages/beacon.hpp"
#include "micropycelium/packet/package.hpp"

#include <algorithm>

namespace mp {
namespace {

constexpr std::byte operator""_b(unsigned long long n) { return static_cast<std::byte>(n); }

// The ids as bytes, so that a look at a datagram costs no hash; wake_test.cpp holds them to the identities.
constexpr ByteArray<kWakePrefix> kPrefix{0xe1_b, 0x45_b, 0xa6_b, 0x5c_b, 0xaa_b,
                                         0x83_b, 0x81_b, 0x86_b, 0x91_b, 0xc0_b};
constexpr ByteArray<AppId::kSize> kBeaconId{0x36_b, 0x68_b, 0x21_b, 0xda_b, 0xfd_b, 0xaf_b, 0x45_b, 0xe9_b,
                                            0xbc_b, 0x5c_b, 0xfe_b, 0xcb_b, 0x1c_b, 0x2a_b, 0x06_b, 0x5c_b};

bool has_prefix(Bytes entry) { return std::equal(kPrefix.begin(), kPrefix.end(), entry.begin()); }

bool sensible(const WakeTime& w) {
  if (!w.sleeps()) return w == WakeTime{};
  return w.period_ms <= kWakePeriodMax_ms && w.wake_ms * kWakePeriodsMax >= w.period_ms && w.wake_ms < w.period_ms &&
         w.opens_ms <= w.period_ms;
}

}  // namespace

Result<WakeTime> decode_wake(Bytes body) {
  if (body.size() < kWakeSize) return Status::truncated;
  if (body.size() > kWakeSize) return Status::too_large;
  WakeTime wake;
  wake.period_ms = load_be<std::uint16_t>(body.data());
  wake.wake_ms = load_be<std::uint16_t>(body.data() + 2);
  wake.opens_ms = load_be<std::uint16_t>(body.data() + 4);
  if (!sensible(wake)) return Status::bad_value;
  return wake;
}

void encode_wake(const WakeTime& wake, std::span<std::byte, kWakeSize> out) {
  store_be(out.data(), wake.period_ms);
  store_be(out.data() + 2, wake.wake_ms);
  store_be(out.data() + 4, wake.opens_ms);
}

AppId wake_entry(const WakeTime& wake) {
  AppId id;
  std::copy(kPrefix.begin(), kPrefix.end(), id.value.begin());
  encode_wake(wake, std::span(id.value).subspan<kWakePrefix, kWakeSize>());
  return id;
}

bool is_wake_entry(const AppId& entry) { return has_prefix(entry.bytes()); }

std::optional<WakeTime> wake_of(const AppIdList& apps) {
  for (const AppId entry : apps) {
    if (!is_wake_entry(entry)) continue;
    const auto wake = decode_wake(Bytes(entry.bytes()).subspan(kWakePrefix));
    return wake ? std::optional(*wake) : std::nullopt;
  }
  return std::nullopt;
}

bool stamp_beacon(MutableBytes package, const WakeTime& wake) {
  if (package.size() < kPackageHeader + kBeaconHead || !std::equal(kBeaconId.begin(), kBeaconId.end(), package.begin()))
    return false;
  const MutableBytes blob = package.subspan(kPackageHeader);
  MutableBytes list = blob.subspan(kBeaconHead);
  for (; list.size() >= AppId::kSize; list = list.subspan(AppId::kSize)) {
    if (!has_prefix(list)) continue;
    encode_wake(wake, list.subspan<kWakePrefix, kWakeSize>());
    copy(half_sha256(blob).bytes(), package.subspan(AppId::kSize));
    return true;
  }
  return false;
}

}  // namespace mp
