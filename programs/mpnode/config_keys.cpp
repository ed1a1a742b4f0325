// SPDX-License-Identifier: ISC
#include "programs/mpnode/config_keys.hpp"

#include "micropycelium/applications/beacon.hpp"
#include "micropycelium/applications/ping.hpp"
#include "micropycelium/messages/handover.hpp"
#include "micropycelium/messages/owners.hpp"
#include "programs/mpnode/service.hpp"
#include "programs/mpnode/text.hpp"

#include <array>
#include <limits>

#include <sys/un.h>

namespace mp::host {
namespace {

constexpr const char* kLevelNames[] = {"debug", "info", "warning", "error"};

template <typename T>
const T& as(const ConfigValue& value) {
  return std::get<T>(value);
}

std::string outside(std::int64_t value, std::int64_t min, std::int64_t max) {
  return std::to_string(value) + " is outside the range; write a number from " + std::to_string(min) + " to " +
         std::to_string(max);
}

// A key that holds a whole number in `member` of what `of` finds.
template <typename Of, typename Section, typename Int>
ConfigKey integer(const char* name, Of of, Int Section::*member, std::int64_t min, std::int64_t max, const char* help) {
  return {name,
          KeyKind::integer,
          help,
          nullptr,
          false,
          [=](const Config& c, std::size_t i) {
            return ConfigValue(static_cast<std::int64_t>(of(const_cast<Config&>(c), i).*member));
          },
          [=](Config& c, std::size_t i, const ConfigValue& v) -> std::string {
            const auto value = as<std::int64_t>(v);
            if (value < min || value > max) return outside(value, min, max);
            of(c, i).*member = static_cast<Int>(value);
            return {};
          }};
}

template <typename Of, typename Section>
ConfigKey text_key(const char* name, Of of, std::string Section::*member, const char* help) {
  return {name,
          KeyKind::text,
          help,
          nullptr,
          false,
          [=](const Config& c, std::size_t i) { return ConfigValue(of(const_cast<Config&>(c), i).*member); },
          [=](Config& c, std::size_t i, const ConfigValue& v) -> std::string {
            of(c, i).*member = as<std::string>(v);
            return {};
          }};
}

using TextCheck = std::string (*)(const std::string&);

// ... that is refused when `check` has something to say.
template <typename Of, typename Section>
ConfigKey checked_text_key(const char* name, Of of, std::string Section::*member, TextCheck check, const char* help) {
  ConfigKey key = text_key(name, of, member, help);
  key.set = [=, take = key.set](Config& c, std::size_t i, const ConfigValue& v) {
    std::string wrong = check(as<std::string>(v));
    return wrong.empty() ? take(c, i, v) : wrong;
  };
  return key;
}

// What goes to the system as it is.
std::string check_plain(const std::string& text) {
  return text.find('\0') != std::string::npos ? "holds a zero character; remove it" : "";
}

std::string check_socket(const std::string& path) {
  constexpr std::size_t kMax = sizeof(sockaddr_un::sun_path) - 1;
  if (path.size() > kMax)
    return "the path has " + std::to_string(path.size()) + " bytes; at most " + std::to_string(kMax) + " are possible";
  return check_plain(path);
}

std::string check_application_text(const std::string& text) {
  constexpr std::size_t kMax = 255;
  if (text.size() > kMax) return "has " + std::to_string(text.size()) + " bytes; write at most " + std::to_string(kMax);
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return shown(text) + " holds a control character; remove it";
  return {};
}

std::string check_application_name(const std::string& text) {
  return text.empty() ? "is empty; write a name" : check_application_text(text);
}

template <typename Section>
ConfigKey seconds_key(const char* name, double Section::*member, double min, double max, const char* help) {
  return {name,
          KeyKind::number,
          help,
          nullptr,
          false,
          [=](const Config& c, std::size_t) { return ConfigValue(c.beacon.*member); },
          [=](Config& c, std::size_t, const ConfigValue& v) -> std::string {
            const auto value = as<double>(v);
            if (!(value >= min && value <= max))
              return number_text(value) + " is outside the range; write a number of seconds from " + number_text(min) +
                     " to " + number_text(max);
            c.beacon.*member = value;
            return {};
          }};
}

UdpOptions& udp_at(Config& c, std::size_t i) { return c.udp[i]; }
Limits& limits_of(Config& c, std::size_t) { return c.limits; }

ConfigKey endpoints_key(const char* name, std::vector<Endpoint> UdpOptions::*member, bool port_needed,
                        const char* help) {
  return {name,
          KeyKind::texts,
          help,
          nullptr,
          false,
          [=](const Config& c, std::size_t i) {
            std::vector<std::string> all;
            for (const Endpoint& e : c.udp[i].*member) all.push_back(e.port != 0 ? to_text(e) : ip_text(e.ip));
            return ConfigValue(all);
          },
          [=](Config& c, std::size_t i, const ConfigValue& v) -> std::string {
            std::vector<Endpoint> all;
            for (const std::string& text : as<std::vector<std::string>>(v)) {
              const auto e = port_needed ? parse_endpoint(text) : parse_endpoint_or_ip(text);
              if (!e)
                return shown(text) + " is not an IPv4 address" + (port_needed ? " and port; write" : "; write") +
                       " one like \"192.168.1.7:47001\"" +
                       (port_needed ? "" : " or \"192.168.1.7\" for every port of it");
              for (const Endpoint& other : all)
                if (other == *e) return shown(text) + " is listed twice; remove one";
              all.push_back(*e);
            }
            c.udp[i].*member = all;
            return {};
          }};
}

ConfigSection node_section() {
  ConfigSection s{"node", SectionKind::table, "The node itself.", {}, {}};
  s.keys.push_back(
      {"state_dir", KeyKind::text,
       "The folder for what must survive a restart: the identity, a private key (made on the first start).\n"
       "Empty: /var/lib/mpnode for root, else $XDG_STATE_HOME/mpnode or ~/.local/state/mpnode.",
       nullptr, false, [](const Config& c, std::size_t) { return ConfigValue(c.node.state_dir); },
       [](Config& c, std::size_t, const ConfigValue& v) -> std::string {
         std::string wrong = check_plain(as<std::string>(v));
         if (wrong.empty()) c.node.state_dir = as<std::string>(v);
         return wrong;
       }});
  s.keys.push_back({"address", KeyKind::text,
                    "The node's place in the tree, like \"7-24::\", for static routes. Empty: none.", nullptr, false,
                    [](const Config& c, std::size_t) {
                      return ConfigValue(c.node.address ? address_text(*c.node.address) : std::string());
                    },
                    [](Config& c, std::size_t, const ConfigValue& v) -> std::string {
                      const auto& text = as<std::string>(v);
                      c.node.address.reset();
                      if (text.empty()) return {};
                      const auto address = parse_address(text);
                      if (!address) return not_an_address(text);
                      c.node.address = *address;
                      return {};
                    }});
  return s;
}

ConfigSection udp_section() {
  ConfigSection s{"udp",
                  SectionKind::table_or_tables,
                  "A UDP Interface: one UDP datagram is one packet. For several, write [[udp]] once for each.",
                  [](Config& c, std::size_t n) { c.udp.resize(n); },
                  {}};
  s.keys.push_back({"bind", KeyKind::text, "The address of this machine to send and receive with; \"0.0.0.0\": all.",
                    nullptr, false,
                    [](const Config& c, std::size_t i) { return ConfigValue(ip_text(c.udp[i].bind_ip)); },
                    [](Config& c, std::size_t i, const ConfigValue& v) -> std::string {
                      const auto ip = parse_ip(as<std::string>(v));
                      if (!ip)
                        return shown(as<std::string>(v)) +
                               " is not an IPv4 address; write one like \"192.168.1.7\", or \"0.0.0.0\" for all";
                      if (*ip >> 28 == 0xe)
                        return shown(as<std::string>(v)) +
                               " is a multicast address; write one of this machine, or \"0.0.0.0\" for all";
                      c.udp[i].bind_ip = *ip;
                      return {};
                    }});
  s.keys.push_back(integer("port", udp_at, &UdpOptions::port, 0, 65535, "The port; 0: one that is free."));
  s.keys.push_back(text_key("network", udp_at, &UdpOptions::network,
                            "Nodes that name the same network find each other: the multicast group follows from it."));
  s.keys.push_back(integer("multicast_port", udp_at, &UdpOptions::multicast_port, 1, 65535,
                           "The port of the multicast group. Nodes on one machine share it."));
  s.keys.push_back(
      checked_text_key("multicast_interface", udp_at, &UdpOptions::multicast_interface, check_plain,
                       "The network interface for multicast, by name (\"eth0\") or address. Empty: the one that\n"
                       "`bind` belongs to, else the system's choice."));
  s.keys.push_back(
      endpoints_key("peers", &UdpOptions::peers, true,
                    "Addresses that get every broadcast, one by one. If there are any, multicast is not used."));
  s.keys.push_back(
      endpoints_key("hears_only", &UdpOptions::hears_only, false,
                    "If not empty, datagrams from all other addresses are ignored: to lay out who hears whom."));
  s.keys.push_back(integer("bit_rate", udp_at, &UdpOptions::bit_rate, 1, std::numeric_limits<std::uint32_t>::max(),
                           "Bits per second. The node prefers the fastest Interface to a peer."));
  return s;
}

ConfigSection control_section() {
  ConfigSection s{"control", SectionKind::table, "The control socket, for mpctl and other programs.", {}, {}};
  const auto control = [](Config& c, std::size_t) -> ControlConfig& { return c.control; };
  s.keys.push_back(
      checked_text_key("socket", control, &ControlConfig::socket, check_socket,
                       "Its path. Empty: $MPNODE_SOCKET if set, else /run/mpnode/mpnode.sock for root, else\n"
                       "$XDG_RUNTIME_DIR/mpnode.sock or ~/.local/state/mpnode/mpnode.sock."));
  s.keys.push_back(checked_text_key("group", control, &ControlConfig::group, check_plain,
                                    "A group whose members may use it too. Empty: only the user that mpnode runs as."));
  return s;
}

ConfigSection beacon_section() {
  ConfigSection s{"beacon", SectionKind::table, "How neighbours find each other.", {}, {}};
  s.keys.push_back(
      seconds_key("interval_s", &BeaconConfig::interval_s, 0.05, 86400,
                  "Seconds between Beacons, at most: beside a node of version 0 it is 60, if that is less."));
  s.keys.push_back(
      seconds_key("timeout_s", &BeaconConfig::timeout_s, 0.1, 604800,
                  "A peer of version 0 that was not heard for so many seconds is taken to be gone. Others:\n"
                  "after four of the intervals that they tell, if that is longer, or when they do not answer."));
  return s;
}

ConfigSection trees_section() {
  ConfigSection s{
      "trees", SectionKind::table, "The spanning trees, by which nodes reach those that are no neighbours.", {}, {}};
  s.keys.push_back(integer("count", limits_of, &Limits::trees, 0, kTreesMax,
                           "How many the node hangs in. More make shorter ways. 0: none, only static routes."));
  const auto trees = [](Config& c, std::size_t) -> TreesConfig& { return c.trees; };
  s.keys.push_back(integer("pace_ms", trees, &TreesConfig::pace_ms, 0, 3'600'000,
                           "Between two adverts of them, at least; all nodes of a mesh should have the same. 0: by the "
                           "slowest Interface."));
  s.keys.push_back(
      {"role", KeyKind::text,
       "\"node\", or \"leaf\" for one that sleeps or moves: it hangs in no tree and sends nothing on for others,\n"
       "but lives at the place of a neighbour, which keeps what comes for it while it sleeps.",
       nullptr, false, [](const Config& c, std::size_t) { return ConfigValue(c.trees.role); },
       [](Config& c, std::size_t, const ConfigValue& v) -> std::string {
         const auto& text = std::get<std::string>(v);
         if (text != "node" && text != "leaf")
           return shown(text) + " is none of the choices; write \"node\" or \"leaf\"";
         c.trees.role = text;
         return {};
       }});
  return s;
}

ConfigSection sleep_section() {
  ConfigSection s{
      "sleep",
      SectionKind::table,
      "Makes UDP behave like radios that sleep: listening `wake_ms`, then deaf for `sleep_ms`, and so on. For\n"
      "trials without radios; a network card saves nothing by it.",
      {},
      {}};
  const auto sleep = [](Config& c, std::size_t) -> SleepConfig& { return c.sleep; };
  s.keys.push_back(
      integer("sleep_ms", sleep, &SleepConfig::sleep_ms, 0, 60'000,
              "0: this node always listens. With wake_ms at most 30,000. The existing implementation: 90."));
  s.keys.push_back(
      integer("wake_ms", sleep, &SleepConfig::wake_ms, 0, 60'000,
              "0: nobody sleeps, this node's neighbours neither. Else a hundredth of both at least. The existing "
              "implementation: 40."));
  return s;
}

ConfigSection log_section() {
  ConfigSection s{"log", SectionKind::table, "What is written about the run.", {}, {}};
  s.keys.push_back({"level", KeyKind::text, "The least that is written: \"debug\", \"info\", \"warning\" or \"error\".",
                    nullptr, false,
                    [](const Config& c, std::size_t) {
                      return ConfigValue(std::string(kLevelNames[static_cast<std::size_t>(c.log.level)]));
                    },
                    [](Config& c, std::size_t, const ConfigValue& v) -> std::string {
                      if (const auto level = parse_log_level(as<std::string>(v))) {
                        c.log.level = *level;
                        return {};
                      }
                      return shown(as<std::string>(v)) +
                             " is not a level; write \"debug\", \"info\", \"warning\" or \"error\"";
                    }});
  const auto log = [](Config& c, std::size_t) -> LogConfig& { return c.log; };
  s.keys.push_back(checked_text_key("file", log, &LogConfig::file, check_plain,
                                    "The file that it is appended to. Empty: standard error."));
  return s;
}

ConfigSection limits_section() {
  ConfigSection s{"limits",
                  SectionKind::table,
                  "How much the node holds at once. It takes the memory for it at the start, and never more.",
                  {},
                  {}};
  s.keys.push_back(
      integer("peers", limits_of, &Limits::peers, 1, 250, "Neighbours known at once, banned ones included."));
  s.keys.push_back(integer("routes", limits_of, &Limits::routes, 0, 65535, "Static routes."));
  s.keys.push_back(integer("datagrams", limits_of, &Limits::datagrams, 2, 255,
                           "Packets waiting for a link or an acknowledgement, own and relayed."));
  s.keys.push_back(
      integer("sequences_in", limits_of, &Limits::sequences_in, 1, 255, "Larger Packages being received."));
  s.keys.push_back(integer("sequences_out", limits_of, &Limits::sequences_out, 1, 255, "Larger Packages being sent."));
  s.keys.push_back(integer("seen", limits_of, &Limits::seen, 1, 65535,
                           "Delivered Packages remembered, so that a repeat is not delivered twice."));
  s.keys.push_back(integer("hops", limits_of, &Limits::hops, 0, 255,
                           "Neighbours whose relayed packets are acknowledged hop by hop at once."));
  s.keys.push_back(integer("ledgers", limits_of, &Limits::ledgers, 0, 8, "Interfaces under a duty cycle."));
  s.keys.push_back(
      integer("targets", limits_of, &Limits::targets, 1, 65535, "Nodes beyond the neighbours whose place is known."));
  s.keys.push_back(integer("detours", limits_of, &Limits::detours, 1, 65535,
                           "Packets sent on by trees that are remembered, should they come back."));
  return s;
}

ConfigSection route_section() {
  ConfigSection s{"route",
                  SectionKind::tables,
                  "A static route. Write [[route]] once for each.",
                  [](Config& c, std::size_t n) { c.routes.resize(n); },
                  {}};
  const auto route = [](Config& c, std::size_t i) -> RouteConfig& { return c.routes[i]; };
  s.keys.push_back({"to", KeyKind::text, "Packets for this address, and for all below it ...", "\"7-24::\"", true,
                    [](const Config& c, std::size_t i) { return ConfigValue(address_text(c.routes[i].to)); },
                    [](Config& c, std::size_t i, const ConfigValue& v) -> std::string {
                      const auto address = parse_address(as<std::string>(v));
                      if (!address) return not_an_address(as<std::string>(v));
                      c.routes[i].to = *address;
                      return {};
                    }});
  const auto node_key = [](const char* name, NodeId RouteConfig::*member, const char* example, bool required,
                           const char* help) {
    return ConfigKey{name,
                     KeyKind::text,
                     help,
                     example,
                     required,
                     [=](const Config& c, std::size_t i) {
                       const NodeId& id = c.routes[i].*member;
                       return ConfigValue(id.is_zero() ? std::string() : hex(id.bytes()));
                     },
                     [=](Config& c, std::size_t i, const ConfigValue& v) -> std::string {
                       const auto& text = as<std::string>(v);
                       if (text.empty() && !required) return {};
                       const auto id = parse_hex<NodeId>(text);
                       if (!id || id->is_zero())
                         return shown(text) + " is not a node id; write its 64 hex digits (`mpctl id` shows them)";
                       c.routes[i].*member = *id;
                       return {};
                     }};
  };
  s.keys.push_back(node_key("via", &RouteConfig::via,
                            "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"", true,
                            "... go to this neighbour (a node id)."));
  s.keys.push_back(
      node_key("node", &RouteConfig::node, "\"fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210\"",
               false, "The node that lives at exactly this address, if known: it can then be sent to by its id."));
  ConfigKey frame = integer("frame_max", route, &RouteConfig::frame_max, 0, 250,
                            "Bytes of the smallest datagram on the way, 240 to 250. 0: as the first link.");
  frame.example = "0";
  frame.set = [set = frame.set](Config& c, std::size_t i, const ConfigValue& v) {
    const auto n = as<std::int64_t>(v);
    return n > 0 && n < 240 ? std::to_string(n) + " is outside the range; write 0, or a number from 240 to 250"
                            : set(c, i, v);
  };
  s.keys.push_back(frame);
  return s;
}

ConfigSection application_section() {
  ConfigSection s{"application",
                  SectionKind::tables,
                  "An Application that programs on this machine serve through the control socket, so that it can be\n"
                  "called by its name. Write [[application]] once for each.",
                  [](Config& c, std::size_t n) { c.applications.resize(n); },
                  {}};
  const auto application = [](Config& c, std::size_t i) -> ApplicationConfig& { return c.applications[i]; };
  ConfigKey name = checked_text_key("name", application, &ApplicationConfig::name, check_application_name,
                                    "Its id is computed from these three.");
  name.example = "\"Chat\"";
  name.required = true;
  s.keys.push_back(name);
  ConfigKey description =
      checked_text_key("description", application, &ApplicationConfig::description, check_application_text, "");
  description.example = "\"text between people\"";
  s.keys.push_back(description);
  ConfigKey version =
      integer("version", application, &ApplicationConfig::version, 0, std::numeric_limits<std::uint32_t>::max(), "");
  version.example = "1";
  s.keys.push_back(version);
  return s;
}

}  // namespace

std::optional<LogLevel> parse_log_level(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kLevelNames); ++i)
    if (name == kLevelNames[i]) return static_cast<LogLevel>(i);
  return std::nullopt;
}

const std::vector<ConfigSection>& config_sections() {
  static const std::vector<ConfigSection> all{
      node_section(),   udp_section(),     network_section(),    authority_section(), control_section(),
      beacon_section(), interop_section(), trees_section(),      sleep_section(),     log_section(),
      limits_section(), route_section(),   application_section()};
  return all;
}

}  // namespace mp::host
