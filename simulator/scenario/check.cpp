// SPDX-License-Identifier: ISC
// What is wrong with a whole Scenario that no single key can see.
#include "simulator/scenario/keys.hpp"
#include "simulator/scenario/names.hpp"
#include "simulator/scenario/selection.hpp"

#include "micropycelium/packet/package.hpp"
#include "micropycelium/packet/schema.hpp"

#include <algorithm>

namespace mp::sim {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

std::string in_seconds(Duration d) { return number_text(d.us, kSecond) + " s"; }

class Checker {
 public:
  explicit Checker(const Scenario& scenario) : s_(scenario) {
    if (s_.topology.kind != TopologyKind::file) nodes_ = s_.topology.nodes;
  }

  std::vector<Complaint> run() {
    check_times();
    check_topology();
    for (std::size_t i = 0; i < s_.media.size(); ++i) check_medium(i);
    if (s_.media.empty())
      complain("medium", "there is no medium, nobody would hear anybody; write [[medium]] and, say, kind = \"espnow\"");
    collect_tags();
    if (s_.mobility.on) check_mobility();
    check_node("nodes", s_.nodes);
    for (std::size_t i = 0; i < s_.groups.size(); ++i) check_group(i);
    for (std::size_t i = 0; i < s_.flows.size(); ++i) check_flow(i);
    for (std::size_t i = 0; i < s_.faults.size(); ++i) check_fault(i);
    return std::move(complaints_);
  }

 private:
  void complain(std::string at, std::string text) { complaints_.push_back({std::move(at), std::move(text)}); }

  static std::string path(const char* table, std::size_t index, const char* key) {
    return std::string(table) + "." + std::to_string(index) + "." + key;
  }

  void check_nodes(std::string at, const Selector& selector, const std::vector<std::string>& names) {
    const bool all_known = s_.topology.kind != TopologyKind::file;
    std::string wrong = check_selector(selector, nodes_, all_known ? std::optional(names) : std::nullopt);
    if (!wrong.empty()) complain(std::move(at), std::move(wrong));
  }

  void check_times() {
    if (s_.warm_up >= s_.duration)
      complain("warm_up_s", in_seconds(s_.warm_up) + " is not before the end of the run at " + in_seconds(s_.duration));
    if (s_.sample > s_.duration)
      complain("sample_s", in_seconds(s_.sample) + " is longer than the run, " + in_seconds(s_.duration));
  }

  void check_mobility() {
    check_nodes("mobility.nodes", s_.mobility.nodes, tags_);
    const TopologySpec& t = s_.topology;
    if (t.kind == TopologyKind::maze || t.kind == TopologyKind::barabasi_albert ||
        (t.kind == TopologyKind::file && !t.links.empty()))
      complain("mobility",
               "the links of this topology are given, whoever walks keeps them; write another kind of topology");
  }

