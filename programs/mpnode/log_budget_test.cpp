// SPDX-License-Identifier: ISC
#include "programs/mpnode/log_budget.hpp"

#include <gtest/gtest.h>

namespace mp::host {
namespace {

TEST(LogBudget, LinesOverIt_AreCountedAndToldOnce) {
  LogBudget budget(2);
  Instant now = Instant{} + seconds(1);
  EXPECT_TRUE(budget.take(now));
  EXPECT_TRUE(budget.take(now));
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(budget.take(now));
  EXPECT_EQ(budget.held_back(now), 0U) << "the span is not over";
  now = now + LogBudget::kSpan;
  EXPECT_EQ(budget.held_back(now), 5U);
  EXPECT_EQ(budget.held_back(now), 0U);
  EXPECT_TRUE(budget.take(now));
}

}  // namespace
}  // namespace mp::host
