// SPDX-License-Identifier: ISC
// The table of all keys of a scenario file: how each is called, what it takes, where it lies in a Scenario and what it
// is for. The reader (scenario_toml.cpp), the printed reference and the writer (keys_print.cpp) all come from it;
// defaults are those of the structs. A file says numbers in its own units, a Scenario holds integers: `scale` is how
// many of the Scenario's make one of the file's.
#pragma once

#include "simulator/scenario/scenario.hpp"

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace mp::sim {

struct Span {
  std::int64_t least = 0, most = 0;
  bool operator==(const Span&) const = default;
};

// Numbers are in the Scenario's unit.
using KeyValue = std::variant<bool, std::int64_t, Span, std::string, std::vector<std::string>>;

enum class KeyForm : std::uint8_t {
  boolean,
  number,  // a whole one where scale is 1
  span,    // a number, or [least, most]
  text,
  nodes,  // a text, or the number of one
  texts,
  word,  // one of `words`
};

struct Key {
  std::string name;
  KeyForm form = KeyForm::text;
  std::string unit;
  std::int64_t scale = 1;
  std::int64_t least = 0, most = 0;
  std::vector<std::string> words;
  std::uint32_t kinds = 0;  // a bit for each kind of the table's that has the key; 0: all have
  std::string help;
  // Both take the struct that the table fills in. `set` gives what is wrong with the value, or nothing.
  std::function<KeyValue(const void*)> get;
  std::function<std::string(void*, const KeyValue&)> set;
};

struct KeyTable {
  std::string name;  // empty: the top of the file
  std::string help;
  bool many = false;  // [[name]]
  std::vector<Key> keys;
  std::vector<KeyTable> tables;  // [name.table]
  // The struct of the table's `index`th, given that of the table above; `resize` makes room for so many.
  std::function<void*(void* above, std::size_t index)> at;
  std::function<std::size_t(const void* above)> count;
  std::function<void(void* above, std::size_t count)> resize;
  // When the table is there: before its keys, and when its `kind` is known.
  std::function<void(void* above, void* self)> on_open;
  std::function<void(void* self)> on_kind;
  // A table that may also be a word: `limits = "sensor"`.
  std::vector<std::string> words;
  std::function<void(void* self, std::size_t word)> on_word;

  const Key* kind_key() const;
  // 0 when the table has no kinds.
  std::size_t kind_of(const void* self) const;
  bool has(const Key& key, std::size_t kind) const { return key.kinds == 0 || (key.kinds >> kind & 1) != 0; }
};

// The whole file: a table without a name whose struct is a Scenario, in the order in which it is read.
const KeyTable& scenario_keys();

// The parts of it, each in a file of its own.
KeyTable topology_keys();
KeyTable mobility_keys();
KeyTable medium_keys();
KeyTable nodes_keys();
KeyTable group_keys();
KeyTable traffic_keys();
KeyTable fault_keys();
KeyTable expect_keys();

// A number of the Scenario's as the file writes it: 1'500'000 at a scale of 1'000'000 is "1.5".
std::string number_text(std::int64_t value, std::int64_t scale);

// What is wrong with a whole Scenario that no single key can see: names that are there twice or nowhere, numbers that
// do not go together. Places are written as overrides are: "traffic.0.stop_s".
struct Complaint {
  std::string at, text;
};
std::vector<Complaint> check_scenario(const Scenario& scenario);

}  // namespace mp::sim
