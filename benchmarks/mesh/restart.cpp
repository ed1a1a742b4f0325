// SPDX-License-Identifier: ISC
// All nodes of a mesh on ESP-NOW lose their power and start again within a second. When their trees stand again, what
// that takes, and what an idle hour costs afterwards.
#include "mesh_field.hpp"
#include "simulator/report/text.hpp"

namespace mp::bench {
namespace {

constexpr double kBeaconsMax = 12, kAdvertsMax = 4;
// Nodes settle, and links learn what they cost, from a Beacon in five minutes, before the hour that is counted.
constexpr Duration kRest = seconds(2 * 3600), kHour = seconds(3600);

std::vector<Figure> run(const Context& context) {
  using Bar = Figure::Bar;
  sim::Scenario scenario = mesh_of(context.transfers, sim::MediumKind::espnow);
  MeshField field(scenario, context.seed);
  field.run(seconds(60));
  if (field.whole(seconds(300), seconds(1)) < Duration{})
    throw BenchError("no trees before the restart: " + field.wrong());
  sim::Stream stream(sim::Seed(context.seed).child("restart"));
  for (std::uint32_t n = 0; n < field.size(); ++n) field.power_off(n);
  field.run(seconds(5));
  for (std::uint32_t n = 0; n < field.size(); ++n)
    field.at(field.now() + stream.between(Duration{}, seconds(1)), [&field, n] { field.power_on(n); });
  field.count_from_here();
  field.run(seconds(1));
  context.progress.at(0, 2, "restart");
  const Duration whole = field.whole(seconds(600), milliseconds(200));
  const Air start = field.air();
  const auto nodes = static_cast<double>(field.size());
  std::vector<Figure> figures;
  figures.push_back({"trees whole after, s", whole < Duration{} ? -1 : static_cast<double>(whole.us) / 1e6, 1,
                     Bar::at_least, 0, whole < Duration{} ? field.wrong() : "from when the last has power"});
  figures.push_back({"frames of a node until then", static_cast<double>(start.total()) / nodes, 1, Bar::none, 0,
                     text(start, field.size())});
  field.run(kRest);
  field.count_from_here();
  context.progress.at(1, 2, "rest");
  field.run(kHour);
  const Air rest = field.air();
  figures.push_back({"idle hour: Beacons of a node", static_cast<double>(rest.of(Said::beacon)) / nodes, 2,
                     Bar::at_most, kBeaconsMax, ""});
  figures.push_back({"idle hour: adverts of a node", static_cast<double>(rest.of(Said::advert)) / nodes, 2,
                     Bar::at_most, kAdvertsMax, text(rest, field.size())});
  return figures;
}

const Registered kRow({"mesh_restart", 40, "all nodes on ESP-NOW restart at once; then an idle hour", run});

}  // namespace
}  // namespace mp::bench
