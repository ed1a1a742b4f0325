// SPDX-License-Identifier: ISC
#include "micropycelium/messages/tree_records.hpp"

#include "micropycelium/base/reader.hpp"
#include "micropycelium/base/writer.hpp"

namespace mp {
namespace {

constexpr std::string_view kParentLabel = "Micropycelium parent 1";
constexpr std::string_view kChildLabel = "Micropycelium child 1";
constexpr std::string_view kRootLabel = "Micropycelium root 1";
constexpr unsigned kTreeShift = 6, kCostShift = 2, kCostMask = 0x0f;

// What the parts have in common: tree and class, epoch, boots, index.
template <typename T>
void put_link(Writer& out, const T& t) {
  out.u8(static_cast<std::uint8_t>(unsigned{t.tree} << kTreeShift | unsigned{t.cost} << kCostShift));
  out.u16(t.epoch);
  out.u8(static_cast<std::uint8_t>(t.parent_boot >> 4));
  out.u8(static_cast<std::uint8_t>((t.parent_boot & 0x0f) << 4 | t.child_boot >> 8));
  out.u8(static_cast<std::uint8_t>(t.child_boot));
  out.u16(t.index);
}

template <typename T>
Status take_link(Reader& in, T& t) {
  const unsigned head = in.u8();
  t.tree = static_cast<std::uint8_t>(head >> kTreeShift);
  t.cost = static_cast<CostClass>(head >> kCostShift & kCostMask);
  t.epoch = in.u16();
  const unsigned first = in.u8(), middle = in.u8(), last = in.u8();
  t.parent_boot = static_cast<BootTag>(first << 4 | middle >> 4);
  t.child_boot = static_cast<BootTag>((middle & 0x0f) << 8 | last);
  t.index = in.u16();
  if (!in.ok()) return Status::truncated;
  return (head & 3) != 0 || t.cost > kCostClassMax || t.index == 0 ? Status::bad_value : Status::ok;
}

void put_head(Writer& out, const LinkRecord& r) {
  put_link(out, r);
  out.put(r.child.bytes());
  out.put(r.parent.bytes());
}

void put_head(Writer& out, const RootRecord& r) {
  out.u8(static_cast<std::uint8_t>(unsigned{r.tree} << kTreeShift));
  out.u16(r.epoch);
  out.u16(r.boot);
  out.put(r.founder.bytes());
  out.put(r.root.bytes());
}

// What is signed: what it is for, the claim, the record up to the signatures.
struct Text {
  ByteArray<kParentLabel.size() + 8 + 2 + 4 + std::max(LinkRecord::kHead, RootRecord::kHead)> buffer;
  std::size_t size = 0;

