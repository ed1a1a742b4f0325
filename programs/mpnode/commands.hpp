// SPDX-License-Identifier: ISC
// The commands of the control protocol, one function each, and what they share: taking fields out of a request and
// finding what it names. All of them throw CommandError.
#pragma once

#include "programs/mpnode/client.hpp"

#include <optional>

namespace mp::host {

using Command = void (*)(Client&, const Request&);
// Null: there is none of this name.
Command find_command(std::string_view name);
// Whether its requests stay open.
bool stays_open(Command command);

// commands_status.cpp
void command_hello(Client&, const Request&);
void command_status(Client&, const Request&);
void command_peers(Client&, const Request&);
void command_apps(Client&, const Request&);
// commands_routes.cpp
void command_routes(Client&, const Request&);
void command_route_add(Client&, const Request&);
void command_route_del(Client&, const Request&);
void command_ban(Client&, const Request&);
void command_unban(Client&, const Request&);
// commands_tree.cpp
void command_tree(Client&, const Request&);
// commands_trace.cpp
void command_trace(Client&, const Request&);
// commands_identity.cpp
void command_id(Client&, const Request&);
void command_id_rotate(Client&, const Request&);
void command_trust(Client&, const Request&);
void command_trust_pin(Client&, const Request&);
void command_trust_unpin(Client&, const Request&);
void command_trust_forget(Client&, const Request&);
void command_trust_import(Client&, const Request&);
void command_trust_name(Client&, const Request&);
// commands_network.cpp
void command_network(Client&, const Request&);
void command_network_rotate(Client&, const Request&);
void command_network_give(Client&, const Request&);
void command_network_use(Client&, const Request&);
// commands_send.cpp
void command_send(Client&, const Request&);
void command_send_data(Client&, const Request&);
void command_broadcast(Client&, const Request&);
// commands_recv.cpp
void command_recv(Client&, const Request&);
// commands_ping.cpp
void command_ping(Client&, const Request&);
// commands_monitor.cpp
void command_monitor(Client&, const Request&);
// commands_status.cpp
void command_cancel(Client&, const Request&);
void command_stop(Client&, const Request&);

// --- fields.cpp ----------------------------------------------------------------------------------------
// An integer of `name` from min to max; none when absent or null.
std::optional<std::int64_t> integer_field(const Json& body, const char* name, std::int64_t min, std::int64_t max);
std::optional<bool> bool_field(const Json& body, const char* name);
std::optional<std::string> text_field(const Json& body, const char* name);
std::string needed_text(const Json& body, const char* name);
// At most one chunk, decoded.
std::optional<std::vector<std::byte>> data_field(const Request& request);

// --- naming.cpp ----------------------------------------------------------------------------------------
// "node" of the protocol: all 64 digits, or a prefix that one known node has.
NodeId find_node(Service& service, const std::string& text);
// "app" of the protocol; attached if it was not.
ServedApplication& find_application(Service& service, const Json& body);
// The error that a refused send or ping is answered with.
CommandError refusal(Status why, std::optional<std::size_t> max = std::nullopt);

}  // namespace mp::host
