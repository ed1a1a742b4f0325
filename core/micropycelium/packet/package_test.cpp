// SPDX-License-Identifier: ISC
#include "micropycelium/packet/package.hpp"

#include "micropycelium/crypto/hash.hpp"
#include "tests/support/vectors.hpp"

namespace mp {
namespace {

using test::Octets;
using test::to_hex;
using test::vectors;

Octets make(const AppId& app_id, Bytes blob) {
  Octets out(kPackageHeader + blob.size());
  write_package_head({app_id, half_sha256(blob)}, std::span<std::byte>(out).first<kPackageHeader>());
  copy(blob, MutableBytes(out).subspan(kPackageHeader));
  return out;
}

TEST(Package, Vectors_BothWays) {
  for (const auto& v : vectors("packages")) {
    const auto app_id = v.fixed<AppId>("app_id");
    if (v.has("verify")) {
      const Octets package = v.bytes("package");
      const auto view = PackageView::parse(package);
      ASSERT_TRUE(view);
      EXPECT_EQ(view->head.app_id, app_id);
      EXPECT_EQ(view->verify(), v.is_true("verify"));
      continue;
    }
    const auto rule = v.has("rule") ? v.numbers("rule") : std::vector<unsigned>();
    const Octets blob = v.has("blob") ? v.bytes("blob") : test::rule_bytes(rule[0], rule[1], rule[2]);
    const Octets package = make(app_id, blob);
    if (v.has("package")) {
      EXPECT_EQ(to_hex(package), v.text("package"));
    } else {
      EXPECT_EQ(package.size(), v.number("package_len"));
      EXPECT_EQ(to_hex(sha256(package)), v.text("package_sha256"));
    }
    const auto view = PackageView::parse(package);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->head.app_id, app_id);
    EXPECT_EQ(to_hex(view->head.half_sha256.bytes()), v.text("half_sha256"));
    EXPECT_TRUE(equal(view->blob, blob));
    EXPECT_TRUE(view->verify());
  }
}

TEST(Package, BelowItsHeader_Truncated) {
  const Octets zeros(kPackageHeader);
  for (std::size_t size = 0; size < kPackageHeader; ++size)
    EXPECT_EQ(PackageView::parse(Bytes(zeros).first(size)).status(), Status::truncated);
  EXPECT_EQ(PackageView::parse(zeros).status(), Status::ok);
}

TEST(Package, EmptyBlob_IsAPackage) {
  const Octets package = make(AppId{}, {});
  const auto view = PackageView::parse(package);
  ASSERT_TRUE(view);
  EXPECT_TRUE(view->blob.empty());
  EXPECT_TRUE(view->verify());
}

TEST(Package, AnyByteOfBlobOrDigestChanged_DoesNotVerify) {
  Octets package = make(AppId{}, test::Dice(1).octets(300));
  for (std::size_t i = AppId::kSize; i < package.size(); ++i) {
    package[i] ^= std::byte{1};
    EXPECT_FALSE(PackageView::parse(package)->verify()) << i;
    package[i] ^= std::byte{1};
  }
  EXPECT_TRUE(PackageView::parse(package)->verify());
}

}  // namespace
}  // namespace mp
