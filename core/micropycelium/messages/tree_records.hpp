// SPDX-License-Identifier: ISC
// Proofs of places in a tree (specification: tree.md, "Proof of a place"): who is the root, which child hangs at which
// index of its parent, signed by both; and the messages of the Application SpanningTree by which neighbours ask for
// them. All in one packet each, on any radio, sealed or not.
#pragma once

#include "micropycelium/messages/spanning_tree.hpp"

namespace mp {

// Of the boot counter, in a record: a node that was started anew numbers its children anew.
using BootTag = std::uint16_t;  // 12 bits
inline constexpr BootTag boot_tag(std::uint32_t boot) { return static_cast<BootTag>(boot & 0xfff); }

// A child at its parent. Layout: tree in bits 0, 1, class of the link's cost in bits 2..5, the others 0 | epoch 2 |
// boots 3: of the parent 12 bits, of the child 12 | index 2 | child 32 | first half of SHA-256 of the parent's id 16 |
// signature of the parent 64 | of the child 64. Both sign what is before, after a text that says what it is for and the
// claim: lineage 8, term 2, root 4.
struct LinkRecord {
  static constexpr std::size_t kHead = 1 + 2 + 3 + 2 + NodeId::kSize + 16;
  static constexpr std::size_t kSize = kHead + 2 * Ed25519Signature::kSize;
  std::uint8_t tree = 0;
  CostClass cost = 0;  // as the child has it: of nobody else's saying
  std::uint16_t epoch = 0;
  BootTag parent_boot = 0, child_boot = 0;
  std::uint16_t index = 0;
  NodeId child;
  HalfSha256 parent;  // half_sha256() of its id
  Ed25519Signature by_parent, by_child;
};
static_assert(LinkRecord::kSize == 184);

// Which of the two signs.
enum class LinkSide : std::uint8_t { parent, child };
Ed25519Signature sign_link(const LinkRecord& record, const TreeClaim& claim, LinkSide side, const Ed25519KeyPair& keys);
// Whether `parent` and the child have both signed it, for this claim. Two checks of signatures.
bool link_genuine(const LinkRecord& record, const TreeClaim& claim, const NodeId& parent);
// One of them.
bool link_signed(const LinkRecord& record, const TreeClaim& claim, LinkSide side, const NodeId& by);

// The root of a tree. Layout: tree in bits 0, 1, the others 0 | epoch 2 | boot 2 | founder 32 | root 32 | signature of
// the root 64, over what is before, after a text that says what it is for and the claim.
struct RootRecord {
  static constexpr std::size_t kHead = 1 + 2 + 2 + 2 * NodeId::kSize;
  static constexpr std::size_t kSize = kHead + Ed25519Signature::kSize;
  std::uint8_t tree = 0;
  std::uint16_t epoch = 0;
  BootTag boot = 0;
  NodeId founder;  // whose score the lineage is; zero: nobody there knows any more
  NodeId root;
  Ed25519Signature signature;
};

Ed25519Signature sign_root(const RootRecord& record, const TreeClaim& claim, const Ed25519KeyPair& keys);
bool root_genuine(const RootRecord& record, const TreeClaim& claim);

// --- messages ------------------------------------------------------------------------------------------------

// To a neighbour: the record of the one at this level of the way to your place; 0: of the root. Layout: kind 1 | tree
// in bits 0, 1, the others 0 | epoch 2 | level 1.
struct RecordRequest {
  static constexpr std::size_t kSize = 1 + 1 + 2 + 1;
  std::uint8_t tree = 0;
  std::uint16_t epoch = 0;
  std::uint8_t level = 0;
  bool operator==(const RecordRequest&) const = default;
};
// Status of all below: bad_value (another kind, a bit that must be 0, an index of 0), truncated, too_large.
Result<RecordRequest> decode_record_request(Bytes message);
ByteArray<RecordRequest::kSize> encode_record_request(const RecordRequest& request);

// Its answers. Layout: kind 1 | level 1 | the record; and kind 1 | the record.
struct LeveledRecord {
  static constexpr std::size_t kSize = 2 + LinkRecord::kSize;
  std::uint8_t level = 0;  // from 1
  LinkRecord record;
};
Result<LeveledRecord> decode_link_record(Bytes message);
ByteArray<LeveledRecord::kSize> encode_link_record(const LeveledRecord& record);
inline constexpr std::size_t kRootRecordSize = 1 + RootRecord::kSize;
Result<RootRecord> decode_root_record(Bytes message);
ByteArray<kRootRecordSize> encode_root_record(const RootRecord& record);

// A child asks its parent to sign for it, and is answered. Layout: kind 1 | tree and class as in a record | epoch 2 |
// boots 3 | index 2; the answer has the parent's signature 64 behind it. The parent's boot is 0 in the question.
struct Assignment {
  static constexpr std::size_t kSize = 1 + 1 + 2 + 3 + 2;
  static constexpr std::size_t kSignedSize = kSize + Ed25519Signature::kSize;
  std::uint8_t tree = 0;
  CostClass cost = 0;
  std::uint16_t epoch = 0;
  BootTag parent_boot = 0, child_boot = 0;
  std::uint16_t index = 0;
  Ed25519Signature signature;  // of an answer
};
Result<Assignment> decode_sign_request(Bytes message);
ByteArray<Assignment::kSize> encode_sign_request(const Assignment& request);
Result<Assignment> decode_assignment(Bytes message);
ByteArray<Assignment::kSignedSize> encode_assignment(const Assignment& answer);

// What you say of your place could not be shown: look at your parent. Layout: kind 1 | tree in bits 0, 1, the others 0.
inline constexpr std::size_t kDoubtSize = 2;
Result<std::uint8_t> decode_doubt(Bytes message);
ByteArray<kDoubtSize> encode_doubt(std::uint8_t tree);

}  // namespace mp
