// SPDX-License-Identifier: ISC
// The trees that the protocol makes, not ideal ones: how soon they stand, what they cost, and how far packets go by
// them; when all start at once, when a root dies, in quiet hours, and while nodes come and go for a day.
#include "pairs.hpp"
#include "protocol.hpp"

#include <array>

namespace mp::bench {
namespace {

using test::TreeWorld;
using test::TreeWorldOptions;

constexpr double kFramesAfterRoot = 4, kDiametersAfterRoot = 3, kFramesInQuiet = 4;
constexpr Duration kLimit = seconds(900);
// How long one hop of a message takes here: the mean pause before an advert, and its way.
constexpr Duration kHop = milliseconds(90);

std::string named(std::uint32_t nodes, unsigned degree) {
  return "n=" + std::to_string(nodes) + " d" + std::to_string(degree);
}

double seconds_of(Duration d) { return static_cast<double>(d.us) / 1e6; }

void settle(TreeWorld& world) {
  if (!world.settle(kLimit)) throw BenchError("the trees did not settle: " + world.wrong());
}

void add_stretch(const Graph& graph, const TreeWorld& world, std::uint64_t pairs, Seed seed, Sample& stretch,
                 std::uint64_t& failed) {
  const auto trees = trees_of(world);
  Mesh mesh(graph, trees, {});
  Stream stream(seed.child("pairs"));
  std::uint32_t message = 0;
  each_pair(graph, {}, pairs, stream, [&](std::uint32_t s, std::uint32_t t, std::uint32_t hops) {
    const Way way = mesh.route(s, t, ++message);
    if (way.end != Way::End::delivered) return void(++failed);
    stretch.add(static_cast<double>(way.sends) / hops);
  });
}

// --- all at once ---------------------------------------------------------------------------------------------

struct Start {
  std::uint32_t nodes;
  unsigned degree, graphs;
  double mean_max, p95_max;
};
constexpr Start kStarts[] = {{50, 8, 20, 0, 0}, {200, 10, 10, 1.05, 1.25}, {1000, 12, 3, 1.09, 0}};

std::vector<Figure> run_start(const Context& context) {
  std::vector<Figure> figures;
  for (const Start& c : kStarts) {
    Sample time, frames, stretch;
    std::uint64_t failed = 0;
    std::uint32_t largest = 0;
    for (unsigned g = 0; g < c.graphs; ++g) {
      context.progress.at(g, c.graphs, named(c.nodes, c.degree).c_str());
      const Seed seed = Seed(context.seed).child("start", c.nodes).child("graph", g);
      const Graph graph = make_graph(Family::geometric, c.nodes, c.degree, seed);
      TreeWorld world(in_world(graph), seed.child("world").value());
      world.start_all(seconds(1));
      settle(world);
      time.add(seconds_of(world.changed_at() - Instant{}));
      frames.add(static_cast<double>(world.frames()) / c.nodes);
      largest = std::max(largest, world.largest());
      add_stretch(graph, world, std::min(context.transfers, 100'000U) / c.graphs + 1, seed, stretch, failed);
    }
    const std::string name = named(c.nodes, c.degree);
    figures.push_back(report(name + ": all start within 1 s, whole after s, mean", time.mean(), 2,
                             "at most " + std::to_string(time.largest()).substr(0, 5)));
    figures.push_back(report(name + ": frames a node until then, four trees, mean", frames.mean(), 2,
                             "at most " + std::to_string(frames.largest()).substr(0, 5) + ", largest message " +
                                 std::to_string(largest) + " bytes"));
    figures.push_back(at_most(name + ": pairs not delivered", static_cast<double>(failed), 0, 0));
    figures.push_back(c.mean_max > 0 ? at_most(name + ": stretch, mean", stretch.mean(), 4, c.mean_max)
                                     : report(name + ": stretch, mean", stretch.mean(), 4));
    const double p95 = stretch.percentile(0.95);
    figures.push_back(c.p95_max > 0 ? at_most(name + ": stretch, p95", p95, 4, c.p95_max)
                                    : report(name + ": stretch, p95", p95, 4));
  }
  return figures;
}

// --- a root dies ---------------------------------------------------------------------------------------------

std::vector<Figure> run_root(const Context& context) {
  std::vector<Figure> figures;
  for (const Start& c : kStarts) {
    Sample time, diameters, frames;
    const TreeWorldOptions options;
    for (unsigned g = 0; g < c.graphs; ++g) {
      context.progress.at(g, c.graphs, named(c.nodes, c.degree).c_str());
      const Seed seed = Seed(context.seed).child("root", c.nodes).child("graph", g);
      const Graph graph = make_graph(Family::geometric, c.nodes, c.degree, seed);
      TreeWorld world(in_world(graph), seed.child("world").value());
      world.start_all(seconds(1));
      settle(world);
      const std::uint32_t root = world.root(0, 0);
      const std::uint64_t before = world.frames();
      world.kill(root);
      const Instant dead = world.now();
      settle(world);
      // The last neighbour may notice so late.
      // In its tree: if it held the mesh together, the other trees have orphans now, who wait before they claim.
      const Duration after = world.changed_at(0) - dead - options.detection;
      time.add(std::max(seconds_of(after), 0.0));
      diameters.add(std::max(seconds_of(after), 0.0) / (seconds_of(kHop) * world.graph().diameter()));
      frames.add(static_cast<double>(world.frames() - before) / c.nodes);
    }
    const std::string name = named(c.nodes, c.degree);
    figures.push_back(at_most(name + ": new epoch everywhere after detection, diameters, most", diameters.largest(), 2,
                              kDiametersAfterRoot, "mean " + std::to_string(time.mean()).substr(0, 4) + " s"));
    figures.push_back(at_most(name + ": frames a node, mean", frames.mean(), 2, kFramesAfterRoot,
                              "at most " + std::to_string(frames.largest()).substr(0, 4)));
  }
  return figures;
}

// --- quiet, and a day of coming and going --------------------------------------------------------------------

constexpr std::uint32_t kDayNodes = 200;
constexpr unsigned kDayDegree = 10, kChurn_percent = 2;

std::vector<Figure> run_day(const Context& context) {
  const Seed seed = Seed(context.seed).child("day");
  const Graph graph = make_graph(Family::geometric, kDayNodes, kDayDegree, seed);
  TreeWorld world(in_world(graph), seed.child("world").value());
  Stream stream(seed.child("events"));
  world.start_all(seconds(1));
  world.run(seconds(3600));
  std::uint64_t before = world.frames();
  std::uint64_t changes = world.parent_changes();
  world.run(seconds(3600));
  const double quiet = static_cast<double>(world.frames() - before) / kDayNodes;
  const std::uint64_t flaps = world.parent_changes() - changes;

  constexpr int kHours = 24;
  constexpr std::uint32_t kEach = kDayNodes * kChurn_percent / 100;  // so many die in an hour, and so many come back
  std::uint64_t pairs = 0, missed = 0, asked = 0;
  std::vector<std::uint32_t> gone;
  before = world.frames();
  changes = world.parent_changes();
  std::uint32_t message = 0;
  for (int hour = 0; hour < kHours; ++hour) {
    context.progress.at(static_cast<std::uint64_t>(hour), kHours, "hours");
    for (std::uint32_t i = 0; i < kEach; ++i) {
      world.run(seconds(3600 / (2 * kEach)));
      std::uint32_t node = 0;
      do node = static_cast<std::uint32_t>(stream.below(kDayNodes));
      while (!world.alive(node));
      world.kill(node);
      gone.push_back(node);
      world.run(seconds(3600 / (2 * kEach)));
      if (gone.size() > kEach) {
        world.start(gone.front());
        gone.erase(gone.begin());
      }
      // In the midst of it: a few seconds after somebody came or went.
      world.run(seconds(2));
      std::vector<bool> dead(kDayNodes);
      for (std::uint32_t n = 0; n < kDayNodes; ++n) dead[n] = !world.alive(n);
      const auto trees = trees_of(world);
      Mesh mesh(graph, trees, {});
      mesh.kill(dead);
      each_pair(graph, dead, std::min(context.transfers, 100'000U) / (kHours * kEach) + 1, stream,
                [&](std::uint32_t s, std::uint32_t t, std::uint32_t) {
                  const Way way = mesh.route(s, t, ++message);
                  ++pairs;
                  missed += way.end == Way::End::dropped ? 1U : 0U;
                  asked += way.end == Way::End::asked ? 1U : 0U;
                });
    }
  }
  const double hours = kHours;
  const double frames = static_cast<double>(world.frames() - before) / kDayNodes / hours;
  const double moved = static_cast<double>(world.parent_changes() - changes) / (hours * kEach);
  const bool whole = world.settle(kLimit);
  return {
      at_most("a quiet hour: frames a node, all four trees", quiet, 2, kFramesInQuiet),
      at_most("a quiet hour: parents changed", static_cast<double>(flaps), 0, 0),
      report("2 % of nodes die in each of 24 hours: frames a node and hour", frames, 2),
      report("parents changed for each death and return, four trees", moved, 2),
      at_most("connected pairs not delivered, of those at work", static_cast<double>(missed), 0, 0,
              std::to_string(pairs) + " pairs, of which " + std::to_string(asked) + " had to ask for the way"),
      at_least("afterwards the trees are whole", whole ? 1 : 0, 0, 1, world.wrong()),
  };
}

const Registered kStart({"trees_start", 60, "the protocol's own trees: all nodes start at once", run_start});
const Registered kRoot({"trees_root", 61, "the protocol's own trees: the root of one dies", run_root});
const Registered kDay({"trees_day", 62, "the protocol's own trees: quiet hours, then a day of coming and going",
                       run_day});

}  // namespace
}  // namespace mp::bench
