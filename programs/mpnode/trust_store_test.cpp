// SPDX-License-Identifier: ISC
#include "programs/mpnode/trust_store.hpp"

#include "tests/support/torn_storage.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mp::host {
namespace {

using test::TornStorage;

Ed25519KeyPair keys(unsigned n) {
  Ed25519Seed seed{};
  seed[0] = static_cast<std::byte>(n);
  return Ed25519KeyPair(seed);
}
NodeId id(unsigned n) { return NodeId::from(keys(n).public_key().bytes()); }

class TrustStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(store.load(), Status::ok);
    store.tell = [this](const std::string& text) { told.push_back(text); };
  }
  // What a start after this one would find.
  TrustStore again() {
    TrustStore next(storage);
    EXPECT_EQ(next.load(), Status::ok);
    return next;
  }
  TornStorage storage{1};
  TrustStore store{storage};
  std::vector<std::string> told;
};

TEST_F(TrustStoreTest, WhoIsMet_IsKeptInOrder) {
  store.met(id(3));
  store.met(id(1));
  store.met(id(3));
  EXPECT_TRUE(store.dirty());
  store.flush();
  EXPECT_FALSE(store.dirty());
  const TrustStore next = again();
  ASSERT_EQ(next.all().size(), 2U);
  EXPECT_EQ(next.all().at(id(3)).seen, 1U);
  EXPECT_EQ(next.all().at(id(1)).seen, 2U);
  EXPECT_FALSE(next.all().at(id(1)).pinned);
}

TEST_F(TrustStoreTest, PinsAndNames_AreWrittenAtOnce) {
  EXPECT_EQ(store.pin(id(1)), Status::ok);
  EXPECT_EQ(store.name(id(1), "alice"), Status::ok);
  EXPECT_EQ(again().find("alice"), id(1));
  EXPECT_TRUE(again().all().at(id(1)).pinned);
  EXPECT_EQ(store.forget(id(1)), Status::exists) << "pinned";
  EXPECT_EQ(store.unpin(id(1)), Status::ok);
  EXPECT_EQ(store.unpin(id(1)), Status::not_found);
  EXPECT_EQ(store.forget(id(1)), Status::ok);
  EXPECT_EQ(store.forget(id(1)), Status::not_found);
  EXPECT_TRUE(again().all().empty());
}

TEST_F(TrustStoreTest, NameOfAnother_IsRefused) {
  ASSERT_EQ(store.pin(id(1)), Status::ok);
  ASSERT_EQ(store.name(id(1), "alice"), Status::ok);
  EXPECT_EQ(store.name(id(2), "alice"), Status::exists);
  EXPECT_EQ(store.find("alice"), id(1));
  EXPECT_EQ(store.name(id(1), "alice"), Status::ok) << "its own";
  EXPECT_EQ(store.name(id(1), ""), Status::ok);
  EXPECT_EQ(store.find("alice"), std::nullopt);
  for (const char* bad : {"7up", "a-b", "a b", "deadbeef", "caf\xc3\xa9", "x\n"})
    EXPECT_EQ(store.name(id(1), bad), Status::not_representable) << bad;
  EXPECT_EQ(store.name(id(1), std::string(33, 'x')), Status::not_representable);
  EXPECT_TRUE(TrustStore::is_name("cafe")) << "too short for a node";
}

TEST_F(TrustStoreTest, HandOver_TakesNameAndPinAlong) {
  ASSERT_EQ(store.pin(id(1)), Status::ok);
  ASSERT_EQ(store.name(id(1), "alice"), Status::ok);
  store.met(id(2));  // it shows itself before it says who it was
  const Handover h = make_handover(keys(1), keys(2), 1);
  ASSERT_TRUE(store.cares(h));
  store.on_handover(h);
  EXPECT_FALSE(store.cares(h)) << "taken";
  const TrustStore next = again();
  EXPECT_EQ(next.find("alice"), id(2));
  EXPECT_TRUE(next.all().at(id(2)).pinned);
  EXPECT_EQ(next.all().at(id(2)).seen, 1U);
  EXPECT_FALSE(next.all().at(id(1)).pinned);
  EXPECT_EQ(next.all().at(id(1)).after, id(2));
  EXPECT_EQ(store.pin(id(1)), Status::bad_value);
}

TEST_F(TrustStoreTest, SecondSuccessor_IsRefusedAndTold) {
  ASSERT_EQ(store.name(id(1), "alice"), Status::ok);
  store.on_handover(make_handover(keys(1), keys(2), 1));
  told.clear();
  const Handover second = make_handover(keys(1), keys(3), 1);
  ASSERT_TRUE(store.cares(second));
  store.on_handover(second);
  EXPECT_EQ(store.find("alice"), id(2));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_NE(told[0].find("refused"), std::string::npos);
}

TEST_F(TrustStoreTest, OldKeyThatShowsItself_IsTold) {
  store.met(id(1));
  store.on_handover(make_handover(keys(1), keys(2), 1));
  told.clear();
  store.met(id(1));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_NE(told[0].find("old key"), std::string::npos);
  EXPECT_FALSE(store.cares(make_handover(keys(7), keys(8), 1))) << "nobody knows it";
}

// Whoever forges Beacons makes as many nodes as he likes: those that people know stay.
TEST_F(TrustStoreTest, FullStore_KeepsPinnedAndNamed) {
  ASSERT_EQ(store.pin(id(1)), Status::ok);
  ASSERT_EQ(store.name(id(2), "bob"), Status::ok);
  NodeId stranger;
  for (std::uint32_t n = 1; n <= 2 * TrustStore::kNodesMax; ++n) {
    store_be(stranger.value.data(), n);
    store.met(stranger);
  }
  EXPECT_EQ(store.all().size(), TrustStore::kNodesMax);
  EXPECT_TRUE(store.all().contains(id(1)) && store.all().contains(id(2)) && store.all().contains(stranger));
  store.flush();
  EXPECT_EQ(again().all().size(), TrustStore::kNodesMax);
}

TEST_F(TrustStoreTest, DamagedRecord_IsCorruptAndLeftAlone) {
  for (const char* bad :
       {"", "{", "[]", "{\"version\":\"x\",\"nodes\":[]}", "{\"version\":2,\"nodes\":[]}", "{\"version\":1}",
        "{\"version\":1,\"nodes\":[{\"node\":\"12\",\"seen\":1,\"pinned\":true}]}"}) {
    ASSERT_EQ(storage.write(TrustStore::kStorageKey, bytes(bad)), Status::ok);
    TrustStore next(storage);
    EXPECT_EQ(next.load(), Status::corrupt) << bad;
    EXPECT_EQ(text(storage.record(TrustStore::kStorageKey)), bad);
  }
}

// Before or after, never between; and what could not be written is not believed either.
TEST_F(TrustStoreTest, PowerCutAtAnyStep_LeavesOldOrNew) {
  ASSERT_EQ(store.name(id(1), "alice"), Status::ok);
  for (std::uint32_t step = 0; step < 5; ++step) {
    storage.cut_after(step);
    TrustStore life(storage);
    ASSERT_EQ(life.load(), Status::ok);
    const Status status = life.name(id(1), "bob");
    EXPECT_EQ(life.find("bob").has_value(), status == Status::ok) << step;
    storage.power_on();
    const TrustStore next = again();
    EXPECT_EQ(next.all().size(), 1U);
    EXPECT_TRUE(next.find("alice") || next.find("bob")) << step;
    EXPECT_TRUE(status != Status::ok || next.find("bob")) << step;
    ASSERT_EQ(store.name(id(1), "alice"), Status::ok);
  }
}

}  // namespace
}  // namespace mp::host
