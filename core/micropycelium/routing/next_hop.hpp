// SPDX-License-Identifier: ISC
// Who is next: the neighbour from which it is least far, as long as one is nearer than the packet has ever been; else
// one after the other, back and forth, until all are tried (specification: routing.md, "The next hop", "The detour").
// Decides, never sends; nothing is allocated, nothing waits.
#pragma once

#include "micropycelium/routing/detour_table.hpp"

namespace mp {

// How the packet came to be decided on.
enum class Arrival : std::uint8_t {
  own,          // sent by this node
  received,     // from the neighbour `from`, the header as it came
  undelivered,  // decided before, and the neighbour chosen did not take it; the header as it was then
};

struct Decision {
  enum class Kind : std::uint8_t {
    deliver,  // it is for this node
    send,     // to the neighbour `to`, with the header's state replaced by `state`
    back,     // likewise, to where it came from: nothing is left here
    ask,      // nothing is left at all: a new route has to be asked for, from here
    drop,     // it has been on its way for too long
  };
  Kind kind = Kind::drop;
  std::uint8_t to = kNobody;
  RouteState state{};
  std::uint8_t by = kNobody;  // sent, since that neighbour says that it is near in this tree
};

// What the frame allows.
struct FrameLimits {
  std::uint8_t visited_last = 3;         // the filter has room to grow to this size code
  std::array<std::uint32_t, 8> unfit{};  // bit n: the neighbour in slot n can not be sent frames of this size

  void leave_out(std::uint8_t slot) { unfit[slot / 32] |= 1U << slot % 32; }
  bool fits(std::uint8_t slot) const { return (unfit[slot / 32] >> slot % 32 & 1U) == 0; }
};

// One decision. `from`: the slot it came from, kNobody for an own packet; for `undelivered` as before. The caller has
// set neighbours that do not answer to not alive, and has left out copies: a frame that one neighbour hands over twice
// must not come here twice. What was decided is remembered in `detours` before this returns. However wrong tables are,
// a packet is sent at most ttl + budget times, and as often back. Precondition: `from` is a slot or kNobody.
Decision decide(const RouteHeader& header, const Neighbours& neighbours, DetourTable& detours, Arrival arrival,
                std::uint8_t from, const FrameLimits& limits = {});

// For a packet that carries no state (version 0): the neighbour that is least far among those nearer than this node,
// or kNobody. Each hop is nearer than the one before, so it can not circle while nobody's place changes.
std::uint8_t nearer_neighbour(const Neighbours& neighbours, const Distances& distances);

// What a source puts in: no watermark, every greedy hop there is, and a detour of eight times the hops that it takes
// (by the source's own distance) and 32 more, at most 255.
RouteState first_state(unsigned hops);

}  // namespace mp
