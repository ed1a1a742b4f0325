// SPDX-License-Identifier: ISC
// Graphs to try trees on: who hears whom. All are connected.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace mp::test {

struct Graph {
  std::string name;
  std::vector<std::vector<std::uint32_t>> neighbours;  // by node, each pair both ways

  std::size_t size() const { return neighbours.size(); }
  void connect(std::uint32_t a, std::uint32_t b);
  // Hops from `from`; UINT32_MAX: not reached. `alive` empty: all are.
  std::vector<std::uint32_t> distances(std::uint32_t from, const std::vector<bool>& alive = {}) const;
  std::uint32_t diameter() const;
  bool connected() const;
};

using Rng = std::mt19937_64;

// Points in a square, connected up to the distance that gives this mean degree; tried until connected.
Graph random_geometric(std::uint32_t nodes, double degree, Rng& rng);
Graph grid(std::uint32_t columns, std::uint32_t rows);
Graph line(std::uint32_t nodes);
// A spanning tree of a grid, and a tenth of the other edges.
Graph maze(std::uint32_t columns, std::uint32_t rows, Rng& rng);
// Each new node is tied to `edges` others, the likelier the more ties they have.
Graph barabasi_albert(std::uint32_t nodes, std::uint32_t edges, Rng& rng);
// Villages in a row, each a random geometric graph, tied to the next by two edges.
Graph villages(std::uint32_t count, std::uint32_t nodes_each, double degree, Rng& rng);

}  // namespace mp::test
