// SPDX-License-Identifier: ISC
// Who goes first when a link cannot take everything at once (specification: airtime.md, "Classes").
#pragma once

#include <cstddef>
#include <cstdint>

namespace mp {

// Strict: nothing of a class goes while something of a class above it waits for the same link.
enum class Priority : std::uint8_t {
  control,          // what keeps the mesh together: beacons
  acknowledgement,  // acks, reports, ends, hop acknowledgements; are you awake, I am
  interactive,      // somebody waits for it
  bulk,             // it will be there when it is there
};

inline constexpr std::size_t kPriorities = 4;

}  // namespace mp
