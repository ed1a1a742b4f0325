// SPDX-License-Identifier: ISC
#include "interfaces/udp/endpoint.hpp"

#include <gtest/gtest.h>

namespace mp::host {
namespace {

TEST(Endpoint, Text_ParsesBackToItself) {
  for (const char* text : {"0.0.0.0:1", "127.0.0.1:47474", "255.255.255.255:65535", "10.20.30.40:5"}) {
    const auto e = parse_endpoint(text);
    ASSERT_TRUE(e) << text;
    EXPECT_EQ(to_text(*e), text);
    EXPECT_EQ(from_link(to_link(*e)), e);
  }
}

TEST(Endpoint, LinkAddress_IsAddressThenPortBigEndian) {
  const LinkAddress link = to_link({0x7f000001, 0xb983});
  const ByteArray<6> expected{std::byte{127}, std::byte{0},    std::byte{0},
                              std::byte{1},   std::byte{0xb9}, std::byte{0x83}};
  EXPECT_TRUE(equal(link.bytes(), expected));
}

TEST(Endpoint, NotAnAddress_IsRefused) {
  for (const char* text : {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", " 1.2.3.4", "1.2.3.+4",
                           "1..3.4", "localhost", "1.2.3.4:5"})
    EXPECT_FALSE(parse_ip(text)) << text;
  for (const char* text :
       {"", "1.2.3.4", "1.2.3.4:", "1.2.3.4:0", "1.2.3.4:65536", "1.2.3.4:5:6", ":5", "1.2.3.4:x", "1.2.3.4:-1"})
    EXPECT_FALSE(parse_endpoint(text)) << text;
}

TEST(Endpoint, AddressAlone_MeansAnyPort) {
  EXPECT_EQ(parse_endpoint_or_ip("1.2.3.4"), (Endpoint{0x01020304, 0}));
  EXPECT_EQ(parse_endpoint_or_ip("1.2.3.4:9"), (Endpoint{0x01020304, 9}));
}

TEST(Endpoint, LinkOfAnotherKind_IsNone) {
  EXPECT_FALSE(from_link(LinkAddress::broadcast()));
  EXPECT_FALSE(from_link(LinkAddress::from(bytes("self"))));
}

}  // namespace
}  // namespace mp::host
