// SPDX-License-Identifier: ISC
#include "programs/mpnode/client.hpp"

#include "programs/mpnode/commands.hpp"
#include "programs/mpnode/contents.hpp"
#include "programs/mpnode/log.hpp"
#include "programs/mpnode/text.hpp"

#include <nlohmann/json.hpp>

namespace mp::host {
namespace {

constexpr std::size_t kIdMax = 64;

std::string dump(const Json& j) { return j.dump(-1, ' ', false, Json::error_handler_t::replace); }

// The request's id as JSON; empty: it has none that can be used.
std::string usable_id(const Json& body) {
  const auto id = body.find("id");
  if (id == body.end()) return {};
  if (id->is_number_integer()) return dump(*id);
  if (id->is_string() && id->get_ref<const std::string&>().size() <= kIdMax) return dump(*id);
  return {};
}

}  // namespace

Client::Client(Service& service, Output& output, bool trusted) : service_(service), output_(output), trusted_(trusted) {
  ++service_.clients;
}

Client::~Client() {
  // First out of the map, so that a request's destructor sees a client without open requests.
  auto open = std::move(open_);
  open_.clear();
  open.clear();
  --service_.clients;
}

void Client::greet() {
  output_.line("{\"hello\":\"mpnode\",\"protocol\":" + std::to_string(kProtocol) +
               ",\"version\":\"" MP_VERSION "\",\"node_id\":\"" + hex(service_.node().id().bytes()) + "\"}\n");
}

void Client::take_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) return;
  std::string rest;
  auto contents = take_out_contents(line, rest);
  const Json body = Json::parse(contents ? rest : line, nullptr, false);
  if (!body.is_object())
    return reply_error("null", {"bad_json", "a line must be one JSON object, like {\"id\":1,\"cmd\":\"status\"}"});
  const std::string id = usable_id(body);
  if (id.empty())
    return reply_error("null", {"bad_request", "id: must be an integer, or a string of at most 64 bytes"});
  try {
    run({body, id, contents});
  } catch (const CommandError& e) {
    reply_error(id, e);
  } catch (const std::exception& e) {
    log_error(std::string("a request failed: ") + e.what());
    reply_error(id, {"internal", "a fault in the daemon; see its log"});
  }
}

void Client::run(const Request& request) {
  const auto& [body, id, contents] = request;
  if (open_.contains(id)) throw CommandError("exists", "id: a request with this id is still open");
  const auto cmd = body.find("cmd");
  if (cmd == body.end() || !cmd->is_string()) throw CommandError("bad_request", "cmd: must be the name of a command");
  const auto& name = cmd->get_ref<const std::string&>();
  const Command command = find_command(name);
  if (command == nullptr) throw CommandError("unknown_command", "there is no command " + shown(name));
  if (service_.stopping) throw CommandError("shutting_down", "the daemon is about to end");
  if (stays_open(command) && open_.size() >= kOpenMax)
    throw CommandError("no_room", "this client has " + std::to_string(kOpenMax) + " open requests; cancel one first");
  command(*this, request);
}

void Client::refuse_long_line() {
  reply_error("null", {"line_too_long", "a line is at most " + std::to_string(kLineMax) + " bytes"});
}

void Client::reply(const Request& request, std::string_view members) {
  std::string line = "{\"id\":" + request.id + ",\"ok\":true,\"result\":{";
  line.append(members).append("}}\n");
  output_.line(std::move(line));
}

void Client::reply_error(const std::string& id, const CommandError& error) {
  std::string line = "{\"id\":" + id + ",\"ok\":false,\"error\":{\"code\":\"" + error.code +
                     "\",\"message\":" + dump(Json(error.what()));
  if (!error.members.empty()) line += "," + error.members;
  output_.line(line + "}}\n");
}

void Client::event(std::string_view name, const std::string& id, std::string_view members) {
  std::string line = "{\"event\":\"";
  line.append(name).append("\",\"id\":").append(id);
  if (!members.empty()) line.append(",").append(members);
  line += "}\n";
  output_.line(std::move(line));
}

void Client::bye(const char* reason) {
  output_.line("{\"event\":\"bye\",\"reason\":\"" + std::string(reason) + "\"}\n");
}

void Client::open(const std::string& id, std::unique_ptr<OpenRequest> request) { open_[id] = std::move(request); }

OpenRequest* Client::find(const std::string& id) {
  const auto found = open_.find(id);
  return found != open_.end() ? found->second.get() : nullptr;
}

void Client::close(const std::string& id) {
  const auto found = open_.find(id);
  if (found == open_.end()) return;
  const auto request = std::move(found->second);
  open_.erase(found);
}

void Client::end_of_input() {
  for (auto it = open_.begin(); it != open_.end();)
    it = it->second->is_subscription() ? open_.erase(it) : std::next(it);
}

void Client::on_drained() {
  for (const auto& [id, request] : open_) request->on_drained();
}

}  // namespace mp::host
