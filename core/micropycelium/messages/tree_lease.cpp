// SPDX-License-Identifier: ISC
#include "micropycelium/messages/tree_lease.hpp"

#include "micropycelium/base/reader.hpp"
#include "micropycelium/base/writer.hpp"
#include "micropycelium/messages/spanning_tree.hpp"

namespace mp {
namespace {

constexpr std::string_view kLeaseLabel = "Micropycelium lease 1";
constexpr std::string_view kAnswerLabel = "Micropycelium leased 1";

using LeaseText = ByteArray<kLeaseLabel.size() + NodeId::kSize + NodeTag::kSize + 4 + 4>;

LeaseText text_of(const TreeLease& lease, const NodeId& leaf) {
  LeaseText text;
  Writer out(text);
  out.put(bytes(kLeaseLabel));
  out.put(leaf.bytes());
  out.put(lease.parent.bytes());
  out.u32(lease.boot);
  out.u32(lease.count);
  MP_CHECK(out.ok() && out.size() == text.size());
  return text;
}

// What a parent signs: a label, both ends, then the message up to the signature.
struct AnswerText {
  ByteArray<kAnswerLabel.size() + 2 * NodeId::kSize + kLeaseAnswerMax> buffer;
  std::size_t size = 0;

  AnswerText(const NodeId& leaf, const NodeId& parent, Bytes message) {
    Writer out(buffer);
    out.put(bytes(kAnswerLabel));
    out.put(leaf.bytes());
    out.put(parent.bytes());
    out.put(message);
    MP_CHECK(out.ok());
    size = out.size();
  }
  Bytes view() const { return Bytes(buffer).first(size); }
};

void read(Reader& in, TreeLease& lease) {
  lease.parent.value = in.array<NodeTag::kSize>();
  lease.boot = in.u32();
  lease.count = in.u32();
  lease.signature.value = in.array<Ed25519Signature::kSize>();
}

void write(Writer& out, const TreeLease& lease) {
  out.put(lease.parent.bytes());
  out.u32(lease.boot);
  out.u32(lease.count);
  out.put(lease.signature.value);
}

void write(Writer& out, const TreePlaces& places) {
  ByteArray<kTreePlacesMax> buffer;
  const MutableBytes text = MutableBytes(buffer).first(bytes_of(places.view()));
  encode_places(places.view(), text);
  out.put(text);
}

}  // namespace

TreeLease make_lease(const NodeTag& parent, std::uint32_t boot, std::uint32_t count, const Ed25519KeyPair& leaf) {
  TreeLease lease{parent, boot, count, {}};
  lease.signature = leaf.sign(text_of(lease, NodeId::from(leaf.public_key().bytes())));
  return lease;
}

bool lease_genuine(const TreeLease& lease, const NodeId& leaf) {
  return ed25519_verify(Ed25519PublicKey(leaf.value), text_of(lease, leaf), lease.signature) == Status::ok;
}

Result<LeaseMessage> decode_lease(Bytes message) {
  Reader in(message);
  MP_TRY(begin_message(in, TreeMessage::lease));
  LeaseMessage out;
  const std::uint8_t what = in.u8();
  read(in, out.lease);
  if (!in.ok()) return Status::truncated;
  if (in.left() > 0) return Status::too_large;
  if (what > static_cast<std::uint8_t>(LeaseMessage::What::renew)) return Status::bad_value;
  out.what = static_cast<LeaseMessage::What>(what);
  return out;
}

ByteArray<LeaseMessage::kSize> encode_lease(const LeaseMessage& lease) {
  ByteArray<LeaseMessage::kSize> message;
  Writer out(message);
  out.u8(static_cast<std::uint8_t>(TreeMessage::lease));
  out.u8(static_cast<std::uint8_t>(lease.what));
  write(out, lease.lease);
  MP_CHECK(out.ok());
  return message;
}

Result<LeaseAnswer> decode_lease_answer(Bytes message) {
  Reader in(message);
  MP_TRY(begin_message(in, TreeMessage::lease_answer));
  if (message.size() < LeaseAnswer::kHead + 1 + LeaseAnswer::kTail) return Status::truncated;
  LeaseAnswer out;
  out.boot = in.u32();
  out.count = in.u32();
  out.number = std::uint64_t{in.u32()} << 16;
  out.number |= in.u16();
  const auto places = decode_places(message.first(message.size() - LeaseAnswer::kTail).subspan(LeaseAnswer::kHead));
  if (!places) return places.status();
  out.places = *places;
  return out;
}

bool lease_answer_genuine(Bytes message, const NodeId& leaf, const NodeId& parent) {
  MP_CHECK(message.size() > LeaseAnswer::kTail && message.size() <= kLeaseAnswerMax);
  const AnswerText text(leaf, parent, message.first(message.size() - LeaseAnswer::kTail));
  return ed25519_verify(Ed25519PublicKey(parent.value), text.view(),
                        Ed25519Signature::from(message.last(LeaseAnswer::kTail))) == Status::ok;
}

Result<Bytes> encode_lease_answer(const LeaseAnswer& answer, const NodeId& leaf, const Ed25519KeyPair& parent,
                                  MutableBytes buffer) {
  Writer out(buffer);
  out.u8(static_cast<std::uint8_t>(TreeMessage::lease_answer));
  out.u32(answer.boot);
  out.u32(answer.count);
  out.u32(static_cast<std::uint32_t>(answer.number >> 16));
  out.u16(static_cast<std::uint16_t>(answer.number));
  write(out, answer.places);
  if (!out.ok()) return Status::too_large;
  const AnswerText text(leaf, NodeId::from(parent.public_key().bytes()), out.written());
  out.put(parent.sign(text.view()).value);
  if (!out.ok()) return Status::too_large;
  return out.written();
}

Result<LeafAnswer> decode_leaf_answer(Bytes message) {
  Reader in(message);
  MP_TRY(begin_message(in, TreeMessage::leaf_answer));
  LeafAnswer out;
  out.request = in.u32();
  out.leaf.value = in.array<NodeId::kSize>();
  read(in, out.lease);
  if (!in.ok()) return Status::truncated;
  const auto places = decode_places(in.rest());
  if (!places) return places.status();
  out.places = *places;
  return out;
}

Result<Bytes> encode_leaf_answer(const LeafAnswer& answer, MutableBytes buffer) {
  Writer out(buffer);
  out.u8(static_cast<std::uint8_t>(TreeMessage::leaf_answer));
  out.u32(answer.request);
  out.put(answer.leaf.bytes());
  write(out, answer.lease);
  write(out, answer.places);
  if (!out.ok()) return Status::too_large;
  return out.written();
}

}  // namespace mp
