// SPDX-License-Identifier: ISC
#include "micropycelium/messages/wake.hpp"

#include "micropycelium/messages/beacon.hpp"
#include "micropycelium/packet/package.hpp"
#include "tests/support/vectors.hpp"

#include <algorithm>

namespace mp {
namespace {

using test::to_hex;

constexpr WakeTime kUsual{.period_ms = 130, .wake_ms = 40, .opens_ms = 77};

Result<WakeTime> decode(std::initializer_list<unsigned> octets) {
  std::vector<std::byte> body;
  for (const unsigned o : octets) body.push_back(static_cast<std::byte>(o));
  return decode_wake(body);
}

// A Package with a Beacon of three entries, the wake entry in the middle.
std::vector<std::byte> beacon_package(const std::vector<AppId>& apps) {
  std::vector<std::byte> package(kPackageHeader + kBeaconHead + apps.size() * AppId::kSize);
  NodeId who;
  who.value.fill(std::byte{9});
  const auto blob = encode_beacon(BeaconOp::beacon, who, apps, MutableBytes(package).subspan(kPackageHeader));
  write_package_head({kBeaconApp.id(), half_sha256(*blob)}, std::span(package).first<kPackageHeader>());
  return package;
}

TEST(Wake, BothWays) {
  ByteArray<kWakeSize> out;
  encode_wake(kUsual, out);
  EXPECT_EQ(to_hex(out), "00820028004d");
  EXPECT_EQ(*decode_wake(out), kUsual);
  EXPECT_EQ(*decode({0, 0, 0, 0, 0, 0}), WakeTime{});
}

TEST(Wake, Entry_BeginsLikeTheIdOfItsIdentity) {
  const AppId id = kWakePhase.id();
  const AppId entry = wake_entry(kUsual);
  EXPECT_TRUE(std::equal(entry.value.begin(), entry.value.begin() + kWakePrefix, id.value.begin()));
  EXPECT_TRUE(is_wake_entry(entry));
  EXPECT_FALSE(is_wake_entry(kExtensions.id()));
}

TEST(Wake, Decode_RefusesWhatMakesNoSense) {
  EXPECT_EQ(decode({0, 130, 0, 40, 0}).status(), Status::truncated);
  EXPECT_EQ(decode({0, 130, 0, 40, 0, 9, 0}).status(), Status::too_large);
  EXPECT_EQ(decode({0, 130, 0, 0, 0, 9}).status(), Status::bad_value);     // never awake
  EXPECT_EQ(decode({0, 130, 0, 130, 0, 9}).status(), Status::bad_value);   // never asleep
  EXPECT_EQ(decode({0, 130, 0, 40, 0, 131}).status(), Status::bad_value);  // not the next window
  EXPECT_EQ(decode({0, 0, 0, 0, 0, 1}).status(), Status::bad_value);
}

// What nobody could keep: waits have 16 bits of milliseconds, RNS of the blind rule are counted in 8.
TEST(Wake, Decode_RefusesWhatNeighboursCannotKeep) {
  EXPECT_TRUE(decode({0x75, 0x30, 1, 44, 0, 9}).ok());                       // 30,000 and 300
  EXPECT_EQ(decode({0x75, 0x31, 2, 44, 0, 9}).status(), Status::bad_value);  // 30,001
  EXPECT_EQ(decode({0x75, 0x30, 1, 43, 0, 9}).status(), Status::bad_value);  // 299
}

TEST(Wake, OfAList_TheFirstEntryCounts) {
  const std::vector<AppId> apps{kExtensions.id(), wake_entry(kUsual), kBeaconApp.id()};
  std::vector<std::byte> bytes;
  for (const AppId& a : apps) bytes.insert(bytes.end(), a.value.begin(), a.value.end());
  EXPECT_EQ(wake_of(AppIdList(bytes)), kUsual);
  EXPECT_EQ(wake_of(AppIdList(Bytes(bytes).first(AppId::kSize))), std::nullopt);
  bytes[AppId::kSize + kWakePrefix + 3] = std::byte{0};  // wake_ms
  EXPECT_EQ(wake_of(AppIdList(bytes)), std::nullopt);
}

TEST(Wake, Stamp_ChangesTheEntryAndTheDigestOnly) {
  auto package = beacon_package({kExtensions.id(), wake_entry({}), kBeaconApp.id()});
  const auto before = package;
  ASSERT_TRUE(stamp_beacon(package, kUsual));
  const auto view = PackageView::parse(package);
  ASSERT_TRUE(view);
  EXPECT_TRUE(view->verify());
  const auto beacon = decode_beacon(view->blob);
  ASSERT_TRUE(beacon);
  EXPECT_EQ(wake_of(beacon->apps), kUsual);
  const std::size_t stamp = kPackageHeader + kBeaconHead + AppId::kSize + kWakePrefix;
  for (std::size_t i = 0; i < package.size(); ++i) {
    const bool may_change = (i >= AppId::kSize && i < kPackageHeader) || (i >= stamp && i < stamp + kWakeSize);
    EXPECT_TRUE(may_change || package[i] == before[i]) << i;
  }
}

TEST(Wake, Stamp_LeavesOtherPackagesAlone) {
  auto without = beacon_package({kExtensions.id(), kBeaconApp.id()});
  const auto as_it_was = without;
  EXPECT_FALSE(stamp_beacon(without, kUsual));
  EXPECT_EQ(without, as_it_was);
  auto another = beacon_package({kExtensions.id(), wake_entry({})});
  another[0] = static_cast<std::byte>(~std::to_integer<unsigned>(another[0]));
  EXPECT_FALSE(stamp_beacon(another, kUsual));
  EXPECT_FALSE(stamp_beacon(MutableBytes(another).first(kPackageHeader), kUsual));
}

}  // namespace
}  // namespace mp
