// SPDX-License-Identifier: ISC
// hello, status, peers, apps, cancel, stop.
#include "programs/mpnode/commands.hpp"
#include "programs/mpnode/log.hpp"
#include "programs/mpnode/text.hpp"

#include <fstream>

#include <unistd.h>
#include <nlohmann/json.hpp>

namespace mp::host {
namespace {

// The members of an object, without its braces.
std::string members(const Json& object) {
  const std::string text = object.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.substr(1, text.size() - 2);
}

std::uint64_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  in >> size >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

Json interface_json(const InterfaceView& view) {
  const InterfaceCaps caps = view.interface->caps();
  Json j{{"name", view.name}, {"kind", view.kind}, {"bit_rate", caps.bit_rate}, {"frame_max", caps.frame_max}};
  j["schemas"] = std::vector<std::uint8_t>(caps.schema_ids.begin(), caps.schema_ids.end());
  if (view.udp == nullptr) return j;
  const UdpCounters& c = view.udp->counters();
  j["local"] = to_text(view.udp->local());
  if (view.udp->group() != 0) j["group"] = ip_text(view.udp->group());
  j["rx_datagrams"] = c.rx_datagrams;
  j["rx_bytes"] = c.rx_bytes;
  j["rx_not_heard"] = c.rx_not_heard;
  j["rx_own"] = c.rx_own;
  j["rx_slept"] = c.rx_slept;
  j["tx_datagrams"] = c.tx_datagrams;
  j["tx_bytes"] = c.tx_bytes;
  j["tx_blocked"] = c.tx_blocked;
  j["tx_failed"] = c.tx_failed;
  return j;
}

Json limits_json(const Limits& l) {
  return {{"peers", l.peers - kOwnPeers},
          {"routes", l.routes},
          {"datagrams", l.datagrams},
          {"sequences_in", l.sequences_in},
          {"sequences_out", l.sequences_out},
          {"seen", l.seen},
          {"hops", l.hops},
          {"ledgers", l.ledgers},
          {"trees", l.trees},
          {"targets", l.targets},
          {"detours", l.detours}};
}

Json usage_json(const Usage& u) {
  return {{"peers", u.peers - kOwnPeers},     {"routes", u.routes},
          {"datagrams", u.datagrams},         {"sequences_in", u.sequences_in},
          {"sequences_out", u.sequences_out}, {"seen", u.seen}};
}

Json network_json(const Service& service) {
  if (!service.node().closed()) return {{"closed", false}};
  return {{"closed", true}, {"name", service.network.name}, {"generation", service.node().network().generation}};
}

Json tree_json(const Service& service) {
  if (service.tree_v0 == nullptr) return nullptr;
  const Node& node = service.node();
  const TreeV0& tree = service.tree_v0->tree();
  std::size_t children = 0;
  for (const TreeV0Child& c : tree.children()) children += c.coordinate != 0 ? 1U : 0U;
  const TreeV0Counters& n = tree.counters();
  const bool placed = tree.placed();
  return {{"root", placed ? Json(hex(tree.claim().bytes())) : Json(nullptr)},
          {"address", placed ? Json(address_text(tree.address())) : Json(nullptr)},
          {"parent", placed && tree.parent() != TreeV0::kNobody ? Json(hex(node.peers()[tree.parent()].id.bytes()))
                                                                : Json(nullptr)},
          {"children", children},
          {"moves", n.moves},
          {"taken", n.taken},
          {"too_many", n.too_many},
          {"untrue", n.untrue},
          {"too_old", n.too_old},
          {"collisions", n.collisions},
          {"no_room", n.no_room}};
}

// Where this neighbour is in the tree that we are in.
std::optional<TreeAddress> tree_address_of(const Service& service, const Peer& peer) {
  if (service.tree_v0 == nullptr || !service.tree_v0->tree().placed()) return std::nullopt;
  const TreeV0& tree = service.tree_v0->tree();
  const auto slot = static_cast<std::size_t>(&peer - service.node().peers().data());
  const std::uint8_t state = tree.address().tree_state;
  if (slot >= tree.neighbours().size() || tree.place(static_cast<std::uint8_t>(slot), state) == nullptr)
    return std::nullopt;
  return TreeAddress{state, tree.neighbours()[slot].address};
}

double age_ms(const Node& node, Instant then) { return static_cast<double>((node.now() - then).us) / 1000.0; }

}  // namespace

void command_hello(Client& client, const Request& request) {
  const auto wanted = integer_field(request.body, "protocol", 0, std::numeric_limits<std::int32_t>::max());
  if (!wanted) throw CommandError("bad_request", "protocol: is missing");
  if (*wanted != kProtocol)
    throw CommandError("unsupported_protocol", "this daemon speaks protocol " + std::to_string(kProtocol),
                       "\"protocols\":[" + std::to_string(kProtocol) + "]");
  client.reply(request, members({{"protocol", kProtocol},
                                 {"version", MP_VERSION},
                                 {"node_id", hex(client.service().node().id().bytes())}}));
}

void command_status(Client& client, const Request& request) {
  Service& service = client.service();
  const Node& node = service.node();
  const Counters& counters = node.counters();
  Json j;
  j["node_id"] = hex(node.id().bytes());
  j["address"] = node.has_address() ? Json(address_text(node.address())) : Json(nullptr);
  j["network"] = network_json(service);
  j["tree_v0"] = tree_json(service);
  j["version"] = MP_VERSION;
  j["protocol"] = kProtocol;
  j["pid"] = ::getpid();
  j["uptime_ms"] = service.now_ms();
  j["interfaces"] = Json::array();
  for (const bool loopback : {false, true})  // the configured ones first, the node's own last
    for (const InterfaceView& view : service.interfaces)
      if (view.interface->caps().loopback == loopback) j["interfaces"].push_back(interface_json(view));
  j["totals"] = {{"rx_datagrams", counters.received()},
                 {"tx_datagrams", counters[Counter::tx_datagrams]},
                 {"packages_delivered", counters[Counter::packages_delivered]},
                 {"sends_queued", counters[Counter::sends_queued]},
                 {"sends_delivered", counters[Counter::sends_delivered]},
                 {"sends_unconfirmed", counters[Counter::sends_unconfirmed]},
                 {"sends_failed", counters[Counter::sends_failed]},
                 {"retransmissions", counters[Counter::retransmissions]}};
  Json& all = j["counters"] = Json::object();
  for (std::size_t i = 0; i < kCounters; ++i) all[name(static_cast<Counter>(i))] = counters.all()[i];
  std::size_t peers = 0;
  for (const Peer& p : node.peers()) peers += p.used && !p.itself && p.connected() ? 1U : 0U;
  std::size_t routes = 0;
  for (const Route& r : node.routes()) routes += r.used ? 1U : 0U;
  j["peers"] = peers;
  j["routes"] = routes;
  j["clients"] = service.clients;
  j["memory"] = {{"node_bytes", memory_required(node.limits())}, {"process_bytes", resident_bytes()}};
  j["limits"] = limits_json(node.limits());
  j["usage"] = usage_json(node.usage());
  j["transfers"] = {{"count", service.transfers.count()}, {"bytes", service.transfers.bytes()}};
  j["blob_max"] = service.blob_max();
  client.reply(request, members(j));
}

void command_peers(Client& client, const Request& request) {
  Service& service = client.service();
  const Node& node = service.node();
  Json list = Json::array();
  for (const Peer& p : node.peers()) {
    if (!p.used || p.itself || (!p.connected() && !p.banned)) continue;
    Json j{{"node", hex(p.id.bytes())},
           {"connected", p.connected() && !p.banned},
           {"equal", p.equal},
           {"banned", p.banned}};
    if (node.closed()) {
      j["lies"] = p.lies;
      j["doubts"] = p.doubts;
    }
    j["heard_ms"] = p.connected() ? Json(age_ms(node, p.last_heard)) : Json(nullptr);
    if (const auto address = tree_address_of(service, p)) j["address"] = address_text(*address);
    if (const auto apps = service.peer_book.apps(p.id)) {
      j["apps"] = Json::array();
      for (const AppId& app : *apps) j["apps"].push_back(hex(app.bytes()));
    }
    if (const auto prefixes = service.peer_book.app_prefixes(p.id)) {
      j["app_prefixes"] = Json::array();
      for (const AppPrefix& prefix : *prefixes) j["app_prefixes"].push_back(hex(prefix));
    }
    j["links"] = Json::array();
    for (const PeerLink& l : p.links)
      if (l.used() && !p.banned)
        j["links"].push_back({{"interface", service.interface_name(l.interface)},
                              {"link", service.link_text(l.interface, l.address)},
                              {"bit_rate", node.interface(l.interface).caps().bit_rate},
                              {"heard_ms", age_ms(node, l.last_heard)},
                              {"failures", l.failures}});
    list.push_back(std::move(j));
  }
  client.reply(request, members({{"peers", std::move(list)}}));
}

void command_apps(Client& client, const Request& request) {
  Service& service = client.service();
  Json list = Json::array();
  const auto add = [&](const Application& a, bool named, bool builtin, std::size_t listeners) {
    Json j{{"app", hex(a.id().bytes())}, {"name", nullptr}, {"description", nullptr}, {"version", nullptr}};
    if (named) {
      j["name"] = a.info().name;
      j["description"] = a.info().description;
      j["version"] = a.info().version;
    }
    j["builtin"] = builtin;
    j["listeners"] = listeners;
    list.push_back(std::move(j));
  };
  add(service.beacon, true, true, 0);
  add(service.ping, true, true, 0);
  add(service.contacts, true, true, 0);
  add(service.seal, true, true, 0);
  if (service.tree_v0 != nullptr) add(*service.tree_v0, true, true, 0);
  for (const auto& a : service.applications()) add(*a, a->named(), false, a->listeners());
  client.reply(request, members({{"apps", std::move(list)}}));
}

void command_cancel(Client& client, const Request& request) {
  const auto target = request.body.find("target");
  if (target == request.body.end() || !(target->is_number_integer() || target->is_string()))
    throw CommandError("bad_request", "target: must be the id of an open request");
  OpenRequest* const open = client.find(target->dump(-1, ' ', false, Json::error_handler_t::replace));
  if (open == nullptr) throw CommandError("not_found", "target: no open request has this id");
  client.reply(request, open->is_subscription() ? "\"final\":true" : "");
  open->cancel();
}

void command_stop(Client& client, const Request& request) {
  if (!client.trusted())
    throw CommandError("not_allowed", "only the user that the daemon runs as, or root, may stop it");
  client.reply(request, "");
  log_info("a client asks to stop");
  client.service().request_stop("stop");
}

}  // namespace mp::host
