// SPDX-License-Identifier: ISC
// status, peers, apps, id: what the daemon knows, as it is now.
#include <string>
#include <vector>

#include "programs/mpctl/commands.hpp"

namespace mp::host {
namespace {

using Rows = std::vector<std::vector<std::string>>;

void print(Output& out, const Rows& rows, const std::string& indent = "") {
  for (const std::string& line : table(rows)) out.line(indent + line);
}

std::string bit_rate(std::int64_t bits_per_second) {
  if (bits_per_second >= 1'000'000'000) return fixed(static_cast<double>(bits_per_second) / 1e9, 1) + " Gbit/s";
  if (bits_per_second >= 1'000'000) return fixed(static_cast<double>(bits_per_second) / 1e6, 1) + " Mbit/s";
  if (bits_per_second >= 1'000) return fixed(static_cast<double>(bits_per_second) / 1e3, 1) + " kbit/s";
  return std::to_string(bits_per_second) + " bit/s";
}

std::string traffic(const Json& interface, const char* datagrams, const char* octets) {
  return std::to_string(number(interface, datagrams)) + " (" +
         format_size(static_cast<std::uint64_t>(number(interface, octets))) + ")";
}

void show_interfaces(Output& out, const Json& interfaces) {
  Rows rows{{"INTERFACE", "LOCAL", "BIT RATE", "FRAME", "RECEIVED", "SENT", "BLOCKED", "FAILED"}};
  for (const Json& i : interfaces)
    rows.push_back({text(i, "name"), text(i, "local"), bit_rate(number(i, "bit_rate")),
                    std::to_string(number(i, "frame_max")) + " B", traffic(i, "rx_datagrams", "rx_bytes"),
                    traffic(i, "tx_datagrams", "tx_bytes"), std::to_string(number(i, "tx_blocked")),
                    std::to_string(number(i, "tx_failed"))});
  print(out, rows);
}

std::string network_text(const Json& status) {
  const Json network = status.value("network", Json::object());
  if (!flag(network, "closed")) return "none: everyone in reach may read and write everything";
  return text(network, "name") + ", closed, generation " + text(network, "generation");
}

// How those fared who are no members, or were not believed.
std::string admission_text(const Json& counters) {
  return std::to_string(number(counters, "admissions")) + " admitted, " +
         std::to_string(number(counters, "admissions_refused")) +
         " refused; frames dropped: " + std::to_string(number(counters, "rx_unsealed")) + " not sealed, " +
         std::to_string(number(counters, "rx_forged")) + " forged, " + std::to_string(number(counters, "rx_replayed")) +
         " replayed, " + std::to_string(number(counters, "rx_no_key")) + " without a key";
}

void show_counters(Output& out, const Json& counters) {
  Rows rows;
  for (const auto& [name, value] : counters.items())
    if (value.is_number() && value != 0) rows.push_back({name, value.dump()});
  out.line("");
  out.line(rows.empty() ? "COUNTERS  all zero" : "COUNTERS  (those not zero)");
  print(out, rows, "  ");
}

// Signed Beacons of a member, or in its name, that were not true. The scale ends at 255.
void tell_lies(const Json& peer, Output& out) {
  const auto times = [&](const char* field) {
    const auto n = number(peer, field);
    return n == 0 ? std::string() : n == 255 ? "255 or more" : std::to_string(n);
  };
  const std::string node = short_node(text(peer, "node"));
  if (const std::string n = times("lies"); !n.empty())
    out.line(out.bad(node + " lies:") + " " + n + " untrue Beacons under its own key; \"mpctl ban\" keeps it out");
  if (const std::string n = times("doubts"); !n.empty())
    out.line(node + ": " + n + " untrue Beacons in its name or from its link, by some member");
}

}  // namespace

int run_status(Client& client, Output& out) {
  const Json status = client.request({{"cmd", "status"}});
  if (out.json()) {
    out.record(status);
    return kExitOk;
  }
  const Json memory = status.value("memory", Json::object());
  const Json usage = status.value("usage", Json::object());
  const Json transfers = status.value("transfers", Json::object());
  Rows rows{{"node", out.bold(text(status, "node_id"))},
            {"address", text(status, "address", "none")},
            {"network", network_text(status)},
            {"daemon", "mpnode " + text(status, "version") + ", pid " + text(status, "pid") + ", up " +
                           format_ms(number(status, "uptime_ms")) + ", clients " + text(status, "clients")},
            {"memory", "node " + format_size(static_cast<std::uint64_t>(number(memory, "node_bytes"))) + ", process " +
                           format_size(static_cast<std::uint64_t>(number(memory, "process_bytes")))},
            {"peers", text(status, "peers")},
            {"routes", text(status, "routes")},
            {"under way", text(transfers, "count", "?") + " sends of clients, " + text(usage, "sequences_out", "?") +
                              " sequences out, " + text(usage, "sequences_in", "?") + " in, " +
                              text(usage, "datagrams", "?") + " datagrams"},
            {"largest blob", format_size(static_cast<std::uint64_t>(number(status, "blob_max")))}};
  if (flag(status.value("network", Json::object()), "closed"))
    rows.insert(rows.begin() + 3,
                std::vector<std::string>{"members", admission_text(status.value("counters", Json::object()))});
  print(out, rows);
  out.line("");
  show_interfaces(out, list(status, "interfaces"));
  show_counters(out, status.value("counters", Json::object()));
  return kExitOk;
}

int run_peers(Client& client, Output& out) {
  const Json result = client.request({{"cmd", "peers"}});
  const Json& peers = list(result, "peers");
  if (out.json()) {
    for (const Json& peer : peers) out.record(peer);
    return kExitOk;
  }
  if (peers.empty()) {
    out.line("no peers");
    return kExitOk;
  }
  Rows rows{{"NODE", "STATE", "KIND", "HEARD", "APPS", "LINK"}};
  for (const Json& peer : peers) {
    const bool connected = flag(peer, "connected");
    const std::string state = flag(peer, "banned") ? out.bad("banned")
                              : connected          ? out.good("connected")
                                                   : out.dim("gone");
    const std::string heard =
        peer.value("heard_ms", Json()).is_number() ? format_ms(number(peer, "heard_ms")) + " ago" : "-";
    // A member of a closed network tells the beginnings of its ids; a peer never tells both.
    const char* const apps = peer.contains("app_prefixes") ? "app_prefixes" : "apps";
    const bool apps_known = peer.contains(apps) && peer[apps].is_array();
    std::vector<std::string> row{short_node(text(peer, "node")), state, flag(peer, "equal") ? "equal" : "prototype",
                                 heard, apps_known ? std::to_string(peer[apps].size()) : "?"};
    if (list(peer, "links").empty()) row.push_back("-");
    for (const Json& link : list(peer, "links")) {
      row.push_back(text(link, "interface") + " " + text(link, "link"));
      rows.push_back(row);
      row.assign(5, "");  // further links stand below the first
    }
    if (row.size() == 6) rows.push_back(row);
  }
  print(out, rows);
  for (const Json& peer : peers) tell_lies(peer, out);
  return kExitOk;
}

int run_apps(Client& client, Output& out) {
  const Json result = client.request({{"cmd", "apps"}});
  Rows rows{{"APP", "NAME", "VERSION", "LISTENERS", "KIND", "DESCRIPTION"}};
  for (const Json& app : list(result, "apps")) {
    if (out.json()) out.record(app);
    rows.push_back({text(app, "app"), text(app, "name"), text(app, "version"), text(app, "listeners", "0"),
                    flag(app, "builtin") ? "built in" : "open", text(app, "description")});
  }
  if (!out.json()) print(out, rows);
  return kExitOk;
}

}  // namespace mp::host
