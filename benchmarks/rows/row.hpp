// SPDX-License-Identifier: ISC
// What transport_bench and routing_bench are made of: rows. A row measures one thing and gives figures, each with the
// bar that it has to meet, or beside one. A row is one file: it defines a `const Registered` and is found by that.
#pragma once

#include "progress.hpp"

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace mp::bench {

// The measurement itself could not be made: nodes that do not meet, an option that makes no sense.
class BenchError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Figure {
  enum class Bar : std::uint8_t { none, at_most, at_least };
  std::string name;
  double value = 0;
  int decimals = 3;
  Bar bar = Bar::none;
  double limit = 0;
  std::string note{};  // what explains it, if anything does

  bool met() const { return bar == Bar::none || (bar == Bar::at_most ? value <= limit : value >= limit); }
};

// What a row is given.
struct Context {
  std::uint64_t seed = 1;          // of the first run; the next runs take the next seeds
  std::uint32_t transfers = 1000;  // or pairs: how much is measured; each row says what it makes of it
  Progress& progress;
};

struct Row {
  std::string name;
  int place = 0;     // in the table
  std::string what;  // one line
  std::function<std::vector<Figure>(const Context&)> run;
};

class Registered {
 public:
  explicit Registered(Row row);
};
// All rows, in their places.
std::vector<Row> all_rows();

}  // namespace mp::bench
