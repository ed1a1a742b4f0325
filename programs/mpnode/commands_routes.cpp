// SPDX-License-Identifier: ISC
// routes, route_add, route_del, ban, unban.
#include "programs/mpnode/commands.hpp"
#include "programs/mpnode/places.hpp"
#include "programs/mpnode/text.hpp"

#include <nlohmann/json.hpp>

namespace mp::host {
namespace {

TreeAddress address_field(const Json& body, const char* name) {
  const std::string text = needed_text(body, name);
  const auto address = parse_address(text);
  if (!address) throw CommandError("bad_request", std::string(name) + ": " + not_an_address(text));
  return *address;
}

std::string in_quotes(const std::string& plain) { return "\"" + plain + "\""; }

}  // namespace

void command_routes(Client& client, const Request& request) {
  const Node& node = client.service().node();
  std::string list;
  for (const Route& r : node.routes()) {
    if (!r.used) continue;
    list += list.empty() ? "" : ",";
    list += "{\"to\":" + in_quotes(address_text(r.to)) + ",\"via\":" + in_quotes(hex(node.peers()[r.via].id.bytes())) +
            ",\"node\":" + (r.node.is_zero() ? "null" : in_quotes(hex(r.node.bytes()))) +
            ",\"frame_max\":" + std::to_string(r.frame_max) + "}";
  }
  Json targets = Json::array();
  for (const Target& t : node.targets()) {
    if (!t.used()) continue;
    const NodeId who = t.node();
    targets.push_back({{"node", who.is_zero() ? Json(nullptr) : Json(hex(who.bytes()))},
                       {"begins", hex(t.tag().bytes())},
                       {"state", t.known()                            ? "known"
                                 : t.state() == Target::State::sought ? "sought"
                                                                      : "unknown"},
                       {"places", places_json(t.places().view())}});
  }
  client.reply(request, "\"routes\":[" + list + "],\"targets\":" + targets.dump());
}

void command_route_add(Client& client, const Request& request) {
  Service& service = client.service();
  const TreeAddress to = address_field(request.body, "to");
  const NodeId via = find_node(service, needed_text(request.body, "via"));
  NodeId node;
  if (const auto text = text_field(request.body, "node")) {
    const auto id = parse_hex<NodeId>(*text);
    if (!id) throw CommandError("bad_request", "node: " + shown(*text) + " is not 64 hex digits");
    node = *id;
  }
  const auto frame_max = integer_field(request.body, "frame_max", 0, 250).value_or(0);
  if (frame_max != 0 && frame_max < 240)
    throw CommandError("bad_request", "frame_max: must be 0, or a whole number from 240 to 250");
  const Status status = service.node().set_route(to, via, node, static_cast<std::uint8_t>(frame_max));
  if (status == Status::bad_value) throw CommandError("bad_request", "via: the next hop must be another node");
  if (status != Status::ok) throw refusal(status);
  client.reply(request, "");
}

void command_route_del(Client& client, const Request& request) {
  const TreeAddress to = address_field(request.body, "to");
  if (client.service().node().remove_route(to) != Status::ok)
    throw CommandError("not_found", "there is no route to " + address_text(to));
  client.reply(request, "");
}

void command_ban(Client& client, const Request& request) {
  Service& service = client.service();
  const NodeId id = find_node(service, needed_text(request.body, "node"));
  const Status status = service.node().ban(id);
  if (status == Status::bad_value) throw CommandError("bad_request", "node: the node cannot ban itself");
  service.runner.wake();
  if (status == Status::io_error)
    throw CommandError("internal", "it is banned, but only until the daemon ends: the ban could not be written down");
  if (status != Status::ok) throw refusal(status);
  client.reply(request, "");
}

void command_unban(Client& client, const Request& request) {
  Service& service = client.service();
  const std::string text = needed_text(request.body, "node");
  const Status status = service.node().unban(find_node(service, text));
  if (status == Status::io_error) throw CommandError("internal", "it is still banned: that could not be written down");
  if (status != Status::ok) throw CommandError("not_found", "node: " + text + " was not banned");
  client.reply(request, "");
}

}  // namespace mp::host
