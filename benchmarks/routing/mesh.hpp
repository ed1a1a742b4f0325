// SPDX-License-Identifier: ISC
// Nodes on a graph, each with the tables of core/micropycelium/routing filled from ideal trees, and packets that go
// from one to the next as decide() says. Every hop of every row is one call of it.
#pragma once

#include "graph.hpp"

#include "micropycelium/routing/next_hop.hpp"

namespace mp::bench {

// Where each node hangs in one tree.
struct Tree {
  std::vector<std::uint32_t> parent;    // kUnreached: the root
  std::vector<CompactAddress> address;  // of those that have one
  std::vector<bool> has_address;
  unsigned levels_max = 0;
};
// `count` trees from random roots. `by_cost`: least cost by the links' reception, else least hops. Among parents
// equally good, a node takes the one that it uses least in the trees before; then the one that has the most children so
// far, so that few nodes bear a tree and the ways between their children are short; then by lot. It knows no more than
// its neighbours' costs, parents and numbers of children.
std::vector<Tree> make_trees(const Graph& graph, unsigned count, bool by_cost, Seed seed);

// The cost class that a node gives to a link.
CostClass class_of(const Link& link);

struct Way {
  enum class End : std::uint8_t { under_way, delivered, asked, dropped };
  End end = End::under_way;
  std::uint32_t at = 0;      // the node that has the packet
  std::uint32_t sends = 0;   // handed over, forth and back
  std::uint32_t backs = 0;   // of these, back
  std::uint32_t tries = 0;   // at a neighbour that is dead, beside the sends
  double transmissions = 0;  // of the sends, expected
  bool circled = false;      // it came to a node where it had been, without a detour
};

struct MeshOptions {
  std::uint8_t trees = kTreesMax;
  Metric metric = Metric::tree;
  std::size_t ring = kDetoursDefault;
  DetourPolicy policy{};
  unsigned tries = 3;  // until a neighbour counts as dead
};

class Mesh {
 public:
  Mesh(const Graph& graph, const std::vector<Tree>& trees, const MeshOptions& options);

  void kill(const std::vector<bool>& dead) { dead_ = dead; }
  // What a source puts in.
  RouteHeader header(std::uint32_t source, std::uint32_t target, std::uint32_t message) const;
  Neighbours& neighbours(std::uint32_t node) { return nodes_[node].neighbours; }
  // Bytes of the tables of a node.
  std::size_t state_bytes(std::uint32_t node) const;

  // One packet under way.
  class Packet {
   public:
    Packet(Mesh& mesh, std::uint32_t source, std::uint32_t target, std::uint32_t message);
    // One decision, and what follows from it. False when the way has ended.
    bool step();
    const Way& way() const { return way_; }
    std::uint32_t source() const { return source_; }
    std::uint32_t target() const { return target_; }

   private:
    Mesh* mesh_;
    std::uint32_t source_, target_;
    RouteHeader header_;
    Arrival arrival_ = Arrival::own;
    std::uint8_t from_ = kNobody;
    Way way_;
    std::vector<std::uint32_t> been_;
  };
  Way route(std::uint32_t source, std::uint32_t target, std::uint32_t message);

 private:
  struct Node {
    std::vector<Neighbour> neighbour;
    std::vector<TreeNeighbour> rows;
    std::vector<Detour> ring;
    Neighbours neighbours;
    DetourTable detours;

    Node(std::size_t links, const MeshOptions& options);
  };

  TreePlace place(std::uint8_t tree, std::uint32_t node) const;

  const Graph& graph_;
  const std::vector<Tree>& trees_;
  MeshOptions options_;
  std::vector<Node> nodes_;
  std::vector<bool> dead_;
};

// A tag that any node of a bench has.
NodeTag tag_of(std::uint32_t node);

}  // namespace mp::bench
