// SPDX-License-Identifier: ISC
// From TOML to a Scenario, with every complaint naming its place and the key. The only file that knows toml++.
#include "simulator/scenario/scenario_toml.hpp"

#include "simulator/scenario/keys.hpp"
#include "simulator/scenario/nearest.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <fstream>
#include <map>
#include <system_error>

#include <toml++/toml.h>

namespace mp::sim {
namespace {

constexpr std::size_t kFileMax = 1 << 20;
constexpr std::string_view kOverrideMark = "--set ";
const std::string kMediumName = MediumSpec{}.name;  // of one that has none in the file

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string joined(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : path + "." + std::string(name);
}

std::vector<std::string_view> names_of(const KeyTable& table, std::size_t kind) {
  std::vector<std::string_view> all;
  for (const Key& key : table.keys)
    if (table.has(key, kind)) all.emplace_back(key.name);
  for (const KeyTable& inner : table.tables) all.emplace_back(inner.name);
  return all;
}

const char* form_text(const Key& key) {
  switch (key.form) {
    case KeyForm::boolean:
      return "true or false";
    case KeyForm::number:
      return key.scale == 1 ? "a whole number" : "a number";
    case KeyForm::span:
      return "a number, or [least, most]";
    case KeyForm::text:
    case KeyForm::word:
      return "a text in quotes";
    case KeyForm::nodes:
      return "nodes, like \"0-9\", \"random 5\" or 3";
    case KeyForm::texts:
      return "a list of texts in quotes, like [\"..\", \"..\"]";
  }
  return "";
}

class Reader {
 public:
  Reader(std::string_view name, std::string_view folder) : name_(name), folder_(folder) {}

  Scenario run(std::string_view text, const std::vector<Override>& overrides) {
    toml::table root = parse(text);
    for (const Override& o : overrides) apply(root, o);
    read_keys(scenario_keys(), root, &scenario_, "");
    for (const KeyTable& table : scenario_keys().tables)
      if (const toml::node* node = root.get(table.name)) read_table(table, *node, &scenario_, table.name);
    throw_first();
    for (const Complaint& c : check_scenario(scenario_)) complain(place_of(c.at), c.at, c.text);
    throw_first();
    for (std::string* path : {&scenario_.topology.positions, &scenario_.topology.links})
      if (!path->empty() && path->front() != '/' && !folder_.empty()) *path = folder_ + "/" + *path;
    return std::move(scenario_);
  }

 private:
  struct Place {
    std::int64_t line = 0;  // 0: of the file as a whole, or of an override
    std::string text;
  };

  Place place(const toml::source_region& region) const {
    if (region.path && region.path->substr(0, kOverrideMark.size()) == kOverrideMark) return {0, *region.path};
    if (region.begin.line == 0) return {0, name_};
    return {region.begin.line, name_ + ":" + std::to_string(region.begin.line)};
  }

  // Where the key is, or else the table that would have it.
  Place place_of(std::string path) const {
    for (;;) {
      if (const auto found = places_.find(path); found != places_.end()) return found->second;
      const auto dot = path.rfind('.');
      if (dot == std::string::npos) return {0, name_};
      path.resize(dot);
    }
  }

  void complain(const Place& place, const std::string& path, const std::string& what) {
    complaints_.push_back({place.line, place.text + ": " + (path.empty() ? "" : path + ": ") + what});
  }

  // One line for a person: the first one in the file.
  void throw_first() const {
    const auto first = std::min_element(complaints_.begin(), complaints_.end(),
                                        [](const Place& a, const Place& b) { return a.line < b.line; });
    if (first != complaints_.end()) throw ScenarioError(first->text);
  }

  toml::table parse(std::string_view text) const {
    try {
      return toml::parse(text);
    } catch (const toml::parse_error& e) {
      throw ScenarioError(place(e.source()).text + ": " + std::string(e.description()) +
                          "; see https://toml.io for how TOML is written");
    }
  }

  // --- overrides -----------------------------------------------------------------------------------

  // "v = <value>" as TOML, or as a text where it is none.
  static toml::table parse_value(const Override& o, const std::string& origin) {
    try {
      toml::table t = toml::parse("v = " + o.value, origin);
      if (t.size() == 1 && t.contains("v")) return t;
    } catch (const toml::parse_error&) {
    }
    std::string text = "v = \"";
    for (const char c : o.value) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
        throw ScenarioError(origin + ": holds a control character");
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    try {
      return toml::parse(text + "\"", origin);
    } catch (const toml::parse_error&) {
      throw ScenarioError(origin + ": is not UTF-8 text");
    }
  }

  static toml::node* find_in(toml::array& array, std::string_view word, const std::string& origin,
                             const std::string& path) {
    std::vector<std::string_view> names;
    for (toml::node& element : array) {
      const auto* table = element.as_table();
      auto name = table == nullptr ? std::nullopt : (*table)["name"].value<std::string_view>();
      if (!name && path == "medium") name = kMediumName;
      if (!name) continue;
      if (*name == word) return &element;
      names.push_back(*name);
    }
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), index);
    if (error == std::errc{} && end == word.data() + word.size() && index < array.size()) return array.get(index);
    throw ScenarioError(origin + ": there is no " + path + "." + std::string(word) + "; " +
                        (names.empty() ? "" : nearest(word, names) + "; ") + "the numbers go from 0 to " +
                        std::to_string(static_cast<std::int64_t>(array.size()) - 1));
  }

