// SPDX-License-Identifier: ISC
// The table of all configuration keys. For config_parse.cpp and config_print.cpp.
#pragma once

#include "programs/mpnode/config.hpp"

#include <functional>
#include <span>
#include <variant>

namespace mp::host {

// A node has room for eight Interfaces; one is its own loopback.
inline constexpr std::size_t kUdpInterfacesMax = 7;

using ConfigValue = std::variant<std::string, std::int64_t, double, std::vector<std::string>>;

enum class KeyKind : std::uint8_t { text, integer, number, texts };

struct ConfigKey {
  const char* name;
  KeyKind kind;
  const char* help;     // lines; how it is explained in the printed default
  const char* example;  // a TOML value for keys that have no default; null: the default itself is printed
  bool required;
  // Both for the `index`th table of the section.
  std::function<ConfigValue(const Config&, std::size_t index)> get;
  // What is wrong with the value and what to write instead; empty: taken.
  std::function<std::string(Config&, std::size_t index, const ConfigValue&)> set;
};

enum class SectionKind : std::uint8_t {
  table,            // [name]
  tables,           // [[name]], none by default
  table_or_tables,  // [name] or several [[name]]; one by default
};

struct ConfigSection {
  const char* name;
  SectionKind kind;
  const char* help;
  // Makes room for `count` tables; null for a single one.
  std::function<void(Config&, std::size_t count)> resize;
  std::vector<ConfigKey> keys;
};

const std::vector<ConfigSection>& config_sections();

// What no single key can see: things that are there twice, or do not go together.
// `where`: the place of a key of the `index`th table of a section, or of the table where the key is absent.
using ConfigWhere = std::function<ConfigError(const char* section, std::size_t index, const char* key)>;
std::vector<ConfigError> check_whole(const Config& config, const ConfigWhere& where);
// What only the files that it names tell.
std::vector<ConfigError> check_files(const Config& config, const ConfigWhere& where);

// config_interop.cpp
ConfigSection interop_section();

// config_network.cpp
ConfigSection network_section();
ConfigSection authority_section();
std::vector<ConfigError> check_network(const Config& config, const ConfigWhere& where);

}  // namespace mp::host
