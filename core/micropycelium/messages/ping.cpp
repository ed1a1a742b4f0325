// SPDX-License-Identifier: ISC
#include "micropycelium/messages/ping.hpp"

#include "micropycelium/base/reader.hpp"
#include "micropycelium/base/writer.hpp"

namespace mp {

Result<PingMessage> decode_ping(Bytes message) {
  Reader in(message);
  PingMessage out;
  const std::uint8_t op = in.u8();
  out.nonce = in.u8();
  out.metric = in.u8();
  out.ts1 = in.u64();
  out.ts2 = in.u64();
  out.ts3 = in.u64();
  out.address.tree_state = in.u8();
  out.address.address.value = in.array<kAddressSize>();
  out.node_id.value = in.array<NodeId::kSize>();
  if (!in.ok()) return Status::truncated;
  if (in.left() != 0) return Status::too_large;
  if (op > static_cast<std::uint8_t>(PingOp::gossip_respond)) return Status::bad_value;
  out.op = static_cast<PingOp>(op);
  return out;
}

Result<Bytes> encode_ping(const PingMessage& message, MutableBytes out) {
  Writer w(out);
  w.u8(static_cast<std::uint8_t>(message.op));
  w.u8(message.nonce);
  w.u8(message.metric);
  w.u64(message.ts1);
  w.u64(message.ts2);
  w.u64(message.ts3);
  w.u8(message.address.tree_state);
  w.put(message.address.address.value);
  w.put(message.node_id.bytes());
  if (!w.ok()) return Status::too_large;
  return w.written();
}

}  // namespace mp
