// SPDX-License-Identifier: ISC
// Nodes that have the tree of version 0 and nothing else, on a graph: a message reaches a neighbour after a while or is
// lost, and that a neighbour is gone is noticed some time after it went. Messages pass through their codec.
#pragma once

#include "micropycelium/routing/tree_v0.hpp"
#include "trees/graph.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace mp::test {

struct TreeV0WorldOptions {
  TreeV0Options node{};
  Duration delay = milliseconds(10);               // of a message, and up to as much again
  double loss = 0;                                 // of each copy
  Duration detection = seconds(2);                 // of a neighbour that is gone: half of it at least
  std::size_t children = 40;                       // that a node can tell apart
  std::vector<bool> prototypes{};                  // who is one, by node; others: equals. Empty: all are
  std::function<NodeId(std::uint32_t node)> id{};  // none: drawn
};

class TreeV0World {
 public:
  TreeV0World(Graph graph, std::uint64_t seed, TreeV0WorldOptions options = {});

  void start(std::uint32_t node);
  void start_all(Duration within);
  void kill(std::uint32_t node);
  void cut(std::uint32_t a, std::uint32_t b);
  void join(std::uint32_t a, std::uint32_t b);
  void run(Duration time);
  // As if this node had said it.
  void say(std::uint32_t from, std::uint32_t to, const TreeMessageV0& message);
  // Until wrong() has nothing to say, and has not for a beat; false: not within `limit`.
  bool settle(Duration limit);

  // In each component one claim, the best of its nodes, everybody below its parent, and no address twice. What is
  // wrong, or empty.
  std::string wrong() const;
  // Greedy routing between all pairs of a component, in one mode; how many do not arrive.
  std::size_t unreachable(bool by_prefix) const;

  bool alive(std::uint32_t node) const { return nodes_[node]->alive; }
  const TreeV0& tree(std::uint32_t node) const { return *nodes_[node]->tree; }
  const NodeId& id(std::uint32_t node) const { return nodes_[node]->id; }
  std::uint32_t best() const;  // of those alive
  std::uint64_t messages() const { return messages_; }
  Instant now() const { return now_; }
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
    bool alive = false, prototype = false;
    std::uint32_t boot = 0;
    std::vector<TreeV0Neighbour> slots;
    std::vector<TreeV0Child> children;
    std::vector<std::uint32_t> who;  // lives in each slot; kNone
    std::unique_ptr<TreeV0> tree;
    std::unique_ptr<Dice> dice;
  };
  struct Event {
    enum class Kind : std::uint8_t { message, gone, met, start } kind;
    std::uint32_t to = 0, from = 0, boot_from = 0;
    TreeMessageV0 message;
  };
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  void handle(const Event& event);
  void meet(std::uint32_t a, std::uint32_t b);
  bool connected(std::uint32_t a, std::uint32_t b) const;
  void serve(std::uint32_t node);
  void post(std::uint32_t from, std::uint32_t to, const TreeMessageV0& message);
  std::uint8_t slot_of(const OneNode& node, std::uint32_t who) const;
  std::vector<std::uint32_t> components() const;
  Duration jittered(Duration d) {
    return d + microseconds(static_cast<std::int64_t>(rng_() % static_cast<std::uint64_t>(d.us + 1)));
  }

  Graph graph_;
  TreeV0WorldOptions options_;
  Rng rng_;
  Instant now_{};
  std::uint64_t messages_ = 0;
  std::vector<std::unique_ptr<OneNode>> nodes_;
  std::multimap<Instant, Event> events_;
};

}  // namespace mp::test
