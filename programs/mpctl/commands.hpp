// SPDX-License-Identifier: ISC
// The commands of mpctl that talk to a daemon: what each takes from the command line, and the function that
// does it. Every one returns an exit status (errors.hpp) or throws.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "programs/mpctl/client.hpp"
#include "programs/mpctl/output.hpp"

namespace mp::host {

struct SendOptions {
  std::string to;                   // a node, or a tree address
  bool broadcast = false;           // to everyone in reach instead
  std::string file;                 // empty or "-": standard input
  std::optional<std::string> text;  // instead of a file
  std::string app;
  bool no_ask = false;
  bool sealed = false;   // end to end
  std::string mode;      // "tree", "cpl" or empty
  std::string priority;  // "interactive", "bulk" or empty
  std::optional<double> expires_s;
  std::optional<double> timeout_s;
  bool progress = false;  // even when standard error is no terminal
};

struct RecvOptions {
  std::string app;
  std::int64_t count = 0;  // 0: until Ctrl-C
  std::string out;         // a directory, a file, "-", or empty: show
  std::optional<double> timeout_s;
};

struct PingOptions {
  std::string to;
  std::int64_t count = 4;
  double interval_s = 1;
  double timeout_s = 3;
};

struct MonitorOptions {
  std::vector<std::string> levels;
  bool history = false;
  std::int64_t count = 0;  // 0: until Ctrl-C
};

struct RouteOptions {
  std::string to;
  std::string via;
  std::string node;
  std::int64_t frame_max = 0;
};

// Files with the keys of closed networks: no daemon is asked.
struct NetworkOptions {
  std::string new_file;
  std::vector<std::string> key_files;
  std::string passphrase_file;
  std::string name;  // of the network, for the passphrase
  // Of a key that changes while the nodes run:
  std::vector<std::string> nodes;  // that are to get it; none: all known
  bool anew = false;               // another one in place of the next
  double timeout_s = 30;
  bool next = false;      // export: not the one in use
  std::string state_dir;  // of the daemon; empty: the default
};

struct TraceOptions {
  std::string to;
  bool prefix = false;
};

int run_network_show(Client& client, Output& out);
int run_network_rotate(Client& client, Output& out, const NetworkOptions& options);
int run_network_use(Client& client, Output& out);
int run_network_export(Output& out, const NetworkOptions& options);
int run_network_new(Output& out, const NetworkOptions& options);
int run_network_check(Output& out, const NetworkOptions& options);

int run_status(Client& client, Output& out);
int run_peers(Client& client, Output& out);
int run_apps(Client& client, Output& out);
int run_id(Client& client, Output& out);
int run_id_show(Client& client, Output& out);
int run_id_export(Client& client, Output& out);
int run_id_rotate(Client& client, Output& out);

// verb: pin, unpin, forget, name.
struct TrustOptions {
  std::string node;
  std::string name;
  std::string file;  // of import; "-": standard input
};
int run_trust_import(Client& client, Output& out, const TrustOptions& options);
int run_trust(Client& client, Output& out);
int run_trust_change(Client& client, Output& out, const std::string& verb, const TrustOptions& options);

int run_tree(Client& client, Output& out);
int run_trace(Client& client, Output& out, const TraceOptions& options);
int run_routes(Client& client, Output& out);
int run_route_add(Client& client, Output& out, const RouteOptions& options);
int run_route_del(Client& client, Output& out, const std::string& to);
int run_ban(Client& client, Output& out, const std::string& node);
int run_unban(Client& client, Output& out, const std::string& node);
int run_stop(Client& client, Output& out);

int run_send(Client& client, Output& out, const SendOptions& options);
int run_recv(Client& client, Output& out, const RecvOptions& options);
int run_ping(Client& client, Output& out, const PingOptions& options);
int run_monitor(Client& client, Output& out, const MonitorOptions& options);

}  // namespace mp::host
