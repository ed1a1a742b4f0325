// SPDX-License-Identifier: ISC
// What radios on LoRa hear of each other, and what the referee of the duty cycle sees. At 22 dBm and SF9 a link of
// 150 dB is just read.
#include "simulator/media/lora.hpp"
#include "simulator/media/test_radios.hpp"

#include <gtest/gtest.h>

namespace mp::sim {
namespace {

MediumSpec lora() { return usual(MediumKind::lora); }

struct Lora : TestAir {
  explicit Lora(std::uint32_t radios, const MediumSpec& spec = lora()) : TestAir(spec) {
    for (std::uint32_t i = 0; i < radios; ++i) add(0, 0, RadioMode::awake, false);
  }
  void join(RadioIndex a, RadioIndex b, std::int32_t loss_db) { medium->join(a, b, loss_db * 1000); }
  LoraMedium& lora_medium() { return static_cast<LoraMedium&>(*medium); }
};

TEST(Lora, Caps_AreThoseOfTheModule) {
  Lora air(1);
  EXPECT_EQ(air.medium->caps().name, "rylr998");
  EXPECT_EQ(air.medium->caps().frame_max, 240);
  EXPECT_EQ(air.medium->caps().bit_rate, 1'566U);  // 1920 bits in 1.226 s
  EXPECT_EQ(air.offer(0, Frame::kEveryone, 241), Status::too_large);
}

TEST(Lora, Range_WithinHeardBeyondNot) {
  const std::int64_t reach_m = Reach::distance_mm(lora().propagation, lora_sensitivity_mdbm(lora().lora)) / 1000;
  // 22 + 129.5 - 31.21 = 120.3 dB at 35 dB a decade.
  EXPECT_NEAR(static_cast<double>(reach_m), 2'739, 2);
  TestAir air(lora());
  air.add(0);
  air.add(reach_m);
  air.add(-reach_m - 2);
  air.broadcast(0, 100);
  air.run(seconds(2));
  EXPECT_EQ(air.counts(1).received, 1U);
  EXPECT_EQ(air.counts(2).received, 0U);
}

TEST(Lora, SubmittedWhileOthersSend_LeavesAtOnce) {
  Lora air(2);
  air.join(0, 1, 100);
  air.broadcast(0, 100);
  air.at({10'000}, [&] { air.broadcast(1, 100); });
  air.run(seconds(2));
  EXPECT_EQ(air.sent[1].begin.us, 10'000);
  // Both were sending: neither heard.
  EXPECT_EQ(air.counts(0).received + air.counts(1).received, 0U);
  EXPECT_EQ(air.counts(0).deaf + air.counts(1).deaf, 2U);
}

TEST(Lora, TwoFrames_GoOneAfterTheOther) {
  Lora air(2);
  air.join(0, 1, 100);
  for (int i = 0; i < 4; ++i) air.broadcast(0, 100);
  EXPECT_EQ(air.offer(0, Frame::kEveryone, 100), Status::would_block);
  air.run(seconds(4));
  ASSERT_EQ(air.sent.size(), 4U);
  EXPECT_EQ(air.sent[1].begin, air.sent[0].begin + air.sent[0].airtime);
  EXPECT_EQ(air.counts(1).received, 4U);
}

struct Pair {
  std::int32_t first_db, second_db;  // losses to the receiver
  std::int64_t later_us;
  bool capture;
  std::uint64_t first_received, second_received;
};

TEST(Lora, TwoFramesOverlap_StrongerByTheThresholdSurvives) {
  // SF9, 125 kHz: symbols of 4096 us, locked on after 7 of them (28.7 ms), preamble over after 66.6 ms.
  const Pair pairs[] = {
      {100, 110, 200'000, true, 1, 0},  // the first is stronger
      {100, 105, 200'000, true, 0, 0},  // not by enough
      {110, 100, 200'000, true, 0, 0},  // the second comes too late to be locked on to, and spoils the first
      {110, 100, 10'000, true, 0, 1},   // early enough
      {110, 100, 35'000, true, 0, 1},   // takes over: its lock comes (63.7 ms) while the first's preamble lasts
      {110, 100, 40'000, true, 0, 0},   // a little later
      {100, 100, 0, true, 0, 0},       {100, 130, 200'000, false, 0, 0},  // without capture every overlap kills
      {130, 100, 10'000, false, 0, 0}, {100, 100, 2'000'000, false, 1, 1},
  };
  for (const Pair& pair : pairs) {
    MediumSpec spec = lora();
    spec.lora.capture = pair.capture;
    Lora air(3, spec);
    air.join(0, 2, pair.first_db);
    air.join(1, 2, pair.second_db);
    air.broadcast(0, 100);
    air.at({pair.later_us}, [&] { air.broadcast(1, 100); });
    air.run(seconds(4));
    std::uint64_t first = 0, second = 0;
    for (const Ear::Got& got : air.owners[2].got) ++(got.from == 0 ? first : second);
    EXPECT_EQ(first, pair.first_received) << pair.first_db << " " << pair.second_db << " " << pair.later_us;
    EXPECT_EQ(second, pair.second_received) << pair.first_db << " " << pair.second_db << " " << pair.later_us;
    EXPECT_EQ(air.counts(2).collided, 2 - first - second);
  }
}

TEST(Lora, AsleepOrOff_HearsNothing) {
  Lora air(3);
  air.join(0, 1, 100);
  air.join(0, 2, 100);
  air.start();
  air.medium->set_mode(air.radio(1), RadioMode::asleep);
  air.medium->set_mode(air.radio(2), RadioMode::off);
  air.broadcast(0, 100);
  air.run(seconds(1));
  EXPECT_EQ(air.counts(1).slept, 1U);
  EXPECT_EQ(air.counts(1).received + air.counts(2).received, 0U);
  air.broadcast(1, 100);
  EXPECT_EQ(air.offer(2, Frame::kEveryone, 100), Status::io_error);
  air.run(seconds(1));
  EXPECT_EQ(air.counts(0).received, 1U);
}

TEST(Lora, SenderGoesOff_FrameIsCut) {
  Lora air(2);
  air.join(0, 1, 100);
  air.broadcast(0, 100);
  air.broadcast(0, 100);
  air.at({100'000}, [&] { air.medium->set_mode(air.radio(0), RadioMode::off); });
  air.run(seconds(3));
  EXPECT_EQ(air.sent.size(), 1U);
  EXPECT_EQ(air.counts(1).faulted, 1U);
  // The ledger has what was really sent.
  EXPECT_EQ(air.lora_medium().duty_worst_ppm(0), 28U);  // 0.1 s of 3600, rounded up
}

// Frames of SF9 and 100 bytes take `frame`; the window allows exactly two of them.
struct Duty : Lora {
  static MediumSpec spec_of(Duration window) {
    MediumSpec spec = lora();
    spec.lora.duty_window = window;
    spec.lora.duty_ppm = 20'000;
    return spec;
  }
  static Duration frame() { return lora_airtime(LoraSpec{}, 100); }
  Duty() : Lora(1, spec_of(frame() * 100)) {}
};

TEST(LoraDuty, ExactlyTheShare_IsNoBreach) {
  Duty air;
  air.broadcast(0, 100);
  air.at({1'000'000}, [&] { air.broadcast(0, 100); });
  // The window that ends with this one begins with the end of the first: it holds two.
  const Instant third = Instant{} + Duty::frame() * 100;
  air.at(third, [&] { air.broadcast(0, 100); });
  air.run(Duty::frame() * 300);
  EXPECT_EQ(air.sent.size(), 3U);
  EXPECT_TRUE(air.breaches.empty());
  EXPECT_EQ(air.lora_medium().duty_worst_ppm(0), 20'000U);
}

TEST(LoraDuty, AMicrosecondEarlier_IsABreach) {
  Duty air;
  air.broadcast(0, 100);
  air.at({1'000'000}, [&] { air.broadcast(0, 100); });
  const Instant third = Instant{} + Duty::frame() * 100 - microseconds(1);
  air.at(third, [&] { air.broadcast(0, 100); });
  air.run(Duty::frame() * 300);
  ASSERT_EQ(air.breaches.size(), 1U);
  EXPECT_EQ(air.breaches[0].first, 0U);
  EXPECT_EQ(air.breaches[0].second, 20'001U);
  EXPECT_EQ(air.lora_medium().duty_worst_ppm(0), 20'001U);
}

TEST(LoraDuty, NobodyAsks_WorstIsKeptAllTheSame) {
  MediumSpec spec = lora();
  spec.lora.duty_window = seconds(10);
  Lora air(2, spec);
  air.at({0}, [&] { air.broadcast(0, 240); });
  air.run(seconds(20));
  EXPECT_TRUE(air.breaches.empty());
  EXPECT_EQ(air.lora_medium().duty_worst_ppm(0), 122'573U);  // 1 225 728 us of 10 s
  EXPECT_EQ(air.lora_medium().duty_worst_ppm(1), 0U);
}

}  // namespace
}  // namespace mp::sim
