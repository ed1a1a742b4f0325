// SPDX-License-Identifier: ISC
// 1,000 nodes on ESP-NOW that all hear their neighbours' frames collide: each sends 200 B a minute to a random other.
// Then the root of a tree dies while they go on.
#include "mesh_field.hpp"
#include "simulator/report/text.hpp"

namespace mp::bench {
namespace {

constexpr std::uint32_t kBytes = 200;
constexpr Duration kEvery = seconds(60), kTraffic = seconds(240), kAfter = seconds(120);
constexpr Duration kAllowed = seconds(120);

std::vector<Figure> run(const Context& context) {
  using Bar = Figure::Bar;
  std::vector<Figure> figures;
  sim::Scenario scenario = mesh_of(context.transfers, sim::MediumKind::espnow);
  scenario.nodes.start_spread = seconds(10);
  MeshField field(scenario, context.seed);
  field.run(scenario.nodes.start_spread);
  const Duration whole = field.whole(seconds(300), milliseconds(500));
  if (whole < Duration{}) throw BenchError("the trees are not whole after 300 s: " + field.wrong());
  field.run(seconds(60));
  field.count_from_here();
  context.progress.at(0, 2, "traffic");
  const Instant begun = field.now();
  field.traffic(kEvery, kBytes, begun + kTraffic);
  field.run(kTraffic);
  const Air air = field.air();
  field.run(kAfter);
  const MeshField::Outcomes out = field.outcomes(kAllowed);
  const MeshField::Ways ways = field.ways();
  const auto nodes = static_cast<double>(field.size());
  const double arrived = static_cast<double>(out.arrived);
  figures.push_back({"delivered, of all offered", out.share(), 5, Bar::at_least, 0.999,
                     out.text() + "; where a target is, the simulator says at the moment of sending"});
  figures.push_back({"latency, s, median", out.latency_s(0.5), 3, Bar::none, 0, ""});
  figures.push_back({"latency, s, 99 of 100", out.latency_s(0.99), 3, Bar::none, 0, ""});
  figures.push_back({"hops of a packet", static_cast<double>(ways.hops) / static_cast<double>(ways.packets), 2,
                     Bar::none, 0, std::to_string(ways.packets) + " packets"});
  figures.push_back({"hops / fewest possible", static_cast<double>(ways.hops) / static_cast<double>(ways.shortest), 3,
                     Bar::none, 0, ""});
  figures.push_back({"frames for each Package that arrived", static_cast<double>(air.total()) / arrived, 1, Bar::none,
                     0, text(air, field.size()) + ": per node"});
  figures.push_back({"of the time, a node sends",
                     static_cast<double>(air.on_air().us) / static_cast<double>(kTraffic.us) / nodes, 5, Bar::none, 0,
                     ""});
  return figures;
}

const Registered kRow({"mesh_espnow", 10, "every node sends 200 B a minute to a random other, on ESP-NOW", run});

}  // namespace
}  // namespace mp::bench
