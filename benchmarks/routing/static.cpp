// SPDX-License-Identifier: ISC
// Nothing fails: every packet must come to its target, by greedy hops alone, and never to a node twice. In every
// family of graphs, with one tree and with four, by both metrics.
#include "mesh.hpp"
#include "pairs.hpp"

namespace mp::bench {
namespace {

struct Case {
  Family family;
  std::uint32_t nodes;
  unsigned degree;
};
constexpr Case kCases[] = {{Family::geometric, 50, 8},    {Family::geometric, 200, 10},
                           {Family::geometric, 1000, 12}, {Family::geometric, 5000, 12},
                           {Family::grid, 1024, 0},       {Family::line, 200, 0},
                           {Family::maze, 900, 0},        {Family::barabasi_albert, 5000, 6},
                           {Family::villages, 500, 10}};

struct Form {
  const char* name;
  std::uint8_t trees;
  Metric metric;
};
constexpr Form kForms[] = {{"4 trees, by tree", 4, Metric::tree},
                           {"4 trees, by prefix", 4, Metric::prefix},
                           {"1 tree, by tree", 1, Metric::tree},
                           {"1 tree, by prefix", 1, Metric::prefix}};

// As version 0 can: one address of 16 bytes, and no state in the packet. True if it came to its target.
bool route_by_nibbles(const Graph& graph, Mesh& mesh, const Coordinates& coordinates, std::uint32_t at,
                      std::uint32_t target) {
  const auto nibbles = Address::encode(coordinates.all());
  RouteHeader header = mesh.header(at, target, 1);
  header.places[0].address = *CompactAddress::from(nibbles->decode());
  for (std::uint32_t hops = 0; at != target; ++hops) {
    const Neighbours& table = mesh.neighbours(at);
    std::uint8_t next = table.find(header.target);
    if (next == kNobody) next = nearer_neighbour(table, Distances(header, table));
    if (next == kNobody || hops == graph.size()) return false;
    at = graph.links[at][next].to;
  }
  return true;
}

Figure of_version0(const Graph& graph, const std::vector<Tree>& trees, const Context& context, Seed seed) {
  Mesh mesh(graph, trees, {.trees = 1});
  Stream stream(seed.child("pairs"));
  std::uint64_t failed = 0, unfit = 0, done = 0;
  each_pair(graph, {}, context.transfers, stream, [&](std::uint32_t s, std::uint32_t t, std::uint32_t) {
    if (++done % 1024 == 0) context.progress.at(done, context.transfers, graph.name.c_str());
    const auto coordinates = trees[0].address[t].coordinates();
    if (!coordinates) {
      ++unfit;
      return;
    }
    failed += route_by_nibbles(graph, mesh, *coordinates, s, t) ? 0U : 1U;
  });
  return at_most(graph.name + ", version 0 form: not delivered", static_cast<double>(failed), 0, 0,
                 std::to_string(done - unfit) + " pairs, and " + std::to_string(unfit) + " whose address does not fit");
}

std::vector<Figure> run(const Context& context) {
  std::vector<Figure> figures;
  for (const Case& c : kCases) {
    const Seed seed = Seed(context.seed).child("static", c.nodes).child("family", static_cast<unsigned>(c.family));
    const Graph graph = make_graph(c.family, c.nodes, c.degree, seed.child("graph"));
    const auto trees = make_trees(graph, kTreesMax, false, seed.child("trees"));
    unsigned levels = 0, diameter = 0;
    for (const Tree& tree : trees) levels = std::max(levels, tree.levels_max);
    for (const Form& form : kForms) {
      Mesh mesh(graph, trees, {.trees = form.trees, .metric = form.metric});
      Stream stream(seed.child("pairs"));
      std::uint64_t failed = 0, circled = 0, done = 0;
      double stretch = 0;
      each_pair(graph, {}, context.transfers, stream, [&](std::uint32_t s, std::uint32_t t, std::uint32_t hops) {
        if (++done % 1024 == 0) context.progress.at(done, context.transfers, graph.name.c_str());
        const Way way = mesh.route(s, t, static_cast<std::uint32_t>(done));
        failed += way.end == Way::End::delivered && way.backs == 0 ? 0U : 1U;
        circled += way.circled ? 1U : 0U;
        stretch += static_cast<double>(way.sends) / hops;
        diameter = std::max(diameter, hops);
      });
      figures.push_back(at_most(
          graph.name + ", " + form.name + ": not delivered, or circled", static_cast<double>(failed + circled), 0, 0,
          std::to_string(done) + " pairs up to " + std::to_string(diameter) + " hops apart, " + std::to_string(levels) +
              " levels, mean stretch " + std::to_string(stretch / static_cast<double>(done)).substr(0, 5)));
    }
    figures.push_back(of_version0(graph, trees, context, seed));
  }
  return figures;
}

const Registered kRow({"static", 10, "nothing fails: every pair is delivered greedily, in all families", run});

}  // namespace
}  // namespace mp::bench
