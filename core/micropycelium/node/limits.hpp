// SPDX-License-Identifier: ISC
// How much a node may hold at once. Limits are data: the bytes they cost are known before start
// (memory_required in node_state.hpp), nothing grows afterwards, and every refusal for want of room is counted.
#pragma once

#include <cstdint>

namespace mp {

struct Limits {
  std::uint8_t peers = 16;         // neighbours known at once, banned and static next hops included
  std::uint16_t routes = 64;       // static routes
  std::uint8_t datagrams = 12;     // packets waiting for a link or an acknowledgement: own, relayed, parts
  std::uint8_t sequences_in = 4;   // larger Packages being received, or just received
  std::uint8_t sequences_out = 4;  // larger Packages being sent
  std::uint16_t seen = 64;         // recently delivered Packages, so that a repeat is not delivered twice
  std::uint8_t hops = 4;           // neighbours that hand over routed frames at the same time
  std::uint8_t interfaces = 8;     // up to 8
  std::uint8_t ledgers = 1;        // of these, under a duty cycle
  std::uint8_t trees = 4;          // spanning trees that it hangs in, up to 4; 0: it routes by static routes only
  std::uint16_t targets = 8;       // nodes beyond its neighbours of which it knows where they are
  std::uint16_t detours = 64;      // packets that it sent on and remembers, should they come back

  bool operator==(const Limits&) const = default;
};

// How many slots of each table are in use; the names are those of Limits.
struct Usage {
  std::uint16_t peers = 0, routes = 0, datagrams = 0, sequences_in = 0, sequences_out = 0, seen = 0;
};

// Named Limits, for the size table of docs/size.md and as starting points.
inline constexpr Limits kSensorLimits{.peers = 8,
                                      .routes = 4,
                                      .datagrams = 4,
                                      .sequences_in = 1,
                                      .sequences_out = 1,
                                      .seen = 16,
                                      .hops = 2,
                                      .interfaces = 2,
                                      .trees = 2,
                                      .targets = 4,
                                      .detours = 16};
// An ESP32 or a comparable board: all of a node in 24 KiB.
inline constexpr Limits kBoardLimits{.routes = 8, .sequences_in = 3, .sequences_out = 3, .seen = 40, .interfaces = 4};
inline constexpr Limits kGatewayLimits{.peers = 128,
                                       .routes = 1024,
                                       .datagrams = 64,
                                       .sequences_in = 32,
                                       .sequences_out = 32,
                                       .seen = 1024,
                                       .hops = 32,
                                       .ledgers = 4,
                                       .targets = 256,
                                       .detours = 512};

}  // namespace mp
