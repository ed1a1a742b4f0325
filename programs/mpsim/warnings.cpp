// SPDX-License-Identifier: ISC
#include "programs/mpsim/warnings.hpp"

#include "simulator/media/lora_airtime.hpp"
#include "simulator/report/text.hpp"

#include <algorithm>

namespace mp::sim {
namespace {

// Sizes to reckon with: what of a Package a packet takes along, what is before it, the head of a Package, a Beacon of
// a node with two Applications.
constexpr std::uint32_t kBody = 220, kHead = 20, kPackageHead = 32, kBeacon = 120;

double airtime_s(const LoraSpec& spec, std::uint32_t bytes) {
  return static_cast<double>(lora_airtime(spec, bytes).us) / 1e6;
}

double package_s(const LoraSpec& spec, const FlowSpec& flow) {
  const std::uint32_t bytes = flow.size_min + (flow.size_max - flow.size_min) / 2 + kPackageHead;
  return bytes / kBody * airtime_s(spec, kBody + kHead) +
         (bytes % kBody != 0 ? airtime_s(spec, bytes % kBody + kHead) : 0);
}

void warn_of_crowds(const World& world, const Contents& contents, std::vector<std::string>& out) {
  std::uint32_t crowded = 0, worst = 0;
  for (std::uint32_t n = 0; n < world.size(); ++n) {
    if (contents.neighbours[n].size() <= world.board(n).spec().limits.peers) continue;
    ++crowded;
    if (contents.neighbours[n].size() > contents.neighbours[worst].size() || crowded == 1) worst = n;
  }
  if (crowded == 0) return;
  out.push_back(text::count(crowded, "node has", "nodes have") + " more neighbours than limits.peers allows: node " +
                std::to_string(worst) + " " + std::to_string(contents.neighbours[worst].size()) + " of " +
                std::to_string(world.board(worst).spec().limits.peers) +
                "; what is above is never met. Raise nodes.limits.peers or thin them out");
}

void warn_of_gaps(const World& world, const Contents& contents, std::vector<std::string>& out) {
  if (contents.alone != 0)
    out.push_back(text::count(contents.alone, "node has", "nodes have") + " no neighbour at all");
  const Scenario& s = world.scenario();
  bool far = s.routes == RoutesKind::tree;
  for (const FlowSpec& flow : s.flows) far = far || flow.to_kind == FlowTo::random || flow.to_kind == FlowTo::nodes;
  if (contents.islands > 1 && far)
    out.push_back("the mesh has " + text::grouped(contents.islands) +
                  " islands: between them nothing can be delivered");
}

void warn_of_duty(World& world, std::vector<std::string>& out) {
  const Scenario& s = world.scenario();
  std::vector<std::vector<const FlowSpec*>> flows(world.size());
  for (const FlowSpec& flow : s.flows)
    for (const std::uint32_t n : world.nodes_of(flow.from, "traffic: from")) flows[n].push_back(&flow);
  for (std::size_t m = 0; m < world.media(); ++m) {
    const MediumSpec& spec = s.media[m];
    if (spec.kind != MediumKind::lora || spec.lora.duty_ppm == 0) continue;
    std::uint32_t above = 0, worst = 0;
    double most = 0;
    for (RadioIndex r = 0; r < world.medium(m).size(); ++r) {
      const Board& board = world.board(world.medium(m).radio(r).node());
      // A node with other radios sends its Packages over a faster one.
      const bool only = board.radios().size() == 1;
      const double share =
          lora_share(spec.lora, board.spec(), only ? flows[board.number()] : std::vector<const FlowSpec*>{});
      if (share * 1e6 > spec.lora.duty_ppm) ++above;
      if (share > most) worst = board.number();
      most = std::max(most, share);
    }
    if (above == 0) continue;
    out.push_back(text::count(above, "node", "nodes") + " on \"" + spec.name + "\" would send more than the law's " +
                  text::percent(spec.lora.duty_ppm / 1e6) + ": node " + std::to_string(worst) + " at least " +
                  text::percent(most) + ", without repeats, answers and relaying");
  }
}

}  // namespace

double lora_share(const LoraSpec& spec, const NodeSpec& node, const std::vector<const FlowSpec*>& flows) {
  double share = 0;
  if (node.beacon && node.beacon_options.interval.us > 0)
    share += airtime_s(spec, kBeacon) * 1e6 / static_cast<double>(node.beacon_options.interval.us);
  for (const FlowSpec* flow : flows) {
    if (flow->pattern == FlowPattern::saturate) return 1;
    if (flow->pattern == FlowPattern::once || flow->every.us <= 0) continue;
    share += package_s(spec, *flow) * 1e6 / static_cast<double>(flow->every.us);
  }
  return share;
}

std::vector<std::string> warnings_of(World& world, const Contents& contents) {
  std::vector<std::string> out;
  warn_of_crowds(world, contents, out);
  warn_of_gaps(world, contents, out);
  warn_of_duty(world, out);
  if (world.scenario().flows.empty()) out.push_back("there is no traffic: nodes only meet");
  return out;
}

}  // namespace mp::sim
