// SPDX-License-Identifier: ISC
#include "micropycelium/packet/ids.hpp"

#include "tests/support/vectors.hpp"

namespace mp {
namespace {

using test::to_hex;
using test::vectors;

TEST(Ids, AppIdVectors) {
  for (const auto& v : vectors("app_ids"))
    EXPECT_EQ(to_hex(make_app_id(v.text("name"), v.text("description"), static_cast<std::uint32_t>(v.number("version")))
                         .bytes()),
              v.text("id"))
        << v.text("name");
}

TEST(Ids, InterfaceIdVectors) {
  for (const auto& v : vectors("interface_ids")) {
    const auto schemas = v.numbers("schemas");
    const std::vector<std::uint8_t> ids(schemas.begin(), schemas.end());
    EXPECT_EQ(to_hex(make_interface_id(v.text("name"), static_cast<std::uint32_t>(v.number("bitrate")), ids).bytes()),
              v.text("id"))
        << v.text("name");
  }
}

TEST(Ids, HalfSha256Vectors) {
  for (const auto& v : vectors("half_sha256"))
    EXPECT_EQ(to_hex(half_sha256(v.bytes("data")).bytes()), v.text("half_sha256"));
}

TEST(Ids, ZeroIsNobody) {
  EXPECT_TRUE(NodeId{}.is_zero());
  NodeId id;
  id.value.back() = std::byte{1};
  EXPECT_FALSE(id.is_zero());
}

TEST(Ids, OrderIsThatOfTheBytes) {
  const auto a = AppId::from(test::from_hex("00ffffffffffffffffffffffffffffff"));
  const auto b = AppId::from(test::from_hex("01000000000000000000000000000000"));
  const auto c = AppId::from(test::from_hex("80000000000000000000000000000000"));
  EXPECT_LT(a, b);
  EXPECT_LT(b, c);
  EXPECT_EQ(a, AppId::from(a.bytes()));
}

}  // namespace
}  // namespace mp
