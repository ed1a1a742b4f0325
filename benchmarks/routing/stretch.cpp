// SPDX-License-Identifier: ISC
// How much longer the way is than the shortest, and how unevenly nodes are loaded, by number of trees and metric. Of
// each kind, several graphs.
#include "mesh.hpp"
#include "pairs.hpp"

namespace mp::bench {
namespace {

struct Case {
  std::uint32_t nodes;
  unsigned degree, graphs;
  double mean_max, p95_max;  // with four trees, by tree; 0: no bar
};
constexpr Case kCases[] = {{50, 8, 40, 0, 0}, {200, 10, 20, 1.05, 1.25}, {1000, 12, 6, 1.09, 0}, {5000, 12, 2, 0, 0}};
constexpr unsigned kPairsMax = 200'000;  // of each, so that memory stays small

struct Measured {
  Sample stretch, peak;
  double shortest = 0;
};

Measured measure(const Case& c, std::uint8_t count, Metric metric, const Context& context) {
  Measured m;
  const std::uint64_t pairs = std::min(context.transfers, kPairsMax) / c.graphs + 1;
  for (unsigned g = 0; g < c.graphs; ++g) {
    const Seed seed = Seed(context.seed).child("stretch", c.nodes).child("graph", g);
    const Graph graph = make_graph(Family::geometric, c.nodes, c.degree, seed);
    const auto trees = make_trees(graph, count, false, seed.child("trees"));
    Mesh mesh(graph, trees, {.trees = count, .metric = metric});
    Stream stream(seed.child("pairs"));
    std::vector<double> load(graph.size());
    std::uint32_t message = 0;
    context.progress.at(g, c.graphs, graph.name.c_str());
    each_pair(graph, {}, pairs, stream, [&](std::uint32_t s, std::uint32_t t, std::uint32_t hops) {
      Mesh::Packet packet(mesh, s, t, ++message);
      do {
        load[packet.way().at] += 1;
      } while (packet.step());
      const double stretch = static_cast<double>(packet.way().sends) / hops;
      m.stretch.add(stretch);
      m.shortest += packet.way().sends == hops ? 1 : 0;
    });
    double sum = 0;
    for (const double l : load) sum += l;
    m.peak.add(*std::max_element(load.begin(), load.end()) * graph.size() / sum);
  }
  m.shortest /= static_cast<double>(m.stretch.size());
  return m;
}

std::vector<Figure> run(const Context& context) {
  std::vector<Figure> figures;
  for (const Case& c : kCases) {
    const std::string graph = "n=" + std::to_string(c.nodes) + " d" + std::to_string(c.degree);
    for (const auto& [count, metric] : {std::pair<std::uint8_t, Metric>{4, Metric::tree},
                                        {4, Metric::prefix},
                                        {2, Metric::tree},
                                        {1, Metric::tree},
                                        {1, Metric::prefix}}) {
      Measured m = measure(c, count, metric, context);
      const std::string name = graph + ", " + std::to_string(count) + (count == 1 ? " tree" : " trees") +
                               (metric == Metric::tree ? ", by tree" : ", by prefix");
      const bool barred = count == 4 && metric == Metric::tree;
      const double p95 = m.stretch.percentile(0.95);
      const std::string note = "shortest " + std::to_string(m.shortest).substr(0, 5) + ", p95 " +
                               std::to_string(p95).substr(0, 5) + ", most loaded node " +
                               std::to_string(m.peak.mean()).substr(0, 4) + " x the mean";
      figures.push_back(barred && c.mean_max > 0
                            ? at_most(name + ": stretch, mean", m.stretch.mean(), 4, c.mean_max, note)
                            : report(name + ": stretch, mean", m.stretch.mean(), 4, note));
      if (barred && c.p95_max > 0) figures.push_back(at_most(name + ": stretch, p95", p95, 4, c.p95_max));
    }
  }
  return figures;
}

const Registered kRow({"stretch", 20, "hops against the shortest way, by number of trees and metric", run});

}  // namespace
}  // namespace mp::bench
