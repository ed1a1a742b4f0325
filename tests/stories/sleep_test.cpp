// SPDX-License-Identifier: ISC
// Radios that sleep two thirds of the time, and are reached all the same (specification: sleep.md).
#include "simulator/story/story.hpp"

#include <gtest/gtest.h>

namespace mp::sim {
namespace {

using namespace literals;

constexpr std::uint32_t kWorstClock_ppm = 100;

// Nodes that all hear each other; those from `sleepers` on sleep.
void cell(Story& story, std::uint32_t nodes, std::uint32_t first_sleeper) {
  story.line(nodes).medium(MediumKind::espnow);
  Scenario& s = story.scenario();
  s.topology.spacing_mm = 2'000;
  s.nodes.clock_drift_ppm = kWorstClock_ppm;
  s.nodes.clock_offset_max = seconds(100);
  if (first_sleeper >= nodes) return;
  GroupSpec sleepers;
  sleepers.name = "sleepers";
  sleepers.nodes.text = std::to_string(first_sleeper) + "-" + std::to_string(nodes - 1);
  sleepers.node = s.nodes;
  sleepers.node.modem_sleep = SleepPlan{};
  s.groups.push_back(sleepers);
}

double share_on(Story& story, std::uint32_t node, const RadioTimes& before) {
  Medium& medium = story.world().medium(0);
  medium.settle();
  const RadioTimes t = medium.radio(node).times();
  const std::int64_t on = (t.tx + t.rx + t.idle - before.tx - before.rx - before.idle).us;
  return static_cast<double>(on) / static_cast<double>(on + (t.asleep - before.asleep).us);
}

RadioTimes times(Story& story, std::uint32_t node) {
  story.world().medium(0).settle();
  return story.world().medium(0).radio(node).times();
}

TEST(Sleep, PackagesToASleepingNeighbour_ArriveAtTheFirstWindow) {
  Story story;
  cell(story, 2, 1);
  story.meet();
  story.run(5_s);
  story.every_link().loses(10_percent);
  const std::uint32_t asked_before = story.node(0).count(Counter::rns_sent);
  constexpr std::uint32_t kPackages = 50;
  Duration longest{};
  for (std::uint32_t i = 0; i < kPackages; ++i) {
    const Sending word = story.node(0).sends(200_B).to(1);
    story.run(5_s + microseconds(13'331) * i);
    ASSERT_TRUE(word.ended());
    EXPECT_EQ(word.outcome(), Outcome::delivered);
    ASSERT_TRUE(word.arrived());
    longest = std::max(longest, word.latency());
  }
  EXPECT_LE(longest, milliseconds(400));
  EXPECT_LE(story.node(0).count(Counter::rns_sent) - asked_before, kPackages * 13 / 10);
}

TEST(Sleep, Idle_RadioIsOnAThirdOfTheTime) {
  Story story;
  cell(story, 4, 0);
  story.meet();
  story.every_link().loses(10_percent);
  const RadioTimes before = times(story, 2);
  story.run(600_s);
  EXPECT_LE(share_on(story, 2, before), 0.35);
  EXPECT_GE(share_on(story, 2, before), 40.0 / 130);
  for (std::uint32_t a = 0; a < 4; ++a)
    for (std::uint32_t b = 0; b < 4; ++b) EXPECT_TRUE(a == b || story.node(a).knows(b)) << a << " " << b;
}

TEST(Sleep, UnderTraffic_TheGridNeverShifts) {
  Story story;
  cell(story, 3, 0);
  story.meet();
  const auto phase = [&](std::uint32_t n) {
    const Node& node = story.node(n).node();
    return (node.now().us + node.wake_time(0).opens_ms * 1000) % 130'000;
  };
  const auto apart = [](std::int64_t a, std::int64_t b) {
    const std::int64_t d = (a - b + 130'000) % 130'000;
    return std::min(d, 130'000 - d);
  };
  std::vector<std::int64_t> at_first;
  for (std::uint32_t n = 0; n < 3; ++n) at_first.push_back(phase(n));
  for (std::uint32_t i = 0; i < 60; ++i) {
    (void)story.node(i % 3).sends(i % 7 == 0 ? 20_KiB : 100_B).to((i + 1) % 3);
    story.run(500_ms + microseconds(7'777) * i);
    for (std::uint32_t n = 0; n < 3; ++n) EXPECT_LE(apart(phase(n), at_first[n]), 1000);
  }
  story.run_until_idle();
}

// Everyone else sleeps, each at its own times.
TEST(Sleep, Broadcast_ReachesEverySleeperThroughItsAwakeNeighbour) {
  Story story;
  cell(story, 10, 1);
  story.meet();
  story.run(20_s);
  std::uint64_t before = 0, after = 0;
  for (std::uint32_t n = 1; n < 10; ++n) before += story.node(n).count(Counter::packages_delivered);
  constexpr std::uint32_t kBroadcasts = 20;
  const std::uint32_t repeats_before = story.node(0).count(Counter::broadcast_repeats);
  for (std::uint32_t i = 0; i < kBroadcasts; ++i) {
    (void)story.node(0).sends(50_B).to_everyone();
    story.run(1_s + microseconds(7'717) * i);
  }
  for (std::uint32_t n = 1; n < 10; ++n) after += story.node(n).count(Counter::packages_delivered);
  EXPECT_GE(after - before, 9 * kBroadcasts);
  EXPECT_LE(story.node(0).count(Counter::broadcast_repeats) - repeats_before, 4 * kBroadcasts);
}

// Two that waited for the same frame to end may begin at once, and nobody acknowledges a broadcast.
TEST(Sleep, BroadcastWhileOthersSpeak_GoesOnceMore_InSilenceItDoesNot) {
  Story story;
  cell(story, 10, 1);
  story.meet();
  story.run(20_s);
  constexpr std::uint32_t kBroadcasts = 20;
  const auto repeats = [&](bool others_speak) {
    const std::uint32_t before = story.node(0).count(Counter::broadcast_repeats);
    for (std::uint32_t i = 0; i < kBroadcasts; ++i) {
      if (others_speak) (void)story.node(1).sends(50_B).to_everyone();
      story.run(milliseconds(5));
      (void)story.node(0).sends(50_B).to_everyone();
      story.run(1_s + microseconds(7'717) * i);
    }
    return story.node(0).count(Counter::broadcast_repeats) - before;
  };
  const std::uint32_t in_silence = repeats(false);
  EXPECT_LE(in_silence, kBroadcasts * 3 + kBroadcasts / 2);  // a row of four; a Beacon now and then
  EXPECT_GE(repeats(true), kBroadcasts * 5);
}

TEST(Sleep, BlobToASleeper_KeepsItAwakeUntilItIsThere) {
  Story story;
  cell(story, 2, 1);
  story.meet();
  story.run(5_s);
  const Sending blob = story.node(0).sends(100_KiB).to(1);
  story.run_until_idle();
  EXPECT_EQ(blob.outcome(), Outcome::delivered);
  EXPECT_TRUE(blob.arrived());
  EXPECT_LE(blob.latency(), seconds(4));  // of them 1.4 s of frames
  EXPECT_LE(story.node(0).count(Counter::rns_sent), 20u);
}

TEST(Sleep, RelayHoldsAPackageUntilTheSleeperListens) {
  Story story;
  story.line(3).routes().medium(MediumKind::espnow);
  Scenario& s = story.scenario();
  s.nodes.clock_drift_ppm = kWorstClock_ppm;
  GroupSpec sleeper;
  sleeper.name = "sleeper";
  sleeper.nodes.text = "2";
  sleeper.node = s.nodes;
  sleeper.node.modem_sleep = SleepPlan{};
  s.groups.push_back(sleeper);
  story.meet();
  story.run(5_s);
  for (std::uint32_t i = 0; i < 20; ++i) {
    const Sending word = story.node(0).sends(100_B).to(2);
    story.run(3_s + microseconds(13'331) * i);
    ASSERT_TRUE(word.ended());
    EXPECT_EQ(word.outcome(), Outcome::delivered);
    EXPECT_LE(word.latency(), milliseconds(200));
  }
}

TEST(Sleep, AllSleep_AllMeetAndTalk) {
  Story story;
  story.grid(3, 3).medium(MediumKind::espnow);
  story.scenario().nodes.modem_sleep = SleepPlan{};
  story.scenario().nodes.clock_drift_ppm = kWorstClock_ppm;
  story.meet();
  story.run(5_s);
  const Sending there = story.node(0).sends(200_B).to(1);
  const Sending back = story.node(4).sends(200_B).to(3);
  story.run_until_idle();
  EXPECT_EQ(there.outcome(), Outcome::delivered);
  EXPECT_EQ(back.outcome(), Outcome::delivered);
}

// Nothing told: the sender treats it as it would an existing node, and asks blindly.
TEST(Sleep, NeighbourThatToldNothing_IsFoundByTheBlindRule) {
  Story story;
  cell(story, 2, 1);
  story.scenario().nodes.beacon = story.scenario().groups[0].node.beacon = false;
  story.run(3_s);
  const LinkAddress link_0 = Radio::address_of(0), link_1 = Radio::address_of(1);
  ASSERT_EQ(story.node(1).node().add_peer(story.node(0).id(), 0, link_0, Duration{}, false), Status::ok);
  for (std::uint32_t i = 0; i < 20; ++i) {
    // Its NIA tells the phase: each time it is a stranger again.
    story.node(0).node().remove_peer(story.node(1).id());
    ASSERT_EQ(story.node(0).node().add_peer(story.node(1).id(), 0, link_1, Duration{}, false), Status::ok);
    const Sending word = story.node(0).sends(200_B).to(1);
    story.run(5_s + microseconds(13'331) * i);
    ASSERT_TRUE(word.ended());
    EXPECT_EQ(word.outcome(), Outcome::delivered);
  }
  EXPECT_GE(story.node(0).count(Counter::rns_sent), 25u);
}

// The longest period with the shortest window: what nodes still keep (specification: sleep.md, "The grid").
TEST(Sleep, LongestPeriod_PackagesBroadcastsAndBlobsArrive) {
  Story story;
  cell(story, 4, 1);
  story.scenario().groups[0].node.modem_sleep = {milliseconds(29'700), milliseconds(300)};
  story.meet(seconds(600));
  story.run(60_s);
  for (std::uint32_t i = 0; i < 20; ++i) {
    const Sending word = story.node(0).sends(200_B).to(1 + i % 3);
    story.run(100_s + microseconds(1'333'331) * i);
    ASSERT_TRUE(word.ended()) << i;
    EXPECT_EQ(word.outcome(), Outcome::delivered) << i;
    EXPECT_LE(word.latency(), seconds(62)) << i;
  }
  std::uint64_t before = 0, after = 0;
  for (std::uint32_t n = 1; n < 4; ++n) before += story.node(n).count(Counter::packages_delivered);
  for (std::uint32_t i = 0; i < 20; ++i) {
    (void)story.node(0).sends(50_B).to_everyone();
    story.run(70_s + microseconds(1'333'331) * i);
  }
  for (std::uint32_t n = 1; n < 4; ++n) after += story.node(n).count(Counter::packages_delivered);
  EXPECT_GE(after - before, 3u * 20);
  const Sending blob = story.node(2).sends(20_KiB).to(3);
  story.run_until_idle();
  EXPECT_EQ(blob.outcome(), Outcome::delivered);
}

TEST(Sleep, LongestPeriod_OfOneThatToldNothing_IsFoundByTheBlindRule) {
  Story story;
  cell(story, 2, 1);
  story.scenario().nodes.beacon = story.scenario().groups[0].node.beacon = false;
  story.scenario().groups[0].node.modem_sleep = {milliseconds(29'700), milliseconds(300)};
  story.run(3_s);
  const LinkAddress link_0 = Radio::address_of(0), link_1 = Radio::address_of(1);
  ASSERT_EQ(story.node(1).node().add_peer(story.node(0).id(), 0, link_0, Duration{}, false), Status::ok);
  ASSERT_EQ(story.node(0).node().add_peer(story.node(1).id(), 0, link_1, Duration{}, false), Status::ok);
  std::uint32_t delivered = 0;
  // Of one that told nothing the usual period is supposed: it is met when it happens to be awake, and then it tells.
  for (std::uint32_t i = 0; i < 100 && delivered < 20; ++i) {
    const Sending word = story.node(0).sends(200_B).to(1);
    story.run(70_s + microseconds(1'333'331) * i);
    ASSERT_TRUE(word.ended());
    EXPECT_TRUE(delivered == 0 || word.outcome() == Outcome::delivered) << i;
    delivered += word.outcome() == Outcome::delivered ? 1u : 0u;
  }
  EXPECT_EQ(delivered, 20u);
}

TEST(Sleep, SleeperGoesAway_ItsSenderIsTold) {
  Story story;
  cell(story, 2, 1);
  story.meet();
  story.run(5_s);
  story.node(1).crashes();
  const Sending word = story.node(0).sends(200_B).to(1);
  story.run(40_s);
  ASSERT_TRUE(word.ended());
  EXPECT_EQ(word.outcome(), Outcome::no_answer);
}

// At one percent a node has a Beacon in minutes: in a window of a stranger's it would be by chance.
TEST(Sleep, OnLoraUnderTheLaw_WhoHasMetNobodyListens_ForAWhile) {
  for (const std::uint32_t nodes : {1u, 2u}) {
    Story story;
    story.line(nodes).medium(MediumKind::lora);
    story.scenario().nodes.modem_sleep = SleepPlan{};
    story.scenario().nodes.start_spread = seconds(60);
    story.run(90_s);
    const RadioTimes at_first = times(story, 0);
    story.run(60_s);
    const bool met = nodes == 2 && story.node(0).knows(1);
    EXPECT_TRUE(met || share_on(story, 0, at_first) == 1.0);
    story.run(2400_s);
    EXPECT_TRUE(nodes == 1 || story.node(0).knows(1));
    const RadioTimes later = times(story, 0);
    story.run(600_s);
    EXPECT_LE(share_on(story, 0, later), 0.45);
  }
}

TEST(Sleep, OnLora_WindowHoldsTwoRns) {
  Story story;
  story.line(2).medium(MediumKind::lora);
  story.scenario().media[0].lora.duty_ppm = 0;  // else strangers that sleep may say too little to meet in time
  story.scenario().nodes.modem_sleep = SleepPlan{};
  story.scenario().nodes.clock_drift_ppm = kWorstClock_ppm;
  story.meet(seconds(900));  // nodes that start together talk at the same time, on LoRa for long
  story.run(30_s);
  const Duration rns = story.world().medium(0).airtime(5);
  const WakeTime wake = story.node(0).node().wake_time(0);
  EXPECT_GE(milliseconds(wake.wake_ms), rns * 2);
  for (int i = 0; i < 5; ++i) {
    const Sending word = story.node(0).sends(50_B).to(1);
    story.run(90_s);
    ASSERT_TRUE(word.ended());
    EXPECT_EQ(word.outcome(), Outcome::delivered);
  }
}

}  // namespace
}  // namespace mp::sim