  void apply(toml::table& root, const Override& o) const {
    const std::string origin = std::string(kOverrideMark) + o.key + "=" + o.value;
    toml::table parsed = parse_value(o, origin);
    const toml::source_region region = parsed.get("v")->source();
    toml::node* at = &root;
    std::string path;
    std::string_view rest = o.key;
    for (;;) {
      const auto dot = rest.find('.');
      const std::string_view word = rest.substr(0, dot);
      if (word.empty()) throw ScenarioError(origin + ": is no key; write one like topology.nodes=200");
      if (auto* array = at->as_array()) {
        if (dot == std::string_view::npos)
          throw ScenarioError(origin + ": which key of " + path + "." + std::string(word) + "?");
        at = find_in(*array, word, origin, path);
      } else if (auto* table = at->as_table()) {
        const toml::key key(word, toml::source_region(region));
        if (dot == std::string_view::npos) {
          parsed.get("v")->visit([&](auto& value) { table->insert_or_assign(key, std::move(value)); });
          return;
        }
        if (!table->contains(word)) table->insert_or_assign(key, toml::table{});
        at = table->get(word);
      } else {
        throw ScenarioError(origin + ": " + path + " is no table");
      }
      path = joined(path, word);
      rest.remove_prefix(dot + 1);
    }
  }

  // --- tables --------------------------------------------------------------------------------------

  void read_table(const KeyTable& table, const toml::node& node, void* above, const std::string& path) {
    if (!table.many) {
      if (const auto* t = node.as_table()) return read_one(table, *t, above, table.at(above, 0), path);
      if (const auto* word = node.as_string(); word != nullptr && !table.words.empty())
        return read_word(table, *word, table.at(above, 0), path);
      return complain(place(node.source()), path,
                      "is a table; write [" + path + "] on a line of its own, its keys below");
    }
    const auto* array = node.as_array();
    const auto is_table = [](const toml::node& n) { return n.is_table(); };
    if (array == nullptr || !std::all_of(array->begin(), array->end(), is_table))
      return complain(place(node.source()), path,
                      "there can be several; write [[" + path + "]] on a line of its own, its keys below");
    table.resize(above, array->size());
    for (std::size_t i = 0; i < array->size(); ++i)
      read_one(table, *(*array)[i].as_table(), above, table.at(above, i), path + "." + std::to_string(i));
  }

  void read_word(const KeyTable& table, const toml::value<std::string>& node, void* self, const std::string& path) {
    places_[path] = place(node.source());
    for (std::size_t i = 0; i < table.words.size(); ++i)
      if (table.words[i] == node.get()) return table.on_word(self, i);
    complain(place(node.source()), path,
             quoted(node.get()) + " is not known here; " + nearest(node.get(), table.words));
  }

  void read_one(const KeyTable& table, const toml::table& from, void* above, void* self, const std::string& path) {
    places_[path] = place(from.source());
    if (table.on_open) table.on_open(above, self);
    read_keys(table, from, self, path);
    for (const KeyTable& inner : table.tables)
      if (const toml::node* node = from.get(inner.name)) read_table(inner, *node, self, joined(path, inner.name));
  }

  void read_keys(const KeyTable& table, const toml::table& from, void* self, const std::string& path) {
    // First its kind: it decides which keys there are, and what they are by default.
    if (const Key* kind = table.kind_key()) {
      const bool good =
          !from.contains(kind->name) || read_value(*kind, *from.get(kind->name), self, joined(path, "kind"));
      if (!good) return;
      if (table.on_kind) table.on_kind(self);
    }
    for (const auto& [name, node] : from) {
      if (name.str() == "kind" && table.kind_key() != nullptr) continue;
      const auto is_it = [&n = name](const KeyTable& inner) { return inner.name == n.str(); };
      if (std::any_of(table.tables.begin(), table.tables.end(), is_it)) continue;
      if (const Key* key = find_key(table, self, name, path)) read_value(*key, node, self, joined(path, name.str()));
    }
  }

  const Key* find_key(const KeyTable& table, const void* self, const toml::key& name, const std::string& path) {
    const std::size_t kind = table.kind_of(self);
    const std::string full = joined(path, name.str());
    std::vector<std::string_view> kinds;
    for (const Key& key : table.keys) {
      if (key.name != name.str()) continue;
      if (table.has(key, kind)) return &key;
      const auto& words = table.kind_key()->words;
      for (std::size_t i = 0; i < words.size(); ++i)
        if (table.has(key, i)) kinds.emplace_back(words[i]);
    }
    if (kinds.empty()) {
      complain(place(name.source()), full, "there is no such key; " + nearest(name.str(), names_of(table, kind)));
      return nullptr;
    }
    std::string list;
    for (const std::string_view word : kinds) list += (list.empty() ? "" : ", ") + std::string(word);
    complain(place(name.source()), full,
             "this key is for " + list + "; with kind = " + quoted(table.kind_key()->words[kind]) + " remove it");
    return nullptr;
  }

