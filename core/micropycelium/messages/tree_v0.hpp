// SPDX-License-Identifier: ISC
// The message of the SpanningTree Application: which root I follow, and where I hang in its tree
// (specification: tree-v0.md). Layout: op 1 | ts 8 | age 1 | claim 32 | address 16 | node_id 32.
#pragma once

#include "micropycelium/base/result.hpp"
#include "micropycelium/messages/app_identity.hpp"
#include "micropycelium/packet/address.hpp"

namespace mp {

inline constexpr AppIdentity kSpanningTreeV0App{"SpanningTree", "Dev SpanningTree App", 0};

enum class TreeOp : std::uint8_t {
  send = 0,                          // my claim and address
  respond = 15,                      // mine, since yours came
  request_address_assignment = 240,  // give me a place below you
  assign_address = 255,              // here it is
};

inline constexpr std::size_t kTreeMessageSize = 1 + 8 + 1 + NodeId::kSize + kAddressSize + NodeId::kSize;

struct TreeMessageV0 {
  TreeOp op = TreeOp::send;
  std::uint64_t ts = 0;  // ms: when the root made the claim
  std::uint8_t age = 0;  // s: how old the claim is
  NodeId claim;          // the root
  Address address;       // in the tree of that root
  NodeId node_id;        // the sender
  bool operator==(const TreeMessageV0&) const = default;
};

// Status: truncated, too_large (any size but 90 bytes), bad_value (an op not listed above).
Result<TreeMessageV0> decode_tree(Bytes message);

// Writes to the start of `out` and returns what was written. Status: too_large (`out` is too small).
Result<Bytes> encode_tree(const TreeMessageV0& message, MutableBytes out);

// How good a claim to be the root is, as a 256-bit number; the lowest wins.
struct ClaimScore {
  ByteArray<NodeId::kSize> value{};
  constexpr auto operator<=>(const ClaimScore&) const = default;
};

ClaimScore claim_score(const NodeId& claim);

// The byte that stands for a claim's tree in routed packets.
std::uint8_t tree_state(const NodeId& claim);

}  // namespace mp
