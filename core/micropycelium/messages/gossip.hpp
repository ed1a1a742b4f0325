// SPDX-License-Identifier: ISC
// The message of the Gossip Application: publish to a topic, announce, fetch (specification: gossip.md).
// Layout: op 1 | topic_id 16 | data.
#pragma once

#include "micropycelium/base/result.hpp"
#include "micropycelium/messages/app_identity.hpp"
#include "micropycelium/messages/id_list.hpp"

namespace mp {

inline constexpr AppIdentity kGossipApp{"Gossip", "Dev Gossip App", 0};

enum class GossipOp : std::uint8_t {
  request = 0,        // topic_id: the id of the message wanted; data: node id of who asks
  request_ids = 1,    // data: node id of who asks
  notify = 15,        // data: the id of a message that can be fetched
  publish = 240,      // data: what is published
  respond = 254,      // data: the message that was requested
  respond_ids = 255,  // data: message ids, 16 bytes each
};

using TopicId = Id<struct TopicIdTag, 16>;
using GossipMessageId = Id<struct GossipMessageIdTag, 16>;
using GossipIdList = IdList<GossipMessageId>;

inline constexpr std::size_t kGossipHead = 1 + TopicId::kSize;
// A message with more data is announced by notify and fetched; a smaller one is flooded.
inline constexpr std::size_t kGossipFloodedDataMax = 235 - kGossipHead - 32;

struct GossipMessage {
  GossipOp op = GossipOp::publish;
  TopicId topic_id;
  Bytes data;  // views the message it was decoded from
};

// Status: truncated (below 17 bytes), bad_value (an op not listed above). What `data` holds is not looked at.
Result<GossipMessage> decode_gossip(Bytes message);

// Writes to the start of `out` and returns what was written. Status: too_large (`out` is too small).
Result<Bytes> encode_gossip(const GossipMessage& message, MutableBytes out);

// The ids in the data of notify and respond_ids. Status: truncated (the last one is cut).
Result<GossipIdList> gossip_ids(const GossipMessage& message);

// What a message is known by: the first 16 bytes of SHA-256 of its serialized form.
GossipMessageId gossip_message_id(Bytes serialized);

}  // namespace mp
