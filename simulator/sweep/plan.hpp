// SPDX-License-Identifier: ISC
// What a sweep runs: every combination of the values of some keys, each with every seed. Runs are numbered: the seed
// changes fastest, the first key slowest.
#pragma once

#include "simulator/scenario/scenario_toml.hpp"

#include <cstdint>

namespace mp::sim {

struct Vary {
  std::string key;
  std::vector<std::string> values;
  bool operator==(const Vary&) const = default;
};

// "topology.nodes=50,100,200"; commas within quotes or brackets divide nothing. Throws SweepError.
Vary parse_vary(std::string_view text);
// "topology.nodes=200". Throws SweepError.
Override parse_override(std::string_view option, std::string_view text);

struct PlannedRun {
  std::size_t number = 0;
  std::size_t combination = 0;
  std::uint64_t seed = 0;
};

struct Plan {
  std::vector<Override> set;  // for all runs
  std::vector<Vary> vary;
  std::vector<std::uint64_t> seeds;

  std::size_t combinations() const;
  std::size_t runs() const { return combinations() * seeds.size(); }
  PlannedRun run(std::size_t number) const;
  // What a combination changes, and that after what all runs change.
  std::vector<Override> parameters(std::size_t combination) const;
  std::vector<Override> overrides(std::size_t combination) const;
  // Throws SweepError when there are too many runs, or a key is varied twice.
  void check() const;
};

// "topology.nodes=50 traffic.0.every_s=5".
std::string text_of(const std::vector<Override>& parameters);

}  // namespace mp::sim
