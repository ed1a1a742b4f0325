// SPDX-License-Identifier: ISC
// A world: boards, media, traffic, faults and checkers, made from a Scenario and a seed, run in virtual time. One world
// is one thread's; worlds know nothing of each other.
#pragma once

#include "simulator/scenario/selection.hpp"
#include "simulator/topologies/layout.hpp"
#include "simulator/world/board.hpp"
#include "simulator/world/conditions.hpp"

#include <functional>
#include <map>
#include <unordered_map>

namespace mp::sim {

class Flows;
class Faults;
class Mobility;
class Neighbourhood;
class Probes;
class Routes;

// Sees each frame and each Package, for traces and tests.
class Onlooker {
 public:
  virtual void on_frame(const Medium&, const Transmission&) {}
  virtual void on_delivery(std::uint32_t /*node*/, const Package&, const Ledger::Entry*) {}

 protected:
  ~Onlooker() = default;
};

class World final : private BoardListener, private Witness, private Handler {
 public:
  // Throws ScenarioError for what only shows when the parts are put together (a selector that names nobody ...).
  World(const Scenario& scenario, std::uint64_t seed);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Runs to the end of the scenario, or until `stop` says so, which is asked now and then with what is done.
  struct Progress {
    Instant now{}, end{};
    std::uint64_t events = 0;
  };
  void run(const std::function<bool(const Progress&)>& stop = {});
  // Runs on by so much, or until the condition holds (asked after each event); false: it did not.
  void run_for(Duration time);
  bool run_until(const std::function<bool()>& condition, Duration limit);
  // What the run gave, up to now. Looks into all boards.
  Result result();

  void set_onlooker(Onlooker* onlooker) { onlooker_ = onlooker; }

  const Scenario& scenario() const { return scenario_; }
  std::uint64_t seed() const { return seed_.value(); }
  Instant now() const { return events_.now(); }
  EventQueue& events() { return events_; }
  Referee& referee() { return referee_; }
  Ledger& ledger() { return ledger_; }
  LinkFaults& conditions() { return conditions_; }
  const Layout& layout() const { return layout_; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(boards_.size()); }
  Board& board(std::uint32_t i) { return *boards_[i]; }
  const Board& board(std::uint32_t i) const { return *boards_[i]; }
  std::size_t media() const { return media_.size(); }
  Medium& medium(std::size_t i) { return *media_[i]; }
  // The board whose node has this id now, or had it before it last restarted; kNoNode.
  std::uint32_t node_of(const NodeId& id) const;
  // Zero while the board has never been on.
  const NodeId& id_of(std::uint32_t node) const { return ids_[node]; }
  // The nodes that a selector means here.
  std::vector<std::uint32_t> nodes_of(const Selector& selector, std::string_view purpose) const;
  // Whether two live nodes hear each other on a medium when nothing disturbs.
  bool neighbours(std::uint32_t a, std::uint32_t b) const;
  bool all_neighbours_know_each_other() const;
  Point place_of(std::uint32_t node) const { return places_[node]; }
  void move(std::uint32_t node, Point to);

  void power_on(std::uint32_t node);
  void power_off(std::uint32_t node);
  bool powered(std::uint32_t node) const { return powered_[node]; }

  // Sends a Package as the Application of `from`; see TrafficApp::send. Nothing is sent without power.
  TrafficApp::Sent send(std::uint32_t flow, std::uint32_t from, std::uint32_t to, std::uint32_t size, bool ask = true,
                        bool sealed = false);
  // Called for each Package that ends at its sender: tests and flows that go on.
  using Told = std::function<void(std::uint64_t serial, Outcome outcome)>;
  void set_told(std::uint32_t node, Told told) { told_[node] = std::move(told); }
  void note(std::string what) { timeline_.push_back({now(), std::move(what)}); }

 private:
  friend class Neighbourhood;

  void make_media();
  void make_boards();
  void sample();
  void on_event(std::uint64_t what) override;
  void on_started(Board& board) override;
  void on_struck(Board& board) override;
  void on_arrived(std::uint32_t node, const Package& package, Bytes contents) override;
  void on_told(std::uint32_t node, std::uint64_t serial, Outcome outcome) override;
  void on_meeting(std::uint32_t node, const NodeId& peer, bool added) override;
  void on_transmission(const Medium& medium, const Transmission& t) override;
  void on_fate(const Medium& medium, const Frame& frame, RadioIndex at, Fate fate) override;
  void on_duty_breach(const Medium& medium, RadioIndex at, std::uint32_t share_ppm) override;
  void on_long_transmission(const Medium& medium, RadioIndex at, Duration length) override;
  void end_warm_up();
  struct Baseline {
    RadioCounts counts;
    RadioTimes times;
  };
  Baseline since_warm_up(std::size_t medium, RadioIndex radio) const;
  void fill_media(Result& result);
  void fill_flows(Result& result) const;
  void fill_nodes(Result& result);
  std::vector<TreeResult> trees_of(const Node& node) const;

  Scenario scenario_;
  Seed seed_;
  EventQueue events_;
  Referee referee_{events_};
  Ledger ledger_;
  bool replayers_ = false;  // nodes that want to know what they heard
  LinkFaults conditions_;
  Layout layout_;
  std::vector<Point> places_;
  std::vector<NamedNodes> named_;
  std::vector<std::unique_ptr<Medium>> media_;
  std::vector<std::unique_ptr<Board>> boards_;
  std::vector<bool> powered_;  // the world's own book, which the referee believes
  std::vector<NodeId> ids_;
  // A public key is as good as random: any of its bytes make a hash.
  struct IdHash {
    std::size_t operator()(const NodeId& id) const { return load_be<std::uint64_t>(id.value.data()); }
  };
  std::unordered_map<NodeId, std::uint32_t, IdHash> nodes_by_id_;  // looked up, never walked
  std::map<std::uint32_t, Told> told_;
  std::unique_ptr<Neighbourhood> neighbourhood_;
  std::unique_ptr<Routes> routes_;
  std::unique_ptr<Flows> flows_;
  std::unique_ptr<Faults> faults_;
  std::unique_ptr<Mobility> mobility_;
  std::unique_ptr<Probes> probes_;
  Instant all_started_{};  // when the last node is given power for the first time
  Onlooker* onlooker_ = nullptr;
  TraceHash hash_;
  struct MediumBook {
    std::array<Duration, kFrameClasses> airtime{};
    std::array<std::uint64_t, kFrameClasses> frames{};
  };
  std::vector<MediumBook> books_;
  std::vector<std::vector<Baseline>> baselines_;   // per medium and radio: at the end of the warm-up
  std::vector<std::uint64_t> arrivals_;            // per flow
  std::array<Duration, kFrameClasses> airtime_{};  // for the series: since the start
  std::uint64_t flow_sent_ = 0, flow_delivered_ = 0;
  std::vector<Sample> series_;
  std::vector<mp::sim::Event> timeline_;
  std::array<std::uint64_t, kCounters> retired_{};  // counters of incarnations that are gone
  bool interrupted_ = false;
  double wall_s_ = 0;
};

}  // namespace mp::sim
