// SPDX-License-Identifier: ISC
// routes (with add and del), ban, unban, stop: commands that change the running daemon, and one that
// shows the static routes. Routes do not outlive the daemon, bans do.
#include "programs/mpctl/commands.hpp"

namespace mp::host {
namespace {

// What a command without a result of its own prints: a sentence, or the record it stands for.
void done(Output& out, const std::string& sentence, const Json& record) {
  if (out.json())
    out.record(record);
  else
    out.line(sentence);
}

}  // namespace

int run_routes(Client& client, Output& out) {
  const Json result = client.request({{"cmd", "routes"}});
  std::vector<std::vector<std::string>> rows{{"TO", "VIA", "NODE THERE", "FRAME"}};
  for (const Json& route : list(result, "routes")) {
    if (out.json()) out.record(route);
    const std::int64_t frame_max = number(route, "frame_max");
    rows.push_back({text(route, "to"), short_node(text(route, "via")), short_node(text(route, "node", "-")),
                    frame_max == 0 ? "-" : std::to_string(frame_max) + " B"});
  }
  std::vector<std::vector<std::string>> known{{"NODE BEYOND", "STATE", "PLACES"}};
  for (const Json& target : list(result, "targets")) {
    if (out.json()) out.record(target);
    std::string places;
    for (const Json& place : list(target, "places"))
      places += (places.empty() ? "" : "  ") + std::to_string(number(place, "tree")) + ":" + text(place, "address");
    known.push_back({short_node(text(target, "begins")), text(target, "state"), places.empty() ? "-" : places});
  }
  if (out.json()) return kExitOk;
  if (rows.size() == 1 && known.size() == 1) out.line("no routes");
  if (rows.size() > 1)
    for (const std::string& line : table(rows)) out.line(line);
  if (rows.size() > 1 && known.size() > 1) out.line("");
  if (known.size() > 1)
    for (const std::string& line : table(known)) out.line(line);
  return kExitOk;
}

int run_route_add(Client& client, Output& out, const RouteOptions& options) {
  Json request{{"cmd", "route_add"}, {"to", options.to}, {"via", options.via}};
  if (!options.node.empty()) request["node"] = options.node;
  if (options.frame_max != 0) request["frame_max"] = options.frame_max;
  client.request(request);
  done(out, "route to " + options.to + " set (until the daemon ends)", {{"route", options.to}, {"via", options.via}});
  return kExitOk;
}

int run_route_del(Client& client, Output& out, const std::string& to) {
  client.request({{"cmd", "route_del"}, {"to", to}});
  done(out, "route to " + to + " removed", {{"removed", to}});
  return kExitOk;
}

int run_ban(Client& client, Output& out, const std::string& node) {
  client.request({{"cmd", "ban"}, {"node", node}});
  done(out, "banned " + node, {{"banned", node}});
  return kExitOk;
}

int run_unban(Client& client, Output& out, const std::string& node) {
  client.request({{"cmd", "unban"}, {"node", node}});
  done(out, "no longer banned: " + node, {{"unbanned", node}});
  return kExitOk;
}

// Done when the daemon has said goodbye to its peers and closed the connection, not merely when it agreed.
int run_stop(Client& client, Output& out) {
  client.request({{"cmd", "stop"}});
  try {
    const Deadline deadline = after_ms(Client::kReplyMs);
    while (client.event(deadline)) {
    }
    throw Failure(kExitTimedOut, "timed_out", "the daemon agreed to stop, but has not ended yet");
  } catch (const Failure& failure) {
    if (failure.exit_code != kExitUnreachable) throw;
  }
  done(out, "stopped", {{"stopped", true}});
  return kExitOk;
}

}  // namespace mp::host
