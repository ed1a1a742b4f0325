// SPDX-License-Identifier: ISC
#include "programs/mpsim/progress.hpp"

#include <gtest/gtest.h>

namespace mp::sim {
namespace {

TEST(Progress, TimeLeft_IsWhatTheRestTakesAtTheSameSpeed) {
  EXPECT_EQ(time_left(0.5, 60), "61 s left");
  EXPECT_EQ(time_left(0.25, 600), "30 min 1 s left");
  EXPECT_EQ(time_left(0.9, 1), "1 s left");
  EXPECT_EQ(time_left(1, 100), "0 s left");
}

TEST(Progress, TooEarlyToTell_SaysNothing) {
  EXPECT_EQ(time_left(0, 10), "");
  EXPECT_EQ(time_left(0.0005, 10), "");
  EXPECT_EQ(time_left(0.5, 0.1), "");
}

TEST(Progress, Quiet_IsQuietAlsoWhenAskedFor) { EXPECT_EQ(Progress::style(true, true), Progress::Style::none); }

TEST(Progress, WithoutStyle_IsNeverDue) {
  Progress progress(Progress::Style::none);
  EXPECT_FALSE(progress.due());
  testing::internal::CaptureStderr();
  progress.show("text");
  progress.clear();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Progress, OnATerminal_OneLineIsRewrittenAndTakenAway) {
  testing::internal::CaptureStderr();
  {
    Progress progress(Progress::Style::rewritten);
    progress.show("one");
    progress.show(std::string(5000, 'x'));
  }
  const std::string seen = testing::internal::GetCapturedStderr();
  EXPECT_EQ(seen.substr(0, 10), "\r\033[Kone\r\033[");
  EXPECT_LT(seen.size(), 2000U);
  EXPECT_TRUE(seen.ends_with("\r\033[K"));
  EXPECT_EQ(seen.find('\n'), std::string::npos);
}

TEST(Progress, AsLines_EachIsALine) {
  testing::internal::CaptureStderr();
  Progress progress(Progress::Style::lines);
  progress.show("one");
  progress.clear();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "mpsim: one\n");
}

}  // namespace
}  // namespace mp::sim
