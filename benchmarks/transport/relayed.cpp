// SPDX-License-Identifier: ISC
// Six hops by static routes, each losing a tenth of all frames in both directions. A part costs 1/0.9 frames on each
// hop if every loss is mended there and nothing is sent for nothing: 6.7 in all. And the same on espnow, where all
// share one channel, frames collide, and the radio's own repetitions count too.
#include "field.hpp"
#include "simulator/report/text.hpp"

#include <map>
#include <set>

namespace mp::bench {
namespace {

constexpr std::uint32_t kHops = 6;
constexpr std::uint32_t kBlob = 64 * kKiB;
constexpr std::uint32_t kLoss_ppm = 100'000;
constexpr double kDataMax = 1.15 * 6.7;
// Parts that the origin sends anew, of all: next to none.
constexpr double kEndToEndMax = 0.01;
constexpr std::uint32_t kRunsIn = 10;  // so many transfers make one run of this row
constexpr Duration kLimit = seconds(3600);

struct Measured {
  std::uint64_t complete = 0, violations = 0, parts = 0, data = 0, hop_acks = 0, ends = 0, anew = 0;
  std::vector<double> seconds_each;
  std::string trouble;
};

void transfer(sim::MediumKind medium, std::uint64_t seed, Measured& m) {
  Scenario scenario = line_of(kHops + 1, medium);
  scenario.routes = sim::RoutesKind::tree;
  Field field(scenario, seed);
  std::uint64_t parts = 0;
  bool counting = false;
  // The origin changes the ttl of a part that it sends anew; what a hop repeats is the same frame.
  std::map<std::uint16_t, std::set<std::uint8_t>> sendings;
  field.on_sent = [&](std::uint32_t node, const Transmission& t) {
    const auto packet = PacketView::parse(t.frame.view());
    if (!counting || !packet) return;
    const bool routed = packet->schema().routed();
    const FrameClass c = sim::classify(t.frame.view());
    if (c == FrameClass::data && routed) {
      parts = std::uint64_t{packet->seq_size()} + 1;
      if (node == 0) sendings[packet->packet_id()].insert(packet->ttl());
    } else if (routed) {
      ++m.ends;
    } else if (c == FrameClass::acknowledgement) {
      ++m.hop_acks;
    }
  };
  field.meet();
  field.loses(kLoss_ppm);
  field.count_from_here();
  counting = true;
  const Instant begun = field.world().now();
  const std::uint64_t serial = field.send(0, kHops, kBlob);
  const bool ended = field.run_until_ended({serial}, kLimit);
  const bool complete = ended && field.delivered(serial);
  m.complete += complete ? 1U : 0U;
  if (!complete && m.trouble.empty())
    m.trouble = "seed " + std::to_string(seed) + ": " +
                (ended ? name(static_cast<Outcome>(field.entry(serial).outcome)) : "did not end");
  m.violations += field.violations();
  if (field.violations() > 0 && m.trouble.empty()) m.trouble = field.first_violation();
  m.seconds_each.push_back(static_cast<double>((field.world().now() - begun).us) / 1e6);
  m.parts += parts;
  m.data += field.tally().data();
  for (const auto& [part, ttls] : sendings) m.anew += ttls.size() - 1;
}

Measured transfers(sim::MediumKind medium, const Context& context) {
  const std::uint32_t runs = std::max(2U, context.transfers / kRunsIn);
  Measured m;
  for (std::uint32_t i = 0; i < runs; ++i) {
    context.progress.at(i, runs, "transfers of 64 KiB");
    transfer(medium, context.seed + i, m);
  }
  return m;
}

std::vector<Figure> run(const Context& context) {
  const Measured ideal = transfers(sim::MediumKind::ideal, context);
  const Measured espnow = transfers(sim::MediumKind::espnow, context);
  const auto each = [](const Measured& m, std::uint64_t n) {
    return static_cast<double>(n) / static_cast<double>(std::max<std::uint64_t>(m.parts, 1));
  };
  const auto complete = [](const Measured& m) {
    return static_cast<double>(m.complete) / static_cast<double>(m.seconds_each.size());
  };
  using Bar = Figure::Bar;
  return {
      {"6 hops, 10 % loss each: complete and equal", complete(ideal), 6, Bar::at_least,
       ideal.violations == 0 ? 1.0 : 2.0, ideal.trouble},
      {"6 hops: data frames a part", each(ideal, ideal.data), 3, Bar::at_most, kDataMax},
      {"6 hops: parts sent anew by the origin, of all", each(ideal, ideal.anew), 4, Bar::at_most, kEndToEndMax},
      {"6 hops: acknowledgements from hop to hop, a part", each(ideal, ideal.hop_acks), 3},
      {"6 hops: frames of reports and ends, a part", each(ideal, ideal.ends), 3},
      {"6 hops: seconds each, mean", mean(ideal.seconds_each), 2},
      {"6 hops of espnow: complete and equal", complete(espnow), 6, Bar::at_least, espnow.violations == 0 ? 1.0 : 2.0,
       espnow.trouble},
      {"6 hops of espnow: data frames a part, and the radios' repetitions", each(espnow, espnow.data), 3},
      {"6 hops of espnow: parts sent anew by the origin, of all", each(espnow, espnow.anew), 4, Bar::at_most,
       kEndToEndMax},
      {"6 hops of espnow: acknowledgements from hop to hop, a part", each(espnow, espnow.hop_acks), 3},
      {"6 hops of espnow: seconds each, mean", mean(espnow.seconds_each), 2},
  };
}

const Registered kRow({"relayed", 40, "64 KiB over six lossy hops; --transfers / 10 times", run});

}  // namespace
}  // namespace mp::bench
