// SPDX-License-Identifier: ISC
// Bytes: of the indexes of an address, of an address, of a header on the air, of the tables of a node.
#include "mesh.hpp"
#include "pairs.hpp"

namespace mp::bench {
namespace {

constexpr unsigned kGraphs = 10;
constexpr std::size_t kBoardMax = 3072;

struct Case {
  std::uint32_t nodes;
  unsigned degree;
  bool lossy;
};
constexpr Case kCases[] = {{200, 10, false}, {1000, 12, false}, {5000, 12, false}, {200, 12, true}, {1000, 12, true}};

std::vector<Figure> run(const Context& context) {
  std::vector<Figure> figures;
  for (const Case& c : kCases) {
    Sample indexes, addresses, gap;
    std::array<Sample, kTreesMax + 1> headers;
    std::uint64_t without = 0, not_in_nibbles = 0;
    for (unsigned g = 0; g < (c.nodes > 1000 ? 2 : kGraphs); ++g) {
      context.progress.at(g, kGraphs, "sizes");
      const Seed seed = Seed(context.seed).child("sizes", c.nodes).child(c.lossy ? "lossy" : "clean", g);
      const Graph graph =
          c.lossy ? make_lossy_graph(c.nodes, c.degree, seed) : make_graph(Family::geometric, c.nodes, c.degree, seed);
      const auto trees = make_trees(graph, kTreesMax, c.lossy, seed.child("trees"));
      for (const Tree& tree : trees)
        for (std::uint32_t i = 0; i < graph.size(); ++i) {
          without += tree.has_address[i] ? 0U : 1U;
          if (!tree.has_address[i]) continue;
          indexes.add(tree.address[i].index_bits() / 8.0);
          addresses.add(tree.address[i].wire_bits() / 8.0);
          not_in_nibbles += tree.address[i].coordinates().ok() ? 0U : 1U;
        }
      for (const std::uint8_t count : {std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{4}}) {
        Mesh mesh(graph, trees, {.trees = count});
        for (std::uint32_t i = 0; i < graph.size(); ++i)
          headers[count].add(static_cast<double>(size_of(mesh.header((i + 1) % graph.size(), i, 1))));
      }
    }
    const std::string name =
        "n=" + std::to_string(c.nodes) + " d" + std::to_string(c.degree) + (c.lossy ? " lossy, by cost: " : ": ");
    const bool barred = c.nodes == 1000 && !c.lossy;
    const std::string note =
        "the version 0 form does not hold " +
        std::to_string(100 * static_cast<double>(not_in_nibbles) / static_cast<double>(indexes.size())).substr(0, 5) +
        " %";
    if (barred) {
      figures.push_back(at_most(name + "indexes, mean B", indexes.mean(), 2, 4.5, note));
      figures.push_back(at_most(name + "indexes, largest B", indexes.largest(), 2, 9));
    } else {
      figures.push_back(report(name + "indexes, mean B", indexes.mean(), 2, note));
      figures.push_back(report(name + "indexes, largest B", indexes.largest(), 2));
    }
    figures.push_back(report(name + "address with costs, mean B", addresses.mean(), 2,
                             "largest " + std::to_string(addresses.largest()).substr(0, 5)));
    figures.push_back(at_most(name + "nodes that no address fits", static_cast<double>(without), 0, 0));
    for (const std::size_t count : {1U, 2U, 4U})
      figures.push_back(report(
          name + "header, " + std::to_string(count) + (count == 1 ? " tree" : " trees") + ", mean B",
          headers[count].mean(), 1,
          "largest " + std::to_string(static_cast<int>(headers[count].largest())) + "; a detour adds 16, at most 32"));
  }
  figures.push_back(at_most("board: neighbour table of 16 x 4 trees, B",
                            16.0 * (sizeof(Neighbour) + kTreesMax * sizeof(TreeNeighbour)), 0, kBoardMax));
  figures.push_back(report("board: own places, B", 1.0 * kTreesMax * sizeof(TreeNeighbour), 0));
  figures.push_back(report("board: packets remembered, 64, B", 1.0 * kDetoursDefault * sizeof(Detour), 0));
  figures.push_back(report("stack of a decision: distances laid out, B", sizeof(Distances), 0));
  return figures;
}

const Registered kRow({"sizes", 60, "bytes of addresses, headers and tables", run});

}  // namespace
}  // namespace mp::bench
