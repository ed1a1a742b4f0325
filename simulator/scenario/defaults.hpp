// SPDX-License-Identifier: ISC
// What a medium is when the scenario says no more than its kind. The numbers and where they come from: defaults.cpp.
#pragma once

#include "simulator/scenario/scenario.hpp"

namespace mp::sim {

MediumSpec defaults_of(MediumKind kind);

}  // namespace mp::sim
