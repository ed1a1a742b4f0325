// SPDX-License-Identifier: ISC
#include "micropycelium/messages/gossip.hpp"

#include "micropycelium/base/reader.hpp"
#include "micropycelium/base/writer.hpp"

namespace mp {
namespace {

bool known(GossipOp op) {
  switch (op) {
    case GossipOp::request:
    case GossipOp::request_ids:
    case GossipOp::notify:
    case GossipOp::publish:
    case GossipOp::respond:
    case GossipOp::respond_ids:
      return true;
  }
  return false;
}

}  // namespace

Result<GossipMessage> decode_gossip(Bytes message) {
  Reader in(message);
  GossipMessage out;
  out.op = static_cast<GossipOp>(in.u8());
  out.topic_id.value = in.array<TopicId::kSize>();
  out.data = in.rest();
  if (!in.ok()) return Status::truncated;
  if (!known(out.op)) return Status::bad_value;
  return out;
}

Result<Bytes> encode_gossip(const GossipMessage& message, MutableBytes out) {
  Writer w(out);
  w.u8(static_cast<std::uint8_t>(message.op));
  w.put(message.topic_id.bytes());
  w.put(message.data);
  if (!w.ok()) return Status::too_large;
  return w.written();
}

Result<GossipIdList> gossip_ids(const GossipMessage& message) {
  if (message.data.size() % GossipMessageId::kSize != 0) return Status::truncated;
  return GossipIdList(message.data);
}

GossipMessageId gossip_message_id(Bytes serialized) { return GossipMessageId::from(half_sha256(serialized).bytes()); }

}  // namespace mp
