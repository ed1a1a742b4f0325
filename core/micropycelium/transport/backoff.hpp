// SPDX-License-Identifier: ISC
// When to try again, and when to give up: doubling waits between a first and a longest one.
#pragma once

#include "micropycelium/base/time.hpp"

namespace mp {

struct Backoff {
  Duration first;
  Duration longest;
  std::uint8_t tries_max;  // the first one included

  // How long to wait for an answer to try number `tries` (from 1).
  constexpr Duration wait(std::uint8_t tries) const {
    Duration d = first;
    for (std::uint8_t i = 1; i < tries && d < longest; ++i) d = d * 2;
    return d < longest ? d : longest;
  }
};

// A single packet, or a burst of a sequence, to an equal: 0.2 + 0.4 + 0.8 + 1.6 + 3 + 3 + 3 = 12 s in all.
inline constexpr Backoff kEqualBackoff{milliseconds(200), seconds(3), 7};
// What the existing implementation does and expects: 2 s, 3 tries.
inline constexpr Backoff kPrototypeBackoff{seconds(2), seconds(2), 3};

}  // namespace mp
