// SPDX-License-Identifier: ISC
#include "micropycelium/messages/signed_beacon.hpp"

#include "micropycelium/packet/package.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mp {
namespace {

constexpr ByteArray<16> kSalt{std::byte{5}};

struct Made {
  Ed25519KeyPair keys{Ed25519Seed{std::byte{7}}};
  ByteArray<kSignedBeaconSizeMax> buffer;
  ByteArray<16> prefixes{std::byte{1}, std::byte{2}};
  Bytes message;

  Made() {
    SignedBeacon b;
    b.node_id.value = keys.public_key();
    b.boot = 3;
    b.count = 9;
    b.interval_s = 60;
    b.prefixes = prefixes;
    message = encode_signed_beacon(b, kSalt, keys, buffer);
  }
};

TEST(SignedBeacon, Sizes_AreThoseOfTheSpecification) {
  const Made made;
  EXPECT_EQ(made.message.size(), 113U + 2 * 8);
  EXPECT_EQ(kSignedBeaconSizeMax, 161U);
  // An opening frame of 240 bytes, its kind, and the head of a Package.
  EXPECT_LE(44 + 1 + kPackageHeader + kSignedBeaconSizeMax, 240U);
}

TEST(SignedBeacon, ComesBackAsItWas) {
  const Made made;
  const auto b = decode_signed_beacon(made.message);
  ASSERT_TRUE(b.ok());
  EXPECT_EQ(b->boot, 3U);
  EXPECT_EQ(b->count, 9U);
  EXPECT_EQ(b->interval_s, 60);
  EXPECT_TRUE(equal(b->prefixes, made.prefixes));
  EXPECT_FALSE(b->wake.sleeps());
  EXPECT_TRUE(signed_beacon_genuine(made.message, kSalt));
}

TEST(SignedBeacon, AnyByteChanged_IsNotGenuine_ButTheWakeTimeIsNotSigned) {
  const Made made;
  for (std::size_t i = 0; i < made.message.size() - kWakeSize; ++i) {
    auto changed = made.buffer;
    changed[i] ^= std::byte{1};
    const Bytes message = Bytes(changed).first(made.message.size());
    EXPECT_FALSE(decode_signed_beacon(message) && signed_beacon_genuine(message, kSalt)) << i;
  }
}

TEST(SignedBeacon, UnderAnotherSalt_IsNotGenuine) {
  const Made made;
  EXPECT_FALSE(signed_beacon_genuine(made.message, {}));
}

TEST(SignedBeacon, EverySizeCut_IsRefused) {
  const Made made;
  for (std::size_t n = 0; n < made.message.size(); ++n) {
    const Bytes cut = made.message.first(n);
    EXPECT_FALSE(decode_signed_beacon(cut) && signed_beacon_genuine(cut, kSalt)) << n;
  }
}

TEST(SignedBeacon, Stamped_TellsTheTimeAndStaysGenuine) {
  const Made made;
  std::vector<std::byte> package(kPackageHeader + made.message.size());
  write_package_head({kSignedBeaconApp.id(), half_sha256(made.message)}, std::span(package).first<kPackageHeader>());
  copy(made.message, MutableBytes(package).subspan(kPackageHeader));
  ASSERT_TRUE(stamp_signed_beacon(package, {130, 40, 7}));
  const auto view = PackageView::parse(package);
  ASSERT_TRUE(view.ok());
  EXPECT_TRUE(view->verify());
  EXPECT_EQ(decode_signed_beacon(view->blob)->wake, (WakeTime{130, 40, 7}));
  EXPECT_TRUE(signed_beacon_genuine(view->blob, kSalt));
  package[0] ^= std::byte{1};
  EXPECT_FALSE(stamp_signed_beacon(package, {130, 40, 7}));
}

}  // namespace
}  // namespace mp
