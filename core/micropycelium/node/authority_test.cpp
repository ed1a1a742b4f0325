// SPDX-License-Identifier: ISC
#include "micropycelium/node/authority.hpp"

#include "tests/support/torn_storage.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace mp {
namespace {

using test::TornStorage;
using Verdict = Authority::Verdict;

Ed25519KeyPair keys(unsigned n) {
  Ed25519Seed seed{};
  seed[0] = static_cast<std::byte>(n);
  return Ed25519KeyPair(seed);
}

class AuthorityTest : public ::testing::Test {
 protected:
  using Owners = std::vector<Ed25519PublicKey>;

  void SetUp() override {
    ASSERT_EQ(self.load_or_create({storage, storage}), Status::ok);
    ASSERT_EQ(self.raise_boot(storage), Status::ok);
  }
  Authority started(const Owners& owners, Status want = Status::ok) {
    Authority a;
    EXPECT_EQ(a.start({storage, storage}, self, owners), want);
    return a;
  }
  std::vector<std::byte> command(const Authority& to, unsigned owner, std::uint64_t counter) const {
    return command(to.epoch(), owner, counter);
  }
  std::vector<std::byte> command(const Epoch& epoch, unsigned owner, std::uint64_t counter) const {
    ByteArray<kCommandMessageMax> out;
    const auto m = encode_command(keys(owner), self.node_id(), epoch, counter, bytes("restart"), out);
    return {m->begin(), m->end()};
  }

