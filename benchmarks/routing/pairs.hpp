// SPDX-License-Identifier: ISC
// Pairs of nodes, and what many of them give: what rows share.
#pragma once

#include "benchmarks/rows/row.hpp"
#include "graph.hpp"

#include <algorithm>
#include <vector>

namespace mp::bench {

// Calls f(source, target, hops between them) for `count` pairs of different nodes that are connected, from random
// sources with up to 64 random targets each.
template <typename F>
void each_pair(const Graph& graph, const std::vector<bool>& dead, std::uint64_t count, Stream& stream, F&& f) {
  constexpr unsigned kTargetsEach = 64;
  for (std::uint64_t done = 0; done < count;) {
    const auto source = static_cast<std::uint32_t>(stream.below(graph.size()));
    if (!dead.empty() && dead[source]) continue;
    const auto hops = hops_from(graph, source, dead);
    for (unsigned i = 0; i < kTargetsEach && done < count; ++i) {
      const auto target = static_cast<std::uint32_t>(stream.below(graph.size()));
      if (target == source || hops[target] == kUnreached) continue;
      f(source, target, hops[target]);
      ++done;
    }
  }
}

class Sample {
 public:
  void add(double v) { values_.push_back(v); }
  std::size_t size() const { return values_.size(); }
  double mean() const {
    double sum = 0;
    for (const double v : values_) sum += v;
    return values_.empty() ? 0 : sum / static_cast<double>(values_.size());
  }
  // The value below or at which this share lies. 0 < share <= 1.
  double percentile(double share) {
    if (values_.empty()) return 0;
    std::sort(values_.begin(), values_.end());
    const auto rank = static_cast<std::size_t>(share * static_cast<double>(values_.size()) + 0.999999);
    return values_[std::min(rank == 0 ? 0 : rank - 1, values_.size() - 1)];
  }
  double largest() const { return values_.empty() ? 0 : *std::max_element(values_.begin(), values_.end()); }

 private:
  std::vector<double> values_;
};

inline Figure at_most(std::string name, double value, int decimals, double limit, std::string note = {}) {
  return {std::move(name), value, decimals, Figure::Bar::at_most, limit, std::move(note)};
}
inline Figure at_least(std::string name, double value, int decimals, double limit, std::string note = {}) {
  return {std::move(name), value, decimals, Figure::Bar::at_least, limit, std::move(note)};
}
inline Figure report(std::string name, double value, int decimals, std::string note = {}) {
  return {std::move(name), value, decimals, Figure::Bar::none, 0, std::move(note)};
}

}  // namespace mp::bench
