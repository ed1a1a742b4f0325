// SPDX-License-Identifier: ISC
// The message of the Debug Application, carried by gossip: tell me about yourself (specification: debug.md).
// Layout: op 1 | ts 4 | nonce 2 | from_id 32 | data.
#pragma once

#include "micropycelium/base/result.hpp"
#include "micropycelium/messages/app_identity.hpp"
#include "micropycelium/messages/gossip.hpp"

namespace mp {

inline constexpr AppIdentity kDebugApp{"DebugApp", "Debug App", 0};

// Those that are known; a message may carry any other.
enum class DebugOp : std::uint8_t {
  request_node_info = 0,
  request_peer_list = 1,
  request_routes = 2,
  request_next_hop = 3,
  respond_node_info = 100,  // the responses carry JSON
  respond_peer_list = 101,
  respond_routes = 102,
  respond_next_hop = 103,
  ok = 200,
  auth_error = 201,
};

inline constexpr std::size_t kDebugHead = 1 + 4 + 2 + NodeId::kSize;

struct DebugMessage {
  std::uint8_t op = 0;      // a DebugOp, or one of a later version
  std::uint32_t ts = 0;     // s: when it was sent
  std::uint16_t nonce = 0;  // matches a response to its request
  NodeId from_id;
  Bytes data;  // views the message it was decoded from

  bool is(DebugOp known) const { return op == static_cast<std::uint8_t>(known); }
};

// Status: truncated (below 39 bytes). Any op is taken: an unknown one is the receiver's to ignore.
Result<DebugMessage> decode_debug(Bytes message);

// Writes to the start of `out` and returns what was written. Status: too_large (`out` is too small).
Result<Bytes> encode_debug(const DebugMessage& message, MutableBytes out);

// The gossip topic on which `target` hears debug messages: first 16 bytes of SHA-256(app_id || target).
TopicId debug_topic(const NodeId& target);

}  // namespace mp
