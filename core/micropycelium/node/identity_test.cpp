// SPDX-License-Identifier: ISC
// What power cuts can do to who a node is: nothing (specification: identity.md).
#include "micropycelium/node/identity.hpp"

#include "micropycelium/node/succession.hpp"
#include "tests/support/torn_storage.hpp"

#include <gtest/gtest.h>

namespace mp {
namespace {

using test::TornStorage;

constexpr int kCuts = 100'000;

TEST(PowerCuts, AtAnyStepOfAStart_NoBootTwiceAndNoIdentityLost) {
  RecordProperty("seed", 1);
  TornStorage storage(1);
  std::uint32_t highest = 0, starts = 0, overwritten = 0;
  NodeId id;
  for (int cuts = 0; cuts < kCuts;) {
    storage.power_on();
    // Some lives come to their end; a start of all has three writes of four steps.
    storage.cut_after(storage.below(16));
    Identity life;
    const bool started =
        life.load_or_create({storage, storage}) == Status::ok && life.raise_boot(storage) == Status::ok;
    if (started) {
      ASSERT_GT(life.boot(), highest) << "after " << cuts << " cuts";
      highest = life.boot();
      ASSERT_FALSE(life.boot_lost());
      ASSERT_TRUE(id.is_zero() || id == life.node_id()) << "after " << cuts << " cuts";
      id = life.node_id();
      ++starts;
    }
    cuts += storage.power_off() ? 1 : 0;
    // A new board now and then: the first start is where most is written.
    if (storage.below(8) == 0) {
      overwritten += id.is_zero() ? 0U : 1U;
      storage.erase();
      id = {};
      highest = 0;
    }
  }
  EXPECT_GT(starts, static_cast<std::uint32_t>(kCuts) / 8);
  EXPECT_GT(overwritten, 0U);
}

// The chain of hand-overs that a start would find; empty: none.
std::vector<Handover> succession_of(TornStorage& storage, const NodeId& own) {
  Succession succession;
  EXPECT_EQ(succession.load(storage, own), Status::ok);
  std::vector<Handover> all;
  for (std::size_t i = 0; i < succession.chain().size(); ++i) all.push_back(succession.chain()[i]);
  return all;
}

TEST(HandOver, Chain_LeadsFromEachIdentityBeforeToTheLast) {
  TornStorage storage(2);
  Identity identity;
  ASSERT_EQ(identity.load_or_create({storage, storage}), Status::ok);
  std::vector<NodeId> ids{identity.node_id()};
  EXPECT_TRUE(succession_of(storage, ids[0]).empty());
  for (std::uint32_t n = 1; n <= kHandoversMax + 2; ++n) {
    ASSERT_EQ(identity.hand_over({storage, storage}), Status::ok);
    ids.push_back(identity.node_id());
    Identity reborn;
    ASSERT_EQ(reborn.load_or_create({storage, storage}), Status::ok);
    ASSERT_EQ(reborn.node_id(), ids.back());
    EXPECT_EQ(Ed25519PublicKey::from(ids.back().bytes()), identity.keys().public_key());
    const auto chain = succession_of(storage, ids.back());
    ASSERT_EQ(chain.size(), std::min<std::size_t>(n, kHandoversMax));
    for (std::size_t i = 0; i < chain.size(); ++i) {
      const std::size_t at = n - chain.size() + i;
      EXPECT_EQ(chain[i].before, ids[at]);
      EXPECT_EQ(chain[i].after, ids[at + 1]);
      EXPECT_EQ(chain[i].counter, at + 1);
      EXPECT_EQ(verify(chain[i]), Status::ok);
    }
  }
}

TEST(HandOver, DamagedSuccession_BeginsAnew) {
  TornStorage storage(3);
  Identity identity;
  ASSERT_EQ(identity.load_or_create({storage, storage}), Status::ok);
  ASSERT_EQ(identity.hand_over({storage, storage}), Status::ok);
  storage.record(Succession::kStorageKey)[70] ^= std::byte{1};
  Succession succession;
  EXPECT_EQ(succession.load(storage, identity.node_id()), Status::corrupt);
  EXPECT_TRUE(succession.chain().empty());
  const NodeId before = identity.node_id();
  ASSERT_EQ(identity.hand_over({storage, storage}), Status::ok);
  const auto chain = succession_of(storage, identity.node_id());
  ASSERT_EQ(chain.size(), 1U);
  EXPECT_EQ(chain[0].before, before);
}

// Old with what led to it, or new with its hand-over; never one without.
TEST(PowerCuts, AtAnyStepOfAHandOver_OldOrNewWithItsHandOver) {
  TornStorage storage(4);
  int cut = 0, completed = 0, survived = 0;
  for (int round = 0; round < 4000; ++round) {
    storage.power_on();
    Identity before;
    ASSERT_EQ(before.load_or_create({storage, storage}), Status::ok);
    const auto chain_before = succession_of(storage, before.node_id());
    storage.cut_after(storage.below(10));
    Identity changing;
    ASSERT_EQ(changing.load_or_create({storage, storage}), Status::ok);
    const bool ok = changing.hand_over({storage, storage}) == Status::ok;
    cut += storage.power_off() ? 1 : 0;
    storage.power_on();
    Identity after;
    ASSERT_EQ(after.load_or_create({storage, storage}), Status::ok);
    const auto chain = succession_of(storage, after.node_id());
    if (after.node_id() == before.node_id()) {
      ASSERT_FALSE(ok) << round;
      // All that leads here, but for the oldest of four that made room.
      ASSERT_GE(chain.size() + 1, chain_before.size()) << round;
      ASSERT_TRUE(chain_before.empty() || (!chain.empty() && chain.back() == chain_before.back())) << round;
      ++survived;
    } else {
      ASSERT_FALSE(chain.empty()) << round;
      ASSERT_EQ(chain.back().before, before.node_id()) << round;
      ASSERT_EQ(chain.back().after, after.node_id()) << round;
      ASSERT_EQ(verify(chain.back()), Status::ok) << round;
      ++completed;
    }
  }
  EXPECT_GT(cut, 1000);
  EXPECT_GT(completed, 500);
  EXPECT_GT(survived, 500);
}

}  // namespace
}  // namespace mp
