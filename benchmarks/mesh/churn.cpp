// SPDX-License-Identifier: ISC
// 24 hours on ESP-NOW in which nodes die and come back, two of a hundred in an hour: whether what connected nodes send
// each other arrives, and whether nodes stay where they are in the trees. Then the root of a tree dies while they send.
#include "mesh_field.hpp"
#include "simulator/report/text.hpp"

#include <algorithm>

namespace mp::bench {
namespace {

constexpr std::uint32_t kBytes = 64;
constexpr double kChurn = 0.02;  // of the nodes, in an hour
constexpr Duration kHour = seconds(3600), kDown = seconds(300);
constexpr std::int64_t kHours = 24;
// So often a node sends; and how often in the minutes of the dead root.
constexpr Duration kEvery = seconds(1800), kEveryOfRoot = seconds(60);
constexpr Duration kAllowed = seconds(120);
constexpr double kDelivered = 0.9999;

struct Moves {
  std::uint64_t parents = 0, roots = 0;
};

// What of those that were there all the time has changed.
class Watch {
 public:
  explicit Watch(MeshField& field) : field_(field), parents_(field.size()), incarnations_(field.size()) {}
  void look() {
    for (std::uint32_t n = 0; n < field_.size(); ++n) {
      if (!field_.powered(n)) continue;
      const Trees& trees = field_.world().board(n).node()->trees();
      std::uint64_t now = 0;
      for (std::size_t t = 0; t < trees.count(); ++t) now += trees[t].parent_changes();
      const std::uint32_t incarnation = field_.world().board(n).incarnation().number;
      if (incarnation == incarnations_[n]) moves_.parents += now - parents_[n];
      parents_[n] = now;
      incarnations_[n] = incarnation;
    }
    for (std::size_t t = 0; t < roots_.size(); ++t) {
      const std::uint32_t root = field_.root(t);
      if (root == sim::kNoNode) continue;
      if (roots_[t] != sim::kNoNode && root != roots_[t]) ++moves_.roots;
      roots_[t] = root;
    }
  }
  void begin() {
    look();
    moves_ = {};
  }
  const Moves& moves() const { return moves_; }

 private:
  MeshField& field_;
  std::vector<std::uint64_t> parents_;
  std::vector<std::uint32_t> incarnations_;
  std::array<std::uint32_t, 4> roots_{sim::kNoNode, sim::kNoNode, sim::kNoNode, sim::kNoNode};
  Moves moves_;
};

// Of what was sent, what counts: its ends had power until it arrived, or the time allowed was over.
struct Counted {
  std::uint64_t offered = 0, arrived = 0;
  std::string lost;
};

Counted count(MeshField& field, const std::vector<std::vector<Instant>>& deaths) {
  Counted out;
  for (const MeshField::Offered& o : field.offered()) {
    const auto lived = [&](std::uint32_t node) {
      return std::none_of(deaths[node].begin(), deaths[node].end(),
                          [&](Instant died) { return died >= o.at && died <= o.at + kAllowed; });
    };
    if (!lived(o.from) || !lived(o.to)) continue;
    ++out.offered;
    const bool arrived = o.serial != 0 && field.world().ledger().entry(o.serial).delivered;
    out.arrived += arrived ? 1U : 0U;
    if (!arrived && out.lost.size() < 200)
      out.lost += "; " + std::to_string(o.from) + " to " + std::to_string(o.to) + " at " +
                  sim::text::fixed(static_cast<double>(o.at.us) / 1e6, 0) + " s: " +
                  (o.serial == 0 ? std::string("refused: ") + mp::name(o.refusal)
                   : field.world().ledger().entry(o.serial).outcome == sim::Ledger::kOpen
                       ? "open"
                       : mp::name(static_cast<Outcome>(field.world().ledger().entry(o.serial).outcome)));
  }
  return out;
}

std::vector<Figure> run(const Context& context) {
  using Bar = Figure::Bar;
  const std::uint32_t nodes = std::max<std::uint32_t>(context.transfers / 5, 50);
  sim::Scenario scenario = mesh_of(nodes, sim::MediumKind::espnow);
  MeshField field(scenario, context.seed);
  field.run(seconds(60));
  if (field.whole(seconds(300), seconds(1)) < Duration{}) throw BenchError("no trees: " + field.wrong());
  field.run(kHour);
  field.count_from_here();
  Watch watch(field);
  watch.begin();
  std::vector<std::vector<Instant>> deaths(nodes);
  sim::Stream stream(sim::Seed(context.seed).child("churn"));
  const Instant end = field.now() + kHour * kHours;
  std::uint64_t died = 0;
  // Deaths are independent of each other.
  const Duration between = microseconds(static_cast<std::int64_t>(static_cast<double>(kHour.us) / (kChurn * nodes)));
  std::function<void()> kill = [&] {
    const auto n = static_cast<std::uint32_t>(stream.below(nodes));
    if (field.powered(n)) {
      field.power_off(n);
      deaths[n].push_back(field.now());
      ++died;
      field.at(field.now() + kDown, [&field, n] { field.power_on(n); });
    }
    const Instant next = field.now() + stream.exponential(between);
    if (next < end) field.at(next, kill);
  };
  field.at(field.now() + stream.exponential(between), kill);
  field.traffic(kEvery, kBytes, end);
  for (std::int64_t hour = 0; hour < kHours; ++hour) {
    context.progress.at(static_cast<std::uint64_t>(hour), kHours, "hours");
    for (int i = 0; i < 60; ++i) {
      field.run(kHour / 60);
      watch.look();
    }
  }
  field.run(kAllowed);
  const Counted day = count(field, deaths);
  std::vector<Figure> figures;
  figures.push_back({"delivered, of all offered between nodes that lived",
                     static_cast<double>(day.arrived) / static_cast<double>(day.offered), 6, Bar::at_least, kDelivered,
                     std::to_string(day.arrived) + " of " + std::to_string(day.offered) + "; " + std::to_string(nodes) +
                         " nodes, " + std::to_string(died) + " deaths" + day.lost});
  figures.push_back({"changes of parent, per node, tree and day",
                     static_cast<double>(watch.moves().parents) / nodes / 4, 3, Bar::none, 0, ""});
  figures.push_back(
      {"changes of root, per tree and day", static_cast<double>(watch.moves().roots) / 4, 2, Bar::none, 0, ""});

  // The root of a tree dies.
  field.run(seconds(600));
  field.count_from_here();
  for (auto& d : deaths) d.clear();
  field.traffic(kEveryOfRoot, kBytes, field.now() + seconds(600));
  field.run(seconds(120));
  const std::uint32_t root = field.root(0);
  if (root != sim::kNoNode) {
    deaths[root].push_back(field.now());
    field.power_off(root);
  }
  field.run(seconds(480) + kAllowed);
  const Counted killed = count(field, deaths);
  figures.push_back({"root of a tree dies: Packages lost", static_cast<double>(killed.offered - killed.arrived), 0,
                     Bar::at_most, 0,
                     std::to_string(killed.arrived) + " of " + std::to_string(killed.offered) + killed.lost});
  return figures;
}

const Registered kRow({"mesh_churn", 30,
                       "24 hours on ESP-NOW in which nodes come and go; then a root dies (a fifth of the nodes)", run});

}  // namespace
}  // namespace mp::bench
