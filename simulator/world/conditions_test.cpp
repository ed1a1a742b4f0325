// SPDX-License-Identifier: ISC
#include "simulator/world/conditions.hpp"

#include <gtest/gtest.h>

namespace mp::sim {
namespace {

TEST(LinkFaults, BurstsCountedInFrames_AreAsLongAndAsOftenAsAsked) {
  const EventQueue events;  // time stands still: only frames count
  LinkFaults faults(events, Seed(1));
  FaultSpec spec;
  spec.kind = FaultKind::burst_loss;
  spec.share_ppm = kCertain_ppm;
  spec.good_frames_milli = 45'000;
  spec.bad_frames_milli = 5'000;
  faults.set_active(faults.add(spec, {true, false}, {false, true}), true);
  constexpr int kFrames = 1'000'000;
  int lost = 0, bursts = 0;
  bool before = false;
  for (int i = 0; i < kFrames; ++i) {
    Frame frame;
    const bool now = faults.pass(0, 1, frame).lost;
    lost += now ? 1 : 0;
    bursts += now && !before ? 1 : 0;
    before = now;
  }
  EXPECT_NEAR(static_cast<double>(lost) / kFrames, 0.1, 0.005);
  EXPECT_NEAR(static_cast<double>(lost) / bursts, 5.0, 0.2);
}

TEST(LinkFaults, BurstsCountedInFrames_EachDirectionHasItsOwn) {
  const EventQueue events;
  LinkFaults faults(events, Seed(1));
  FaultSpec spec;
  spec.kind = FaultKind::burst_loss;
  spec.share_ppm = kCertain_ppm;
  spec.good_frames_milli = spec.bad_frames_milli = 10'000;
  faults.set_active(faults.add(spec, {true, false}, {false, true}), true);
  int differ = 0;
  for (int i = 0; i < 1'000; ++i) {
    Frame frame;
    const bool there = faults.pass(0, 1, frame).lost;
    differ += there != faults.pass(1, 0, frame).lost ? 1 : 0;
  }
  EXPECT_GT(differ, 250);
}

}  // namespace
}  // namespace mp::sim
