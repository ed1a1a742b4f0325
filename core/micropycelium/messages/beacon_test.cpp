// SPDX-License-Identifier: ISC
#include "micropycelium/messages/beacon.hpp"

#include "micropycelium/messages/debug.hpp"
#include "micropycelium/messages/gossip.hpp"
#include "micropycelium/messages/ping.hpp"
#include "micropycelium/messages/tree_v0.hpp"
#include "tests/support/vectors.hpp"

namespace mp {
namespace {

using test::Dice;
using test::Octets;
using test::to_hex;
using test::vectors;

Octets message(unsigned op, std::size_t apps) {
  Octets m = Dice(1).octets(kBeaconHead + apps * AppId::kSize);
  m[0] = static_cast<std::byte>(op);
  return m;
}

class BeaconVectors : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(All, BeaconVectors, testing::Values("beacons", "new_beacons"),
                         [](const auto& category) { return std::string(category.param); });

TEST_P(BeaconVectors, BothWays) {
  for (const auto& v : vectors(GetParam())) {
    const Octets raw = v.bytes("message");
    const auto decoded = decode_beacon(raw);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(static_cast<unsigned>(decoded->op), v.number("op"));
    EXPECT_EQ(to_hex(decoded->node_id.bytes()), v.text("node_id"));
    std::vector<std::string> apps;
    std::vector<AppId> ids;
    for (const AppId id : decoded->apps) {
      apps.push_back(to_hex(id.bytes()));
      ids.push_back(id);
    }
    EXPECT_EQ(apps, v.texts("apps"));
    ByteArray<kBeaconSizeMax> out;
    const auto encoded = encode_beacon(decoded->op, decoded->node_id, ids, out);
    ASSERT_TRUE(encoded);
    EXPECT_EQ(to_hex(*encoded), v.text("message"));
  }
}

TEST(Beacon, AppId_IsThatOfTheVectors) {
  for (const auto& v : vectors("beacons")) EXPECT_EQ(to_hex(kBeaconApp.id().bytes()), v.text("package").substr(0, 32));
}

TEST(Beacon, EverySize_OkOrItsReason) {
  for (std::size_t size = 0; size <= kBeaconSizeMax + 40; ++size) {
    const Octets m(size);
    const bool whole = size >= kBeaconHead && (size - kBeaconHead) % AppId::kSize == 0;
    const Status expected = !whole ? Status::truncated : size > kBeaconSizeMax ? Status::too_large : Status::ok;
    EXPECT_EQ(decode_beacon(m).status(), expected) << size;
  }
}

TEST(Beacon, UnknownOp_BadValue) {
  for (unsigned op = 0; op < 256; ++op) {
    const bool known = op == 0 || op == 1 || op == 255;
    EXPECT_EQ(decode_beacon(message(op, 2)).status(), known ? Status::ok : Status::bad_value) << op;
  }
}

TEST(Beacon, Encode_TooManyAppsOrTooSmallABuffer_TooLarge) {
  const std::vector<AppId> apps(kBeaconAppsMax + 1);
  ByteArray<1024> out;
  EXPECT_EQ(encode_beacon(BeaconOp::beacon, {}, apps, out).status(), Status::too_large);
  for (std::size_t n = 0; n <= kBeaconAppsMax; ++n) {
    const std::size_t size = kBeaconHead + n * AppId::kSize;
    const auto some = std::span(apps).first(n);
    EXPECT_EQ(encode_beacon(BeaconOp::beacon, {}, some, MutableBytes(out).first(size)).status(), Status::ok);
    EXPECT_EQ(encode_beacon(BeaconOp::beacon, {}, some, MutableBytes(out).first(size - 1)).status(), Status::too_large);
  }
}

TEST(Beacon, IntervalEntry_BothWays) {
  const AppId entry = interval_entry(0x0e10);
  EXPECT_TRUE(equal(Bytes(entry.bytes()).first(14), Bytes(kBeaconInterval.id().bytes()).first(14)));
  EXPECT_EQ(to_hex(entry.bytes()).substr(28), "0e10");
  EXPECT_TRUE(is_interval_entry(entry));
  EXPECT_FALSE(is_interval_entry(kExtensions.id()));
  const auto said = [](std::vector<AppId> apps) {
    ByteArray<kBeaconSizeMax> out;
    const auto message = encode_beacon(BeaconOp::beacon, {}, apps, out);
    return interval_of(decode_beacon(*message)->apps);
  };
  EXPECT_EQ(said({}), std::nullopt);
  EXPECT_EQ(said({kExtensions.id(), kLeafMark.id()}), std::nullopt);
  EXPECT_EQ(said({kExtensions.id(), entry, kLeafMark.id()}), 3600);
  EXPECT_EQ(said({interval_entry(0xffff), entry}), 0xffff) << "the first counts";
  EXPECT_EQ(said({interval_entry(0)}), std::nullopt);
}

TEST(AppIdentity, ExistingApplications_HaveTheIdsOfTheVectors) {
  for (const AppIdentity& app : {kBeaconApp, kGossipApp, kSpanningTreeV0App, kPingApp, kDebugApp}) {
    unsigned found = 0;
    for (const auto& v : vectors("app_ids")) {
      if (v.text("name") != app.name) continue;
      ++found;
      EXPECT_EQ(app.description, v.text("description"));
      EXPECT_EQ(app.version, v.number("version"));
      EXPECT_EQ(to_hex(app.id().bytes()), v.text("id"));
    }
    EXPECT_EQ(found, 1U) << app.name;
  }
}

TEST(IdList, ReadsInPlace) {
  const Octets m = message(0, 10);
  const auto decoded = decode_beacon(m);
  ASSERT_TRUE(decoded);
  const AppIdList& apps = decoded->apps;
  ASSERT_EQ(apps.size(), 10U);
  EXPECT_FALSE(apps.empty());
  for (std::size_t i = 0; i < apps.size(); ++i) {
    EXPECT_TRUE(equal(apps[i].bytes(), Bytes(m).subspan(kBeaconHead + i * AppId::kSize, AppId::kSize)));
    EXPECT_TRUE(apps.contains(apps[i]));
  }
  EXPECT_FALSE(apps.contains(AppId{}));
  EXPECT_EQ(apps.bytes().data(), m.data() + kBeaconHead);
  EXPECT_EQ(std::distance(apps.begin(), apps.end()), 10);
}

TEST(IdList, OfNothing_IsEmpty) {
  const AppIdList none;
  EXPECT_TRUE(none.empty());
  EXPECT_FALSE(none.contains(AppId{}));
  EXPECT_EQ(none.begin(), none.end());
}

}  // namespace
}  // namespace mp
