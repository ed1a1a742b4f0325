// SPDX-License-Identifier: ISC
// From TOML to a Config, with every complaint naming its line, column and key. The only file that knows toml++.
#include "programs/mpnode/config_keys.hpp"

#include "programs/mpnode/text.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <system_error>
#include <tuple>

#include <toml++/toml.h>

namespace mp::host {
namespace {

constexpr std::size_t kFileMax = 1 << 20;

// Letters to change, add or remove to make one word of the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t k = 0; k <= b.size(); ++k) row[k] = k;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t k = 1; k <= b.size(); ++k) {
      const std::size_t changed = diagonal + (a[i - 1] == b[k - 1] ? 0 : 1);
      diagonal = row[k];
      row[k] = std::min({changed, row[k] + 1, row[k - 1] + 1});
    }
  }
  return row[b.size()];
}

template <typename Range, typename Name>
std::string suggestion(std::string_view wrong, const Range& all, Name name) {
  std::string best;
  std::string list;
  std::size_t best_distance = 3;
  for (const auto& candidate : all) {
    const std::string_view word = name(candidate);
    list += (list.empty() ? "" : ", ") + std::string(word);
    if (const auto d = edit_distance(wrong, word); d < best_distance && d < word.size()) {
      best_distance = d;
      best = word;
    }
  }
  return best.empty() ? "there are: " + list : "did you mean " + best + "?";
}

const char* kind_text(KeyKind kind) {
  switch (kind) {
    case KeyKind::text:
      return "a text in quotes";
    case KeyKind::integer:
      return "a whole number";
    case KeyKind::number:
      return "a number";
    case KeyKind::texts:
      return "a list of texts in quotes, like [\"..\", \"..\"]";
  }
  return "";
}

std::optional<ConfigValue> convert(const toml::node& node, KeyKind kind) {
  switch (kind) {
    case KeyKind::text:
      if (const auto* s = node.as_string()) return ConfigValue(s->get());
      break;
    case KeyKind::integer:
      if (const auto* i = node.as_integer()) return ConfigValue(i->get());
      break;
    case KeyKind::number:
      if (const auto* f = node.as_floating_point()) return ConfigValue(f->get());
      if (const auto* i = node.as_integer()) return ConfigValue(static_cast<double>(i->get()));
      break;
    case KeyKind::texts:
      if (const auto* a = node.as_array()) {
        std::vector<std::string> all;
        for (const toml::node& element : *a) {
          const auto* s = element.as_string();
          if (s == nullptr) return std::nullopt;
          all.push_back(s->get());
        }
        return ConfigValue(all);
      }
      break;
  }
  return std::nullopt;
}

class Parser {
 public:
  using Check = std::function<std::vector<ConfigError>(Config&, const ConfigWhere&)>;

  // `check`: of the whole, once every key is good.
  ConfigResult run(std::string_view text, const Check& check) {
    toml::table root;
    try {
      root = toml::parse(text);
    } catch (const toml::parse_error& e) {
      complain(e.source(), std::string(e.description()) + "; see https://toml.io for how TOML is written");
      return std::move(result_);
    }
    for (const auto& [name, node] : root) read_section(name, node);
    // Only when all keys are good: else the whole would be judged by values that nobody wrote.
    if (result_.errors.empty())
      result_.errors = check(result_.config, [this](const char* section, std::size_t index, const char* key) {
        for (const std::string& of : {std::string(key), std::string()})
          if (const auto at = places_.find({section, index, of}); at != places_.end())
            return ConfigError{at->second.line, at->second.column, {}};
        return ConfigError{};
      });
    std::stable_sort(result_.errors.begin(), result_.errors.end(),
                     [](const ConfigError& a, const ConfigError& b) { return a.line < b.line; });
    return std::move(result_);
  }

 private:
  void complain(const toml::source_region& where, std::string text) {
    result_.errors.push_back({where.begin.line, where.begin.column, std::move(text)});
  }

