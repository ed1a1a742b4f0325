// SPDX-License-Identifier: ISC
// Who should know whom, and since when they do: pairs of nodes that hear each other both ways on some medium.
#pragma once

#include "simulator/world/world.hpp"

namespace mp::sim {

class Neighbourhood {
 public:
  struct Pair {
    std::uint32_t a, b;                     // a < b
    std::uint8_t medium;                    // the first that joins them
    bool a_knows = false, b_knows = false;  // the other, at this moment
    bool met = false;                       // both have known each other since they last had power
    Instant since{};                        // when the later one got power, or they came into reach
    bool known() const { return a_knows && b_knows; }
  };

  explicit Neighbourhood(World& world) : world_(world), started_(world.size()) {}

  // Finds the pairs anew: at the start, and when nodes have moved.
  void find();
  // The node has got power and started; is about to lose it.
  void on_started(std::uint32_t node);
  void before_power_off(std::uint32_t node);
  // A node took another for a peer, or dropped it.
  void on_meeting(std::uint32_t node, std::uint32_t other, bool added);

  const std::vector<Pair>& pairs() const { return pairs_; }
  // Numbers of the pairs of a node.
  const std::vector<std::uint32_t>& pairs_of(std::uint32_t node) const { return of_[node]; }
  // Whether both have power and have started.
  bool live(const Pair& pair) const { return started_[pair.a] && started_[pair.b]; }
  // How many pairs have power at both ends, and how many of those know each other.
  std::uint64_t live_pairs() const { return live_; }
  std::uint64_t known_pairs() const { return known_; }
  // Asks the node itself.
  bool knows(std::uint32_t a, std::uint32_t b) const;
  const Distribution& converged_us() const { return converged_us_; }

 private:
  void count(const Pair& pair, bool in);

  World& world_;
  std::vector<bool> started_;
  std::uint64_t live_ = 0, known_ = 0;
  std::vector<Pair> pairs_;  // ascending
  std::vector<std::vector<std::uint32_t>> of_;
  Distribution converged_us_;
};

}  // namespace mp::sim
