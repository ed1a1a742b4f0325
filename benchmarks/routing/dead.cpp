// SPDX-License-Identifier: ISC
// Some nodes are dead, and nobody has mended a tree: all places are those of before. A node takes a neighbour for dead
// after three tries in vain, and these count; from then on it knows. Packets run 32 at a time, so that they push each
// other out of what nodes remember. What no detour finds is asked for: a flood in which nodes hold back (0.38
// transmissions for each node alive), an answer, and the packet along it.
#include "mesh.hpp"
#include "pairs.hpp"

#include <cstdio>

namespace mp::bench {
namespace {

constexpr unsigned kAtOnce = 32;
constexpr double kFloodEach = 0.38;
constexpr unsigned kPacketsEach = 500;  // for each draw of who is dead
constexpr unsigned kPairsMax = 100'000;

struct Case {
  Family family;
  std::uint32_t nodes;
  unsigned degree;
  std::uint8_t trees;
  unsigned dead_percent;
  double mean_max;  // transmissions against the shortest way; 0: no bar
};
constexpr Case kCases[] = {{Family::geometric, 200, 10, 4, 10, 1.4},
                           {Family::geometric, 200, 10, 4, 30, 2.5},
                           {Family::geometric, 200, 10, 4, 5, 0},
                           {Family::geometric, 200, 10, 4, 20, 0},
                           {Family::geometric, 200, 10, 2, 10, 0},
                           {Family::geometric, 200, 10, 1, 10, 0},
                           {Family::geometric, 1000, 12, 4, 10, 0},
                           {Family::geometric, 1000, 12, 4, 30, 0},
                           {Family::grid, 400, 0, 4, 10, 0},
                           {Family::maze, 400, 0, 4, 10, 0},
                           {Family::barabasi_albert, 2000, 6, 4, 10, 0},
                           {Family::barabasi_albert, 2000, 6, 4, 30, 0},
                           {Family::villages, 500, 10, 4, 10, 0}};

struct Measured {
  Sample cost;
  std::uint64_t packets = 0, undelivered = 0, asked = 0, detours = 0;
  double sends = 0, shortest = 0, tries = 0, backs = 0, asking = 0;
};

struct UnderWay {
  Mesh::Packet packet;
  std::uint32_t hops;
};

void end(const Graph& graph, const std::vector<bool>& dead, std::size_t alive, const UnderWay& u, Measured& m) {
  const Way& way = u.packet.way();
  double cost = way.sends + way.tries;
  ++m.packets;
  m.detours += way.backs > 0 ? 1U : 0U;
  if (way.end == Way::End::asked) {
    const auto hops = hops_from(graph, way.at, dead);
    const double asking = kFloodEach * static_cast<double>(alive) + 2.0 * hops[u.packet.target()];
    ++m.asked;
    m.asking += asking;
    cost += asking;
  } else if (way.end != Way::End::delivered) {
    ++m.undelivered;
  }
  m.sends += way.sends;
  m.tries += way.tries;
  m.backs += way.backs;
  m.shortest += u.hops;
  m.cost.add(cost / u.hops);
}

Measured measure(const Case& c, const MeshOptions& options, const Context& context, std::uint64_t packets) {
  Measured m;
  std::uint32_t message = 0;
  const std::uint64_t draws = (packets + kPacketsEach - 1) / kPacketsEach;
  for (std::uint64_t draw = 0; draw < draws; ++draw) {
    const Seed seed = Seed(context.seed).child("dead", draw).child("nodes", c.nodes);
    const Graph graph = make_graph(c.family, c.nodes, c.degree, seed.child("graph"));
    const auto trees = make_trees(graph, c.trees, false, seed.child("trees"));
    Mesh mesh(graph, trees, options);
    Stream stream(seed.child("dead"));
    const auto dead = draw_dead(graph, c.dead_percent, stream);
    const auto alive = static_cast<std::size_t>(std::count(dead.begin(), dead.end(), false));
    mesh.kill(dead);
    context.progress.at(draw, draws, graph.name.c_str());
    std::vector<UnderWay> under_way;
    const auto go_on = [&] {
      for (UnderWay& u : under_way)
        if (!u.packet.step()) end(graph, dead, alive, u, m);
      std::erase_if(under_way, [](const UnderWay& u) { return u.packet.way().end != Way::End::under_way; });
    };
    each_pair(graph, dead, kPacketsEach, stream, [&](std::uint32_t s, std::uint32_t t, std::uint32_t hops) {
      while (under_way.size() >= kAtOnce) go_on();
      under_way.push_back({Mesh::Packet(mesh, s, t, ++message), hops});
    });
    while (!under_way.empty()) go_on();
  }
  return m;
}

std::string note_of(Measured& m) {
  char text[200];
  const auto each = static_cast<double>(m.packets);
  std::snprintf(
      text, sizeof text,
      "%.3f without tries; p99 %.1f, largest %.0f; detours %.2f %%, backs %.2f, tries %.2f each; asked %.3f %%",
      m.cost.mean() - m.tries / m.shortest, m.cost.percentile(0.99), m.cost.largest(),
      100 * static_cast<double>(m.detours) / each, m.backs / each, m.tries / each,
      100 * static_cast<double>(m.asked) / each);
  return text;
}

std::vector<Figure> run(const Context& context) {
  std::vector<Figure> figures;
  const std::uint64_t packets = std::min(context.transfers, kPairsMax);
  for (const Case& c : kCases) {
    Measured m = measure(c, {.trees = c.trees}, context, packets);
    const std::string name = make_graph(c.family, c.nodes, c.degree, Seed(1)).name + ", " + std::to_string(c.trees) +
                             (c.trees == 1 ? " tree, " : " trees, ") + std::to_string(c.dead_percent) + " % dead: ";
    figures.push_back(
        at_most(name + "lost", static_cast<double>(m.undelivered), 0, 0, std::to_string(m.packets) + " packets"));
    const std::string note = note_of(m);
    figures.push_back(c.mean_max > 0 ? at_most(name + "cost", m.cost.mean(), 3, c.mean_max, note)
                                     : report(name + "cost", m.cost.mean(), 3, note));
  }
  return figures;
}

const Registered kRow({"dead", 40, "nodes are dead and no tree is mended: all transmissions against the shortest way",
                       run});

// What it takes to remember less, or more.
std::vector<Figure> run_memory(const Context& context) {
  std::vector<Figure> figures;
  const std::uint64_t packets = std::min(context.transfers / 4, kPairsMax / 4);
  for (const unsigned dead : {10U, 30U}) {
    const Case c{Family::geometric, 200, 10, 4, dead, 0};
    const std::string name = "n=200 d10, 4 trees, " + std::to_string(dead) + " % dead, ";
    const auto measured = [&](const std::string& what, std::size_t ring, const DetourPolicy& policy) {
      Measured m = measure(c, {.ring = ring, .policy = policy}, context, packets);
      figures.push_back(report(name + what + ": cost", m.cost.mean(), 3, note_of(m)));
    };
    for (const std::size_t ring : {8U, 16U, 32U, 64U, 256U}) measured("ring " + std::to_string(ring), ring, {});
    for (const std::uint8_t code : {std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{3}})
      measured("visited " + std::to_string(Visited::size_of(code)) + " B, fixed", kDetoursDefault, {code, code});
    measured("visited 8 to 32 B", kDetoursDefault, {1, 3});
    for (const unsigned slack : {2U, 4U, 6U, 8U, 12U})
      measured("slack " + std::to_string(slack), kDetoursDefault,
               {.slack = static_cast<std::uint16_t>(slack * kCostUnit)});
    measured("no slack limit", kDetoursDefault, {.slack = kFar});
  }
  return figures;
}

const Registered kMemoryRow({"memory", 50, "the same by what nodes and packets remember", run_memory});

}  // namespace
}  // namespace mp::bench
