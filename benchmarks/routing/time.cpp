// SPDX-License-Identifier: ISC
// How long a decision takes, with a table of 32 neighbours in four trees, half-way on its route. The best of several
// rounds: the others tell about the machine.
#include "mesh.hpp"
#include "pairs.hpp"

#include <chrono>

namespace mp::bench {
namespace {

constexpr unsigned kNeighbours = 32, kRounds = 40, kEach = 2000;
constexpr double kDecisionMax_ns = 1000;

template <typename F>
double best_ns(F&& f) {
  double best = 1e300;
  for (unsigned round = 0; round < kRounds; ++round) {
    const auto begun = std::chrono::steady_clock::now();
    for (unsigned i = 0; i < kEach; ++i) f(i);
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begun;
    best = std::min(best, took.count() / kEach);
  }
  return best;
}

// A node with exactly 32 neighbours in a mesh of a thousand: the places of its neighbours are real ones.
std::uint32_t node_of(const Graph& graph) {
  for (std::uint32_t i = 0; i < graph.size(); ++i)
    if (graph.links[i].size() == kNeighbours) return i;
  throw BenchError("no node has 32 neighbours; another seed");
}

std::vector<Figure> run(const Context& context) {
  std::vector<Figure> figures;
  for (const bool lossy : {false, true}) {
    const Seed seed = Seed(context.seed).child("time");
    const Graph graph = lossy ? make_lossy_graph(1000, 32, seed) : make_graph(Family::geometric, 1000, 32, seed);
    const auto trees = make_trees(graph, kTreesMax, lossy, seed.child("trees"));
    Mesh mesh(graph, trees, {});
    const std::uint32_t node = node_of(graph);
    std::vector<RouteHeader> headers;
    for (std::uint32_t i = 0; i < 64; ++i)
      headers.push_back(mesh.header((node + 1) % 1000, (node + 7 + 13 * i) % 1000, i));
    std::array<Detour, kDetoursDefault> ring{};
    DetourTable detours(ring);
    unsigned sum = 0;
    const double decision = best_ns([&](unsigned i) {
      RouteHeader& header = headers[i % headers.size()];
      header.message = i;
      sum += decide(header, mesh.neighbours(node), detours, Arrival::received, 0).to;
    });
    ByteArray<kRouteHeaderMax> wire{};
    std::size_t size = 0;
    const double encoding = best_ns([&](unsigned i) { size = *encode(headers[i % headers.size()], wire); });
    const double decoding =
        best_ns([&](unsigned) { sum += decode_route_header(Bytes(wire).first(size))->header.trees; });
    const std::string name = lossy ? "trees by cost: " : "trees by hops: ";
    const std::string note = "check " + std::to_string(sum % 97);
    figures.push_back(at_most(name + "decision, 32 neighbours x 4 trees, ns", decision, 0, kDecisionMax_ns, note));
    figures.push_back(report(name + "header written, ns", encoding, 0));
    figures.push_back(report(name + "header read, ns", decoding, 0));
  }
  return figures;
}

const Registered kRow({"time", 70, "nanoseconds of a decision; by this machine's clock", run});

}  // namespace
}  // namespace mp::bench
