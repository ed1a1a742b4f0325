// SPDX-License-Identifier: ISC
#include "simulator/world/probes.hpp"

#include "simulator/world/flows.hpp"

#include <algorithm>

namespace mp::sim {
namespace {

constexpr std::uint64_t kBegin = std::uint64_t{1} << 63;
constexpr std::uint32_t kProbe_bytes = 64;
constexpr Duration kPause = seconds(1);  // between two probes of a node

}  // namespace

Probes::Probes(World& world, const Neighbourhood& neighbourhood, Instant begin, Duration within)
    : world_(world), neighbourhood_(neighbourhood), deadline_(begin + within) {
  world.events().plan(begin, *this, kBegin);
}

void Probes::begin() {
  begun_ = true;
  world_.note("faults are over: neighbours must exchange Packages");
  for (const Neighbourhood::Pair& pair : neighbourhood_.pairs())
    if (neighbourhood_.live(pair)) {
      ways_.push_back({pair.a, pair.b});
      ways_.push_back({pair.b, pair.a});
    }
  std::sort(ways_.begin(), ways_.end(),
            [](const Way& x, const Way& y) { return x.from != y.from ? x.from < y.from : x.to < y.to; });
  open_ = ways_.size();
  first_.assign(world_.size() + 1, 0);
  for (const Way& way : ways_) ++first_[way.from + 1];
  for (std::size_t n = 1; n < first_.size(); ++n) first_[n] += first_[n - 1];
  tried_ = first_;
  Stream stream(Seed(world_.seed()).child("probes"));
  for (std::uint32_t n = 0; n < world_.size(); ++n)
    if (first_[n] != first_[n + 1]) world_.events().plan_in(stream.between(Duration{}, kPause), *this, n);
}

void Probes::on_event(std::uint64_t what) {
  if (what == kBegin) return begin();
  const auto node = static_cast<std::uint32_t>(what);
  // The next way of this node that is still to be proven, in turn.
  const std::uint32_t first = first_[node], count = first_[node + 1] - first;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t w = first + (tried_[node] - first + i) % count;
    if (ways_[w].done) continue;
    tried_[node] = first + (w - first + 1) % count;
    (void)world_.send(Flows::kProbe, node, ways_[w].to, kProbe_bytes);
    break;
  }
  if (std::any_of(ways_.begin() + first, ways_.begin() + first + count, [](const Way& w) { return !w.done; }) &&
      world_.now() < deadline_)
    world_.events().plan_in(kPause, *this, node);
}

void Probes::on_arrived(const Ledger::Entry& entry) {
  if (!begun_) return;
  for (std::uint32_t w = first_[entry.from]; w < first_[entry.from + 1]; ++w)
    if (ways_[w].to == entry.to && !ways_[w].done) {
      ways_[w].done = true;
      --open_;
    }
}

std::vector<std::string> Probes::unmet() const {
  std::vector<std::string> lines;
  if (!begun_) return {"the run ended before the faults did: neighbours were not asked to exchange Packages"};
  for (const Way& way : ways_)
    if (!way.done && lines.size() < 10)
      lines.push_back("no Package from node " + std::to_string(way.from) + " to its neighbour " +
                      std::to_string(way.to) + " after the faults were over");
  return lines;
}

}  // namespace mp::sim
