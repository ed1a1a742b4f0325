// SPDX-License-Identifier: ISC
// What leaves and their parents say to each other, and parents for their leaves (specification: tree.md, "Leaves").
// Messages of the Application SpanningTree (spanning_tree.hpp).
#pragma once

#include "micropycelium/crypto/ed25519.hpp"
#include "micropycelium/packet/route_header.hpp"

namespace mp {

// A leaf hangs at this parent, in this start of it, by its count-th decision. Signed by the leaf, over a text that says
// what it is for, its node id, and all three. So whoever is told can check it, also far away.
struct TreeLease {
  NodeTag parent;
  std::uint32_t boot = 0;
  std::uint32_t count = 0;
  Ed25519Signature signature;

  // Which of two of one leaf is the later one.
  std::uint64_t order() const { return std::uint64_t{boot} << 32 | count; }
};

TreeLease make_lease(const NodeTag& parent, std::uint32_t boot, std::uint32_t count, const Ed25519KeyPair& leaf);
bool lease_genuine(const TreeLease& lease, const NodeId& leaf);

// From the leaf to a parent that it wants, has, or leaves. Layout: kind 1 | what 1 | parent 8 | boot 4 | count 4 |
// signature 64.
struct LeaseMessage {
  enum class What : std::uint8_t { ask, renew };
  static constexpr std::size_t kSize = 1 + 1 + NodeTag::kSize + 4 + 4 + Ed25519Signature::kSize;
  What what = What::ask;  // ask: it waits for an answer; renew: it has had one
  TreeLease lease;
};

// Status: bad_value, truncated, too_large.
Result<LeaseMessage> decode_lease(Bytes message);
ByteArray<LeaseMessage::kSize> encode_lease(const LeaseMessage& lease);

// From a parent to a leaf: where the parent is. Layout: kind 1 | boot 4 | count 4 | number 6 | places | signature 64,
// over a text that says what it is for, the leaf's and the parent's node id, and all before it.
struct LeaseAnswer {
  static constexpr std::size_t kHead = 1 + 4 + 4 + 6;
  static constexpr std::size_t kTail = Ed25519Signature::kSize;
  std::uint32_t boot = 0, count = 0;  // of the lease
  std::uint64_t number = 0;           // 48 bits; goes up with each answer: the parent's boot counter, and a count
  TreePlaces places;                  // none: it can not be the parent
};
inline constexpr std::size_t kTreePlacesMax = 1 + kTreesMax * (kCompactAddressMax + 3);
inline constexpr std::size_t kLeaseAnswerMax = LeaseAnswer::kHead + kTreePlacesMax + LeaseAnswer::kTail;

// Status: bad_value (another kind, places that are none), truncated, too_large.
Result<LeaseAnswer> decode_lease_answer(Bytes message);
// Precondition: `message` decodes.
bool lease_answer_genuine(Bytes message, const NodeId& leaf, const NodeId& parent);
// Status: too_large.
Result<Bytes> encode_lease_answer(const LeaseAnswer& answer, const NodeId& leaf, const Ed25519KeyPair& parent,
                                  MutableBytes out);

// From a parent to whoever looks for its leaf. Layout: kind 1 | request 4 | leaf 32 | parent 8 | boot 4 | count 4 |
// signature 64 (the leaf's, of its lease) | places of the parent.
struct LeafAnswer {
  static constexpr std::size_t kHead = 1 + 4 + NodeId::kSize + NodeTag::kSize + 4 + 4 + Ed25519Signature::kSize;
  std::uint32_t request = 0;
  NodeId leaf;
  TreeLease lease;
  TreePlaces places;
};
inline constexpr std::size_t kLeafAnswerMax = LeafAnswer::kHead + kTreePlacesMax;

// Status: as decode_lease_answer().
Result<LeafAnswer> decode_leaf_answer(Bytes message);
// Status: too_large.
Result<Bytes> encode_leaf_answer(const LeafAnswer& answer, MutableBytes out);

}  // namespace mp
