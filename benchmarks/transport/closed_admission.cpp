// SPDX-License-Identifier: ISC
// How long a newcomer of a closed network takes from its start to the first byte that is protected, and what it costs:
// one hop, a blank board beside a member that has been there for a while.
#include "field.hpp"
#include "simulator/report/text.hpp"

namespace mp::bench {
namespace {

constexpr std::uint32_t kMember = 0, kNewcomer = 1;
constexpr std::uint32_t kRunsIn = 10;  // so many transfers make one run of each kind
constexpr Duration kLimit = seconds(3600);

struct Kind {
  std::string name;
  sim::MediumKind medium;
  std::uint32_t loss_ppm;
};

struct Measured {
  std::vector<double> ms, frames, airtime_ms;
  std::uint64_t runs = 0, arrived = 0, violations = 0;
};

void admit(const Kind& kind, std::uint64_t seed, Measured& m) {
  Scenario scenario = line_of(2, kind.medium);
  scenario.nodes.network = "home";
  scenario.nodes.start_spread = seconds(30);  // on lora two that begin as one do not hear each other
  Field field(scenario, seed);
  field.meet(seconds(4 * 3600));
  World& world = field.world();
  world.power_off(kNewcomer);
  world.board(kNewcomer).flash().wipe();
  sim::Stream stream(sim::Seed(seed).child("admission"));
  world.run_for(seconds(60) + stream.between(Duration{}, seconds(60)));
  if (kind.loss_ppm > 0) field.loses(kind.loss_ppm);
  field.count_from_here();
  const Instant begun = world.now();
  world.power_on(kNewcomer);
  ++m.runs;
  // One byte, as soon as there is somebody to send it to.
  std::uint64_t serial = 0;
  const auto told = [&] {
    const Node* node = world.board(kNewcomer).node();
    const Peer* peer = serial == 0 && node != nullptr ? node->peer(world.id_of(kMember)) : nullptr;
    if (peer != nullptr && peer->connected()) serial = field.send(kNewcomer, kMember, 1);
    return serial != 0 && field.entry(serial).delivered;
  };
  if (!world.run_until(told, kLimit)) return;
  ++m.arrived;
  m.ms.push_back(static_cast<double>((world.now() - begun).us) / 1e3);
  const Tally all = field.tally();
  m.frames.push_back(static_cast<double>(all.data() + all.other()));
  double airtime = 0;
  for (const Duration d : all.airtime) airtime += static_cast<double>(d.us) / 1e3;
  m.airtime_ms.push_back(airtime);
  m.violations += field.violations();
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

std::vector<Figure> run(const Context& context) {
  static const Kind kKinds[] = {{"espnow", sim::MediumKind::espnow, 0},
                                {"espnow, 10 % loss", sim::MediumKind::espnow, 100'000},
                                {"lora", sim::MediumKind::lora, 0},
                                {"lora, 10 % loss", sim::MediumKind::lora, 100'000}};
  const std::uint32_t runs = std::max(1U, context.transfers / kRunsIn);
  std::vector<Figure> figures;
  for (const Kind& kind : kKinds) {
    Measured m;
    for (std::uint32_t i = 0; i < runs; ++i) {
      context.progress.at(i, runs, kind.name.c_str());
      admit(kind, context.seed + i, m);
    }
    using Bar = Figure::Bar;
    figures.push_back({kind.name + ": newcomers that were heard",
                       static_cast<double>(m.arrived) / static_cast<double>(m.runs), 6, Bar::at_least,
                       m.violations == 0 ? 1.0 : 2.0});
    figures.push_back({kind.name + ": ms to the first protected byte, median", median(m.ms), 1, Bar::none, 0,
                       "mean " + sim::text::fixed(mean(m.ms), 1) + ", most " + sim::text::fixed(largest(m.ms), 1)});
    figures.push_back({kind.name + ": frames of both until then, mean", mean(m.frames), 1, Bar::none, 0,
                       sim::text::fixed(mean(m.airtime_ms), 1) + " ms of airtime"});
  }
  return figures;
}

const Registered kRow({"closed_admission", 100,
                       "from the start of a newcomer to its first protected byte; --transfers / 10 of each kind", run});

}  // namespace
}  // namespace mp::bench
