// SPDX-License-Identifier: ISC
// LoRa, SF7 at 125 kHz, one percent of airtime, radios that do not listen before they send: how long trees take to be
// whole, what each node then has used of its hour, and what arrives when each sends two Packages an hour to random
// others.
#include "mesh_field.hpp"
#include "simulator/media/medium.hpp"
#include "simulator/report/text.hpp"

#include <algorithm>

namespace mp::bench {
namespace {

constexpr std::uint32_t kBytes = 64;
constexpr std::uint8_t kTrees = 2;
constexpr Duration kEvery = seconds(1800), kTraffic = seconds(3600), kAllowed = seconds(600);
constexpr Duration kSpread = seconds(900), kWholeWithin = seconds(7200), kLimit = seconds(4 * 3600),
                   kRest = seconds(3600);
constexpr double kDelivered = 0.999;

double worst_duty(MeshField& field) {
  std::uint32_t worst = 0;
  for (std::uint32_t n = 0; n < field.size(); ++n) worst = std::max(worst, field.world().medium(0).duty_worst_ppm(n));
  return static_cast<double>(worst) / 1e4;
}

std::vector<Figure> run(const Context& context) {
  using Bar = Figure::Bar;
  sim::Scenario scenario = mesh_of(context.transfers, sim::MediumKind::lora, kTrees);
  scenario.media[0].lora.spreading_factor = 7;
  scenario.nodes.start_spread = kSpread;
  MeshField field(scenario, context.seed);
  field.run(kSpread);
  context.progress.at(0, 2, "trees");
  const Duration whole = field.whole(kLimit, seconds(30));
  if (whole < Duration{}) throw BenchError("the trees are not whole after four hours: " + field.wrong());
  const auto nodes = static_cast<double>(field.size());
  std::vector<Figure> figures;
  figures.push_back(
      {"trees whole after, s", static_cast<double>(whole.us) / 1e6, 0, Bar::at_most,
       static_cast<double>(kWholeWithin.us) / 1e6,
       std::to_string(kTrees) + " trees, all started within 900 s; " + text(field.air(), field.size()) + " per node"});
  figures.push_back({"airtime of a node until then, s", static_cast<double>(field.air().on_air().us) / 1e6 / nodes, 2,
                     Bar::none, 0, ""});
  field.run(kRest);
  field.count_from_here();
  context.progress.at(1, 2, "traffic");
  field.traffic(kEvery, kBytes, field.now() + kTraffic);
  field.run(kTraffic + kAllowed);
  const MeshField::Outcomes out = field.outcomes(kAllowed);
  const MeshField::Ways ways = field.ways();
  figures.push_back({"delivered within 10 min, of all offered", out.share(), 5, Bar::at_least, kDelivered,
                     out.text() + "; where a target is, the simulator says at the moment of sending"});
  figures.push_back({"latency, s, median", out.latency_s(0.5), 1, Bar::none, 0, ""});
  figures.push_back({"latency, s, 99 of 100", out.latency_s(0.99), 1, Bar::none, 0, ""});
  figures.push_back(
      {"hops / fewest possible",
       static_cast<double>(ways.hops) / static_cast<double>(std::max<std::uint64_t>(ways.shortest, 1)), 3, Bar::none, 0,
       sim::text::fixed(static_cast<double>(ways.hops) / static_cast<double>(std::max<std::uint64_t>(ways.packets, 1)),
                        1) +
           " hops of a packet"});
  figures.push_back(
      {"frames for each Package that arrived",
       static_cast<double>(field.air().total()) / static_cast<double>(std::max<std::uint64_t>(out.arrived, 1)), 1,
       Bar::none, 0, text(field.air(), field.size()) + " per node"});
  figures.push_back(
      {"of the time, a node sends, %",
       static_cast<double>(field.air().on_air().us) / static_cast<double>((kTraffic + kAllowed).us) / nodes * 100, 3,
       Bar::none, 0, ""});
  figures.push_back({"most airtime of any node in any hour, %", worst_duty(field), 3, Bar::at_most, 1.0, ""});
  return figures;
}

const Registered kRow({"mesh_lora", 20, "trees on LoRa, then two Packages of each node and hour to random others",
                       run});

}  // namespace
}  // namespace mp::bench
