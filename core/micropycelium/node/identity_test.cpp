// SPDX-License-Identifier: ISC
// What power cuts can do to who a node is: nothing (specification: identity.md).
#include "micropycelium/node/identity.hpp"

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

}  // namespace
}  // namespace mp
