// SPDX-License-Identifier: ISC
// The messages of TraceRoute: whom would you hand a packet for this target, and why (specification: trace.md).
// Request: kind 0 | nonce 4 | a route header: target, metric, places, watermark; nothing else of it counts.
// Answer: kind 1 | nonce 4 | step 1 | own distance 2 | link cost 2 | next distance 2 | next 32, zero: nobody | places.
#pragma once

#include "micropycelium/messages/app_identity.hpp"
#include "micropycelium/packet/route_header.hpp"

namespace mp {

inline constexpr AppIdentity kTraceRouteApp{"TraceRoute", "Where packets by id go", 1};

// What a node would do with the packet.
enum class TraceStep : std::uint8_t {
  deliver,    // it is the target
  neighbour,  // the target is a neighbour of its
  nearer,     // somebody is nearer
  detour,     // nobody is, so it would try whoever is least far
  nowhere,    // it knows of no way
};
const char* name(TraceStep step);

struct TraceRequest {
  std::uint32_t nonce = 0;
  RouteHeader route;
};

struct TraceAnswer {
  std::uint32_t nonce = 0;
  TraceStep step = TraceStep::nowhere;
  std::uint16_t own_distance =
      0xffff;                   // to the target, as routing tells it (kNear above it); 65,535: no tree in common
  std::uint16_t link_cost = 0;  // to the next, eighths of a transmission
  std::uint16_t next_distance = 0xffff;  // of the next
  NodeId next;                           // zero: nobody
  TreePlaces places;                     // where it is itself

  bool operator==(const TraceAnswer&) const = default;
};

inline constexpr std::size_t kTraceRequestMax = 1 + 4 + kRouteHeaderMax;
inline constexpr std::size_t kTraceAnswerHead = 1 + 4 + 1 + 3 * 2 + NodeId::kSize;
inline constexpr std::size_t kTraceAnswerMax = kTraceAnswerHead + 1 + kTreesMax * (3 + kCompactAddressMax);

// Status: truncated, bad_value (another kind, a route header that is none), too_large (bytes behind).
Result<TraceRequest> decode_trace_request(Bytes message);
// Status: truncated, bad_value (another kind, an unknown step, places that are none), too_large.
Result<TraceAnswer> decode_trace_answer(Bytes message);
// Status: too_large (`out` is too small).
Result<Bytes> encode_trace(const TraceRequest& request, MutableBytes out);
Result<Bytes> encode_trace(const TraceAnswer& answer, MutableBytes out);

}  // namespace mp
