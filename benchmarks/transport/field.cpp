// SPDX-License-Identifier: ISC
#include "field.hpp"

#include "simulator/world/flows.hpp"

#include <algorithm>
#include <numeric>

namespace mp::bench {
namespace {

// What nodes that have just met still have to say.
constexpr Duration kSettled = seconds(5);

std::vector<bool> flags_of(const std::vector<std::uint32_t>& nodes, std::uint32_t all) {
  std::vector<bool> flags(all, nodes.empty());
  for (const std::uint32_t n : nodes) flags[n] = true;
  return flags;
}

}  // namespace

Scenario line_of(std::uint32_t nodes, sim::MediumKind kind, std::int64_t spacing_mm) {
  Scenario scenario;
  scenario.name = "transport_bench";
  scenario.topology.kind = sim::TopologyKind::line;
  scenario.topology.nodes = nodes;
  scenario.topology.spacing_mm = spacing_mm;
  scenario.media = {sim::defaults_of(kind)};
  scenario.nodes.start_spread = milliseconds(100);
  scenario.sample = seconds(3600);  // nobody looks at the series
  return scenario;
}

std::uint64_t Tally::other() const { return std::accumulate(frames.begin(), frames.end(), std::uint64_t{0}) - data(); }

void Tally::add(const Transmission& t) {
  const auto c = static_cast<std::size_t>(sim::classify(t.frame.view()));
  ++frames[c];
  airtime[c] = airtime[c] + t.airtime;
}

Field::Field(const Scenario& scenario, std::uint64_t seed) : world_(scenario, seed), tallies_(world_.size()) {
  world_.set_onlooker(this);
}

void Field::meet(Duration within) {
  const auto met = [this] {
    for (std::uint32_t n = 0; n < world_.size(); ++n)
      if (!world_.powered(n)) return false;
    return world_.all_neighbours_know_each_other();
  };
  if (!world_.run_until(met, within))
    throw BenchError("the nodes did not find each other (seed " + std::to_string(world_.seed()) + ")");
  world_.run_for(kSettled);
}

void Field::disturb(sim::FaultSpec fault, const std::vector<std::uint32_t>& from,
                    const std::vector<std::uint32_t>& to) {
  const std::size_t number = world_.conditions().add(fault, flags_of(from, world_.size()), flags_of(to, world_.size()));
  world_.conditions().set_active(number, true);
}

void Field::loses(std::uint32_t share_ppm) {
  sim::FaultSpec fault;
  fault.kind = sim::FaultKind::loss;
  fault.share_ppm = share_ppm;
  disturb(fault);
}

std::uint64_t Field::send(std::uint32_t from, std::uint32_t to, std::uint32_t size) {
  const auto sent = world_.send(sim::Flows::kStory, from, to, size);
  if (sent.serial == 0)
    throw BenchError(std::string("a Package was refused: ") + name(sent.refusal) + " (seed " +
                     std::to_string(world_.seed()) + ")");
  return sent.serial;
}

bool Field::run_until_ended(const std::vector<std::uint64_t>& serials, Duration limit) {
  return world_.run_until(
      [&] { return std::all_of(serials.begin(), serials.end(), [this](std::uint64_t s) { return ended(s); }); }, limit);
}

Tally Field::tally() const {
  Tally sum;
  for (const Tally& t : tallies_)
    for (std::size_t c = 0; c < sim::kFrameClasses; ++c) {
      sum.frames[c] += t.frames[c];
      sum.airtime[c] = sum.airtime[c] + t.airtime[c];
    }
  return sum;
}

void Field::count_from_here() { std::fill(tallies_.begin(), tallies_.end(), Tally{}); }

std::string Field::first_violation() {
  if (world_.referee().kept().empty()) return "";
  const sim::Violation& v = world_.referee().kept().front();
  return "seed " + std::to_string(world_.seed()) + ", node " + std::to_string(v.node) + ": " + v.checker + ": " +
         v.what;
}

void Field::on_frame(const sim::Medium& medium, const Transmission& t) {
  const std::uint32_t node = medium.radio(t.frame.from).node();
  tallies_[node].add(t);
  if (on_sent) on_sent(node, t);
}

double mean(const std::vector<double>& values) {
  if (values.empty()) return 0;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double largest(const std::vector<double>& values) {
  return values.empty() ? 0 : *std::max_element(values.begin(), values.end());
}

double jain_index(const std::vector<double>& values) {
  double sum = 0, squares = 0;
  for (const double v : values) {
    sum += v;
    squares += v * v;
  }
  return squares > 0 ? sum * sum / (static_cast<double>(values.size()) * squares) : 0;
}

}  // namespace mp::bench
