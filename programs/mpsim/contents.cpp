// SPDX-License-Identifier: ISC
#include "programs/mpsim/contents.hpp"

#include "simulator/report/text.hpp"
#include "simulator/scenario/names.hpp"

#include <algorithm>

namespace mp::sim {
namespace {

MediumContents links_of(Medium& medium, std::vector<std::vector<std::uint32_t>>& neighbours) {
  MediumContents c{static_cast<std::uint32_t>(medium.size())};
  for (RadioIndex a = 0; a < medium.size(); ++a)
    for (const Hearer& hearer : medium.reach().hearers(a)) {
      const RadioIndex b = hearer.radio;
      if (!medium.in_range(a, b)) continue;
      if (!medium.in_range(b, a)) {
        ++c.one_way;
      } else if (a < b) {
        ++c.links;
        neighbours[medium.radio(a).node()].push_back(medium.radio(b).node());
        neighbours[medium.radio(b).node()].push_back(medium.radio(a).node());
      }
    }
  return c;
}

std::uint32_t count_islands(const std::vector<std::vector<std::uint32_t>>& neighbours) {
  std::uint32_t islands = 0;
  std::vector<bool> seen(neighbours.size(), false);
  std::vector<std::uint32_t> open;
  for (std::uint32_t start = 0; start < neighbours.size(); ++start) {
    if (seen[start]) continue;
    ++islands;
    seen[start] = true;
    open.push_back(start);
    while (!open.empty()) {
      const std::uint32_t node = open.back();
      open.pop_back();
      for (const std::uint32_t other : neighbours[node]) {
        if (seen[other]) continue;
        seen[other] = true;
        open.push_back(other);
      }
    }
  }
  return islands;
}

std::string time_text(Duration d) { return text::duration(static_cast<double>(d.us)); }

std::string metres(std::int64_t mm) { return text::significant(static_cast<double>(mm) / 1000) + " m"; }

std::string span_text(Duration least, Duration most) {
  return least == most ? time_text(least) : time_text(least) + " to " + time_text(most);
}

class Page {
 public:
  // A word in the left column, left out where it is that of the line above.
  void row(const std::string& word, const std::string& sentence) {
    std::string left = word == last_ ? "" : word;
    left.resize(std::max<std::size_t>(left.size() + 1, 13), ' ');
    out_ += left + sentence + "\n";
    last_ = word;
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_, last_;
};

void add_media(Page& page, const Scenario& scenario, const Contents& contents) {
  for (std::size_t m = 0; m < contents.media.size(); ++m) {
    const MediumSpec& spec = scenario.media[m];
    const MediumContents& c = contents.media[m];
    std::string line = "\"" + spec.name + "\" (" + word_of(spec.kind) +
                       "): " + text::count(c.radios, "radio", "radios") + ", range " + metres(range_mm(spec)) + ", " +
                       text::count(c.links, "link", "links");
    if (c.radios != 0)
      line += ", " + text::significant(2.0 * static_cast<double>(c.links) / c.radios) + " to a radio on average";
    if (c.one_way != 0) line += "; " + text::grouped(c.one_way) + " more are heard one way only";
    page.row("Medium", line);
  }
}

std::string flow_text(const World& world, const FlowSpec& flow, std::size_t number) {
  const auto sources = world.nodes_of(flow.from, "traffic: from").size();
  std::string line = "\"" + (flow.name.empty() ? std::to_string(number) : flow.name) + "\": ";
  line += text::count(sources, "node sends", "nodes send") + " to ";
  switch (flow.to_kind) {
    case FlowTo::neighbour:
      line += "a neighbour";
      break;
    case FlowTo::random:
      line += "a random node";
      break;
    case FlowTo::everyone:
      line += "everyone in reach";
      break;
    case FlowTo::nodes:
      line += flow.to.text;
      break;
  }
  line += ", " + text::size(flow.size_min);
  if (flow.size_max != flow.size_min) line += " to " + text::size(flow.size_max);
  switch (flow.pattern) {
    case FlowPattern::periodic:
      line += " every " + time_text(flow.every);
      break;
    case FlowPattern::poisson:
      line += " every " + time_text(flow.every) + " on average";
      break;
    case FlowPattern::saturate:
      line += " as fast as it goes";
      break;
    case FlowPattern::once:
      line += " once";
      break;
  }
  if (flow.start.us > 0) line += ", from " + time_text(flow.start);
  if (flow.stop.us > 0) line += ", until " + time_text(flow.stop);
  if (flow.count != 0) line += ", at most " + text::grouped(flow.count) + " each";
  return line;
}

std::string fault_text(const World& world, const FaultSpec& fault) {
  const bool outage =
      fault.kind == FaultKind::crash || fault.kind == FaultKind::power_cut || fault.kind == FaultKind::brown_out;
  const auto nodes = world.nodes_of(fault.nodes, "fault: nodes").size();
  std::string line = word_of(fault.kind) + " of ";
  if (fault.kind == FaultKind::brown_out)
    line += "a region of " + metres(fault.radius_mm);
  else if (outage)
    line += text::count(nodes, "node", "nodes");
  else
    line += "links of " + text::count(nodes, "node", "nodes");
  line += fault.at.us == 0 ? ", from the start" : ", at " + time_text(fault.at);
  if (fault.every.us > 0) line += ", again every " + time_text(fault.every) + " on average";
  if (fault.until.us > 0) line += ", until " + time_text(fault.until);
  if (outage) line += ", off for " + span_text(fault.down_min, fault.down_max);
  return line;
}

}  // namespace

double Contents::mean_degree() const {
  std::size_t sum = 0;
  for (const auto& of : neighbours) sum += of.size();
  return neighbours.empty() ? 0 : static_cast<double>(sum) / static_cast<double>(neighbours.size());
}

Contents contents_of(World& world) {
  Contents c;
  c.neighbours.resize(world.size());
  for (std::size_t m = 0; m < world.media(); ++m) c.media.push_back(links_of(world.medium(m), c.neighbours));
  for (auto& of : c.neighbours) {
    std::sort(of.begin(), of.end());
    of.erase(std::unique(of.begin(), of.end()), of.end());
    if (of.empty()) ++c.alone;
  }
  c.islands = count_islands(c.neighbours);
  return c;
}

std::string text_of(const World& world, const Contents& contents) {
  const Scenario& s = world.scenario();
  Page page;
  page.row("Scenario", s.name + ", seed " + std::to_string(world.seed()) + ", " + time_text(s.duration) +
                           (s.warm_up.us > 0 ? ", the first " + time_text(s.warm_up) + " to warm up" : ""));
  if (!s.description.empty()) page.row("", s.description);
  std::size_t least = contents.neighbours.empty() ? 0 : contents.neighbours.front().size(), most = 0;
  for (const auto& of : contents.neighbours) {
    least = std::min(least, of.size());
    most = std::max(most, of.size());
  }
  page.row("Nodes", text::grouped(world.size()) + " (" + word_of(s.topology.kind) + "), " +
                        text::size(memory_required(s.nodes.limits)) + " each");
  page.row("Neighbours", text::significant(contents.mean_degree()) + " on average, " + std::to_string(least) + " to " +
                             std::to_string(most) +
                             (contents.islands > 1 ? "; " + text::grouped(contents.islands) + " islands" : ""));
  add_media(page, s, contents);
  for (const GroupSpec& group : s.groups)
    page.row("Group", group.name + ": " + text::count(world.nodes_of({group.name}, "group").size(), "node", "nodes"));
  if (s.routes == RoutesKind::tree) page.row("Routes", "along a tree, given from outside");
  if (s.mobility.on)
    page.row("Mobility",
             text::count(world.nodes_of(s.mobility.nodes, "mobility: nodes").size(), "node", "nodes") + " on the move");
  for (std::size_t i = 0; i < s.flows.size(); ++i) page.row("Traffic", flow_text(world, s.flows[i], i));
  if (s.flows.empty()) page.row("Traffic", "none");
  for (const FaultSpec& fault : s.faults) page.row("Fault", fault_text(world, fault));
  if (s.expect.delivered_ppm != 0)
    page.row("Expect", text::percent(s.expect.delivered_ppm / 1e6) + " of the Packages sent with ask are delivered");
  if (s.expect.neighbours_exchange_within.us > 0)
    page.row("Expect", "after the last fault all neighbours exchange a Package within " +
                           time_text(s.expect.neighbours_exchange_within));
  return page.take();
}

}  // namespace mp::sim
