// SPDX-License-Identifier: ISC
// What can be configured, and its defaults. config_keys.cpp is the one table of all keys: reading, checking and the
// printed default follow from it.
#pragma once

#include "interfaces/udp/udp_interface.hpp"
#include "micropycelium/node/limits.hpp"
#include "micropycelium/packet/address.hpp"
#include "micropycelium/packet/ids.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mp::host {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

std::optional<LogLevel> parse_log_level(std::string_view name);

struct NodeConfig {
  std::string state_dir;  // empty: default_state_folder()
  std::optional<TreeAddress> address;
  bool operator==(const NodeConfig&) const = default;
};

struct ControlConfig {
  std::string socket;  // empty: default_socket_path()
  std::string group;
  bool operator==(const ControlConfig&) const = default;
};

// A closed network that the node is a member of. Without a file: an open node.
struct NetworkConfig {
  std::string name;
  std::string key_file;
  std::string passphrase_file;  // instead of a key file
  std::uint8_t generation = 0;

  bool closed() const { return !key_file.empty() || !passphrase_file.empty(); }
  bool operator==(const NetworkConfig&) const = default;
};

// Who may tell the node what to do, from afar.
struct AuthorityConfig {
  std::vector<NodeId> owners;
  bool operator==(const AuthorityConfig&) const = default;
};

struct BeaconConfig {
  double interval_s = 300;
  double timeout_s = 240;
  bool operator==(const BeaconConfig&) const = default;
};

// The spanning trees; how many is among the limits.
struct TreesConfig {
  std::uint32_t pace_ms = 0;  // 0: by the slowest Interface
  std::string role = "node";  // "leaf": it lives at a neighbour's place
  bool operator==(const TreesConfig&) const = default;
};

// How far nodes of the existing implementation are met.
struct InteropConfig {
  std::string trees = "auto";  // "off", "auto": where they are, "always"
  double tree_interval_s = 20;
  bool operator==(const InteropConfig&) const = default;
};

// Of UDP, which then behaves like radios that sleep.
struct SleepConfig {
  std::uint32_t sleep_ms = 0;  // 0: this node does not
  std::uint32_t wake_ms = 0;   // 0: nobody does
  bool operator==(const SleepConfig&) const = default;
};

struct LogConfig {
  LogLevel level = LogLevel::info;
  std::string file;  // empty: standard error
  bool operator==(const LogConfig&) const = default;
};

struct RouteConfig {
  TreeAddress to;
  NodeId via;
  NodeId node;  // zero: not known
  std::uint8_t frame_max = 0;
  bool operator==(const RouteConfig&) const = default;
};

struct ApplicationConfig {
  std::string name;
  std::string description;
  std::uint32_t version = 0;
  bool operator==(const ApplicationConfig&) const = default;
};

// A gateway's, with as many datagrams as there can be: the more may be under way, the less often a relay is woken.
inline constexpr Limits kDaemonLimits = [] {
  Limits limits = kGatewayLimits;
  limits.datagrams = 255;
  return limits;
}();

struct Config {
  bool leaf() const { return trees.role == "leaf"; }
  // Whether the node speaks the trees of version 0: not with an address of its own, nor in a closed network, nor as a
  // leaf.
  bool speaks_trees() const { return interop.trees != "off" && !node.address && !network.closed() && !leaf(); }

  NodeConfig node;
  std::vector<UdpOptions> udp{UdpOptions{}};
  ControlConfig control;
  NetworkConfig network;
  AuthorityConfig authority;
  BeaconConfig beacon;
  TreesConfig trees;
  InteropConfig interop;
  SleepConfig sleep;
  LogConfig log;
  Limits limits = kDaemonLimits;
  std::vector<RouteConfig> routes;
  std::vector<ApplicationConfig> applications;
  bool operator==(const Config&) const = default;
};

// One complaint about a configuration. Lines and columns count from 1; 0: not known.
struct ConfigError {
  unsigned line = 0;
  unsigned column = 0;
  std::string text;  // names the key, what is wrong and what to write instead
};

// "file:line:column: text"
std::string to_text(const ConfigError& error, const std::string& file);

struct ConfigResult {
  Config config;
  std::vector<ConfigError> errors;  // empty: the configuration is good
};

// Total: every text gives a configuration or errors, all that can be found at once.
ConfigResult parse_config(std::string_view text);
// Looks at the key or passphrase of the network too. Paths in it that are not absolute begin in the folder of `path`.
ConfigResult load_config(const std::string& path);

// The default configuration with every key explained, as TOML. Parses to Config{}.
std::string print_default_config();

}  // namespace mp::host
