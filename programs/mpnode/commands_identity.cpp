// SPDX-License-Identifier: ISC
// id, id_rotate, trust and those that change it.
#include "programs/mpnode/commands.hpp"
#include "programs/mpnode/log.hpp"
#include "programs/mpnode/text.hpp"

#include <nlohmann/json.hpp>

namespace mp::host {
namespace {

std::string members(const Json& object) {
  const std::string text = object.dump();
  return text.substr(1, text.size() - 2);
}

// The identity that the next start will have: it is not the node's own any more once that was handed over.
Identity next_identity(Service& service) {
  Identity next;
  if (next.load_or_create({service.node().random(), service.storage}) != Status::ok)
    throw CommandError("internal", "the identity in the state folder cannot be read");
  return next;
}

void reply_identity(Client& client, const Request& request, const Identity& next) {
  Service& service = client.service();
  Json j{{"node_id", hex(service.node().id().bytes())}, {"boot", service.node().boot()}, {"next_id", nullptr}};
  if (!(next.node_id() == service.node().id())) j["next_id"] = hex(next.node_id().bytes());
  j["handovers"] = Json::array();
  Succession succession;
  (void)succession.load(service.storage, next.node_id());
  const HandoverChain chain = succession.chain();
  for (std::size_t i = 0; i < chain.size(); ++i)
    j["handovers"].push_back({{"before", hex(chain[i].before.bytes())},
                              {"after", hex(chain[i].after.bytes())},
                              {"counter", chain[i].counter},
                              {"record", hex(chain.bytes().subspan(i * kHandoverSize, kHandoverSize))}});
  client.reply(request, members(j));
}

CommandError trust_error(Status why) {
  switch (why) {
    case Status::not_found:
      return {"not_found", "there is no such node in the trust store, or it is not pinned"};
    case Status::no_buffer:
      return {"no_room", "the trust store is full of nodes that are pinned or named"};
    case Status::bad_value:
      return {"bad_request", "node: it has handed over to another, and is nobody any more"};
    default:
      break;
  }
  return {"internal", "the trust store could not be written; nothing has changed"};
}

void finish(Client& client, const Request& request, Status status) {
  if (status != Status::ok) throw trust_error(status);
  client.reply(request, "");
}

NodeId node_field(Client& client, const Request& request) {
  const NodeId id = find_node(client.service(), needed_text(request.body, "node"));
  if (id.is_zero() || id == client.service().node().id())
    throw CommandError("bad_request", "node: must be another node");
  return id;
}

}  // namespace

void command_id(Client& client, const Request& request) {
  reply_identity(client, request, next_identity(client.service()));
}

void command_id_rotate(Client& client, const Request& request) {
  if (!client.trusted())
    throw CommandError("not_allowed", "only the user that the daemon runs as, or root, may change the identity");
  Service& service = client.service();
  Identity identity = next_identity(service);
  if (identity.hand_over({service.node().random(), service.storage}) != Status::ok)
    throw CommandError("internal", "the new identity could not be written; ask `id` which one is there");
  log_info("handed over to a new identity, from the next start: " + hex(identity.node_id().bytes()));
  reply_identity(client, request, identity);
}

void command_trust(Client& client, const Request& request) {
  Json list = Json::array();
  for (const auto& [id, k] : client.service().trust.all())
    list.push_back({{"node", hex(id.bytes())},
                    {"name", k.name.empty() ? Json(nullptr) : Json(k.name)},
                    {"seen", k.seen},
                    {"pinned", k.pinned},
                    {"after", k.after ? Json(hex(k.after->bytes())) : Json(nullptr)}});
  client.reply(request, members({{"nodes", std::move(list)}}));
}

void command_trust_pin(Client& client, const Request& request) {
  finish(client, request, client.service().trust.pin(node_field(client, request)));
}

void command_trust_unpin(Client& client, const Request& request) {
  finish(client, request, client.service().trust.unpin(node_field(client, request)));
}

void command_trust_forget(Client& client, const Request& request) {
  const Status status = client.service().trust.forget(node_field(client, request));
  if (status == Status::exists) throw CommandError("bad_request", "node: it is pinned; unpin it first");
  finish(client, request, status);
}

void command_trust_name(Client& client, const Request& request) {
  Service& service = client.service();
  const NodeId id = node_field(client, request);
  const std::string name = text_field(request.body, "name").value_or("");
  const Status status = service.trust.name(id, name);
  if (status == Status::exists) {
    const auto owner = service.trust.find(name);
    const bool pinned = owner && service.trust.all().at(*owner).pinned;
    throw CommandError("exists", name + " is the name of " + (pinned ? "a pinned node, " : "") +
                                     (owner ? hex(owner->bytes()) : std::string("another node")));
  }
  if (status == Status::not_representable)
    throw CommandError("bad_request",
                       "name: must be a letter, then up to 31 letters, digits, _ and .; and not only hex digits");
  finish(client, request, status);
}

// Hand-overs that came another way than over the air: signed by both identities all the same, and followed alike.
void command_trust_import(Client& client, const Request& request) {
  Service& service = client.service();
  const std::string text = needed_text(request.body, "records");
  std::vector<std::byte> records(std::min(text.size() / 2, kHandoversMax * kHandoverSize + 1));
  if (text.size() != 2 * records.size() || !parse_hex_into(text, records))
    throw CommandError("bad_request", "records: must be one to " + std::to_string(kHandoversMax) +
                                          " hand-overs in hex, " + std::to_string(2 * kHandoverSize) + " digits each");
  const auto followed = service.contacts.take(records);
  if (!followed && followed.status() == Status::not_found)
    throw CommandError("not_found", "nothing is known here of anybody who handed over, or it was followed before");
  if (!followed && followed.status() == Status::forged)
    throw CommandError("bad_request", "records: a signature is not of who handed over");
  if (!followed)
    throw CommandError("bad_request", "records: these are no hand-overs that follow each other, the oldest first");
  client.reply(request, members({{"followed", *followed}}));
}

}  // namespace mp::host