  void check_topology() {
    const TopologySpec& t = s_.topology;
    if ((t.kind == TopologyKind::grid || t.kind == TopologyKind::maze) && t.columns > t.nodes)
      complain("topology.columns",
               std::to_string(t.columns) + " is more than there are nodes, " + std::to_string(t.nodes));
    if (t.kind == TopologyKind::barabasi_albert && t.links_each >= t.nodes)
      complain("topology.links_each", "a new node can not bring " + std::to_string(t.links_each) +
                                          " links when there are " + std::to_string(t.nodes) +
                                          " nodes; write fewer links, or more nodes");
    if (t.kind == TopologyKind::villages && t.villages > t.nodes)
      complain("topology.villages", std::to_string(t.villages) + " villages need as many nodes at least; there are " +
                                        std::to_string(t.nodes));
    if ((t.kind == TopologyKind::geometric || t.kind == TopologyKind::villages) && t.degree_milli >= 1'000 * t.nodes &&
        t.nodes > 1)
      complain("topology.degree", number_text(t.degree_milli, 1'000) + " neighbours are more than there are nodes, " +
                                      std::to_string(t.nodes) + "; write a smaller degree, or more nodes");
    if (t.kind == TopologyKind::file && t.positions.empty() && t.links.empty())
      complain("topology.kind", "which file? write positions = \"FILE.csv\", or links = \"FILE.csv\", or both");
  }

  void check_medium(std::size_t i) {
    const MediumSpec& m = s_.media[i];
    if (!can_be_name(m.name))
      complain(path("medium", i, "name"),
               "\"" + m.name + "\" is no name; write letters, digits, _ and -, a letter first");
    for (std::size_t k = 0; k < i; ++k)
      if (s_.media[k].name == m.name)
        complain(path("medium", i, "name"), "two media are called \"" + m.name + "\"; give each a name of its own");
    if (m.kind == MediumKind::espnow && m.espnow.cw_max < m.espnow.cw_min)
      complain(path("medium", i, "cw_max"),
               std::to_string(m.espnow.cw_max) + " is less than cw_min, " + std::to_string(m.espnow.cw_min));
    if (i == Node::kInterfacesMax)
      complain("medium." + std::to_string(i),
               "a node has room for " + std::to_string(i) + " Interfaces; write no more media than that");
  }

  // Names by which the topology and the groups can be selected.
  void collect_tags() {
    if (s_.topology.kind != TopologyKind::villages) return;
    tags_.push_back("gateways");
    for (std::uint32_t v = 0; v < s_.topology.villages; ++v) tags_.push_back("village_" + std::to_string(v));
  }

  void check_node(const std::string& at, const NodeSpec& n) {
    for (std::size_t i = 0; i < n.media.size(); ++i) {
      const auto is_it = [&](const MediumSpec& m) { return m.name == n.media[i]; };
      if (std::none_of(s_.media.begin(), s_.media.end(), is_it))
        complain(at + ".media", "there is no medium \"" + n.media[i] + "\"; there are: " + names_of_media());
      if (std::find(n.media.begin(), n.media.begin() + static_cast<std::ptrdiff_t>(i), n.media[i]) !=
          n.media.begin() + static_cast<std::ptrdiff_t>(i))
        complain(at + ".media", "\"" + n.media[i] + "\" is there twice; remove one");
    }
    const Duration between_beacons = std::min(n.beacon_options.interval, seconds(60));
    if (n.beacon && n.beacon_options.timeout < between_beacons)
      complain(at + ".beacon_timeout_s", in_seconds(n.beacon_options.timeout) + " is less than the " +
                                             in_seconds(between_beacons) +
                                             " between Beacons: peers would come and go; write four times as much");
    if (n.sleep.awake > n.sleep.every)
      complain(at + ".sleep.awake_s",
               in_seconds(n.sleep.awake) + " does not fit into every_s, " + in_seconds(n.sleep.every));
    if (n.sleep.every.us > 0 && n.sleep.awake.us == 0)
      complain(at + ".sleep.awake_s", "a radio that is never awake hears nothing; write how long it hears");
    if (n.modem_sleep.on() && n.sleep.every.us > 0)
      complain(at + ".modem_sleep",
               "either the driver lets the radio sleep or the node does; leave out one of sleep and "
               "modem_sleep");
    if (n.modem_sleep.on() && n.modem_sleep.wake.us == 0)
      complain(at + ".modem_sleep.wake_ms", "a radio that is never awake hears nothing; write how long it hears");
    else if (!n.modem_sleep.sound())
      complain(
          at + ".modem_sleep",
          "neighbours can keep a period of at most 30,000 ms, of which a hundredth at least is awake; sleep_ms and "
          "wake_ms make " +
              std::to_string((n.modem_sleep.sleep + n.modem_sleep.wake).ms()) + " ms");
  }

  std::string names_of_media() const {
    std::string all;
    for (const MediumSpec& m : s_.media) all += (all.empty() ? "" : ", ") + m.name;
    return all;
  }

  void check_group(std::size_t i) {
    const GroupSpec& g = s_.groups[i];
    if (!can_be_name(g.name))
      complain(path("group", i, "name"),
               g.name.empty() ? "a group needs a name; write name = \"sensors\""
                              : "\"" + g.name +
                                    "\" can not be its name; write letters, digits, _ and -, a letter first, and "
                                    "no word that selects nodes otherwise");
    if (std::find(tags_.begin(), tags_.end(), g.name) != tags_.end())
      complain(path("group", i, "name"), "\"" + g.name + "\" is the name of other nodes already; write another");
    check_nodes(path("group", i, "nodes"), g.nodes, tags_);
    check_node("group." + std::to_string(i), g.node);
    tags_.push_back(g.name);
  }

  void check_flow(std::size_t i) {
    const FlowSpec& f = s_.flows[i];
    check_nodes(path("traffic", i, "from"), f.from, tags_);
    if (f.to_kind == FlowTo::nodes) check_nodes(path("traffic", i, "to"), f.to, tags_);
    if (f.to_kind == FlowTo::random && s_.routes == RoutesKind::none && !any_trees())
      complain(path("traffic", i, "to"),
               "there is no way to a random node without routes or trees; write routes = \"tree\" at the top of the "
               "file, trees = 4 below [nodes], or to = \"neighbour\"");
    if (f.to_kind == FlowTo::everyone && f.size_max > broadcast_max())
      complain(path("traffic", i, "size"), std::to_string(f.size_max) +
                                               " bytes do not fit the one packet of a broadcast; "
                                               "write at most " +
                                               std::to_string(broadcast_max()));
    const auto has_seal = [](const GroupSpec& g) { return g.node.seal; };
    if (f.sealed && f.to_kind == FlowTo::everyone)
      complain(path("traffic", i, "sealed"), "a broadcast can not be sealed from end to end; write sealed = false");
    if (f.sealed && !s_.nodes.seal && std::none_of(s_.groups.begin(), s_.groups.end(), has_seal))
      complain(path("traffic", i, "sealed"), "no node has Seal; write seal = true in [nodes]");
    if (f.start >= s_.duration)
      complain(path("traffic", i, "start_s"),
               in_seconds(f.start) + " is not before the end of the run at " + in_seconds(s_.duration));
    if (f.stop.us != 0 && f.stop <= std::max(f.start, s_.warm_up))
      complain(path("traffic", i, "stop_s"),
               in_seconds(f.stop) + " is not after the start at " + in_seconds(std::max(f.start, s_.warm_up)));
  }

  void check_fault(std::size_t i) {
    const FaultSpec& f = s_.faults[i];
    const bool outage = f.kind <= FaultKind::brown_out;
    check_nodes(path("fault", i, "nodes"), f.nodes, tags_);
    if (!outage) check_nodes(path("fault", i, "to"), f.to, tags_);
    if (f.at >= s_.duration)
      complain(path("fault", i, "at_s"),
               in_seconds(f.at) + " is not before the end of the run at " + in_seconds(s_.duration));
    if (f.until.us != 0 && f.until <= f.at)
      complain(path("fault", i, "until_s"), in_seconds(f.until) + " is not after at_s, " + in_seconds(f.at));
    if (outage && f.every.us == 0 && f.until.us > 0)
      complain(path("fault", i, "until_s"), "it strikes once, at at_s; write every_s too to have it strike again");
    const bool shares = !outage && f.kind != FaultKind::partition;
    if (shares && f.share_ppm == 0) complain(path("fault", i, "share"), "of how many frames? write, say, share = 0.1");
    if (f.kind == FaultKind::partition && f.nodes.text == "all" && f.to.text == "all")
      complain(path("fault", i, "nodes"), "all nodes have nobody on the other side; write nodes = \"0-9\" or the like");
  }

  // Bytes of a blob that one packet carries on every medium.
  bool any_trees() const {
    return s_.nodes.trees > 0 ||
           std::any_of(s_.groups.begin(), s_.groups.end(), [](const GroupSpec& g) { return g.node.trees > 0; });
  }
  std::uint32_t broadcast_max() const {
    std::size_t body = find_schema(kBroadcast250)->max_body;
    for (const MediumSpec& m : s_.media)
      if (m.kind == MediumKind::lora || (m.kind == MediumKind::ideal && m.ideal.frame_max < kEspNowFrame))
        body = find_schema(kBroadcast240)->max_body;
    return static_cast<std::uint32_t>(body - kPackageHeader);
  }

  static constexpr std::uint8_t kBroadcast250 = 0, kBroadcast240 = 20;  // schemas

  const Scenario& s_;
  std::optional<std::uint32_t> nodes_;  // as far as it is known
  std::vector<std::string> tags_;
  std::vector<Complaint> complaints_;
};

}  // namespace

std::vector<Complaint> check_scenario(const Scenario& scenario) { return Checker(scenario).run(); }

}  // namespace mp::sim
