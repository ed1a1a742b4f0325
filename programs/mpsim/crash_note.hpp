// SPDX-License-Identifier: ISC
// Should the process crash in a world, it says first which run that was: a sweep over a thousand seeds is worth little
// if nobody knows the one.
#pragma once

#include <string>

namespace mp::sim {

void install_crash_note();

// While it lives, this thread runs what `command` makes again.
class UnderWay {
 public:
  explicit UnderWay(const std::string& command);
  ~UnderWay();
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;

 private:
  std::string line_;
};

}  // namespace mp::sim
