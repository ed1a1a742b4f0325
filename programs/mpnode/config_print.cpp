// SPDX-License-Identifier: ISC
#include "programs/mpnode/config_keys.hpp"

#include "programs/mpnode/text.hpp"

#include <sstream>

namespace mp::host {
namespace {

std::string toml_text(const ConfigValue& value) {
  struct Printer {
    std::string operator()(const std::string& s) const { return shown(s); }
    std::string operator()(std::int64_t i) const { return std::to_string(i); }
    std::string operator()(double d) const { return number_text(d); }
    std::string operator()(const std::vector<std::string>& all) const {
      std::string out = "[";
      for (const std::string& s : all) out += (out.size() > 1 ? ", " : "") + shown(s);
      return out + "]";
    }
  };
  return std::visit(Printer{}, value);
}

void print_help(std::ostream& out, const char* help) {
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) out << "# " << line << "\n";
}

}  // namespace

std::string print_default_config() {
  const Config defaults;
  std::ostringstream out;
  out << "# The configuration of mpnode (TOML, https://toml.io). Every key is here with its default; a file needs to\n"
         "# hold only what differs. Try a file with: mpnode --check --config FILE\n";
  for (const ConfigSection& section : config_sections()) {
    const bool example = section.kind == SectionKind::tables;
    out << "\n";
    print_help(out, section.help);
    out << (example ? "#[[" : "[") << section.name << (example ? "]]" : "]") << "\n";
    for (const ConfigKey& key : section.keys) {
      print_help(out, key.help);
      if (example)
        out << "#" << key.name << " = " << key.example << "\n";
      else
        out << key.name << " = " << toml_text(key.get(defaults, 0)) << "\n";
    }
  }
  return out.str();
}

}  // namespace mp::host
