// SPDX-License-Identifier: ISC
// What holds on every medium: times add up, the same seed gives the same run, and after any turmoil of frames, power
// cuts, sleep and movement all is quiet and works.
#include "simulator/media/espnow.hpp"
#include "simulator/media/lora_airtime.hpp"
#include "simulator/media/test_radios.hpp"

#include <gtest/gtest.h>

#include <cstdio>

namespace mp::sim {
namespace {

constexpr std::uint32_t kRadios = 30;

std::string name_of(const testing::TestParamInfo<MediumKind>& info) {
  constexpr std::array<const char*, 4> kNames{"ideal", "espnow", "lora", "udp"};
  return kNames[static_cast<std::size_t>(info.param)];
}

class EveryMedium : public testing::TestWithParam<MediumKind> {
 protected:
  static MediumSpec spec() {
    MediumSpec spec = usual(GetParam());
    spec.propagation.shadowing_mdb = 3'000;
    spec.propagation.asymmetry_mdb = 1'000;
    if (GetParam() == MediumKind::lora) {
      spec.lora.spreading_factor = 7;
      spec.lora.bandwidth_khz = 500;
    }
    return spec;
  }
  static std::int64_t side_m() { return 2 * range_mm(spec()) / 1000; }

  // Whether the signal is strong enough to be read; in_range() wants a little more.
  static bool could_hear(const Medium& medium, RadioIndex from, RadioIndex to) {
    const std::int32_t mdbm = medium.reach().power(from, to);
    switch (medium.spec().kind) {
      case MediumKind::espnow:
        return mdbm >= EspnowMedium::sensitivity_mdbm(medium.spec().espnow);
      case MediumKind::lora:
        return mdbm >= lora_sensitivity_mdbm(medium.spec().lora);
      case MediumKind::ideal:
      case MediumKind::udp:
        break;
    }
    return medium.in_range(from, to);
  }

