// SPDX-License-Identifier: ISC
// How far a measurement is, on standard error: a line that is rewritten on a terminal, else one every ten seconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace mp::bench {

class Progress {
 public:
  explicit Progress(bool quiet);
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void begin(std::string row);
  // `done` of `all` in what the row is at. Cheap when nothing is shown.
  void at(std::uint64_t done, std::uint64_t all, const char* what);
  void clear();

 private:
  bool quiet_, terminal_;
  bool shown_ = false;
  std::string row_;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace mp::bench
