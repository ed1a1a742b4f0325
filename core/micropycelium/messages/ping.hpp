// SPDX-License-Identifier: ISC
// The message of the Ping Application: how far is a node, and where (specification: ping.md).
// Layout: op 1 | nonce 1 | metric 1 | ts1 8 | ts2 8 | ts3 8 | tree_state 1 | address 16 | node_id 32.
#pragma once

#include "micropycelium/base/result.hpp"
#include "micropycelium/messages/app_identity.hpp"
#include "micropycelium/packet/address.hpp"

namespace mp {

inline constexpr AppIdentity kPingApp{"Ping", "Dev Ping App", 0};

enum class PingOp : std::uint8_t {
  request = 0,         // are you there?
  respond = 1,         // yes
  gossip_request = 2,  // the same two, carried by gossip
  gossip_respond = 3,
};

inline constexpr std::size_t kPingSize = 1 + 1 + 1 + 3 * 8 + 1 + kAddressSize + NodeId::kSize;

struct PingMessage {
  PingOp op = PingOp::request;
  std::uint8_t nonce = 0;   // matches a response to its request
  std::uint8_t metric = 0;  // the routing metric asked for: 0 tree distance, 1 common prefix length
  std::uint64_t ts1 = 0;    // ms: when the request left, on the asker's clock
  std::uint64_t ts2 = 0;    // ms: when it arrived, on the answerer's
  std::uint64_t ts3 = 0;    // ms: when the answer came back; 0 on the wire until then
  TreeAddress address;      // the sender's
  NodeId node_id;           // the sender's
  bool operator==(const PingMessage&) const = default;
};

// Status: truncated, too_large (any size but 76 bytes), bad_value (an op not listed above).
Result<PingMessage> decode_ping(Bytes message);

// Writes to the start of `out` and returns what was written. Status: too_large (`out` is too small).
Result<Bytes> encode_ping(const PingMessage& message, MutableBytes out);

}  // namespace mp
