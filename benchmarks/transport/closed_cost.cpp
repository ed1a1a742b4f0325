// SPDX-License-Identifier: ISC
// What a closed network costs on the air: bytes of a frame, and how long 1 MiB takes over espnow, open and closed.
#include "field.hpp"
#include "simulator/report/text.hpp"

namespace mp::bench {
namespace {

constexpr std::uint32_t kBlob = 1024 * kKiB, kSmall = 50;
constexpr std::int64_t kSpacing_mm = 10'000;
constexpr std::uint32_t kRunsIn = 100;  // so many transfers make one run of this row
constexpr Duration kLimit = seconds(600);

struct Side {
  double small = 0;  // bytes of the frame of a Package of 50 bytes
  std::vector<double> kbit_s, frames;
  std::uint64_t complete = 0, violations = 0;
};

void transfer(bool closed, std::uint64_t seed, Side& side) {
  Scenario scenario = line_of(2, sim::MediumKind::espnow, kSpacing_mm);
  if (closed) scenario.nodes.network = "home";
  Field field(scenario, seed);
  field.meet();
  field.on_sent = [&](std::uint32_t node, const Transmission& t) {
    if (node == 0 && sim::classify(t.frame.view()) == FrameClass::data) side.small = t.frame.size;
  };
  const std::uint64_t small = field.send(0, 1, kSmall);
  (void)field.run_until_ended({small}, kLimit);
  field.on_sent = {};
  field.count_from_here();
  const Instant begun = field.world().now();
  const std::uint64_t serial = field.send(0, 1, kBlob);
  side.complete += field.run_until_ended({serial}, kLimit) && field.delivered(serial) ? 1U : 0U;
  side.kbit_s.push_back(kBlob * 8e3 / static_cast<double>((field.world().now() - begun).us));
  side.frames.push_back(static_cast<double>(field.tally().data()));
  side.violations += field.violations();
}

std::vector<Figure> run(const Context& context) {
  const std::uint32_t runs = std::max(1U, context.transfers / kRunsIn);
  Side open, closed;
  for (std::uint32_t i = 0; i < runs; ++i) {
    context.progress.at(i, runs, "pairs of transfers of 1 MiB");
    transfer(false, context.seed + i, open);
    transfer(true, context.seed + i, closed);
  }
  using Bar = Figure::Bar;
  return {
      {"1 MiB, open and closed: complete and equal",
       static_cast<double>(open.complete + closed.complete) / (2.0 * runs), 6, Bar::at_least,
       open.violations + closed.violations == 0 ? 1.0 : 2.0},
      {"bytes that a frame is longer", closed.small - open.small, 0, Bar::at_most, 12,
       sim::text::fixed(open.small, 0) + " and " + sim::text::fixed(closed.small, 0) + ", a Package of 50 bytes"},
      {"1 MiB, open: kbit/s", mean(open.kbit_s), 1, Bar::none, 0,
       sim::text::fixed(mean(open.frames), 0) + " data frames"},
      {"1 MiB, closed: kbit/s", mean(closed.kbit_s), 1, Bar::none, 0,
       sim::text::fixed(mean(closed.frames), 0) + " data frames"},
      {"1 MiB: closed / open", mean(closed.kbit_s) / mean(open.kbit_s), 4},
  };
}

const Registered kRow({"closed_cost", 110,
                       "bytes of a frame and the goodput of 1 MiB on espnow, open and closed; --transfers / 100 times",
                       run});

}  // namespace
}  // namespace mp::bench
