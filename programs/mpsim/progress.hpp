// SPDX-License-Identifier: ISC
// How far a run is, on standard error: one line that is rewritten if that is a terminal, plain lines now and then if
// somebody asked for them, else nothing.
#pragma once

#include <chrono>
#include <string>

namespace mp::sim {

// What is left when `share` took `elapsed_s`: "40 s left"; empty while too little is done to tell.
std::string time_left(double share, double elapsed_s);

class Progress {
 public:
  enum class Style { none, rewritten, lines };
  // `asked`: lines also where there is no terminal.
  static Style style(bool quiet, bool asked);

  explicit Progress(Style style);
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  double elapsed_s() const;
  // Whether it is time for another; cheap.
  bool due() const;
  void show(const std::string& text);
  // Takes the line away, so that something else can be written.
  void clear();

 private:
  Style style_;
  std::chrono::steady_clock::time_point began_, next_;
  bool shown_ = false;
};

}  // namespace mp::sim
