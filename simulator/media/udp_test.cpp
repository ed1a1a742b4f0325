// SPDX-License-Identifier: ISC
// A LAN: everyone hears everyone, later, unless it is lost.
#include "simulator/media/udp.hpp"
#include "simulator/media/test_radios.hpp"

#include <gtest/gtest.h>

namespace mp::sim {
namespace {

MediumSpec udp() { return usual(MediumKind::udp); }

TEST(Udp, Broadcast_ReachesAllHoweverFarWithinTheDelays) {
  TestAir air(udp());
  for (int i = 0; i < 10; ++i) air.add(i * 50'000);
  air.broadcast(0, 200);
  air.run(milliseconds(10));
  const Instant sent{air.medium->airtime(200).us};
  for (RadioIndex i = 1; i < 10; ++i) {
    ASSERT_EQ(air.owners[i].got.size(), 1U);
    EXPECT_GE(air.owners[i].got[0].at, sent + milliseconds(1));
    EXPECT_LE(air.owners[i].got[0].at, sent + milliseconds(5));
  }
  EXPECT_EQ(air.counts(0).received, 0U);
}

TEST(Udp, RangeGiven_IsALimit) {
  MediumSpec spec = udp();
  spec.propagation.range_mm = 100'000;
  TestAir air(spec);
  air.add(0);
  air.add(100);
  air.add(101);
  air.broadcast(0, 100);
  air.send(0, 2, 100);
  air.run(milliseconds(10));
  EXPECT_EQ(air.counts(1).received, 1U);
  EXPECT_EQ(air.counts(2).received, 0U);
  EXPECT_EQ(range_mm(spec), 100'000);
}

TEST(Udp, ManyFramesAtOnce_OneAfterTheOtherThenWouldBlock) {
  MediumSpec spec = udp();
  spec.udp.bit_rate = 1'000'000;
  spec.udp.delay_min = spec.udp.delay_max = milliseconds(1);
  TestAir air(spec);
  air.add(0);
  air.add(1);
  for (int i = 0; i < 4; ++i) air.send(0, 1, 184);
  EXPECT_EQ(air.offer(0, 1, 184), Status::would_block);
  air.run(seconds(1));
  ASSERT_EQ(air.owners[1].got.size(), 4U);
  // 184 bytes and 66 of headers at 1 Mb/s: 2 ms each.
  for (std::int64_t i = 0; i < 4; ++i)
    EXPECT_EQ(air.owners[1].got[static_cast<std::size_t>(i)].at.us, (i + 1) * 2'000 + 1'000);
  EXPECT_EQ(air.sent[3].begin.us, 6'000);
}

TEST(Udp, Loss_TakesItsShare) {
  MediumSpec spec = udp();
  spec.udp.loss_ppm = 200'000;
  TestAir air(spec, 7);
  air.add(0);
  air.add(1);
  for (int i = 0; i < 1'000; ++i) {
    air.send(0, 1, 100);
    air.run(milliseconds(1));
  }
  air.run(milliseconds(10));
  std::printf("seed 7\n");
  EXPECT_NEAR(static_cast<double>(air.counts(1).received), 800, 50);
  EXPECT_EQ(air.counts(1).received + air.counts(1).faulted, 1'000U);
}

TEST(Udp, SenderGoesOff_WhatWasNotSentIsLost) {
  MediumSpec spec = udp();
  spec.udp.bit_rate = 1'000'000;
  TestAir air(spec);
  air.add(0);
  air.add(1);
  for (int i = 0; i < 4; ++i) air.send(0, 1, 184);
  air.at({4'500}, [&] { air.medium->set_mode(air.radio(0), RadioMode::off); });
  air.at({4'600}, [&] { air.medium->set_mode(air.radio(0), RadioMode::awake); });
  air.at({4'700}, [&] { air.send(0, 1, 184, 9); });
  air.run(milliseconds(50));
  ASSERT_EQ(air.owners[1].got.size(), 3U);
  EXPECT_EQ(air.counts(0).sent, 3U);
  EXPECT_EQ(air.owners[1].got[2].bytes[0], std::byte{9});
}

TEST(Udp, AsleepOrOff_HearsNothing) {
  TestAir air(udp());
  air.add(0);
  air.add(1, 0, RadioMode::asleep);
  air.add(2, 0, RadioMode::off);
  air.broadcast(0, 100);
  air.run(milliseconds(10));
  EXPECT_EQ(air.counts(1).slept, 1U);
  EXPECT_EQ(air.counts(1).received + air.counts(2).received, 0U);
}

}  // namespace
}  // namespace mp::sim
