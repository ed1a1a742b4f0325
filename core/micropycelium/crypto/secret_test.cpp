// SPDX-License-Identifier: ISC
#include "micropycelium/crypto/secret.hpp"

#include "tests/support/vectors.hpp"

#include <new>
#include <type_traits>

namespace mp {
namespace {

using Key = Secret<32, struct KeyTag>;
using OtherKey = Secret<32, struct OtherKeyTag>;

static_assert(!std::is_copy_constructible_v<Key> && !std::is_copy_assignable_v<Key>, "copied by name only");
static_assert(!std::is_convertible_v<ByteArray<32>, Key>, "bytes become a secret by name only");
static_assert(!std::is_constructible_v<Key, OtherKey> && !std::is_assignable_v<Key&, OtherKey>);

ByteArray<32> filled(std::uint8_t value) {
  ByteArray<32> b;
  b.fill(std::byte{value});
  return b;
}

TEST(Wipe, LeavesZeros) {
  ByteArray<32> secret = filled(0xaa);
  wipe(secret);
  EXPECT_EQ(secret, ByteArray<32>{});
  wipe({});
}

TEST(EqualSecret, EveryByteCounts) {
  const ByteArray<32> a = filled(7);
  EXPECT_TRUE(equal_secret(a, filled(7)));
  for (std::size_t i = 0; i < a.size(); ++i) {
    ByteArray<32> b = a;
    b[i] ^= std::byte{0x80};
    EXPECT_FALSE(equal_secret(a, b)) << i;
  }
  EXPECT_FALSE(equal_secret(a, Bytes(a).first(31)));
  EXPECT_TRUE(equal_secret({}, {}));
}

TEST(Secret, Ended_NothingStaysBehind) {
  alignas(Key) ByteArray<sizeof(Key)> place;
  place.fill(std::byte{0xff});
  Key* const key = ::new (place.data()) Key(filled(5));
  ASSERT_EQ(place, filled(5));
  key->~Key();
  // Read through a volatile pointer: the object is gone, the bytes are looked at all the same.
  const volatile std::byte* bytes = place.data();
  for (std::size_t i = 0; i < place.size(); ++i) EXPECT_EQ(static_cast<std::byte>(bytes[i]), std::byte{0}) << i;
}

TEST(Secret, Moved_LeavesZeros) {
  Key a(filled(5));
  Key b(std::move(a));
  EXPECT_TRUE(b == Key(filled(5)));
  EXPECT_TRUE(a == Key());
  a = std::move(b);
  EXPECT_TRUE(a == Key(filled(5)));
  EXPECT_TRUE(b == Key());
  Key& same = a;
  a = std::move(same);
  EXPECT_TRUE(a == Key(filled(5)));
}

TEST(Secret, Copied_BothHoldIt) {
  const Key a(filled(5));
  EXPECT_TRUE(a.copy() == a);
  EXPECT_FALSE(a == Key(filled(6)));
}

}  // namespace
}  // namespace mp
