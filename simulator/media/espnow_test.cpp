// SPDX-License-Identifier: ISC
// What radios on ESP-NOW hear of each other, one situation after the other. Links are given by their losses: at 60 dB a
// signal of 16 dBm arrives with -44 dBm, far above noise (-93.6 dBm).
#include "simulator/media/espnow.hpp"
#include "simulator/media/test_radios.hpp"

#include <gtest/gtest.h>

namespace mp::sim {
namespace {

constexpr RadioIndex kAll = Frame::kEveryone;

MediumSpec espnow() { return usual(MediumKind::espnow); }

// Radios that hear each other only where joined.
struct Espnow : TestAir {
  explicit Espnow(std::uint32_t radios, const MediumSpec& spec = espnow(), std::uint64_t seed_value = 1)
      : TestAir(spec, seed_value) {
    for (std::uint32_t i = 0; i < radios; ++i) add(0, 0, RadioMode::awake, false);
  }
  void join(RadioIndex a, RadioIndex b, std::int32_t loss_db = 60) { medium->join(a, b, loss_db * 1000); }
  Instant end_of(std::size_t i) const { return sent[i].begin + sent[i].airtime; }
};

TEST(Espnow, Frame_TakesTheTimeOfItsBits) {
  Espnow air(2);
  // 250 bytes make an MPDU of 293 with FCS: 2344 us, behind a preamble of 192.
  EXPECT_EQ(air.medium->airtime(250).us, 2'536);
  EXPECT_EQ(air.medium->caps().name, "espnow");
  EXPECT_EQ(air.medium->caps().frame_max, 250);
}

TEST(Espnow, ChannelIdle_FrameLeavesAtOnceAndArrivesAtItsEnd) {
  Espnow air(2);
  air.join(0, 1);
  air.run(milliseconds(1));
  air.send(0, kAll, 100, 7);
  air.run(milliseconds(10));
  ASSERT_EQ(air.owners[1].got.size(), 1U);
  EXPECT_EQ(air.sent[0].begin.us, 1'000);
  EXPECT_EQ(air.owners[1].got[0].at, air.end_of(0));
  EXPECT_EQ(air.owners[1].got[0].bytes, std::vector<std::byte>(100, std::byte{7}));
  EXPECT_EQ(air.owners[1].got[0].from, 0U);
}

TEST(Espnow, Range_WithinHeardBeyondNot) {
  // 16 dBm less 40.09 dB less 30 log10(d) is -92.58 dBm, 1 dB above the noise, at 192 m.
  const std::int64_t reach_m =
      Reach::distance_mm(espnow().propagation, EspnowMedium::sensitivity_mdbm(espnow().espnow)) / 1000;
  EXPECT_EQ(reach_m, 191);
  TestAir air(espnow());
  air.add(0);
  air.add(reach_m);
  air.add(-reach_m - 2);
  air.broadcast(0, 250);
  air.run(milliseconds(10));
  EXPECT_EQ(air.counts(1).received, 1U);
  EXPECT_EQ(air.counts(2).received, 0U);
  EXPECT_FALSE(air.medium->in_range(0, 2));
}

TEST(Espnow, RangeForPlacing_IsALittleLessAndCountsAsInRange) {
  const std::int64_t range_m = range_mm(espnow()) / 1000;
  EXPECT_GE(range_m, 191 * 9 / 10);
  TestAir air(espnow());
  air.add(0);
  air.add(range_m);
  air.add(-range_m - 2);
  EXPECT_TRUE(air.medium->in_range(0, 1));
  EXPECT_FALSE(air.medium->in_range(0, 2));
}

TEST(Espnow, HiddenTerminals_Collide) {
  Espnow air(3);
  air.join(0, 1, 90);
  air.join(2, 1, 80);  // louder at the receiver, and deaf to the other
  air.broadcast(0, 200);
  air.at({1'000}, [&] { air.broadcast(2, 200); });
  air.run(milliseconds(20));
  EXPECT_EQ(air.sent[1].begin.us, 1'000);
  EXPECT_EQ(air.counts(1).received, 0U);
  EXPECT_EQ(air.counts(1).collided, 2U);
}

TEST(Espnow, StationsThatHearEachOther_OneWaits) {
  Espnow air(3);
  air.join(0, 1, 90);
  air.join(2, 1, 80);
  air.join(0, 2, 100);
  air.broadcast(0, 200);
  air.at({1'000}, [&] { air.broadcast(2, 200); });
  air.run(milliseconds(50));
  EXPECT_EQ(air.counts(1).received, 2U);
  EXPECT_GE(air.sent[1].begin, air.end_of(0) + dsss::kDifs);
}

TEST(Espnow, SensedButTooWeakToRead_StillWaits) {
  // Between carrier sense (-98 dBm) and what can be read (-92.6 dBm).
  Espnow air(2);
  air.join(0, 1, 111);
  air.broadcast(0, 200);
  air.at({1'000}, [&] { air.broadcast(1, 200); });
  air.run(milliseconds(50));
  EXPECT_EQ(air.counts(1).received, 0U);
  EXPECT_GE(air.sent[1].begin, air.end_of(0) + dsss::kDifs);
}

TEST(Espnow, SameSlotEqualPower_BothAreLost) {
  Espnow air(3);
  air.join(0, 1);
  air.join(2, 1);
  air.join(0, 2);
  air.broadcast(0, 200);
  air.broadcast(2, 200);
  air.run(milliseconds(20));
  EXPECT_EQ(air.counts(1).collided, 2U);
  EXPECT_EQ(air.counts(1).received, 0U);
  // They do not hear each other: half duplex.
  EXPECT_EQ(air.counts(0).deaf, 1U);
  EXPECT_EQ(air.counts(2).deaf, 1U);
}

TEST(Espnow, WithinTheTimeOfCarrierSense_BothSend) {
  for (const std::int64_t later_us : {14, 16}) {
    Espnow air(2);
    air.join(0, 1);
    air.run(milliseconds(1));
    air.broadcast(0, 200);
    air.at({1'000 + later_us}, [&] { air.broadcast(1, 200); });
    air.run(milliseconds(50));
    EXPECT_EQ(air.sent[1].begin.us < 1'100, later_us < 15) << later_us;
  }
}

TEST(Espnow, StrongerInTheSameSlot_IsCaptured) {
  Espnow air(3);
  air.join(0, 1, 60);
  air.join(2, 1, 80);
  air.broadcast(2, 200);
  air.broadcast(0, 200);
  air.run(milliseconds(20));
  ASSERT_EQ(air.owners[1].got.size(), 1U);
  EXPECT_EQ(air.owners[1].got[0].from, 0U);
  EXPECT_EQ(air.counts(1).collided, 1U);
}

TEST(Espnow, WeakerOneComesLater_FirstSurvivesOnlyWithCapture) {
  for (const bool capture : {true, false}) {
    MediumSpec spec = espnow();
    spec.espnow.capture = capture;
    Espnow air(3, spec);
    air.join(0, 1, 60);
    air.join(2, 1, 80);
    air.broadcast(0, 200);
    air.at({1'000}, [&] { air.broadcast(2, 200); });
    air.run(milliseconds(20));
    EXPECT_EQ(air.counts(1).received, capture ? 1U : 0U);
    EXPECT_EQ(air.counts(1).collided, capture ? 1U : 2U);
  }
}

TEST(Espnow, Unicast_OnlyItsTargetGetsItAndAnswers) {
  Espnow air(3);
  air.join(0, 1);
  air.join(0, 2);
  air.join(1, 2);
  air.send(0, 1, 100);
  air.run(milliseconds(20));
  EXPECT_EQ(air.counts(1).received, 1U);
  EXPECT_EQ(air.counts(2).received, 0U);
  EXPECT_EQ(air.sent.size(), 1U);
  EXPECT_EQ(air.counts(0).unanswered, 0U);
  air.medium->settle();
  EXPECT_EQ(air.radio(1).times().tx, dsss::kAck);
  EXPECT_EQ(air.radio(0).times().tx, dsss::airtime(100));
}

TEST(Espnow, NobodyAnswers_TriesUpToTheLimitWithTimeBetween) {
  Espnow air(2);
  air.send(0, 1, 100);
  air.run(seconds(2));
  ASSERT_EQ(air.sent.size(), 7U);
  EXPECT_EQ(air.counts(0).unanswered, 1U);
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_EQ(air.sent[i].tries, i + 1);
    if (i == 0) continue;
    EXPECT_GE(air.sent[i].begin, air.end_of(i - 1) + dsss::kAckTimeout);
    EXPECT_EQ((air.sent[i].begin - air.end_of(i - 1) - dsss::kAckTimeout).us % 20, 0);
  }
}

TEST(Espnow, HalfOfAllIsLost_RepetitionsDeliverUnicastNotBroadcast) {
  constexpr std::uint64_t kSeed = 5;
  std::printf("seed %llu\n", static_cast<unsigned long long>(kSeed));
  Stream chance{Seed(kSeed)};
  TestConditions conditions;
  conditions.rule = [&](std::uint32_t, std::uint32_t, Frame&) {
    Passage passage;
    passage.lost = chance.chance(500'000);
    return passage;
  };
  Espnow air(2);
  air.join(0, 1);
  air.medium->set_conditions(&conditions);
  for (int i = 0; i < 400; ++i) {
    air.send(0, i % 2 == 0 ? 1 : kAll, 50, static_cast<std::uint8_t>(i % 2));
    air.run(milliseconds(100));
  }
  std::uint64_t unicast = 0, broadcast = 0;
  for (const Ear::Got& got : air.owners[1].got) ++(got.bytes[0] == std::byte{0} ? unicast : broadcast);
  EXPECT_GE(unicast, 194U);  // 1 in 128 is lost seven times
  EXPECT_LE(unicast, 200U);
  EXPECT_NEAR(static_cast<double>(broadcast), 100, 30);
  EXPECT_EQ(air.counts(0).sent, air.sent.size());
}

TEST(Espnow, AnswersAreLost_RepetitionsAreNotHandedOver) {
  TestConditions conditions;
  conditions.rule = [](std::uint32_t from, std::uint32_t, Frame&) {
    Passage passage;
    passage.lost = from == 1;
    return passage;
  };
  Espnow air(2);
  air.join(0, 1);
  air.medium->set_conditions(&conditions);
  air.send(0, 1, 100, 3);
  air.run(seconds(1));
  EXPECT_EQ(air.counts(0).sent, 7U);
  EXPECT_EQ(air.counts(0).unanswered, 1U);
  EXPECT_EQ(air.counts(1).received, 1U);
  // The same bytes sent once more are another frame.
  air.send(0, 1, 100, 3);
  air.run(seconds(1));
  EXPECT_EQ(air.counts(1).received, 2U);
}

TEST(Espnow, FaultCorruptsAFrame_NoAnswerForItAndTheNextTryArrives) {
  int left = 1;
  TestConditions conditions;
  conditions.rule = [&](std::uint32_t, std::uint32_t, Frame&) {
    Passage passage;
    passage.corrupted = left-- > 0;
    return passage;
  };
  Espnow air(2);
  air.join(0, 1);
  air.medium->set_conditions(&conditions);
  air.send(0, 1, 100);
  air.run(seconds(1));
  EXPECT_EQ(air.counts(0).sent, 2U);
  EXPECT_EQ(air.counts(1).faulted, 1U);
  EXPECT_EQ(air.counts(1).received, 1U);
}

TEST(Espnow, HeardTheFrameNotTheAnswer_KeepsSilentForIt) {
  Espnow air(3);
  air.join(0, 1);
  air.join(0, 2);
  air.run(milliseconds(1));
  air.send(0, 1, 100);
  const Instant end = air.events.now() + dsss::airtime(100);
  air.at(end + microseconds(60), [&] { air.broadcast(2, 50); });
  air.run(milliseconds(20));
  EXPECT_EQ(air.counts(0).unanswered, 0U);
  EXPECT_GE(air.sent[1].begin, end + dsss::kReserved + dsss::kDifs);
}

TEST(Espnow, CouldNotReadAFrame_WaitsForEifs) {
  for (const bool disturbed : {false, true}) {
    Espnow air(3);
    air.join(0, 1, 90);
    air.join(2, 1, 80);
    air.run(milliseconds(1));
    air.broadcast(0, 200);
    const Instant end = air.events.now() + dsss::airtime(200);
    if (disturbed) air.at(air.events.now() + microseconds(500), [&] { air.broadcast(2, 20); });
    air.at(end + microseconds(60), [&] { air.broadcast(1, 50); });
    air.run(milliseconds(20));
    EXPECT_EQ(air.sent.back().from, 1U);
    EXPECT_EQ(air.sent.back().begin, end + (disturbed ? dsss::kEifs : microseconds(60)));
  }
}

TEST(Espnow, Asleep_HearsNothingAndSendsAllTheSame) {
  Espnow air(2);
  air.join(0, 1);
  air.start();
  air.medium->set_mode(air.radio(1), RadioMode::asleep);
  air.broadcast(0, 100);
  air.run(milliseconds(10));
  EXPECT_EQ(air.counts(1).received, 0U);
  EXPECT_EQ(air.counts(1).slept, 1U);
  air.medium->settle();
  EXPECT_EQ(air.radio(1).times().asleep, milliseconds(10));
  // It wakes to send, and long enough for the answer.
  air.send(1, 0, 100);
  air.run(milliseconds(30));
  EXPECT_EQ(air.counts(0).received, 1U);
  EXPECT_EQ(air.counts(1).unanswered, 0U);
  air.medium->settle();
  EXPECT_EQ(air.radio(1).times().tx, dsss::airtime(100));
  EXPECT_GE(air.radio(1).times().idle, dsss::kDifs);
  EXPECT_GT(air.radio(1).times().rx, dsss::kAck - dsss::kCca - microseconds(1));
}

TEST(Espnow, WakesInTheMiddleOfAFrame_DoesNotHearIt) {
  Espnow air(2);
  air.join(0, 1);
  air.start();
  air.medium->set_mode(air.radio(1), RadioMode::asleep);
  air.broadcast(0, 200);
  air.at({500}, [&] { air.medium->set_mode(air.radio(1), RadioMode::awake); });
  air.run(milliseconds(10));
  EXPECT_EQ(air.counts(1).received, 0U);
  EXPECT_EQ(air.counts(1).slept, 1U);
}

TEST(Espnow, ReceiverGoesOffOrToSleep_FrameIsLost) {
  for (const RadioMode mode : {RadioMode::off, RadioMode::asleep}) {
    Espnow air(2);
    air.join(0, 1);
    air.broadcast(0, 200);
    air.at({500}, [&] { air.medium->set_mode(air.radio(1), mode); });
    air.at({700}, [&] { air.medium->set_mode(air.radio(1), RadioMode::awake); });
    air.run(milliseconds(10));
    EXPECT_EQ(air.counts(1).received, 0U);
    EXPECT_EQ(air.counts(1).slept, mode == RadioMode::asleep ? 1U : 0U);
  }
}

TEST(Espnow, SenderGoesOff_FrameIsCutAndQueueDropped) {
  Espnow air(2);
  air.join(0, 1);
  for (int i = 0; i < 3; ++i) air.broadcast(0, 200);
  air.at({500}, [&] { air.medium->set_mode(air.radio(0), RadioMode::off); });
  air.run(milliseconds(20));
  EXPECT_EQ(air.counts(0).sent, 1U);
  EXPECT_EQ(air.counts(1).received, 0U);
  EXPECT_EQ(air.counts(1).faulted, 1U);
  EXPECT_EQ(air.offer(0, Frame::kEveryone, 200), Status::io_error);
  // And the channel is free.
  air.medium->set_mode(air.radio(0), RadioMode::awake);
  air.run(milliseconds(20));
  const Instant asked = air.events.now();
  air.broadcast(1, 100);
  air.run(milliseconds(20));
  EXPECT_EQ(air.sent[1].begin, asked);
  EXPECT_EQ(air.counts(0).received, 1U);
}

TEST(Espnow, Queue_HoldsWhatItShallThenWouldBlock) {
  MediumSpec spec = espnow();
  spec.queue = 3;
  Espnow air(2, spec);
  air.join(0, 1);
  for (int i = 0; i < 3; ++i) air.broadcast(0, 100);
  EXPECT_EQ(air.offer(0, Frame::kEveryone, 100), Status::would_block);
  EXPECT_EQ(air.counts(0).would_block, 1U);
  air.run(milliseconds(50));
  EXPECT_EQ(air.counts(1).received, 3U);
  // Countdowns lie between them.
  for (std::size_t i = 1; i < 3; ++i) {
    EXPECT_GE(air.sent[i].begin, air.end_of(i - 1) + dsss::kDifs);
    EXPECT_EQ((air.sent[i].begin - air.end_of(i - 1) - dsss::kDifs).us % 20, 0);
  }
  air.broadcast(0, 100);
}

TEST(Espnow, BitErrors_AsTheFormulaOfDbpsk) {
  const dsss::BitErrors& errors = dsss::bit_errors();
  // SINR 0.25 (-6 dB): 1/2 exp(-5.5) = 0.002043; in steps of 0.05 dB, so within 7 %.
  EXPECT_NEAR(-errors.log_success(0.25), 0.002046, 0.00015);
  // 0.4 (-4 dB): 1/2 exp(-8.8) = 7.54e-5.
  EXPECT_NEAR(-errors.log_success(0.4), 7.54e-5, 0.6e-5);
  EXPECT_NEAR(errors.log_success(1e-9), -0.48, 0.2);
  EXPECT_EQ(errors.log_success(100), 0.0);
  EXPECT_EQ(errors.log_success(4), 0.0);
}

TEST(Backoff, BusyInTheMiddleOfASlot_OnlyWholeSlotsCount) {
  Stream stream{Seed(3)};
  Backoff backoff;
  backoff.reset(31);
  do backoff.draw(stream);
  while (backoff.resume({0}) < Instant{200});
  const Instant due = backoff.resume({1'000});
  backoff.freeze({1'059});  // two slots and most of the third
  EXPECT_EQ(backoff.resume({5'000}) - Instant{5'000}, due - Instant{1'000} - dsss::kSlot * 2);
  backoff.freeze({4'000});  // busy before the first began
  EXPECT_EQ(backoff.resume({9'000}) - Instant{9'000}, due - Instant{1'000} - dsss::kSlot * 2);
}

}  // namespace
}  // namespace mp::sim
