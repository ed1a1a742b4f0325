// SPDX-License-Identifier: ISC
#include "simulator/world/faults.hpp"

#include <algorithm>

namespace mp::sim {
namespace {

// A power cut that finds no write to strike comes after all.
constexpr Duration kCutPatience = seconds(10);

bool strikes_power(FaultKind kind) {
  return kind == FaultKind::crash || kind == FaultKind::power_cut || kind == FaultKind::brown_out;
}

const char* name(FaultKind kind) {
  switch (kind) {
    case FaultKind::crash:
      return "crash";
    case FaultKind::power_cut:
      return "power cut";
    case FaultKind::brown_out:
      return "brown-out";
    case FaultKind::loss:
      return "loss";
    case FaultKind::burst_loss:
      return "bursts of loss";
    case FaultKind::duplicate:
      return "duplicates";
    case FaultKind::reorder:
      return "reordering";
    case FaultKind::corrupt:
      return "corruption";
    case FaultKind::partition:
      return "partition";
  }
  return "?";
}

std::vector<bool> flags(std::uint32_t size, const std::vector<std::uint32_t>& nodes) {
  std::vector<bool> flags(size);
  for (const std::uint32_t n : nodes) flags[n] = true;
  return flags;
}

}  // namespace

Faults::Faults(World& world, Seed seed) : world_(world), armed_by_(world.size()) {
  const auto& specs = world.scenario().faults;
  const Instant end = Instant{} + world.scenario().duration;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const FaultSpec& spec = specs[i];
    Fault fault{&spec, world.nodes_of(spec.nodes, "fault: nodes"), Stream(seed.child("fault", i))};
    const Instant begin = Instant{} + spec.at;
    const bool once = strikes_power(spec.kind) && spec.every == Duration{};
    const Instant until = once ? begin : spec.until == Duration{} ? end : Instant{} + spec.until;
    if (strikes_power(spec.kind)) {
      // A power cut waits for a write, and may strike the next start as well.
      const bool cut = spec.kind == FaultKind::power_cut;
      over_ = std::max(over_, until + spec.down_max * (cut ? 3 : 1) + (cut ? kCutPatience : Duration{}));
    } else {
      std::vector<bool> from = flags(world.size(), fault.nodes);
      std::vector<bool> to = flags(world.size(), world.nodes_of(spec.to, "fault: to"));
      // A partition stands between its nodes and those that are not of them.
      if (spec.kind == FaultKind::partition)
        for (std::size_t n = 0; n < to.size(); ++n) to[n] = to[n] && !from[n];
      fault.condition = world.conditions().add(spec, std::move(from), std::move(to));
      over_ = std::max(over_, until);
    }
    faults_.push_back(std::move(fault));
    plan(once || !strikes_power(spec.kind) ? begin : begin + faults_[i].stream.exponential(spec.every),
         strikes_power(spec.kind) ? Step::strike : Step::begin, i);
    if (!strikes_power(spec.kind)) plan(until, Step::end, i);
  }
}

void Faults::plan(Instant at, Step step, std::size_t fault, std::uint32_t node) {
  world_.events().plan(at, *this, code(step, fault, node));
}

void Faults::on_event(std::uint64_t what) {
  const auto step = static_cast<Step>(what >> 56);
  const std::size_t f = what >> 32 & 0xff'ffff;
  const auto node = static_cast<std::uint32_t>(what);
  if (step == Step::off_for_good) return world_.power_off(node);
  Fault& fault = faults_[f];
  switch (step) {
    case Step::begin:
      world_.conditions().set_active(fault.condition, true);
      return world_.note(std::string(name(fault.spec->kind)) + " begins");
    case Step::end:
      world_.conditions().set_active(fault.condition, false);
      return world_.note(std::string(name(fault.spec->kind)) + " ends");
    case Step::strike:
      return strike(f);
    case Step::restart:
      if (fault.stream.chance(fault.spec->wipe_ppm)) {
        world_.board(node).flash().wipe();
        // It makes a new identity now, and writes it: the moment when a power cut does its worst.
        // Not so late that it would be down when all faults are over.
        const bool in_time = world_.now() + fault.spec->down_max <= over_;
        if (fault.spec->kind == FaultKind::power_cut && fault.stream.chance(kCertain_ppm / 2) && in_time) {
          world_.board(node).flash().arm_power_cut(true);
          armed_by_[node] = f + 1;
        }
      }
      return world_.power_on(node);
    case Step::cut_anyway:
      if (armed_by_[node] != f + 1) return;
      world_.board(node).flash().arm_power_cut(false);
      [[fallthrough]];
    case Step::power_off:
      armed_by_[node] = 0;
      world_.power_off(node);
      return plan(world_.now() + fault.stream.between(fault.spec->down_min, fault.spec->down_max), Step::restart, f,
                  node);
    case Step::off_for_good:
      return;
  }
}

void Faults::strike(std::size_t f) {
  Fault& fault = faults_[f];
  const FaultSpec& spec = *fault.spec;
  const bool again = spec.every != Duration{};
  if (again && spec.until != Duration{} && world_.now() >= Instant{} + spec.until) return;
  if (again && world_.now() >= Instant{} + world_.scenario().duration) return;
  if (!fault.nodes.empty()) {
    const std::uint32_t one = fault.nodes[fault.stream.below(fault.nodes.size())];
    if (spec.kind == FaultKind::brown_out) {
      const Point centre = world_.place_of(one);
      world_.note("brown-out around node " + std::to_string(one));
      for (const std::uint32_t node : fault.nodes) {
        const Point p = world_.place_of(node);
        const double dx = static_cast<double>(p.x_mm - centre.x_mm), dy = static_cast<double>(p.y_mm - centre.y_mm);
        const auto radius = static_cast<double>(spec.radius_mm);
        if (dx * dx + dy * dy <= radius * radius) take_down(f, node);
      }
    } else if (again) {
      take_down(f, one);
    } else {
      for (const std::uint32_t node : fault.nodes) take_down(f, node);
    }
  }
  if (again) plan(world_.now() + fault.stream.exponential(spec.every), Step::strike, f);
}

void Faults::take_down(std::size_t f, std::uint32_t node) {
  if (!world_.powered(node) || armed_by_[node] != 0) return;
  if (faults_[f].spec->kind != FaultKind::power_cut) {
    if (faults_[f].spec->kind == FaultKind::crash) world_.note("node " + std::to_string(node) + " crashes");
    return on_event(code(Step::power_off, f, node));
  }
  world_.note("power cut at the next write of node " + std::to_string(node));
  world_.board(node).flash().arm_power_cut(true);
  armed_by_[node] = f + 1;
  plan(world_.now() + kCutPatience, Step::cut_anyway, f, node);
}

void Faults::on_struck(std::uint32_t node) {
  // The node is being polled, or started: power goes when that is over.
  if (armed_by_[node] != 0)
    plan(world_.now(), Step::power_off, armed_by_[node] - 1, node);
  else
    plan(world_.now(), Step::off_for_good, 0, node);  // a story's: it gives the power back itself
}

}  // namespace mp::sim
