// SPDX-License-Identifier: ISC
// network and those that change its key. No key is in any of their answers.
#include "micropycelium/node/network_record.hpp"
#include "programs/mpnode/commands.hpp"
#include "programs/mpnode/log.hpp"
#include "programs/mpnode/text.hpp"

#include <nlohmann/json.hpp>
#include <set>

namespace mp::host {
namespace {

std::string members(const Json& object) {
  const std::string text = object.dump();
  return text.substr(1, text.size() - 2);
}

void trusted_only(Client& client) {
  if (!client.trusted())
    throw CommandError("not_allowed", "only the user that the daemon runs as, or root, may change the network key");
  if (!client.service().node().closed())
    throw CommandError("bad_request", "this is an open node: it has no network key to change");
}

CommandError key_error(Status why) {
  switch (why) {
    case Status::would_block:
      return {"busy", "the key before is still accepted; change again when its time is over (`network` says when)"};
    case Status::not_found:
      return {"not_found", "no other key is installed; `network_rotate` makes one"};
    case Status::exists:
      return {"exists", "that key is in use already"};
    default:
      return {"internal", "the keys could not be written; nothing has changed"};
  }
}

Json state_json(Service& service) {
  const NetworkState s = service.node().network();
  const auto or_null = [](const auto& g) { return g ? Json(*g) : Json(nullptr); };
  return {{"generation", s.generation},
          {"next", or_null(s.next)},
          {"previous", or_null(s.previous)},
          {"grace_ms", s.previous ? Json(s.grace.us / 1000) : Json(nullptr)},
          {"configured", service.key_as_configured()}};
}

// All that are known: those that were met, and those that are there.
Json contacts(Service& service) {
  std::set<NodeId> all;
  for (const auto& [id, k] : service.trust.all())
    if (!k.after) all.insert(id);
  for (const Peer& p : service.node().peers())
    if (p.used && p.connected()) all.insert(p.id);
  all.erase(service.node().id());
  Json list = Json::array();
  for (const NodeId& id : all) {
    const Peer* peer = service.node().peer(id);
    if (peer == nullptr || !peer->banned) list.push_back(hex(id.bytes()));
  }
  return list;
}

// A node that is to get the key, for a client.
class OpenGift final : public OpenRequest, public KeyGift {
 public:
  OpenGift(Client& client, std::string id) : client_(client), id_(std::move(id)) {}
  ~OpenGift() override { client_.service().key_gifts.cancel(*this); }

  void cancel() override {
    client_.service().key_gifts.cancel(*this);
    on_end("cancelled");
  }
  void on_end(const std::string& state) override {
    client_.event("network_give_end", id_, "\"final\":true,\"state\":\"" + state + "\"");
    client_.close(id_);
  }

 private:
  Client& client_;
  std::string id_;
};

}  // namespace

void command_network(Client& client, const Request& request) {
  Service& service = client.service();
  if (!service.node().closed()) return client.reply(request, members({{"closed", false}}));
  Json j{{"closed", true}, {"name", service.network.name}};
  j.update(state_json(service));
  client.reply(request, members(j));
}

void command_network_rotate(Client& client, const Request& request) {
  trusted_only(client);
  Service& service = client.service();
  service.runner.poll();
  const NetworkState before = service.node().network();
  const bool anew = bool_field(request.body, "new").value_or(false);
  if (const Status s = service.key_gifts.prepare(service.node().random(), anew); s != Status::ok) throw key_error(s);
  const bool made = anew || (!before.next && !before.previous);
  if (made)
    log_info("a new network key is installed as the next, generation " +
             std::to_string(service.key_gifts.generation()));
  Json j = state_json(service);
  j["gives"] = service.key_gifts.generation();
  j["made"] = made;
  j["contacts"] = contacts(service);
  client.reply(request, members(j));
}

void command_network_give(Client& client, const Request& request) {
  trusted_only(client);
  Service& service = client.service();
  const NetworkState s = service.node().network();
  if (!s.next && !s.previous) throw key_error(Status::not_found);
  const NodeId to = find_node(service, needed_text(request.body, "node"));
  if (to == service.node().id()) throw CommandError("bad_request", "node: must be another node");
  auto open = std::make_unique<OpenGift>(client, request.id);
  service.runner.poll();
  if (const Status status = service.key_gifts.give(*open, to); status != Status::ok) throw refusal(status);
  client.open(request.id, std::move(open));
  client.reply(request, members({{"node", hex(to.bytes())}, {"gives", service.key_gifts.generation()}}));
  service.runner.wake();
}

void command_network_use(Client& client, const Request& request) {
  trusted_only(client);
  Service& service = client.service();
  service.runner.poll();
  const auto next = service.node().network().next;
  const Status status = next ? service.node().use_key(*next) : Status::not_found;
  if (status != Status::ok) throw key_error(status);
  client.reply(request, members(state_json(service)));
  service.runner.wake();
}

}  // namespace mp::host
