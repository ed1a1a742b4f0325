// SPDX-License-Identifier: ISC
#include "micropycelium/messages/owners.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mp {
namespace {

OwnersState some_state() {
  OwnersState s;
  for (std::size_t i = 0; i < Epoch::kSize; ++i) s.epoch.value[i] = static_cast<std::byte>(0xe0 + i);
  s.counter = 0x0102030405060708;
  s.owner = s.closed = s.next = true;
  s.generation = 3;
  return s;
}

TEST(Owners, Layouts_AreThoseOfTheSpecification) {
  ByteArray<kOwnersMessageMax> buffer;
  EXPECT_EQ(encode_owners({}, buffer).size(), 1U);
  EXPECT_EQ(buffer[0], std::byte{0});

  OwnersMessage m;
  m.op = OwnersOp::state;
  m.state = some_state();
  const Bytes state = encode_owners(m, buffer);
  ASSERT_EQ(state.size(), 18U);
  EXPECT_EQ(state[0], std::byte{1});
  EXPECT_EQ(state[1], std::byte{0xe0});
  EXPECT_EQ(load_be<std::uint64_t>(state.data() + 9), 0x0102030405060708U);
  EXPECT_EQ(state[17], std::byte{0x37});  // owner, closed, next, generation 3
  ASSERT_TRUE(decode_owners(state));
  EXPECT_EQ(decode_owners(state)->state, m.state);

  m.op = OwnersOp::verdict;
  m.counter = 7;
  m.verdict = 5;
  m.result = OwnersResult::none;
  const Bytes verdict = encode_owners(m, buffer);
  ASSERT_EQ(verdict.size(), 28U);
  EXPECT_EQ(verdict[8], std::byte{7});
  EXPECT_EQ(verdict[9], std::byte{5});
  EXPECT_EQ(verdict[10], std::byte{0});
  EXPECT_EQ(verdict[27], std::byte{0x37});

  ByteArray<KeyCommand::kSizeMax> text;
  ByteArray<32> key;
  key.fill(std::byte{0xaa});
  OwnersMessage c;
  c.op = OwnersOp::command;
  c.epoch = some_state().epoch;
  c.counter = 9;
  c.command = encode_key_command({KeyCommand::What::install, 2, key}, text);
  ASSERT_EQ(c.command.size(), 34U);
  EXPECT_EQ(c.command[0], std::byte{1});
  EXPECT_EQ(c.command[1], std::byte{2});
  c.signature.value.fill(std::byte{0x55});
  const Bytes command = encode_owners(c, buffer);
  ASSERT_EQ(command.size(), 115U);
  EXPECT_EQ(command[0], std::byte{2});
  EXPECT_EQ(command[16], std::byte{9});
  EXPECT_EQ(command[17], std::byte{1});
  EXPECT_EQ(command[51], std::byte{0x55});
  const auto again = decode_owners(command);
  ASSERT_TRUE(again);
  const auto install = decode_key_command(again->command);
  ASSERT_TRUE(install);
  EXPECT_EQ(install->what, KeyCommand::What::install);
  EXPECT_EQ(install->generation, 2);
  EXPECT_TRUE(equal(install->key, key));

  EXPECT_EQ(encode_key_command({KeyCommand::What::use, 1, {}}, text).size(), 2U);
  EXPECT_EQ(decode_key_command(Bytes(text).first(2))->generation, 1);
}

TEST(Owners, EveryOtherSize_IsRefused) {
  const ByteArray<kOwnersMessageMax + 1> zeros{};
  EXPECT_EQ(decode_owners({}).status(), Status::truncated);
  EXPECT_EQ(decode_owners(Bytes(zeros).first(2)).status(), Status::too_large);
  const auto of = [](std::uint8_t op, std::size_t size) {
    ByteArray<kOwnersMessageMax + 1> m{};
    m[0] = std::byte{op};
    m[16] = std::byte{1};  // a counter
    m[8] = std::byte{1};   // that of a verdict
    return decode_owners(Bytes(m).first(size)).status();
  };
  EXPECT_EQ(of(1, 17), Status::truncated);
  EXPECT_EQ(of(1, 18), Status::ok);
  EXPECT_EQ(of(1, 19), Status::too_large);
  EXPECT_EQ(of(2, 81), Status::truncated);
  EXPECT_EQ(of(2, 82), Status::ok);
  EXPECT_EQ(of(2, kOwnersMessageMax), Status::ok);
  EXPECT_EQ(of(2, kOwnersMessageMax + 1), Status::too_large);
  EXPECT_EQ(of(3, 27), Status::truncated);
  EXPECT_EQ(of(3, 28), Status::ok);
  EXPECT_EQ(of(3, 29), Status::too_large);
  EXPECT_EQ(of(4, 28), Status::bad_value);
}

TEST(Owners, ValuesOutsideTheirRange_AreRefused) {
  ByteArray<28> m{};
  m[0] = std::byte{3};
  EXPECT_EQ(decode_owners(m).status(), Status::bad_value);  // counter 0
  m[8] = std::byte{1};
  EXPECT_EQ(decode_owners(m).status(), Status::ok);
  m[10] = std::byte{kOwnersResults};
  EXPECT_EQ(decode_owners(m).status(), Status::bad_value);
  m[10] = std::byte{0};
  for (const unsigned keys : {0x40U, 0x80U, 0x1cU, 0x03U, 0x04U, 0x08U}) {
    m[27] = static_cast<std::byte>(keys);
    EXPECT_EQ(decode_owners(m).status(), Status::bad_value) << keys;
  }
  m[27] = std::byte{0x18};
  EXPECT_EQ(decode_owners(m).status(), Status::ok);

  ByteArray<35> c{};
  EXPECT_EQ(decode_key_command({}).status(), Status::truncated);
  EXPECT_EQ(decode_key_command(Bytes(c).first(2)).status(), Status::bad_value);
  c[0] = std::byte{1};
  EXPECT_EQ(decode_key_command(Bytes(c).first(33)).status(), Status::truncated);
  EXPECT_EQ(decode_key_command(Bytes(c).first(34)).status(), Status::ok);
  EXPECT_EQ(decode_key_command(Bytes(c).first(35)).status(), Status::too_large);
  c[1] = std::byte{4};
  EXPECT_EQ(decode_key_command(Bytes(c).first(34)).status(), Status::bad_value);
  c[0] = std::byte{2};
  c[1] = std::byte{3};
  EXPECT_EQ(decode_key_command(Bytes(c).first(2)).status(), Status::ok);
  EXPECT_EQ(decode_key_command(Bytes(c).first(3)).status(), Status::too_large);
  c[0] = std::byte{3};
  EXPECT_EQ(decode_key_command(Bytes(c).first(2)).status(), Status::bad_value);
}

}  // namespace
}  // namespace mp