  template <typename Record>
  Text(std::string_view label, const TreeClaim& claim, const Record& record) {
    Writer out(buffer);
    out.put(bytes(label));
    out.u64(claim.lineage);
    out.u16(claim.term);
    out.u32(claim.root);
    put_head(out, record);
    MP_CHECK(out.ok());
    size = out.size();
  }
  Bytes view() const { return Bytes(buffer).first(size); }
};

std::string_view label_of(LinkSide side) { return side == LinkSide::parent ? kParentLabel : kChildLabel; }

Status end(const Reader& in) {
  if (!in.ok()) return Status::truncated;
  return in.left() > 0 ? Status::too_large : Status::ok;
}

// Only a tree, in the top bits.
Result<std::uint8_t> take_tree(Reader& in) {
  const unsigned head = in.u8();
  if (!in.ok()) return Status::truncated;
  if ((head & 0x3f) != 0) return Status::bad_value;
  return static_cast<std::uint8_t>(head >> kTreeShift);
}

Result<Assignment> decode_assignment(Bytes message, TreeMessage kind) {
  Reader in(message);
  MP_TRY(begin_message(in, kind));
  Assignment out;
  MP_TRY(take_link(in, out));
  if (kind == TreeMessage::assignment) out.signature.value = in.array<Ed25519Signature::kSize>();
  MP_TRY(end(in));
  return out;
}

}  // namespace

// --- records -------------------------------------------------------------------------------------------------

Ed25519Signature sign_link(const LinkRecord& record, const TreeClaim& claim, LinkSide side,
                           const Ed25519KeyPair& keys) {
  return keys.sign(Text(label_of(side), claim, record).view());
}

bool link_signed(const LinkRecord& record, const TreeClaim& claim, LinkSide side, const NodeId& by) {
  return ed25519_verify(Ed25519PublicKey(by.value), Text(label_of(side), claim, record).view(),
                        side == LinkSide::parent ? record.by_parent : record.by_child) == Status::ok;
}

bool link_genuine(const LinkRecord& record, const TreeClaim& claim, const NodeId& parent) {
  return record.parent == half_sha256(parent.bytes()) && link_signed(record, claim, LinkSide::parent, parent) &&
         link_signed(record, claim, LinkSide::child, record.child);
}

Ed25519Signature sign_root(const RootRecord& record, const TreeClaim& claim, const Ed25519KeyPair& keys) {
  return keys.sign(Text(kRootLabel, claim, record).view());
}

bool root_genuine(const RootRecord& record, const TreeClaim& claim) {
  return child_tag(record.root) == claim.root &&
         ed25519_verify(Ed25519PublicKey(record.root.value), Text(kRootLabel, claim, record).view(),
                        record.signature) == Status::ok;
}

// --- messages ------------------------------------------------------------------------------------------------

Result<RecordRequest> decode_record_request(Bytes message) {
  Reader in(message);
  MP_TRY(begin_message(in, TreeMessage::record_request));
  const auto tree = take_tree(in);
  if (!tree) return tree.status();
  RecordRequest out;
  out.tree = *tree;
  out.epoch = in.u16();
  out.level = in.u8();
  MP_TRY(end(in));
  return out;
}

ByteArray<RecordRequest::kSize> encode_record_request(const RecordRequest& request) {
  ByteArray<RecordRequest::kSize> buffer{};
  Writer out(buffer);
  out.u8(static_cast<std::uint8_t>(TreeMessage::record_request));
  out.u8(static_cast<std::uint8_t>(unsigned{request.tree} << kTreeShift));
  out.u16(request.epoch);
  out.u8(request.level);
  return buffer;
}

Result<LeveledRecord> decode_link_record(Bytes message) {
  Reader in(message);
  MP_TRY(begin_message(in, TreeMessage::link_record));
  LeveledRecord out;
  out.level = in.u8();
  LinkRecord& r = out.record;
  MP_TRY(take_link(in, r));
  r.child.value = in.array<NodeId::kSize>();
  r.parent.value = in.array<HalfSha256::kSize>();
  r.by_parent.value = in.array<Ed25519Signature::kSize>();
  r.by_child.value = in.array<Ed25519Signature::kSize>();
  MP_TRY(end(in));
  if (out.level == 0) return Status::bad_value;
  return out;
}

ByteArray<LeveledRecord::kSize> encode_link_record(const LeveledRecord& record) {
  ByteArray<LeveledRecord::kSize> buffer{};
  Writer out(buffer);
  out.u8(static_cast<std::uint8_t>(TreeMessage::link_record));
  out.u8(record.level);
  put_head(out, record.record);
  out.put(record.record.by_parent.value);
  out.put(record.record.by_child.value);
  MP_CHECK(out.ok());
  return buffer;
}

Result<RootRecord> decode_root_record(Bytes message) {
  Reader in(message);
  MP_TRY(begin_message(in, TreeMessage::root_record));
  const auto tree = take_tree(in);
  if (!tree) return tree.status();
  RootRecord out;
  out.tree = *tree;
  out.epoch = in.u16();
  out.boot = in.u16();
  out.founder.value = in.array<NodeId::kSize>();
  out.root.value = in.array<NodeId::kSize>();
  out.signature.value = in.array<Ed25519Signature::kSize>();
  MP_TRY(end(in));
  if (out.boot != boot_tag(out.boot)) return Status::bad_value;
  return out;
}

ByteArray<kRootRecordSize> encode_root_record(const RootRecord& record) {
  ByteArray<kRootRecordSize> buffer{};
  Writer out(buffer);
  out.u8(static_cast<std::uint8_t>(TreeMessage::root_record));
  put_head(out, record);
  out.put(record.signature.value);
  MP_CHECK(out.ok());
  return buffer;
}

Result<Assignment> decode_sign_request(Bytes message) { return decode_assignment(message, TreeMessage::sign_request); }

ByteArray<Assignment::kSize> encode_sign_request(const Assignment& request) {
  ByteArray<Assignment::kSize> buffer{};
  Writer out(buffer);
  out.u8(static_cast<std::uint8_t>(TreeMessage::sign_request));
  put_link(out, request);
  return buffer;
}

Result<Assignment> decode_assignment(Bytes message) { return decode_assignment(message, TreeMessage::assignment); }

ByteArray<Assignment::kSignedSize> encode_assignment(const Assignment& answer) {
  ByteArray<Assignment::kSignedSize> buffer{};
  Writer out(buffer);
  out.u8(static_cast<std::uint8_t>(TreeMessage::assignment));
  put_link(out, answer);
  out.put(answer.signature.value);
  MP_CHECK(out.ok());
  return buffer;
}

Result<std::uint8_t> decode_doubt(Bytes message) {
  Reader in(message);
  MP_TRY(begin_message(in, TreeMessage::doubt));
  const auto tree = take_tree(in);
  if (!tree) return tree.status();
  MP_TRY(end(in));
  return *tree;
}

ByteArray<kDoubtSize> encode_doubt(std::uint8_t tree) {
  return {static_cast<std::byte>(TreeMessage::doubt), static_cast<std::byte>(unsigned{tree} << kTreeShift)};
}

}  // namespace mp
