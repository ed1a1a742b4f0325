// SPDX-License-Identifier: ISC
#include "programs/mpnode/commands.hpp"

namespace mp::host {
namespace {

struct Entry {
  std::string_view name;
  Command command;
};

constexpr Entry kCommands[] = {
    {"apps", command_apps},
    {"ban", command_ban},
    {"broadcast", command_broadcast},
    {"cancel", command_cancel},
    {"hello", command_hello},
    {"id", command_id},
    {"id_rotate", command_id_rotate},
    {"monitor", command_monitor},
    {"network", command_network},
    {"network_give", command_network_give},
    {"network_rotate", command_network_rotate},
    {"network_use", command_network_use},
    {"peers", command_peers},
    {"ping", command_ping},
    {"recv", command_recv},
    {"route_add", command_route_add},
    {"route_del", command_route_del},
    {"routes", command_routes},
    {"send", command_send},
    {"send_data", command_send_data},
    {"status", command_status},
    {"stop", command_stop},
    {"trace", command_trace},
    {"tree", command_tree},
    {"trust", command_trust},
    {"trust_forget", command_trust_forget},
    {"trust_import", command_trust_import},
    {"trust_name", command_trust_name},
    {"trust_pin", command_trust_pin},
    {"trust_unpin", command_trust_unpin},
    {"unban", command_unban},
};

}  // namespace

Command find_command(std::string_view name) {
  for (const Entry& e : kCommands)
    if (e.name == name) return e.command;
  return nullptr;
}

bool stays_open(Command command) {
  return command == command_send || command == command_broadcast || command == command_recv ||
         command == command_ping || command == command_monitor || command == command_trace ||
         command == command_network_give;
}

}  // namespace mp::host