  TornStorage storage{1};
  Identity self;
  const Ed25519PublicKey alice = keys(1).public_key(), bob = keys(2).public_key();
};

TEST_F(AuthorityTest, OwnersCommand_IsAcceptedOnce) {
  Authority a = started({alice, bob});
  const auto first = command(a, 1, 5);
  EXPECT_EQ(a.accept(first), Verdict::accepted);
  EXPECT_EQ(a.accept(first), Verdict::old_counter);
  EXPECT_EQ(a.accept(command(a, 1, 4)), Verdict::old_counter);
  EXPECT_EQ(a.accept(command(a, 1, 6)), Verdict::accepted);
  EXPECT_EQ(a.counter(alice), 6U);
  EXPECT_EQ(a.accept(command(a, 2, 1)), Verdict::accepted) << "each owner counts for himself";
  Authority reborn = started({bob, alice, alice});
  EXPECT_EQ(reborn.owners(), 2U);
  EXPECT_EQ(reborn.epoch(), a.epoch());
  EXPECT_EQ(reborn.counter(alice), 6U);
  EXPECT_EQ(reborn.accept(command(a, 1, 6)), Verdict::old_counter) << "after a restart";
  EXPECT_EQ(reborn.accept(command(a, 1, 7)), Verdict::accepted);
}

TEST_F(AuthorityTest, WhatIsNotTheOwners_IsRefused) {
  Authority a = started({alice});
  EXPECT_EQ(a.accept(command(a, 2, 1)), Verdict::unknown_owner);
  EXPECT_EQ(a.accept(bytes("restart")), Verdict::malformed);
  ByteArray<kCommandMessageMax> out;
  NodeId other = self.node_id();
  other.value[0] ^= std::byte{1};
  EXPECT_EQ(a.accept(*encode_command(keys(1), other, a.epoch(), 1, bytes("x"), out)), Verdict::other_target);
  auto forged = command(a, 2, 1);
  copy(alice.bytes(), forged);  // bob's, in the name of alice
  EXPECT_EQ(a.accept(forged), Verdict::forged);
  EXPECT_EQ(a.counter(alice), 0U);
  Authority nobody_s = started({});
  EXPECT_EQ(nobody_s.accept(command(nobody_s, 1, 9)), Verdict::unknown_owner);
  Authority never_started;
  EXPECT_EQ(never_started.accept(command(a, 1, 1)), Verdict::other_target);
}

TEST_F(AuthorityTest, LostOrDamagedStore_LetsNoOldCommandIn) {
  Authority a = started({alice});
  const auto old = command(a, 1, 5);
  ASSERT_EQ(a.accept(old), Verdict::accepted);
  const auto good = storage.record(Authority::kStorageKey);
  auto damaged = good;
  damaged[20] ^= std::byte{1};
  auto cut = good;
  cut.resize(good.size() - 1);
  auto longer = good;
  longer.push_back(std::byte{0});
  std::set<Epoch> epochs{a.epoch()};
  std::vector<std::vector<std::byte>> bad{damaged, cut, longer};
  bad.emplace_back();
  bad.emplace_back(std::size_t{1000});
  for (const auto& record : bad) {
    storage.record(Authority::kStorageKey) = record;
    Authority next = started({alice}, Status::corrupt);
    EXPECT_TRUE(epochs.insert(next.epoch()).second);
    EXPECT_EQ(next.accept(old), Verdict::other_epoch);
    EXPECT_EQ(next.accept(command(next, 1, 1)), Verdict::accepted);
  }
  const auto ids = storage.record(Identity::kStorageKey);
  storage.erase();
  storage.record(Identity::kStorageKey) = ids;
  Authority empty = started({alice});
  EXPECT_TRUE(epochs.insert(empty.epoch()).second);
  EXPECT_EQ(empty.accept(old), Verdict::other_epoch);
}

TEST_F(AuthorityTest, OwnerWhoLeavesAndReturns_MustSignAnew) {
  Authority a = started({alice, bob});
  const auto old = command(a, 1, 5);
  ASSERT_EQ(a.accept(old), Verdict::accepted);
  Authority without = started({bob});
  EXPECT_FALSE(without.epoch() == a.epoch());
  EXPECT_EQ(without.accept(old), Verdict::unknown_owner);
  Authority again = started({alice, bob});
  EXPECT_EQ(again.epoch(), without.epoch());
  EXPECT_EQ(again.accept(old), Verdict::other_epoch);
}

TEST_F(AuthorityTest, OwnersAreBounded_AndStorageThatFailsObeysNobody) {
  Owners many;
  for (unsigned n = 0; n < Authority::kOwnersMax; ++n) many.push_back(keys(n).public_key());
  EXPECT_EQ(started(many).owners(), Authority::kOwnersMax);
  many.push_back(keys(100).public_key());
  (void)started(many, Status::too_large);
  Authority a = started({alice});
  const auto first = command(a, 1, 1);
  storage.cut_after(0);
  EXPECT_EQ(a.accept(first), Verdict::not_kept);
  (void)started({alice}, Status::io_error);
  storage.power_on();
  EXPECT_EQ(a.accept(first), Verdict::accepted) << "it was not obeyed before";
}

// Power fails at any step, the store is lost now and then, and everything that was ever signed is sent again.
TEST_F(AuthorityTest, PowerCutsAndLostStores_NoCommandIsObeyedTwice) {
  std::vector<std::vector<std::byte>> all;
  std::set<std::vector<std::byte>> obeyed;
  int cut = 0, lost = 0;
  for (int round = 0; round < 1500; ++round) {
    storage.power_on();
    if (storage.below(10) == 0) {
      storage.forget(Authority::kStorageKey);
      ++lost;
    }
    storage.cut_after(storage.below(24));
    Authority a;
    if (a.start({storage, storage}, self, Owners{alice, bob}) == Status::ok) {
      for (unsigned n = 0; n < 3; ++n) {
        const unsigned owner = 1 + storage.below(2);
        const auto before = a.counter(owner == 1 ? alice : bob);
        all.push_back(command(a, owner, before + 1 + storage.below(3)));
      }
      for (int n = 0; n < 8; ++n) {
        const auto& m = n < 3 ? all[all.size() - 1 - static_cast<unsigned>(n)]
                              : all[storage.below(static_cast<std::uint32_t>(all.size()))];
        const bool twice = a.accept(m) == Verdict::accepted && !obeyed.insert(m).second;
        ASSERT_FALSE(twice) << "round " << round;
      }
    }
    cut += storage.power_off() ? 1 : 0;
  }
  EXPECT_GT(cut, 300);
  EXPECT_GT(lost, 50);
  EXPECT_GT(obeyed.size(), 500U);
}

}  // namespace
}  // namespace mp
