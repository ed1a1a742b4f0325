// SPDX-License-Identifier: ISC
// The table of keys as a reference, and a Scenario as a file.
#include "simulator/scenario/keys.hpp"
#include "simulator/scenario/scenario_toml.hpp"

namespace mp::sim {
namespace {

std::string quoted(const std::string& text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (u < 0x20 || u == 0x7f) {
      out += std::string("\\u00") + kDigits[u >> 4] + kDigits[u & 0xf];
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string value_text(const Key& key, const KeyValue& value) {
  struct Printer {
    std::int64_t scale;
    std::string operator()(bool b) const { return b ? "true" : "false"; }
    std::string operator()(std::int64_t n) const { return number_text(n, scale); }
    std::string operator()(Span s) const {
      return s.least == s.most ? number_text(s.least, scale)
                               : "[" + number_text(s.least, scale) + ", " + number_text(s.most, scale) + "]";
    }
    std::string operator()(const std::string& s) const { return quoted(s); }
    std::string operator()(const std::vector<std::string>& all) const {
      std::string out = "[";
      for (const std::string& s : all) out += (out.size() > 1 ? ", " : "") + quoted(s);
      return out + "]";
    }
  };
  return std::visit(Printer{key.scale}, value);
}

std::string list_of(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

// --- the reference -----------------------------------------------------------------------------------

constexpr std::size_t kNoKind = static_cast<std::size_t>(-1);

// The struct of a table as it is when the file says nothing but its kind, or not even that.
class Default {
 public:
  Default(const KeyTable& table, void* above, std::size_t kind) {
    if (table.many) table.resize(above, 1);
    self_ = table.at ? table.at(above, 0) : above;
    if (table.on_open) table.on_open(above, self_);
    const Key* key = table.kind_key();
    if (key == nullptr || kind >= key->words.size()) return;
    key->set(self_, KeyValue(key->words[kind]));
    if (table.on_kind) table.on_kind(self_);
  }
  void* self() const { return self_; }

 private:
  void* self_ = nullptr;
};

// "the default is 16", or for each kind where they differ. `above`: how the struct around is made for a kind.
template <typename Above>
std::string default_text(const Key& key, const std::vector<std::string>& kinds, Above&& self_of) {
  std::vector<std::pair<std::string, std::string>> all;  // value, kinds
  for (std::size_t kind = 0; kind < std::max<std::size_t>(kinds.size(), 1); ++kind) {
    if (key.kinds != 0 && (key.kinds >> kind & 1) == 0) continue;
    Scenario scenario;
    const std::string value = value_text(key, key.get(self_of(scenario, kind)));
    const std::string name = kinds.empty() ? "" : kinds[kind];
    bool found = false;
    for (auto& [v, names] : all)
      if (v == value) {
        names += ", " + name;
        found = true;
      }
    if (!found) all.emplace_back(value, name);
  }
  if (all.size() == 1) return all[0].first;
  std::string out;
  for (const auto& [value, names] : all) out += (out.empty() ? "" : "; ") + value + " (" + names + ")";
  return out;
}

std::string kinds_text(const Key& key, const KeyTable& table) {
  if (key.kinds == 0) return "";
  std::vector<std::string> names;
  const auto& words = table.kind_key()->words;
  for (std::size_t i = 0; i < words.size(); ++i)
    if (table.has(key, i)) names.push_back(words[i]);
  return list_of(names);
}

std::string takes_text(const Key& key) {
  const std::string range = number_text(key.least, key.scale) + " to " + number_text(key.most, key.scale);
  const std::string unit = key.unit.empty() ? "" : " " + key.unit;
  switch (key.form) {
    case KeyForm::boolean:
      return "true or false";
    case KeyForm::number:
      return (key.scale == 1 ? "whole number, " : "number, ") + range + unit;
    case KeyForm::span:
      return "number or [least, most], " + range + unit;
    case KeyForm::text:
      return "text";
    case KeyForm::nodes:
      return "nodes";
    case KeyForm::texts:
      return "list of texts";
    case KeyForm::word:
      return "one of " + list_of(key.words);
  }
  return "";
}

template <typename Self>
void describe(std::string& out, const KeyTable& table, const std::string& title, const std::vector<std::string>& kinds,
              const Self& self_of) {
  if (!title.empty()) out += "\n## " + title + "\n";
  out += table.help + "\n";
  if (!table.words.empty()) out += "Words: " + list_of(table.words) + ".\n";
  out += "\n";
  for (const Key& key : table.keys) {
    const bool is_kind = &key == table.kind_key();
    const auto as_it_is = [&](Scenario& s, std::size_t) { return self_of(s, kNoKind); };
    out += "- `" + key.name + "`";
    if (const std::string only = kinds_text(key, table); !only.empty()) out += " (" + only + ")";
    out += ": " + key.help + "\n  " + takes_text(key) + "; default " +
           (is_kind ? default_text(key, {}, as_it_is) : default_text(key, kinds, self_of)) + "\n";
  }
}

// --- the writer --------------------------------------------------------------------------------------

void write(std::string& out, const KeyTable& table, void* above, const std::string& path) {
  const std::size_t count = table.count ? table.count(above) : 1;
  for (std::size_t i = 0; i < count; ++i) {
    void* const self = table.at ? table.at(above, i) : above;
    if (!table.name.empty()) {
      if (i == 0 && path.find('.') == std::string::npos) out += "\n# " + table.help;
      out += "\n" + std::string(table.many ? "[[" : "[") + path + (table.many ? "]]" : "]") + "\n";
    }
    const std::size_t kind = table.kind_of(self);
    for (const Key& key : table.keys)
      if (table.has(key, kind)) {
        std::string line = key.name + " = " + value_text(key, key.get(self));
        if (line.size() < 28) line.resize(28, ' ');
        out += line + "  # " + (key.unit.empty() ? "" : key.unit + ". ") + key.help + "\n";
      }
    for (const KeyTable& inner : table.tables)
      write(out, inner, self, path.empty() ? inner.name : path + "." + inner.name);
  }
}

}  // namespace

std::string keys_reference() {
  const KeyTable& root = scenario_keys();
  std::string out =
      "# The keys of a scenario\n\nA scenario is a TOML file (https://toml.io). Every key has a default but the "
      "medium: "
      "there must be one [[medium]] at least. The name of a key ends in its unit; shares are of 1. Nodes are selected "
      "by "
      "\"all\", \"none\", \"0-9\", \"0,3,7\", \"every 10\", \"random 5\", \"random 10%\", the name of a group or a tag "
      "of "
      "the topology, or several of these with commas between. A key with kinds in brackets is for these kinds of its "
      "table only.\n\n";
  describe(out, root, "", {}, [](Scenario& s, std::size_t) -> void* { return &s; });
  for (const KeyTable& table : root.tables) {
    const std::vector<std::string> kinds =
        table.kind_key() == nullptr ? std::vector<std::string>() : table.kind_key()->words;
    const auto self_of = [&](Scenario& s, std::size_t kind) { return Default(table, &s, kind).self(); };
    describe(out, table, (table.many ? "[[" : "[") + table.name + (table.many ? "]]" : "]"), kinds, self_of);
    for (const KeyTable& inner : table.tables)
      describe(out, inner, "[" + table.name + "." + inner.name + "]", kinds,
               [&](Scenario& s, std::size_t kind) { return inner.at(self_of(s, kind), 0); });
  }
  return out;
}

std::string print_scenario(const Scenario& scenario) {
  Scenario copy = scenario;  // the table hands out places to write to
  std::string out;
  write(out, scenario_keys(), &copy, "");
  return out;
}

}  // namespace mp::sim
