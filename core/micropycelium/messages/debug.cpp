// SPDX-License-Identifier: ISC
#include "micropycelium/messages/debug.hpp"

#include "micropycelium/base/reader.hpp"
#include "micropycelium/base/writer.hpp"

namespace mp {

Result<DebugMessage> decode_debug(Bytes message) {
  Reader in(message);
  DebugMessage out;
  out.op = in.u8();
  out.ts = in.u32();
  out.nonce = in.u16();
  out.from_id.value = in.array<NodeId::kSize>();
  out.data = in.rest();
  if (!in.ok()) return Status::truncated;
  return out;
}

Result<Bytes> encode_debug(const DebugMessage& message, MutableBytes out) {
  Writer w(out);
  w.u8(message.op);
  w.u32(message.ts);
  w.u16(message.nonce);
  w.put(message.from_id.bytes());
  w.put(message.data);
  if (!w.ok()) return Status::too_large;
  return w.written();
}

TopicId debug_topic(const NodeId& target) {
  ByteArray<AppId::kSize + NodeId::kSize> named;
  copy(kDebugApp.id().bytes(), named);
  copy(target.bytes(), MutableBytes(named).subspan(AppId::kSize));
  return TopicId::from(half_sha256(named).bytes());
}

}  // namespace mp
