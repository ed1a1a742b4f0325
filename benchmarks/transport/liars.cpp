// SPDX-License-Identifier: ISC
// What nodes cost that take packets by id, say that they have them, and drop them: 50 nodes at random on espnow, some
// of them such, and one Package after the other between others that are connected without them. And what it costs to
// show where nodes hang, which is asked for when a place is used first.
#include "field.hpp"

#include <algorithm>

namespace mp::bench {
namespace {

constexpr std::uint32_t kNodes = 50, kDegree = 8;
constexpr std::uint32_t kBytes = 60;
constexpr std::uint32_t kSendsMin = 200;
constexpr std::uint32_t kSendsIn = 2;  // so many transfers make one send
constexpr Duration kPause = seconds(2);
constexpr std::uint32_t kHoles[] = {0, 1, 3, 5};

struct Measured {
  std::uint64_t sends = 0, delivered = 0, late = 0, late_delivered = 0, frames = 0;
  std::vector<double> seconds_each;
  std::uint64_t checks = 0, proven = 0, refused = 0, records = 0, signatures = 0;
  std::string trouble;
};

// `holes`: the first so many of the nodes, which lie at random.
Scenario mesh_of(std::uint32_t holes) {
  Scenario scenario;
  scenario.name = "transport_bench";
  scenario.topology.kind = sim::TopologyKind::geometric;
  scenario.topology.nodes = kNodes;
  scenario.topology.degree_milli = kDegree * 1000;
  scenario.media = {sim::defaults_of(sim::MediumKind::espnow)};
  scenario.nodes.start_spread = seconds(1);
  scenario.nodes.trees = 4;
  scenario.nodes.limits.peers = 32;
  scenario.sample = seconds(3600);
  if (holes == 0) return scenario;
  sim::GroupSpec group;
  group.name = "holes";
  group.nodes.text = "0-" + std::to_string(holes - 1);
  group.node = scenario.nodes;
  group.node.misbehaviour = sim::Misbehaviour::black_hole;
  scenario.groups.push_back(std::move(group));
  return scenario;
}

// Whom each honest node reaches by honest ones: the number of their island.
std::vector<std::uint32_t> islands(const World& world, std::uint32_t holes) {
  std::vector<std::uint32_t> island(world.size(), 0);
  for (std::uint32_t i = holes; i < world.size(); ++i) {
    if (island[i] != 0) continue;
    std::vector<std::uint32_t> all{i};
    island[i] = i + 1;
    for (std::size_t k = 0; k < all.size(); ++k)
      for (std::uint32_t b = holes; b < world.size(); ++b)
        if (island[b] == 0 && world.neighbours(all[k], b)) {
          island[b] = i + 1;
          all.push_back(b);
        }
  }
  return island;
}

void count_proofs(World& world, Measured& m, std::uint64_t signatures_before) {
  std::uint64_t signatures = 0;
  for (std::uint32_t i = 0; i < world.size(); ++i) {
    const SpanningTreeCounts& c = world.board(i).tree()->counts();
    m.checks += c.checks_begun;
    m.proven += c.places_proven;
    m.refused += c.places_refused;
    m.records += c.records_asked + c.records_passed + c.records_sent;
    signatures += c.signatures_checked;
  }
  m.signatures += signatures - signatures_before;
}

void run_one(std::uint32_t holes, std::uint32_t sends, std::uint64_t seed, Measured& m) {
  const Scenario scenario = mesh_of(holes);
  Field field(scenario, seed);
  World& world = field.world();
  world.run_for(seconds(60));
  std::uint64_t signatures = 0;
  for (std::uint32_t i = 0; i < world.size(); ++i) signatures += world.board(i).tree()->counts().signatures_checked;
  const auto island = islands(world, holes);
  sim::Stream stream(sim::Seed(seed).child("pairs"));
  field.count_from_here();
  for (std::uint32_t i = 0; i < sends; ++i) {
    std::uint32_t from = 0, to = 0;
    while (from == to || island[from] == 0 || island[from] != island[to]) {
      from = static_cast<std::uint32_t>(stream.below(kNodes));
      to = static_cast<std::uint32_t>(stream.below(kNodes));
    }
    const std::uint64_t serial = field.send(from, to, kBytes);
    (void)field.run_until_ended({serial}, seconds(120));
    const bool delivered = field.delivered(serial);
    ++m.sends;
    m.delivered += delivered ? 1U : 0U;
    if (2 * i >= sends) {
      ++m.late;
      m.late_delivered += delivered ? 1U : 0U;
    }
    const Ledger::Entry& e = field.entry(serial);
    if (delivered) m.seconds_each.push_back(static_cast<double>((e.got - e.sent).us) / 1e6);
    if (!delivered && m.trouble.empty())
      m.trouble = "seed " + std::to_string(seed) + ": " +
                  (field.ended(serial) ? name(static_cast<Outcome>(e.outcome)) : "did not end");
    world.run_for(kPause);
  }
  const Tally all = field.tally();
  m.frames += all.of(FrameClass::data) + all.of(FrameClass::acknowledgement);
  count_proofs(world, m, signatures);
}

double share(std::uint64_t n, std::uint64_t of) {
  return static_cast<double>(n) / static_cast<double>(std::max<std::uint64_t>(of, 1));
}

double at(std::vector<double> values, double rank) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(rank * static_cast<double>(values.size() - 1))];
}

std::vector<Figure> run(const Context& context) {
  using Bar = Figure::Bar;
  constexpr std::uint32_t kMeshes = 4;
  const std::uint32_t sends = std::max(kSendsMin, context.transfers / kSendsIn) / kMeshes;
  std::vector<Figure> figures;
  for (const std::uint32_t holes : kHoles) {
    Measured m;
    for (std::uint32_t i = 0; i < kMeshes; ++i) {
      context.progress.at(i, kMeshes, "meshes with black holes");
      run_one(holes, sends, context.seed + i, m);
    }
    const std::string name = std::to_string(holes) + " of 50 drop what they take: ";
    const std::string all = std::to_string(m.sends) + " sends";
    figures.push_back({name + "delivered, of pairs connected without them", share(m.delivered, m.sends), 4,
                       Bar::at_least, holes == 0 ? 1.0 : 0.95, m.trouble.empty() ? all : m.trouble});
    figures.push_back({name + "the second half of these", share(m.late_delivered, m.late), 4});
    figures.push_back({name + "frames of data and acknowledgements a send", share(m.frames, m.sends), 2});
    figures.push_back({name + "seconds until it arrives, median", at(m.seconds_each, 0.5), 3});
    figures.push_back({name + "mean", mean(m.seconds_each), 3});
    figures.push_back({name + "99th percentile", at(m.seconds_each, 0.99), 3});
    if (holes > 0) continue;
    const auto nodes = std::uint64_t{kNodes} * kMeshes;
    figures.push_back({"places used: checks begun, a node", share(m.checks, nodes), 2, Bar::none, 0,
                       std::to_string(m.proven) + " shown, " + std::to_string(m.refused) + " refused, all honest"});
    figures.push_back({"places used: messages of proofs, a check", share(m.records, m.checks), 2});
    figures.push_back({"places used: signatures checked, a check", share(m.signatures, m.checks), 2});
    figures.push_back({"places used: refused, of honest nodes", share(m.refused, m.checks), 4, Bar::at_most, 0.01});
  }
  return figures;
}

const Registered kRow({"liars", 47, "black holes among 50 nodes; --transfers / 2 sends", run});

}  // namespace
}  // namespace mp::bench
