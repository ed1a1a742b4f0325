// SPDX-License-Identifier: ISC
// mpsim map: where the nodes are and who hears whom, for other programs, or to become a topology of kind "file".
#include "programs/mpsim/commands.hpp"
#include "programs/mpsim/errors.hpp"
#include "programs/mpsim/out_file.hpp"
#include "programs/mpsim/overrides.hpp"
#include "simulator/report/html.hpp"
#include "simulator/report/text.hpp"
#include "simulator/scenario/scenario_toml.hpp"
#include "simulator/sweep/replay.hpp"
#include "simulator/world/world.hpp"

#include <algorithm>

namespace mp::sim {
namespace {

std::string metres(std::int64_t mm) { return text::fixed(static_cast<double>(mm) / 1000, 3); }

std::string name_of(const World& world, std::uint32_t node) {
  const std::vector<std::string>& names = world.layout().names;
  return node < names.size() && !names[node].empty() ? names[node] : std::to_string(node);
}

std::string positions(const World& world) {
  std::string csv = "name,x,y\n";
  for (std::uint32_t n = 0; n < world.size(); ++n) {
    const Point p = world.place_of(n);
    csv += name_of(world, n) + "," + metres(p.x_mm) + "," + metres(p.y_mm) + "\n";
  }
  return csv;
}

// Pairs of which each hears the other, with the loss between them, in order of their nodes.
std::string links(World& world) {
  struct Line {
    std::uint32_t a, b;
    std::int32_t loss_mdb;
  };
  std::vector<Line> lines;
  for (std::size_t m = 0; m < world.media(); ++m) {
    const Medium& medium = world.medium(m);
    for (RadioIndex a = 0; a < medium.size(); ++a)
      for (const Hearer& hearer : medium.reach().hearers(a)) {
        if (hearer.radio < a || !medium.in_range(a, hearer.radio) || !medium.in_range(hearer.radio, a)) continue;
        const std::uint32_t from = medium.radio(a).node(), to = medium.radio(hearer.radio).node();
        const std::int32_t sent = medium.spec().propagation.tx_mdbm + world.board(from).spec().tx_gain_mdb;
        lines.push_back({std::min(from, to), std::max(from, to), sent - hearer.mdbm});
      }
  }
  std::stable_sort(lines.begin(), lines.end(),
                   [](const Line& x, const Line& y) { return x.a != y.a ? x.a < y.a : x.b < y.b; });
  std::string csv = "a,b,loss_db\n";
  for (const Line& l : lines)
    csv += name_of(world, l.a) + "," + name_of(world, l.b) + "," + text::fixed(l.loss_mdb / 1000.0, 1) + "\n";
  return csv;
}

std::string contents(World& world, const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (name.ends_with(".html")) return to_html(world.result());
  if (name.starts_with("positions")) return positions(world);
  if (name.starts_with("links")) return links(world);
  throw UsageError("map: " + path + ": what shall be in it? Call it positions.csv, links.csv or something.html");
}

}  // namespace

int run_map(const MapOptions& options) {
  const Scenario scenario = load_scenario(options.scenario.path, overrides_of(options.scenario));
  keep_apart({options.scenario.path}, options.out);
  World world(scenario, options.seed.value_or(scenario.seed));
  if (options.out.empty()) print(links(world));
  for (const std::string& path : options.out) {
    const std::string text = contents(world, path);
    OutFile out(path);
    out.write(text);
    out.keep();
  }
  return kExitOk;
}

}  // namespace mp::sim
