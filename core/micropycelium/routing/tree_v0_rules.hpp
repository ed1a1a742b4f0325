// SPDX-License-Identifier: ISC
// What the files of TreeV0 share: how long and how much, in parts of a beat (specification: tree-v0.md, "The tree of
// version 0"). Not for users of the library.
#pragma once

#include "micropycelium/routing/tree_v0.hpp"

#include <algorithm>
#include <bit>

namespace mp::tree_v0 {

// Messages of one neighbour that are taken at once; one more for each kBreaths of a beat.
inline constexpr std::uint8_t kRoom = 8;
inline constexpr std::int64_t kBreaths = 20;
// Of a beat: between two requests for an address, and how often it is asked for.
inline constexpr std::int64_t kRequestsPerBeat = 10;
inline constexpr std::uint8_t kRequests = 3;
// Of a beat, the time in which those without a tree claim it, the best first.
inline constexpr std::int64_t kRankParts = 10;
// A claim is as new as another of the same root, though its time is no later, if it is younger by a sixth of a
// lifetime: its root has begun anew, or does not count. Each hop may lose a second of its age.
inline constexpr std::int64_t kYoungerParts = 6;
// A parent is left for one that is nearer to the root by so many levels; where nothing has changed for so many beats,
// by one.
inline constexpr unsigned kLevelsBetter = 2;
inline constexpr std::int64_t kSettledBeats = 2;
// Coordinates that may have been given when the node changes to another tree; above, it forgets them.
inline constexpr unsigned kGivenBorne = 67;
// Beats for which a tree goes on when nobody says any more that it is needed.
inline constexpr std::int64_t kLinger = 4;
// How long a child's word counts that it needs the tree: a beat, and half of one.
inline constexpr std::int64_t kHalfBeatsPassedOn = 3;
// Of a claim's time: which start of the root it is, above milliseconds for 34 years.
inline constexpr unsigned kBootBit = 40;

// Whether `place` is `ancestor`, or hangs below it.
inline bool within(const Coordinates& place, const Coordinates& ancestor) {
  return place.size >= ancestor.size &&
         std::equal(ancestor.value.begin(), ancestor.value.begin() + ancestor.size, place.value.begin());
}

inline Result<Address> child_address(const Coordinates& parent, std::uint8_t coordinate) {
  if (parent.size == kCoordinatesMax) return Status::not_representable;
  Coordinates below = parent;
  below.value[below.size++] = coordinate;
  return Address::encode(below.all());
}

inline bool better(const NodeId& a, const NodeId& b) { return claim_score(a) < claim_score(b); }

}  // namespace mp::tree_v0
