// SPDX-License-Identifier: ISC
#include "micropycelium/messages/tree_v0.hpp"

#include "micropycelium/base/crc32.hpp"
#include "micropycelium/base/reader.hpp"
#include "micropycelium/base/writer.hpp"

namespace mp {
namespace {

// The node id that would win every election: "1234" eight times.
constexpr std::string_view kTarget = "1234";

bool known(TreeOp op) {
  switch (op) {
    case TreeOp::send:
    case TreeOp::respond:
    case TreeOp::request_address_assignment:
    case TreeOp::assign_address:
      return true;
  }
  return false;
}

}  // namespace

Result<TreeMessageV0> decode_tree(Bytes message) {
  Reader in(message);
  TreeMessageV0 out;
  out.op = static_cast<TreeOp>(in.u8());
  out.ts = in.u64();
  out.age = in.u8();
  out.claim.value = in.array<NodeId::kSize>();
  out.address.value = in.array<kAddressSize>();
  out.node_id.value = in.array<NodeId::kSize>();
  if (!in.ok()) return Status::truncated;
  if (in.left() != 0) return Status::too_large;
  if (!known(out.op)) return Status::bad_value;
  return out;
}

Result<Bytes> encode_tree(const TreeMessageV0& message, MutableBytes out) {
  Writer w(out);
  w.u8(static_cast<std::uint8_t>(message.op));
  w.u64(message.ts);
  w.u8(message.age);
  w.put(message.claim.bytes());
  w.put(message.address.value);
  w.put(message.node_id.bytes());
  if (!w.ok()) return Status::too_large;
  return w.written();
}

ClaimScore claim_score(const NodeId& claim) {
  ClaimScore score;
  const Bytes target = bytes(kTarget);
  for (std::size_t i = 0; i < score.value.size(); ++i) score.value[i] = claim.value[i] ^ target[i % target.size()];
  return score;
}

std::uint8_t tree_state(const NodeId& claim) { return static_cast<std::uint8_t>(crc32(claim.bytes()) >> 24); }

}  // namespace mp
