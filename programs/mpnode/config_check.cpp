// SPDX-License-Identifier: ISC
// What only shows when all of a configuration is together.
#include "programs/mpnode/config_keys.hpp"

#include "micropycelium/applications/beacon.hpp"
#include "micropycelium/applications/ping.hpp"
#include "micropycelium/messages/handover.hpp"
#include "micropycelium/messages/owners.hpp"
#include "programs/mpnode/service.hpp"
#include "programs/mpnode/text.hpp"

#include <array>

#include <sys/un.h>

namespace mp::host {

std::vector<ConfigError> check_whole(const Config& config, const ConfigWhere& where) {
  std::vector<ConfigError> errors = check_network(config, where);
  const auto complain = [&](const char* section, std::size_t index, const char* key, std::string text) {
    errors.push_back(where(section, index, key));
    errors.back().text = std::move(text);
  };
  if (config.udp.empty()) complain("udp", 0, "", "udp: there is no Interface; write at least one [udp]");
  if (config.udp.size() > kUdpInterfacesMax)
    complain("udp", kUdpInterfacesMax, "",
             "udp: " + std::to_string(config.udp.size()) + " Interfaces are too many; at most " +
                 std::to_string(kUdpInterfacesMax) + " fit");
  for (std::size_t i = 0; i < config.udp.size(); ++i)
    for (std::size_t k = i + 1; k < config.udp.size(); ++k)
      if (config.udp[i].port != 0 && config.udp[i].port == config.udp[k].port &&
          (config.udp[i].bind_ip == config.udp[k].bind_ip || config.udp[i].bind_ip == 0 || config.udp[k].bind_ip == 0))
        complain("udp", k, "port",
                 "udp.port: two Interfaces want port " + std::to_string(config.udp[i].port) +
                     "; give each its own, or addresses of their own with `bind`");
  if (const double between = std::min(config.beacon.interval_s, 60.0); config.beacon.timeout_s < between)
    complain("beacon", 0, "timeout_s",
             "beacon.timeout_s: " + number_text(config.beacon.timeout_s) + " is less than the " + number_text(between) +
                 " s between Beacons: peers would come and go; write four times as much");
  if (config.sleep.sleep_ms > 0 && config.sleep.wake_ms == 0)
    complain("sleep", 0, "wake_ms", "sleep.wake_ms: a node that is never awake hears nothing; write 40, say");
  else if (const std::int64_t period = config.sleep.sleep_ms + config.sleep.wake_ms; config.sleep.sleep_ms > 0) {
    if (period > kWakePeriodMax_ms)
      complain("sleep", 0, "sleep_ms",
               "sleep.sleep_ms: with wake_ms it makes " + std::to_string(period) + " ms; neighbours can keep at most " +
                   std::to_string(kWakePeriodMax_ms));
    else if (config.sleep.wake_ms * kWakePeriodsMax < period)
      complain("sleep", 0, "wake_ms",
               "sleep.wake_ms: neighbours would not find so short a window; write at least a hundredth of both, " +
                   std::to_string((period + kWakePeriodsMax - 1) / kWakePeriodsMax));
  }
  for (std::size_t i = 0; i < config.routes.size(); ++i)
    for (std::size_t k = i + 1; k < config.routes.size(); ++k)
      if (config.routes[i].to == config.routes[k].to)
        complain("route", k, "to",
                 "route.to: there are two routes to " + address_text(config.routes[i].to) + "; remove one");
  if (config.routes.size() > config.limits.routes)
    complain("limits", 0, "routes",
             "limits.routes: " + std::to_string(config.limits.routes) + " is less than the " +
                 std::to_string(config.routes.size()) + " routes of the configuration; raise it");
  if (!config.routes.empty() && !config.node.address)
    complain("route", 0, "", "node.address: routes need an address of the node's own; write one like \"7-24::\"");
  if (config.interop.trees == "always" && config.node.address)
    complain("interop", 0, "trees",
             "interop.trees: the tree would give the node another address than node.address; write \"auto\", or remove "
             "the address");
  if (config.interop.trees == "always" && config.network.closed())
    complain("interop", 0, "trees",
             "interop.trees: a closed network knows no tree of version 0; write \"auto\" or \"off\"");
  if (config.interop.trees == "always" && config.leaf())
    complain("interop", 0, "trees",
             "interop.trees: a leaf (trees.role) hangs in no tree of version 0; write \"auto\" or \"off\"");
  const auto& apps = config.applications;
  const AppId own[] = {Beacon().id(),
                       Ping().id(),
                       kSealApp.id(),
                       kContactsApp.id(),
                       kOwnersApp.id(),
                       config.speaks_trees() ? kSpanningTreeV0App.id() : kOwnersApp.id(),
                       kSpanningTreeApp.id(),
                       kTraceRouteApp.id(),
                       make_app_id(kTextApplication.name, kTextApplication.description, kTextApplication.version)};
  for (std::size_t i = 0; i < apps.size(); ++i)
    for (const AppId& id : own)
      if (make_app_id(apps[i].name, apps[i].description, apps[i].version) == id)
        complain("application", i, "", "application: " + shown(apps[i].name) + " is the daemon's own; remove it");
  for (std::size_t i = 0; i < apps.size(); ++i)
    for (std::size_t k = i + 1; k < apps.size(); ++k)
      if (make_app_id(apps[i].name, apps[i].description, apps[i].version) ==
          make_app_id(apps[k].name, apps[k].description, apps[k].version))
        complain("application", k, "", "application: " + shown(apps[i].name) + " is listed twice; remove one");
  return errors;
}

}  // namespace mp::host