  // --- values --------------------------------------------------------------------------------------

  bool read_value(const Key& key, const toml::node& node, void* self, const std::string& path) {
    places_[path] = place(node.source());
    std::string wrong;
    if (const auto value = convert(key, node, wrong))
      wrong = key.set(self, *value);
    else if (wrong.empty())
      wrong = std::string("the value has the wrong type; write ") + form_text(key);
    if (!wrong.empty()) complain(place(node.source()), path, wrong);
    return wrong.empty();
  }

  // In the Scenario's unit. Nothing: of the wrong type, or `wrong` says why not.
  static std::optional<std::int64_t> number(const Key& key, const toml::node& node, std::string& wrong) {
    if (const auto* i = node.as_integer()) {
      if (key.scale == 1) return i->get();
      // Out of range either way, but as a number that can still be printed.
      const std::int64_t most = std::numeric_limits<std::int64_t>::max() / key.scale;
      return std::clamp(i->get(), -most, most) * key.scale;
    }
    const auto* f = node.as_floating_point();
    if (f == nullptr || key.scale == 1) return std::nullopt;
    const double scaled = f->get() * static_cast<double>(key.scale);
    if (!(scaled > -9e18 && scaled < 9e18)) {
      wrong = std::isnan(scaled) ? "is not a number" : "is far out of range";
      return std::nullopt;
    }
    const double rounded = std::floor(scaled + 0.5);
    if (rounded == 0.0 && scaled != 0.0) {
      wrong = "is too small; the smallest but 0 is " + number_text(1, key.scale);
      return std::nullopt;
    }
    return static_cast<std::int64_t>(rounded);
  }

  static std::optional<KeyValue> convert(const Key& key, const toml::node& node, std::string& wrong) {
    switch (key.form) {
      case KeyForm::boolean:
        if (const auto* b = node.as_boolean()) return KeyValue(b->get());
        break;
      case KeyForm::number:
        if (const auto n = number(key, node, wrong)) return KeyValue(*n);
        break;
      case KeyForm::span:
        return span(key, node, wrong);
      case KeyForm::text:
        if (const auto* s = node.as_string()) return KeyValue(s->get());
        break;
      case KeyForm::nodes:
        if (const auto* s = node.as_string()) return KeyValue(s->get());
        if (const auto* i = node.as_integer()) return KeyValue(std::to_string(i->get()));
        break;
      case KeyForm::word:
        if (const auto* s = node.as_string()) {
          if (std::find(key.words.begin(), key.words.end(), s->get()) != key.words.end()) return KeyValue(s->get());
          wrong = quoted(s->get()) + " is not known here; " + nearest(s->get(), key.words);
        }
        break;
      case KeyForm::texts:
        return texts(node);
    }
    return std::nullopt;
  }

  static std::optional<KeyValue> span(const Key& key, const toml::node& node, std::string& wrong) {
    const auto* array = node.as_array();
    if (array == nullptr) {
      const auto n = number(key, node, wrong);
      return n ? std::optional(KeyValue(Span{*n, *n})) : std::nullopt;
    }
    if (array->size() != 2) return std::nullopt;
    const auto least = number(key, (*array)[0], wrong), most = number(key, (*array)[1], wrong);
    if (!least || !most) return std::nullopt;
    return KeyValue(Span{*least, *most});
  }

  static std::optional<KeyValue> texts(const toml::node& node) {
    const auto* array = node.as_array();
    if (array == nullptr) return std::nullopt;
    std::vector<std::string> all;
    for (const toml::node& element : *array) {
      const auto* s = element.as_string();
      if (s == nullptr) return std::nullopt;
      all.push_back(s->get());
    }
    return KeyValue(std::move(all));
  }

  std::string name_, folder_;
  Scenario scenario_;
  std::map<std::string, Place> places_;
  std::vector<Place> complaints_;
};

}  // namespace

Scenario parse_scenario(std::string_view toml, std::string_view name, std::string_view folder,
                        const std::vector<Override>& overrides) {
  return Reader(name, folder).run(toml, overrides);
}

Scenario load_scenario(const std::string& path, const std::vector<Override>& overrides) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  const auto fail = [&](const std::string& why) { throw ScenarioError(path + ": cannot be read: " + why); };
  if (!in) fail(std::generic_category().message(errno));
  std::string text(kFileMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) fail(std::generic_category().message(errno != 0 ? errno : EIO));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kFileMax) fail("it is over 1 MiB: that is no scenario");
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, std::max<std::size_t>(slash, 1));
  Scenario scenario = parse_scenario(text, path, folder, overrides);
  if (scenario.name.empty()) {
    scenario.name = path.substr(slash == std::string::npos ? 0 : slash + 1);
    if (scenario.name.ends_with(".toml")) scenario.name.resize(scenario.name.size() - 5);
  }
  return scenario;
}

}  // namespace mp::sim
