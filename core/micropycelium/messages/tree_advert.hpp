// SPDX-License-Identifier: ISC
// What a node tells its neighbours of the trees of version 1 (specification: tree.md, "Trees of version 1"): for each,
// which root it follows, how far that is, where it hangs, and which children it has numbered. All trees in one message.
// Layout: boot 1 | so many times: an entry, below.
#pragma once

#include "micropycelium/base/result.hpp"
#include "micropycelium/packet/compact_address.hpp"
#include "micropycelium/packet/ids.hpp"

#include <optional>

namespace mp {

// A neighbour, in a few bytes: the first 4 of its id. Only among those who know each other's ids.
using ChildTag = std::uint32_t;
ChildTag child_tag(const NodeId& id);

// Whose tree it is. The lineage stays when one root succeeds another, with the next term.
struct TreeClaim {
  std::uint64_t lineage = 0;  // score of the node that began it; the lower wins where two meet
  std::uint16_t term = 0;     // which root of the lineage it is: from 1, serial (RFC 1982)
  std::uint16_t seq = 0;      // how often the root has renewed it, serial
  ChildTag root = 0;
  bool settled = false;  // has stood long enough: wins over one that has not

  bool same_root(const TreeClaim& other) const {
    return lineage == other.lineage && term == other.term && root == other.root;
  }
  bool operator==(const TreeClaim&) const = default;
};

// One tree's entry: head 1 | lineage 8 | term 2 | seq 2 | root 4 | cost 2 | parent 4 and index 2, unless it is the root
// | the compact address, if it has a place | count 1 and so many times child 4, index 2, if there are any.
// Head: tree in bits 0, 1; settled, orphan, root, placed, children in bits 2 .. 6; bit 7 is 0.
struct TreeEntry {
  struct Child {
    ChildTag tag = 0;
    std::uint16_t index = 0;
    bool operator==(const Child&) const = default;
  };
  static constexpr std::size_t kChildrenMax = 16;  // told at once

  std::uint8_t tree = 0;
  TreeClaim claim;
  bool orphan = false;  // it has lost its way to the root: nobody may hang below it anew
  bool root = false;
  std::uint16_t cost = 0;  // to the root, eighths of a transmission
  ChildTag parent = 0;
  std::uint16_t index = 0;  // its own there; 0: it has not been told yet
  std::optional<CompactAddress> place;
  std::uint8_t child_count = 0;
  std::array<Child, kChildrenMax> children{};

  bool operator==(const TreeEntry&) const = default;
};

inline constexpr std::size_t kTreeEntryMax = 1 + 8 + 2 + 2 + 4 + 2 + 6 + kCompactAddressMax + 1 + 6 * 16;

struct TreeAdvert {
  std::uint8_t boot = 0;  // low byte of the boot counter: who was restarted has forgotten its children
  std::uint8_t count = 0;
  std::array<TreeEntry, kTreesMax> entries{};
};

// Status: truncated, bad_value (a bit that must be 0, a tree that comes twice, an address that is none, an index or
// child of 0, over 16 children), too_large (bytes behind the last entry).
Result<TreeAdvert> decode_tree_advert(Bytes message);
// Writes to the start of `out` and returns what was written. Status: too_large (`out` is too small).
Result<Bytes> encode_tree_advert(const TreeAdvert& advert, MutableBytes out);
// Bytes that this entry takes in a message.
std::size_t entry_size(const TreeEntry& entry);

}  // namespace mp
