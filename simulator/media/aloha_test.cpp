// SPDX-License-Identifier: ISC
// LoRa without capture is pure ALOHA: of an offered load of G frames per frame time, G e^(-2G) come through
// (N. Abramson, The ALOHA System, AFIPS 1970).
#include "simulator/media/lora.hpp"
#include "simulator/media/test_radios.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

namespace mp::sim {
namespace {

constexpr std::uint32_t kSources = 1'000;

// Sources that send at random instants, independent of each other, to one sink that never sends.
class Sources final : public Handler {
 public:
  Sources(TestAir& air, RadioIndex sink, Duration mean_pause) : air_(air), sink_(sink), pause_(mean_pause) {
    for (std::uint32_t i = 0; i < kSources; ++i) {
      streams_.emplace_back(Seed(air.seed).child("source", i));
      plan(i);
    }
  }
  void on_event(std::uint64_t source) override {
    plan(source);
    air_.send(static_cast<RadioIndex>(source), sink_, 50);
  }

 private:
  void plan(std::uint64_t source) {
    air_.events.plan_in(streams_[static_cast<std::size_t>(source)].exponential(pause_), *this, source);
  }
  TestAir& air_;
  RadioIndex sink_;
  Duration pause_;
  std::vector<Stream> streams_;
};

class Aloha : public testing::TestWithParam<int> {};

TEST_P(Aloha, ManySourcesWithoutCapture_ThroughputIsThatOfTheFormula) {
  const double wanted = static_cast<double>(GetParam()) / 100.0;
  constexpr std::uint64_t kSeed = 20260102;
  MediumSpec spec = usual(MediumKind::lora);
  spec.lora.capture = false;
  spec.queue = 1'000'000;
  TestAir air(spec, kSeed);
  air.keep = false;
  // Sources are only linked to the sink: what they hear of each other is of no interest here, and costs time.
  for (std::uint32_t i = 0; i <= kSources; ++i) air.add(0, 0, RadioMode::awake, false);
  for (std::uint32_t i = 0; i < kSources; ++i) air.medium->join(i, kSources, 90'000);
  air.start();

  const Duration frame = air.medium->airtime(50);
  const auto pause =
      microseconds(static_cast<std::int64_t>(static_cast<double>(frame.us) * static_cast<double>(kSources) / wanted));
  Sources sources(air, kSources, pause);
  constexpr std::int64_t kFrameTimes = 600'000;
  air.run(frame * kFrameTimes);

  const auto frames = static_cast<double>(air.fate(Fate::received) + air.fate(Fate::collided));
  const double load = frames / static_cast<double>(kFrameTimes);
  const double through = static_cast<double>(air.fate(Fate::received)) / static_cast<double>(kFrameTimes);
  const double formula = wanted * std::exp(-2 * wanted);
  std::printf("seed %llu, G %.2f: offered %.4f, through %.5f, formula %.5f (%+.2f %%), noise %.2f %%\n",
              static_cast<unsigned long long>(kSeed), wanted, load, through, formula, (through / formula - 1) * 100,
              100 / std::sqrt(through * static_cast<double>(kFrameTimes)));
  EXPECT_NEAR(load / wanted, 1.0, 0.01);
  EXPECT_NEAR(through / formula, 1.0, 0.03);
}

INSTANTIATE_TEST_SUITE_P(Load, Aloha, testing::Values(10, 25, 50, 100, 150, 200));

}  // namespace
}  // namespace mp::sim
