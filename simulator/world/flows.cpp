// SPDX-License-Identifier: ISC
#include "simulator/world/flows.hpp"

#include <algorithm>

namespace mp::sim {
namespace {

// A source that shall never run dry keeps this many Packages in its node.
constexpr int kSaturation = 3;
constexpr Duration kRetry = milliseconds(20);

}  // namespace

Flows::Flows(World& world, Seed seed) : world_(world) {
  const Scenario& scenario = world.scenario();
  for (std::uint32_t f = 0; f < scenario.flows.size(); ++f) {
    const FlowSpec& flow = scenario.flows[f];
    tallies_.emplace_back();
    by_node_.emplace_back();
    targets_.push_back(flow.to_kind == FlowTo::nodes ? world.nodes_of(flow.to, "traffic: to")
                                                     : std::vector<std::uint32_t>{});
    for (const std::uint32_t node : world.nodes_of(flow.from, "traffic: from"))
      add_source(f, node, seed.child("flow", f).child("node", node));
  }
}

void Flows::add_source(std::uint32_t f, std::uint32_t node, Seed seed) {
  const FlowSpec& flow = world_.scenario().flows[f];
  Source source{f, node, Stream(seed)};
  const Instant begin = Instant{} + std::max(flow.start, world_.scenario().warm_up);
  by_node_[f][node] = sources_.size();
  Duration phase{};
  if (flow.pattern == FlowPattern::periodic) phase = source.stream.between(Duration{}, flow.every);
  if (flow.pattern == FlowPattern::poisson) phase = source.stream.exponential(flow.every);
  for (int i = flow.pattern == FlowPattern::saturate ? kSaturation : 1; i > 0; --i)
    world_.events().plan(begin + phase, *this, sources_.size());
  sources_.push_back(std::move(source));
}

void Flows::on_event(std::uint64_t what) {
  Source& source = sources_[what];
  const FlowSpec& flow = world_.scenario().flows[source.flow];
  const Instant now = world_.now();
  if (flow.count != 0 && source.sent >= flow.count) return;
  if (flow.stop != Duration{} && now >= Instant{} + flow.stop) return;
  const bool sent = world_.powered(source.node) && send(source);
  switch (flow.pattern) {
    case FlowPattern::periodic:
      world_.events().plan(now + flow.every, *this, what);
      break;
    case FlowPattern::poisson:
      world_.events().plan(now + source.stream.exponential(flow.every), *this, what);
      break;
    case FlowPattern::saturate:
      if (sent)
        ++source.under_way;
      else
        world_.events().plan(now + kRetry, *this, what);
      break;
    case FlowPattern::once:
      break;
  }
}

void Flows::on_told(std::uint64_t serial) {
  const Ledger::Entry& entry = world_.ledger().entry(serial);
  if (entry.flow >= by_node_.size() || world_.scenario().flows[entry.flow].pattern != FlowPattern::saturate) return;
  const auto source = by_node_[entry.flow].find(entry.from);
  if (source == by_node_[entry.flow].end()) return;
  if (std::uint32_t& left = sources_[source->second].under_way; left > 0) --left;
  world_.events().plan(world_.now(), *this, source->second);
}

void Flows::on_power_off(std::uint32_t node) {
  for (std::size_t f = 0; f < by_node_.size(); ++f) {
    if (world_.scenario().flows[f].pattern != FlowPattern::saturate) continue;
    const auto source = by_node_[f].find(node);
    if (source == by_node_[f].end()) continue;
    for (std::uint32_t& left = sources_[source->second].under_way; left > 0; --left)
      world_.events().plan_in(kRetry, *this, source->second);
  }
}

bool Flows::send(Source& source) {
  const FlowSpec& flow = world_.scenario().flows[source.flow];
  const std::uint32_t target = target_of(source);
  const auto size =
      static_cast<std::uint32_t>(source.stream.between(std::int64_t{flow.size_min}, std::int64_t{flow.size_max}));
  if (target == kNoNode && flow.to_kind != FlowTo::everyone) {
    ++tallies_[source.flow].no_target;
    return false;
  }
  const bool queued = world_.send(source.flow, source.node, target, size, flow.ask, flow.sealed).refusal == Status::ok;
  if (queued)
    ++source.sent;
  else
    ++tallies_[source.flow].refused;
  return queued;
}

std::uint32_t Flows::target_of(Source& source) {
  const FlowSpec& flow = world_.scenario().flows[source.flow];
  switch (flow.to_kind) {
    case FlowTo::everyone:
      return kNoNode;
    case FlowTo::neighbour:
      return random_peer(source);
    case FlowTo::random: {
      if (world_.size() < 2) return kNoNode;
      const auto other = static_cast<std::uint32_t>(source.stream.below(world_.size() - 1));
      return other >= source.node ? other + 1 : other;
    }
    case FlowTo::nodes:
      break;
  }
  const std::vector<std::uint32_t>& targets = targets_[source.flow];
  for (std::size_t tries = 0; tries < targets.size(); ++tries) {
    const std::uint32_t target = targets[source.turn++ % targets.size()];
    if (target != source.node) return target;
  }
  return kNoNode;
}

std::uint32_t Flows::random_peer(Source& source) {
  const Node* node = world_.board(source.node).node();
  const auto fit = [](const Peer& peer) { return peer.used && peer.connected() && !peer.banned && !peer.itself; };
  const auto count = static_cast<std::uint64_t>(std::count_if(node->peers().begin(), node->peers().end(), fit));
  if (count == 0) return kNoNode;
  std::uint64_t left = source.stream.below(count);
  for (const Peer& peer : node->peers())
    if (fit(peer) && left-- == 0) return world_.node_of(peer.id);
  return kNoNode;
}

}  // namespace mp::sim
