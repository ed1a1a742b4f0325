// SPDX-License-Identifier: ISC
// The distributed coordination function against its theory: G. Bianchi, Performance Analysis of the IEEE 802.11
// Distributed Coordination Function, IEEE JSAC 18(3), 2000. All stations in one place, each always with a frame to
// send.
#include "simulator/media/espnow.hpp"
#include "simulator/media/test_radios.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

namespace mp::sim {
namespace {

constexpr std::size_t kBody = 200;
constexpr double kSlot_us = 20;

struct Model {
  double tau, collision;
};

// The fixed point of tau(p) and p(tau); window 32, doubled five times.
Model fixed_point(double n) {
  constexpr double kWindow = 32, kDoublings = 5;
  const auto tau_of = [](double p) {
    return 2 * (1 - 2 * p) / ((1 - 2 * p) * (kWindow + 1) + p * kWindow * (1 - std::pow(2 * p, kDoublings)));
  };
  double lo = 0, hi = 1;
  for (int i = 0; i < 200; ++i) {
    const double tau = (lo + hi) / 2;
    (tau_of(1 - std::pow(1 - tau, n - 1) + 1e-12) > tau ? lo : hi) = tau;
  }
  return {lo, 1 - std::pow(1 - lo, n - 1)};
}

// Bits of bodies per microsecond. T_s, a success: frame, SIFS, acknowledgement and DIFS. T_c, a collision: frame and
// `after_collision_us`, which is DIFS in the paper and EIFS where bystanders take a collision for a frame that could
// not be read. Ours lock on to neither of two equal frames, and the colliders wait for an acknowledgement: in between.
double throughput(double n, double after_collision_us) {
  const Model m = fixed_point(n);
  const auto frame_us = static_cast<double>(dsss::airtime(kBody).us);
  const double success_us = frame_us + static_cast<double>((dsss::kSifs + dsss::kAck + dsss::kDifs).us);
  const double collision_us = frame_us + after_collision_us;
  const double some = 1 - std::pow(1 - m.tau, n);
  const double one = n * m.tau * std::pow(1 - m.tau, n - 1) / some;
  const double cycle = (1 - some) * kSlot_us + some * one * success_us + some * (1 - one) * collision_us;
  return some * one * static_cast<double>(kBody) * 8 / cycle;
}

// A ring of neighbours, each with something for the next.
double simulate(std::uint32_t n, bool to_sink, std::uint64_t seed, double* collision_share) {
  MediumSpec spec = usual(MediumKind::espnow);
  spec.espnow.retry_limit = 1'000'000;
  TestAir air(spec, seed);
  air.keep = false;
  for (std::uint32_t i = 0; i < n; ++i) air.add(0, 0);
  if (to_sink) air.add(0, 0);
  const auto fill = [&](RadioIndex i) {
    while (air.offer(i, to_sink ? n : (i + 1) % n, kBody) == Status::ok) {
    }
  };
  std::uint64_t tries = 0;
  air.on_sent = [&](const Transmission& t) {
    ++tries;
    const RadioIndex from = t.frame.from;
    air.at(air.events.now(), [&fill, from] { fill(from); });
  };
  air.start();
  for (std::uint32_t i = 0; i < n; ++i) fill(i);
  constexpr std::int64_t kSeconds = 60;
  air.run(seconds(kSeconds));
  const auto received = static_cast<double>(air.fate(Fate::received));
  *collision_share = 1 - received / static_cast<double>(tries);
  return received * static_cast<double>(kBody) * 8 / (static_cast<double>(kSeconds) * 1e6);
}

class Dcf : public testing::TestWithParam<std::tuple<std::uint32_t, bool>> {};

TEST_P(Dcf, EveryoneAlwaysHasAFrame_ThroughputIsBianchis) {
  const auto [n, to_sink] = GetParam();
  constexpr std::uint64_t kSeed = 20260101;
  double collisions = 0;
  const double measured = simulate(n, to_sink, kSeed, &collisions);
  const double model = throughput(n, static_cast<double>(dsss::kEifs.us));
  const double plain = throughput(n, static_cast<double>(dsss::kDifs.us));
  std::printf(
      "seed %llu, %u stations, %s: measured %.4f Mb/s, model %.4f with EIFS after collisions (%+.2f %%), %.4f with "
      "DIFS "
      "(%+.2f %%); collided tries %.3f, model %.3f\n",
      static_cast<unsigned long long>(kSeed), n, to_sink ? "to a sink" : "in a ring", measured, model,
      (measured / model - 1) * 100, plain, (measured / plain - 1) * 100, collisions, fixed_point(n).collision);
  EXPECT_NEAR(measured / model, 1.0, 0.05);
  EXPECT_NEAR(measured / plain, 1.0, 0.05);
}

INSTANTIATE_TEST_SUITE_P(Stations, Dcf, testing::Combine(testing::Values(5U, 10U, 20U), testing::Values(false, true)));

}  // namespace
}  // namespace mp::sim
