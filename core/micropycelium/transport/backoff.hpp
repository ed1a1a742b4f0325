// SPDX-License-Identifier: ISC
// When to ask again, and when to give up: doubling waits, from what the round trip has taught
// (specification: delivery.md, "Waiting for an answer").
#pragma once

#include "micropycelium/transport/round_trip.hpp"

namespace mp {

// The longest wait between two tries, unless the first one is longer already.
inline constexpr Duration kLongestWait = seconds(3);
// Silence of an equal that ends a send, unless 16 first waits are longer.
inline constexpr Duration kGiveUp = seconds(12);
// What a wait is longer than the usual round trip, at least: the other end may be busy.
inline constexpr Duration kAnswerMargin = milliseconds(50);
// The first wait while no round trip is known, and frames that the answer may wait for on the air.
inline constexpr Duration kFirstWait = milliseconds(200);
inline constexpr int kFramesWaitedFor = 4;

// What the existing implementation does and expects: 2 s, 3 tries.
inline constexpr Duration kPrototypeWait = seconds(2);
inline constexpr std::uint8_t kPrototypeTries = 3;

// How long the first try waits for its answer. `airtime`: of a full frame on the link.
constexpr Duration first_wait(const RoundTrip& round_trip, Duration airtime) {
  return (round_trip.known() ? round_trip.timeout(kAnswerMargin) : kFirstWait) + airtime * kFramesWaitedFor;
}

// How long try number `tries` (from 1) waits: twice as long as the one before.
constexpr Duration nth_wait(Duration first, unsigned tries) {
  const Duration longest = std::max(kLongestWait, first);
  for (unsigned i = 1; i < tries && first < longest; ++i) first = first * 2;
  return std::min(first, longest);
}

// How long silence is borne in all. Doubt makes waits longer, not the patience.
constexpr Duration patience(const RoundTrip& round_trip, Duration airtime) {
  return std::max(kGiveUp, first_wait(round_trip.undoubted(), airtime) * 16);
}

}  // namespace mp
