// SPDX-License-Identifier: ISC
// The section [network]: its keys, what of it does not go together, and whether its files can be used.
#include "programs/mpnode/config_keys.hpp"

#include "micropycelium/node/authority.hpp"
#include "ports/host/network_key.hpp"
#include "programs/mpnode/text.hpp"

#include <algorithm>

namespace mp::host {
namespace {

ConfigKey network_text(const char* name, std::string NetworkConfig::*member, const char* help) {
  return {name,
          KeyKind::text,
          help,
          nullptr,
          false,
          [=](const Config& c, std::size_t) { return ConfigValue(c.network.*member); },
          [=](Config& c, std::size_t, const ConfigValue& v) -> std::string {
            const auto& text = std::get<std::string>(v);
            constexpr std::size_t kMax = 255;
            if (text.size() > kMax)
              return "has " + std::to_string(text.size()) + " bytes; write at most " + std::to_string(kMax);
            for (const char letter : text)
              if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f)
                return shown(text) + " holds a control character; remove it";
            c.network.*member = text;
            return {};
          }};
}

}  // namespace

ConfigSection network_section() {
  ConfigSection s{
      "network",
      SectionKind::table,
      "A closed network: only who has its key reads, joins, or is heard. Without a key this is an open node.\n"
      "Another matter than udp.network, which anybody can name.",
      {},
      {}};
  s.keys.push_back(network_text("name", &NetworkConfig::name,
                                "What it is called: in the log, and mixed into the key that a passphrase gives."));
  s.keys.push_back(
      network_text("key_file", &NetworkConfig::key_file,
                   "The file with its key, as `mpctl network new FILE` makes it: 64 hex digits, or 32 bytes;\n"
                   "only its owner may be able to use it (chmod 600)."));
  s.keys.push_back(
      network_text("passphrase_file", &NetworkConfig::passphrase_file,
                   "Or one with a passphrase, on one line; only its owner may be able to use it. Who guesses\n"
                   "it is a member: take six random words or more."));
  s.keys.push_back({"generation", KeyKind::integer,
                    "0 to 3. One higher (after 3: 0) whenever the key is changed by hand.", nullptr, false,
                    [](const Config& c, std::size_t) { return ConfigValue(std::int64_t{c.network.generation}); },
                    [](Config& c, std::size_t, const ConfigValue& v) -> std::string {
                      const auto value = std::get<std::int64_t>(v);
                      if (value < 0 || value > 3)
                        return std::to_string(value) + " is outside the range; write a number from 0 to 3";
                      c.network.generation = static_cast<std::uint8_t>(value);
                      return {};
                    }});
  return s;
}

ConfigSection authority_section() {
  ConfigSection s{"authority",
                  SectionKind::table,
                  "Whose commands this node obeys, like another key for its network. They come sealed and signed.",
                  {},
                  {}};
  s.keys.push_back(
      {"owners", KeyKind::texts,
       "Node ids of its owners: of nodes that they run, as `mpctl id` shows them. At most 8; none: nobody's.", nullptr,
       false,
       [](const Config& c, std::size_t) {
         std::vector<std::string> all;
         for (const NodeId& id : c.authority.owners) all.push_back(hex(id.bytes()));
         return ConfigValue(all);
       },
       [](Config& c, std::size_t, const ConfigValue& v) -> std::string {
         std::vector<NodeId> all;
         for (const auto& text : std::get<std::vector<std::string>>(v)) {
           const auto id = parse_hex<NodeId>(text);
           if (!id || id->is_zero()) return shown(text) + " is not a node id; write its 64 hex digits";
           if (std::find(all.begin(), all.end(), *id) != all.end()) return shown(text) + " is listed twice; remove one";
           all.push_back(*id);
         }
         if (all.size() > Authority::kOwnersMax)
           return std::to_string(all.size()) + " owners are too many; write at most " +
                  std::to_string(Authority::kOwnersMax);
         c.authority.owners = std::move(all);
         return {};
       }});
  return s;
}

std::vector<ConfigError> check_network(const Config& config, const ConfigWhere& where) {
  std::vector<ConfigError> errors;
  const auto complain = [&](const char* key, const char* text) {
    errors.push_back(where("network", 0, key));
    errors.back().text = std::string("network.") + key + text;
  };
  const NetworkConfig& n = config.network;
  if (!n.key_file.empty() && !n.passphrase_file.empty())
    complain("passphrase_file", ": there is a key_file too; remove one of the two");
  // Whoever names a network does not want an open node.
  if (!n.closed() && !n.name.empty())
    complain("name", ": the network has no key; write key_file or passphrase_file too");
  if (!n.closed() && n.name.empty() && n.generation != 0)
    complain("generation", ": the network has no key; write name, and key_file or passphrase_file too");
  if (n.closed() && n.name.empty())
    complain("name", " is missing; write what the network is called, like name = \"home\"");
  return errors;
}

std::vector<ConfigError> check_files(const Config& config, const ConfigWhere& where) {
  const NetworkConfig& n = config.network;
  if (!n.closed()) return {};
  const bool is_key = !n.key_file.empty();
  const char* const key = is_key ? "key_file" : "passphrase_file";
  const std::string wrong = is_key ? read_key_file(n.key_file).error : check_passphrase_file(n.passphrase_file);
  if (wrong.empty()) return {};
  std::vector<ConfigError> errors{where("network", 0, key)};
  errors.back().text = std::string("network.") + key + ": " + wrong;
  return errors;
}

}  // namespace mp::host
