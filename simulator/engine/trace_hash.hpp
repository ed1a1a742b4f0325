// SPDX-License-Identifier: ISC
// One number for a whole run: every frame sent and every delivery goes in, in order. Equal runs, equal numbers.
#pragma once

#include "micropycelium/base/bytes.hpp"
#include "simulator/engine/random.hpp"

namespace mp::sim {

class TraceHash {
 public:
  void add(std::uint64_t n) { value_ = Seed::mix(value_ ^ n); }
  // Eight bytes at a time, the size at last, so that no two contents run into each other.
  void add(Bytes bytes) {
    std::size_t i = 0;
    for (; i + 8 <= bytes.size(); i += 8) add(load_be<std::uint64_t>(bytes.data() + i));
    std::uint64_t rest = 0;
    for (; i < bytes.size(); ++i) rest = rest << 8 | static_cast<std::uint8_t>(bytes[i]);
    add(rest);
    add(bytes.size());
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0;
};

}  // namespace mp::sim
