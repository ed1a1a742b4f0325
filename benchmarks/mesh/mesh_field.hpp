// SPDX-License-Identifier: ISC
// A mesh of real nodes in the simulator, with trees: whether these are whole, traffic between any two nodes, and what
// all of it puts on the air. Where a target is, which a directory will say, each node is told by the simulator, at the
// moment when it asks.
#pragma once

#include "benchmarks/rows/row.hpp"
#include "simulator/world/world.hpp"

#include <array>
#include <map>
#include <memory>
#include <queue>
#include <set>

namespace mp::bench {

// What a frame on the air is for.
enum class Said : std::uint8_t { beacon, advert, trees, hop_ack, data, answer, error, other, count_ };
constexpr std::size_t kSaid = static_cast<std::size_t>(Said::count_);
const char* name(Said said);

struct Air {
  std::array<std::uint64_t, kSaid> frames{};
  std::array<Duration, kSaid> airtime{};

  std::uint64_t of(Said s) const { return frames[static_cast<std::size_t>(s)]; }
  std::uint64_t total() const;
  Duration on_air() const;
};

// Random geometric, connected, every node has all trees.
sim::Scenario mesh_of(std::uint32_t nodes, sim::MediumKind kind, std::uint8_t trees = 4, std::uint32_t degree = 12);

class MeshField final : private sim::Onlooker {
 public:
  MeshField(const sim::Scenario& scenario, std::uint64_t seed);
  ~MeshField();

  sim::World& world() { return world_; }
  std::uint32_t size() { return world_.size(); }
  Instant now() const { return world_.now(); }
  // Runs on, and does what was planned for then.
  void at(Instant when, std::function<void()> what) { plan_.push({when, ++planned_, std::move(what)}); }
  void run(Duration time);

  // What is wrong with the trees of those that have power and are connected; empty: nothing.
  std::string wrong();
  // How many of them have a place in the one tree that most of their component follow; of how many, over all trees.
  std::pair<std::uint64_t, std::uint64_t> placed();
  // Until nothing is wrong: how long that took; negative: it was not in time.
  Duration whole(Duration limit, Duration step);

  void power_off(std::uint32_t node);
  void power_on(std::uint32_t node);
  bool powered(std::uint32_t node) const { return world_.powered(node); }
  // Who is the root of this tree, kNoNode: nobody or several.
  std::uint32_t root(std::size_t tree);
  bool connected(std::uint32_t a, std::uint32_t b);

  // A Package from here to there now, and what becomes of it.
  struct Offered {
    std::uint64_t serial = 0;  // 0: refused
    std::uint32_t from = 0, to = 0;
    Status refusal = Status::ok;
    Instant at{};
  };
  const Offered& send(std::uint32_t from, std::uint32_t to, std::uint32_t size, bool ask = true);
  // Every node that has power sends to a random other, connected to it, once in `every` at its own phase, until then.
  void traffic(Duration every, std::uint32_t size, Instant until, bool ask = true);
  const std::vector<Offered>& offered() const { return offered_; }
  struct Outcomes {
    std::uint64_t offered = 0, refused = 0, arrived = 0, late = 0;
    std::vector<double> latencies_s{};            // of those that arrived in time, in order
    std::map<std::string, std::uint64_t> ends{};  // what their senders were told, of those that did not
    double share() const { return offered == 0 ? 0 : static_cast<double>(arrived) / static_cast<double>(offered); }
    double latency_s(double quantile) const;
    std::string text() const;
  };
  // `allowed`: what comes later has not come.
  Outcomes outcomes(Duration allowed);

  const Air& air() const { return air_; }
  // Packets that went over several hops: nodes that sent each on, and the least that could have.
  struct Ways {
    std::uint64_t packets = 0, hops = 0, shortest = 0;
  };
  Ways ways();
  void count_from_here();

 private:
  class Oracle;
  struct Planned {
    Instant when;
    std::uint64_t number;
    std::function<void()> what;
    bool operator<(const Planned& o) const { return when != o.when ? when > o.when : number > o.number; }
  };
  struct Way {
    std::uint32_t from = 0, to = 0;
    std::vector<std::uint32_t> senders;
  };

  void on_frame(const sim::Medium& medium, const sim::Transmission& t) override;
  void give_oracles();
  std::vector<std::vector<std::uint32_t>> components();
  std::vector<std::uint8_t> hops_from(std::uint32_t node);
  void offer(std::uint32_t from, Duration every, std::uint32_t size, Instant until, bool ask);

  sim::World world_;
  sim::Stream stream_;
  std::vector<std::vector<std::uint32_t>> near_;
  std::vector<std::unique_ptr<Oracle>> oracles_;
  std::unordered_map<std::uint64_t, std::uint32_t> by_tag_;
  std::priority_queue<Planned> plan_;
  std::uint64_t planned_ = 0;
  std::vector<Offered> offered_;
  Air air_;
  std::unordered_map<std::uint64_t, Way> ways_;
  std::vector<std::uint32_t> component_of_;
  std::uint64_t powers_ = 0, components_of_ = ~std::uint64_t{0};  // switches so far; when component_of_ was made
};

// 1,234 beacons, 20 adverts ...: per node.
std::string text(const Air& air, std::uint32_t nodes);

}  // namespace mp::bench
