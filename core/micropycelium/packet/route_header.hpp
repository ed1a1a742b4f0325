// SPDX-License-Identifier: ISC
// What a packet carries so that each node can choose the next one: whom it is for, where that is in up to four trees,
// and the state of its way (specification: routing.md, "The header").
#pragma once

#include "micropycelium/packet/ids.hpp"
#include "micropycelium/packet/schema.hpp"
#include "micropycelium/packet/tree_place.hpp"
#include "micropycelium/packet/visited.hpp"

namespace mp {

// What stands for a node in the header: the first 8 bytes of its id.
using NodeTag = Id<struct NodeTagTag, 8>;
inline NodeTag node_tag(const NodeId& node) { return NodeTag::from(node.bytes().first(NodeTag::kSize)); }

// How near is nearer: by the weight of the way along the tree, or by the length of the common prefix.
enum class Metric : std::uint8_t { tree, prefix };

// The part that changes on the way. 40 bytes.
struct RouteState {
  std::uint16_t watermark = 0xffff;  // the nearest distance reached: only nodes nearer than this come into question
  std::uint8_t ttl = 255;            // greedy hops left
  std::uint8_t budget = 0;           // hops of the detour left
  bool returning = false;            // the way back: the node that sent this has nothing left
  Visited visited;                   // empty until a detour begins
  bool operator==(const RouteState&) const = default;
};

// Why a packet did not get there; the first byte of an error packet's contents, before the tag of where.
enum class RouteError : std::uint8_t {
  no_route,  // nobody was left to send it to
  ttl,       // it was on its way for too long
  stranger,  // it came to its target, which does not know its source
  unknown,   // nobody said where its target is; never told, only known at the source
};
const char* name(RouteError why);
struct RouteFailure {
  RouteError why = RouteError::no_route;
  NodeTag where;
};

struct RouteHeader {
  NodeTag target;
  NodeTag source;             // with `message` it names the packet
  std::uint32_t message = 0;  // new for each attempt, also for a repetition from end to end
  Metric metric = Metric::tree;
  bool tells_source = false;                         // the source says where it is itself
  std::uint8_t trees = 0;                            // of `places` that are used, 0..4
  std::uint8_t source_trees = 0;                     // of `source_places`, if it tells
  std::array<TreePlace, kTreesMax> places{};         // of the target; by tree, ascending
  std::array<TreePlace, kTreesMax> source_places{};  // likewise
  RouteState state;

  std::span<const TreePlace> known_places() const { return std::span(places).first(trees); }
  std::span<const TreePlace> known_source_places() const { return std::span(source_places).first(source_trees); }
  bool operator==(const RouteHeader&) const = default;
};

// More than a packet has room for: a header says its size in a byte.
inline constexpr std::size_t kRouteHeaderMax = 255;

// Bytes that it takes, from 26 on.
std::size_t size_of(const RouteHeader& header);
// Status: too_large: `to` is shorter than size_of(), or that is above 255. Precondition: the places are in order.
Result<std::size_t> encode(const RouteHeader& header, MutableBytes to);
// Puts the header in place of the one that the packet of `size` bytes at the front of `buffer` has; what is behind it
// moves. Returns the new size. Status: too_large: it would not fit the schema's frame. Precondition: `buffer` holds a
// packet of `schema` and has room for its frame.
Result<std::size_t> replace_route(const Schema& schema, MutableBytes buffer, std::size_t size,
                                  const RouteHeader& header);
// Of an encoded header of whatever size; zero where it is cut. Cheaper than to decode it.
NodeTag route_target(Bytes header);
NodeTag route_source(Bytes header);
std::uint32_t route_message(Bytes header);

// Total. The header is at the front of `from`; `size` says how long it was. Status: truncated; bad_value: another
// size than it says, more trees than four, not in order, an address that is none, or padding that is not zero.
struct DecodedRouteHeader {
  RouteHeader header;
  std::size_t size = 0;
};
Result<DecodedRouteHeader> decode_route_header(Bytes from);

}  // namespace mp
