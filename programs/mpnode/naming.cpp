// SPDX-License-Identifier: ISC
#include "programs/mpnode/commands.hpp"
#include "programs/mpnode/text.hpp"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

namespace mp::host {
namespace {

constexpr std::size_t kPrefixMin = 8;
constexpr std::size_t kNodeDigits = 2 * NodeId::kSize;

std::string matches(const std::vector<std::string>& all) { return "\"matches\":" + Json(all).dump(); }

}  // namespace

NodeId find_node(Service& service, const std::string& text) {
  if (const auto named = service.trust.find(text)) return *named;
  std::string prefix = text;
  std::transform(prefix.begin(), prefix.end(), prefix.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  const bool digits = prefix.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!digits || prefix.size() < kPrefixMin || prefix.size() > kNodeDigits)
    throw CommandError("bad_request", shown(text) + " is not a node: write 64 hex digits, or at least the first " +
                                          std::to_string(kPrefixMin) + " of them, or its name in the trust store");
  if (prefix.size() == kNodeDigits) return *parse_hex<NodeId>(prefix);

  std::set<NodeId> known{service.node().id()};
  for (const Peer& p : service.node().peers())
    if (p.used) known.insert(p.id);
  for (const Route& r : service.node().routes())
    if (r.used && !r.node.is_zero()) known.insert(r.node);
  for (const auto& [id, k] : service.trust.all())
    if (!k.after) known.insert(id);
  std::vector<std::string> found;
  for (const NodeId& id : known)
    if (auto full = hex(id.bytes()); full.starts_with(prefix)) found.push_back(std::move(full));
  if (found.empty()) throw CommandError("not_found", "no node known whose id begins with " + prefix);
  if (found.size() > 1)
    throw CommandError("ambiguous", std::to_string(found.size()) + " nodes have ids that begin with " + prefix,
                       matches(found));
  return *parse_hex<NodeId>(found[0]);
}

ServedApplication& find_application(Service& service, const Json& body) {
  const auto named = [&](ServedApplication* application) -> ServedApplication& {
    if (application == nullptr) throw CommandError("exists", "app: this Application is the daemon's own");
    return *application;
  };
  const auto f = body.find("app");
  if (f == body.end() || f->is_null())
    return named(service.application(std::string(kTextApplication.name), std::string(kTextApplication.description),
                                     kTextApplication.version));
  if (f->is_object())
    return named(service.application(
        needed_text(*f, "name"), text_field(*f, "description").value_or(""),
        static_cast<std::uint32_t>(
            integer_field(*f, "version", 0, std::numeric_limits<std::uint32_t>::max()).value_or(0))));
  if (!f->is_string())
    throw CommandError("bad_request",
                       "app: must be 32 hex digits, a name, or an object with name, description and version");
  const auto& text = f->get_ref<const std::string&>();
  if (const auto id = parse_hex<AppId>(text)) return named(service.application(*id));

  for (const Application* own :
       {static_cast<const Application*>(&service.beacon), static_cast<const Application*>(&service.ping),
        static_cast<const Application*>(&service.contacts), static_cast<const Application*>(&service.seal)})
    if (own->info().name == text) return named(nullptr);
  std::vector<ServedApplication*> found;
  for (const auto& a : service.applications())
    if (a->named() && a->info().name == text) found.push_back(a.get());
  if (found.empty()) throw CommandError("not_found", "app: no Application named " + shown(text) + " is listed");
  if (found.size() > 1) {
    std::vector<std::string> ids;
    for (const ServedApplication* a : found) ids.push_back(hex(a->id().bytes()));
    throw CommandError("ambiguous", "app: several Applications are named " + shown(text), matches(ids));
  }
  return *found[0];
}

CommandError refusal(Status why, std::optional<std::size_t> max) {
  switch (why) {
    case Status::unreachable:
      return {"unreachable", "there is no such peer, and no route to it"};
    case Status::no_buffer:
      return {"no_room", "the node has no room for it now; try again later"};
    case Status::too_large:
      return max ? CommandError("too_large", "at most " + std::to_string(*max) + " bytes can be sent there",
                                "\"max\":" + std::to_string(*max))
                 : CommandError("too_large", "it is more than can be sent there");
    case Status::banned:
      return {"banned", "the target is banned"};
    case Status::not_found:
      return {"not_found", "there is no such thing"};
    case Status::bad_value:
      return {"bad_request", "the target cannot be the node itself"};
    case Status::not_started:
      return {"shutting_down", "the daemon is about to end"};
    default:
      break;
  }
  return {"internal", std::string("the node refused it: ") + name(why)};
}

}  // namespace mp::host