  void read_section(const toml::key& name, const toml::node& node) {
    const auto& all = config_sections();
    const auto section = std::find_if(all.begin(), all.end(), [&](const auto& s) { return name.str() == s.name; });
    if (section == all.end())
      return complain(name.source(), "there is no section " + shown(name.str()) + "; " +
                                         suggestion(name.str(), all, [](const auto& s) { return s.name; }));
    const std::string single = "[" + std::string(section->name) + "]";
    const std::string many = "[" + single + "]";
    if (const auto* table = node.as_table()) {
      if (section->kind == SectionKind::tables)
        return complain(name.source(),
                        std::string(section->name) + ": there can be several; write " + many + " instead of " + single);
      if (section->resize) section->resize(result_.config, 1);
      return read_table(*section, 0, *table);
    }
    const auto* array = node.as_array();
    const bool tables =
        array != nullptr && std::all_of(array->begin(), array->end(), [](const toml::node& n) { return n.is_table(); });
    if (!tables || section->kind == SectionKind::table)
      return complain(name.source(), std::string(section->name) + " is a section; write " +
                                         (section->kind == SectionKind::tables ? many : single) +
                                         " on a line of its own, its keys below");
    section->resize(result_.config, array->size());
    for (std::size_t i = 0; i < array->size(); ++i) read_table(*section, i, *(*array)[i].as_table());
  }

  void read_table(const ConfigSection& section, std::size_t index, const toml::table& table) {
    places_[{section.name, index, std::string()}] = table.source().begin;
    for (const auto& [name, node] : table) {
      places_[{section.name, index, std::string(name.str())}] = node.source().begin;
      const auto key = std::find_if(section.keys.begin(), section.keys.end(),
                                    [&key = name](const ConfigKey& k) { return key.str() == k.name; });
      const std::string full = std::string(section.name) + "." + std::string(name.str());
      if (key == section.keys.end()) {
        complain(name.source(), full + ": there is no such key; " +
                                    suggestion(name.str(), section.keys, [](const auto& k) { return k.name; }));
        continue;
      }
      const auto value = convert(node, key->kind);
      if (!value) {
        complain(node.source(), full + ": the value has the wrong type; write " + kind_text(key->kind));
        continue;
      }
      if (const std::string wrong = key->set(result_.config, index, *value); !wrong.empty())
        complain(node.source(), full + ": " + wrong);
    }
    for (const ConfigKey& key : section.keys)
      if (key.required && !table.contains(key.name))
        complain(table.source(),
                 std::string(section.name) + "." + key.name + " is missing; write " + key.name + " = " + key.example);
  }

  ConfigResult result_;
  // Where each table (under the empty name) and each key is.
  std::map<std::tuple<std::string, std::size_t, std::string>, toml::source_position> places_;
};

}  // namespace

std::string to_text(const ConfigError& error, const std::string& file) {
  std::string out = file;
  if (error.line != 0) out += ":" + std::to_string(error.line) + ":" + std::to_string(error.column);
  return out + ": " + error.text;
}

ConfigResult parse_config(std::string_view text) { return Parser().run(text, check_whole); }

namespace {

// Paths in a file mean the same from wherever it is read: what is not absolute begins where the file lies.
void resolve_paths(Config& config, const std::filesystem::path& folder) {
  for (std::string* path : {&config.node.state_dir, &config.control.socket, &config.log.file, &config.network.key_file,
                            &config.network.passphrase_file})
    if (!path->empty()) *path = (folder / *path).string();
}

}  // namespace

ConfigResult load_config(const std::string& path) {
  const auto fail = [](std::string text) {
    ConfigResult r;
    r.errors.push_back({0, 0, std::move(text)});
    return r;
  };
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail("cannot be read: " + std::generic_category().message(errno));
  std::string text(kFileMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return fail("cannot be read: " + std::generic_category().message(errno != 0 ? errno : EIO));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kFileMax) return fail("is over 1 MiB: that is no configuration");
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  return Parser().run(text, [&folder](Config& config, const ConfigWhere& where) {
    std::vector<ConfigError> errors = check_whole(config, where);
    if (!errors.empty()) return errors;
    resolve_paths(config, folder);
    return check_files(config, where);
  });
}

}  // namespace mp::host
