// SPDX-License-Identifier: ISC
// Nodes that have trees and nothing else, on a graph: an advert reaches each neighbour after a while or is lost, probes
// arrive, and that a neighbour is gone is noticed some time after it went. Messages pass through their codec.
#pragma once

#include "micropycelium/routing/trees.hpp"
#include "trees/graph.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>

namespace mp::test {

struct TreeWorldOptions {
  std::size_t trees = 4;
  TreeTimes times{};
  Duration delay = milliseconds(10);       // of a message, and up to as much again
  double loss = 0;                         // of each copy of an advert
  Duration detection = milliseconds(500);  // of a neighbour that is gone: half of it at least
};

class TreeWorld {
 public:
  TreeWorld(Graph graph, std::uint64_t seed, TreeWorldOptions options = {});

  void start(std::uint32_t node);
  void start_all(Duration within);
  void kill(std::uint32_t node);
  void cut(std::uint32_t a, std::uint32_t b);
  void join(std::uint32_t a, std::uint32_t b);
  void run(Duration time);
  // Until the trees are whole and nothing is to be told; false: not within `limit`.
  bool settle(Duration limit);

  // One root a tree and component, everybody has a place, no two the same, everybody hangs below its parent. What is
  // wrong, or empty.
  std::string wrong(bool deep_is_fine = false) const;

  const Graph& graph() const { return graph_; }
  bool alive(std::uint32_t node) const { return nodes_[node]->alive; }
  const Trees& trees(std::uint32_t node) const { return *nodes_[node]->trees; }
  // Who is the root of this tree where `of` lives.
  std::uint32_t root(std::size_t tree, std::uint32_t of) const;
  // The parent of a node; itself: none.
  std::uint32_t parent(std::size_t tree, std::uint32_t node) const;
  std::uint64_t frames() const { return frames_; }
  std::uint64_t bytes() const { return bytes_; }
  std::uint32_t largest() const { return largest_; }
  std::uint64_t frames_of(std::uint32_t node) const { return nodes_[node]->frames; }
  std::uint64_t parent_changes() const;
  Instant now() const { return now_; }
  // When any place or epoch changed last; in one tree.
  Instant changed_at() const { return *std::max_element(changed_at_.begin(), changed_at_.end()); }
  Instant changed_at(std::size_t tree) const { return changed_at_[tree]; }
  Rng& rng() { return rng_; }

 private:
  struct Dice final : Random {
    explicit Dice(std::uint64_t seed) : rng(seed) {}
    void fill(MutableBytes out) override {
      for (std::byte& b : out) b = static_cast<std::byte>(rng());
    }
    Rng rng;
  };
  struct OneNode {
    NodeId id;
    bool alive = false;
    std::uint32_t boot = 0;
    std::uint64_t frames = 0;
    std::vector<Tree> own;
    std::vector<Neighbour> slots;
    std::vector<TreeNeighbour> rows;
    std::optional<Neighbours> table;
    std::vector<std::uint32_t> who;   // lives in each slot; kNone
    std::vector<std::uint8_t> boots;  // as each told; 0: not yet
    std::unique_ptr<Trees> trees;
    std::unique_ptr<Dice> dice;
    Instant due = Instant::never();
    std::array<std::uint64_t, kTreesMax> signature{};  // of its place in each tree
  };
  struct Event {
    enum class Kind : std::uint8_t { advert, probe, gone, met, start } kind;
    std::uint32_t to = 0, from = 0, boot_from = 0;
    std::vector<std::byte> message;
    TreeProbe probe;
  };
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  void plan(Duration in, Event event) { events_.emplace(now_ + in, std::move(event)); }
  void handle(const Event& event);
  void meet(std::uint32_t a, std::uint32_t b);
  void serve(std::uint32_t node);
  std::uint8_t slot_of(const OneNode& node, std::uint32_t who) const;
  Duration jittered(Duration d) {
    return d + microseconds(static_cast<std::int64_t>(rng_() % static_cast<std::uint64_t>(d.us + 1)));
  }
  double unit() { return static_cast<double>(rng_() >> 11) * 0x1p-53; }

  Graph graph_;
  TreeWorldOptions options_;
  Rng rng_;
  Instant now_{};
  std::array<Instant, kTreesMax> changed_at_{};
  std::uint64_t frames_ = 0, bytes_ = 0;
  std::uint32_t largest_ = 0;
  std::vector<std::unique_ptr<OneNode>> nodes_;
  std::multimap<Instant, Event> events_;
  std::set<std::pair<Instant, std::uint32_t>> due_;
};

}  // namespace mp::test
