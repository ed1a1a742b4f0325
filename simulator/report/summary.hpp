// SPDX-License-Identifier: ISC
// What a person reads in the terminal when a run is over: what went wrong first, then the figures in plain words, at
// last how to see it again.
#pragma once

#include "simulator/report/result.hpp"

namespace mp::sim {

// About 20 to 30 lines, each ends with a line feed.
std::string summary(const Result& result);

}  // namespace mp::sim
