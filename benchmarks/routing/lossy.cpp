// SPDX-License-Identifier: ISC
// Links that lose frames, up to four in five at the edge of range, and repeat them: expected transmissions against the
// least that any way takes. Nodes know the class of a link's cost, not its reception.
#include "mesh.hpp"
#include "pairs.hpp"

namespace mp::bench {
namespace {

constexpr unsigned kGraphs = 20, kPairsMax = 200'000;
constexpr double kBar = 1.10;

struct Form {
  const char* name;
  std::uint8_t trees;
  bool by_cost;
  double bar;
};
constexpr Form kForms[] = {{"4 trees by cost", 4, true, kBar},
                           {"3 trees by cost", 3, true, 0},
                           {"2 trees by cost", 2, true, 0},
                           {"1 tree by cost", 1, true, 0},
                           {"4 trees by hops", 4, false, 0}};

std::vector<Figure> run(const Context& context) {
  std::vector<Figure> figures;
  for (const Form& form : kForms) {
    Sample cost;
    std::uint64_t failed = 0;
    const std::uint64_t pairs = std::min(context.transfers, kPairsMax) / kGraphs + 1;
    for (unsigned g = 0; g < kGraphs; ++g) {
      context.progress.at(g, kGraphs, form.name);
      const Seed seed = Seed(context.seed).child("lossy", g);
      const Graph graph = make_lossy_graph(200, 12, seed);
      const auto trees = make_trees(graph, form.trees, form.by_cost, seed.child("trees"));
      Mesh mesh(graph, trees, {.trees = form.trees});
      Stream stream(seed.child("pairs"));
      std::vector<double> least;
      std::uint32_t from = kUnreached, message = 0;
      each_pair(graph, {}, pairs, stream, [&](std::uint32_t s, std::uint32_t t, std::uint32_t) {
        if (s != from) least = transmissions_from(graph, s);
        from = s;
        const Way way = mesh.route(s, t, ++message);
        failed += way.end == Way::End::delivered ? 0U : 1U;
        cost.add(way.transmissions / least[t]);
      });
    }
    const std::string name = std::string("n=200 d12, ") + form.name;
    const std::string note =
        std::to_string(cost.size()) + " pairs, p95 " + std::to_string(cost.percentile(0.95)).substr(0, 5);
    figures.push_back(form.bar > 0 ? at_most(name + ": transmissions / least", cost.mean(), 4, form.bar, note)
                                   : report(name + ": transmissions / least", cost.mean(), 4, note));
    figures.push_back(at_most(name + ": not delivered", static_cast<double>(failed), 0, 0));
  }
  return figures;
}

const Registered kRow({"lossy", 30, "links that lose frames: expected transmissions against the least", run});

}  // namespace
}  // namespace mp::bench