  // Everyone sends, moves, sleeps and loses power at random for 20 seconds.
  static void turmoil(TestAir& air, bool with_power) {
    Stream stream(Seed(air.seed).child("turmoil"));
    const auto side = static_cast<std::uint64_t>(side_m());
    for (std::uint32_t i = 0; i < kRadios; ++i) {
      const auto x = static_cast<std::int64_t>(stream.below(side));
      air.add(x, static_cast<std::int64_t>(stream.below(side)));
    }
    air.start();
    while (air.events.now() < Instant{20'000'000}) {
      const auto who = static_cast<RadioIndex>(stream.below(kRadios));
      const std::uint64_t what = stream.below(100);
      if (what < 40) {
        (void)air.offer(who, Frame::kEveryone, 1 + stream.below(240), static_cast<std::uint8_t>(what));
      } else if (what < 90) {
        const auto to = static_cast<RadioIndex>((who + 1 + stream.below(kRadios - 1)) % kRadios);
        (void)air.offer(who, to, 1 + stream.below(240));
      } else if (what < 95) {
        air.medium->move(who, {static_cast<std::int64_t>(stream.below(side * 1000)),
                               static_cast<std::int64_t>(stream.below(side * 1000))});
      } else if (with_power) {
        air.medium->set_mode(air.radio(who), static_cast<RadioMode>(stream.below(3)));
      }
      air.run(stream.exponential(milliseconds(2)));
    }
  }
};

TEST_P(EveryMedium, Turmoil_TimesAddUpToTheTimePassed) {
  TestAir air(spec(), 21);
  std::printf("seed 21\n");
  turmoil(air, true);
  air.medium->settle();
  Duration tx{};
  for (RadioIndex i = 0; i < kRadios; ++i) {
    const RadioTimes& t = air.radio(i).times();
    EXPECT_EQ(t.tx + t.rx + t.idle + t.asleep + t.off, air.events.now() - Instant{}) << i;
    tx = tx + t.tx;
  }
  EXPECT_GT(tx, milliseconds(50));
}

TEST_P(EveryMedium, NoPowerCuts_TimeSendingIsTheAirtimeOfAllFrames) {
  TestAir air(spec(), 22);
  std::printf("seed 22\n");
  turmoil(air, false);
  air.run(seconds(20));
  air.medium->settle();
  std::vector<Duration> sent(kRadios);
  for (const TestAir::Sent& s : air.sent) sent[s.from] = sent[s.from] + s.airtime;
  for (RadioIndex i = 0; i < kRadios; ++i) {
    Duration more = air.radio(i).times().tx - sent[i];
    // Acknowledgements are sent besides.
    if (GetParam() == MediumKind::espnow) more.us %= 304;
    EXPECT_EQ(more.us, 0) << i;
  }
}

TEST_P(EveryMedium, SameSeed_SameHashAndAnotherForAnother) {
  const auto run = [](std::uint64_t seed) {
    TestAir air(spec(), seed);
    turmoil(air, true);
    return air.hash.value();
  };
  const std::uint64_t first = run(31);
  std::printf("seeds 31, 32; hash of 31: %016llx\n", static_cast<unsigned long long>(first));
  EXPECT_EQ(first, run(31));
  EXPECT_NE(first, run(32));
}

TEST_P(EveryMedium, AfterTurmoil_EveryoneIsHeardByAllInRangeAtOnce) {
  TestAir air(spec(), 41);
  std::printf("seed 41\n");
  turmoil(air, true);
  for (RadioIndex i = 0; i < kRadios; ++i) air.medium->set_mode(air.radio(i), RadioMode::awake);
  air.run(seconds(20));
  std::uint64_t pairs = 0;
  for (RadioIndex from = 0; from < kRadios; ++from) {
    for (Ear& owner : air.owners) owner.got.clear();
    air.sent.clear();
    const Instant asked = air.events.now();
    air.broadcast(from, 100, 55);
    air.run(seconds(2));
    ASSERT_EQ(air.sent.size(), 1U);
    // Nothing is left on the air that it would have to wait for.
    EXPECT_EQ(air.sent[0].begin, asked);
    for (RadioIndex to = 0; to < kRadios; ++to) {
      if (to == from) continue;
      const std::size_t times = air.owners[to].got.size();
      if (air.medium->in_range(from, to))
        EXPECT_EQ(times, 1U) << from << " " << to;
      else
        EXPECT_LE(times, could_hear(*air.medium, from, to) ? 1U : 0U) << from << " " << to;
      pairs += times;
    }
  }
  EXPECT_GT(pairs, kRadios);
}

INSTANTIATE_TEST_SUITE_P(Kinds, EveryMedium,
                         testing::Values(MediumKind::ideal, MediumKind::espnow, MediumKind::lora, MediumKind::udp),
                         name_of);

TEST(Propagation, LouderInOneDirection_OnlyThatOneIsHeard) {
  MediumSpec spec = usual(MediumKind::espnow);
  spec.propagation.asymmetry_mdb = 6'000;
  constexpr std::uint64_t kSeed = 51;
  std::printf("seed %llu\n", static_cast<unsigned long long>(kSeed));
  TestAir air(spec, kSeed);
  for (std::int64_t i = 0; i < 40; ++i) air.add(i * 1'000, 0), air.add(i * 1'000 + 190, 0);
  for (RadioIndex i = 0; i < 80; ++i) {
    air.broadcast(i, 100);
    air.run(milliseconds(20));
  }
  int both = 0, one = 0, none = 0;
  for (RadioIndex i = 0; i < 80; i += 2) {
    const std::uint64_t heard = air.counts(i).received + air.counts(i + 1).received;
    ++(heard == 2 ? both : heard == 1 ? one : none);
  }
  std::printf("both %d, one %d, none %d\n", both, one, none);
  EXPECT_GE(one, 10);
  EXPECT_GE(both, 3);
  EXPECT_GE(none, 3);
}

}  // namespace
}  // namespace mp::sim
