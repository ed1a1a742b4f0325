// SPDX-License-Identifier: ISC
// The one table of what neighbours say of the trees: O(trees x neighbours), 196 bytes for a neighbour in four trees, in
// the memory of the caller. The trees write it (trees.hpp), next hops are decided from it (next_hop.hpp). And how far
// each neighbour is from a target (specification: routing.md, "Distances").
#pragma once

#include "micropycelium/base/time.hpp"
#include "micropycelium/packet/route_header.hpp"

namespace mp {

// A distance that is none: no tree is known in which both are.
inline constexpr std::uint16_t kFar = 0xffff;
// Distances are told so much above what they are: where costs have fallen since the target said where it is, those who
// hang under the same fall below nothing, and are to stay comparable.
inline constexpr std::uint16_t kNear = 4096;
// By prefix, a level that is not in common; above any number of levels.
inline constexpr unsigned kPrefixStep = 256;
// No slot of the table.
inline constexpr std::uint8_t kNobody = 0xff;

struct Neighbour {
  NodeTag tag;
  std::uint16_t etx = kCostUnit;    // expected transmissions to it, eighths, as of now
  std::uint16_t cost = kCostUnit;   // the same as the trees were told, which is not at every change
  std::uint8_t uses = 0;            // trees in which it is the parent
  std::uint8_t doubt = 0;           // packets that it took and that had to be sent anew: eighths that it costs more
  std::uint8_t renumbered : 4 = 0;  // how often it got another index in the same epoch, lately
  std::uint8_t in_vain : 4 = 0;     // how often it was asked for an index, and gave none
  bool used : 1 = false;
  bool alive : 1 = false;         // false: it did not answer lately; kept, not asked
  bool met : 1 = false;           // the trees count on it
  std::uint32_t rests_until = 0;  // seconds; it is not asked again before, if there is anybody else
};
static_assert(sizeof(Neighbour) == 20);

// What a neighbour said of one tree, and which of our children it is there; or where this node is itself.
struct TreeNeighbour {
  Place place;                    // the last that was told, if `known`
  std::uint16_t place_epoch = 0;  // in which it is one
  std::uint16_t epoch = 0;        // of its claim
  std::uint16_t cost = 0;         // its own to the root
  std::uint16_t index = 0;        // given by us, in our epoch; 0: none
  std::uint16_t shown = 0;        // what the way from the root cost when it was `proven`
  bool known : 1 = false;
  bool placed : 1 = false;  // it hangs there still
  bool heard : 1 = false;
  bool orphan : 1 = false;
  bool child : 1 = false;     // it says that we are its parent
  bool knows : 1 = false;     // and which index it has
  bool proven : 1 = false;    // it hangs there: parent and root have signed it
  bool refused : 1 = false;   // it could not show that: no way leads over this place, and nobody hangs below it
  bool numbered : 1 = false;  // it had an index of ours before, in our epoch

  // All but where it was.
  void forget() {
    TreeNeighbour left;
    left.place = place;
    left.place_epoch = place_epoch;
    left.known = known;
    left.refused = refused;
    left.numbered = numbered;
    *this = left;
  }
  void put(const Place& where, std::uint16_t in_epoch) {
    place = where;
    place_epoch = in_epoch;
    known = placed = true;
  }
};
static_assert(sizeof(TreeNeighbour) == 44);

// Rows of a table of so many neighbours in so many trees.
constexpr std::size_t tree_rows(std::size_t slots, std::size_t trees) { return trees * (slots + 1); }

// A view of a table: tree t has the rows from t * (slots + 1) on, one for each slot, and the last for this node itself.
struct TreeTimes;

class Neighbours {
 public:
  // Slots: as many as `neighbours`, at most 255 (0..254). `rows`: tree_rows(slots, trees); trees: 0..4.
  Neighbours(std::span<Neighbour> neighbours, std::span<TreeNeighbour> rows, std::uint8_t trees);

  // Forgets what the slot was before. Precondition: slot is one.
  void set(std::uint8_t slot, const NodeTag& tag, std::uint16_t etx);
  void forget(std::uint8_t slot);
  void set_alive(std::uint8_t slot, bool alive) { neighbours_[slot].alive = alive; }
  void set_etx(std::uint8_t slot, std::uint16_t etx) { neighbours_[slot].etx = etx; }
  // What it took had to be sent anew: it costs more for a while. Or it has handed on what is others'.
  void doubt(std::uint8_t slot);
  void trust(std::uint8_t slot) { neighbours_[slot].doubt /= 2; }
  // Halves all doubts, once for each half-life that has passed.
  void ease_doubts(Instant now);
  // `tree` beyond those of this table is left out.
  void set_place(std::uint8_t slot, const TreePlace& place) { put(slot, place); }
  void set_self(const NodeTag& tag) { self_ = tag; }
  void set_own_place(const TreePlace& place) { put(slots(), place); }
  void forget_own_place(std::uint8_t tree) { row(slots(), tree) = {}; }

  std::uint8_t slots() const { return static_cast<std::uint8_t>(neighbours_.size()); }
  std::span<const Neighbour> all() const { return neighbours_; }
  const Neighbour& operator[](std::uint8_t slot) const { return neighbours_[slot]; }
  const NodeTag& self() const { return self_; }
  // The neighbour with this tag that is alive, or kNobody.
  std::uint8_t find(const NodeTag& tag) const;
  std::uint8_t trees() const { return trees_; }
  // Slot slots() is this node.
  const TreeNeighbour& row(std::size_t slot, std::size_t tree) const {
    return rows_[tree * (neighbours_.size() + 1) + slot];
  }
  std::span<const TreeNeighbour> of_tree(std::size_t tree) const {
    return rows_.subspan(tree * (neighbours_.size() + 1), neighbours_.size());
  }

 private:
  friend class Tree;
  friend class Trees;

  const TreeTimes* times_ = nullptr;  // of the trees that write this

  Neighbour& at(std::size_t slot) { return neighbours_[slot]; }
  TreeNeighbour& row(std::size_t slot, std::size_t tree) { return rows_[tree * (neighbours_.size() + 1) + slot]; }
  void put(std::size_t slot, const TreePlace& place);

  std::span<Neighbour> neighbours_;
  std::span<TreeNeighbour> rows_;
  std::uint8_t trees_;

 public:
  // Of a leaf, which hangs in no tree (specification: tree.md, "Leaves"): all that it sends goes by its parent.
  bool leaf = false;
  std::uint8_t parent = kNobody;

 private:
  NodeTag self_;
  std::uint32_t eased_ = 0;  // when doubts were halved last
};

// The nearest over all trees, and the sum of all, which decides between equals. kNear above what it is.
struct Distance {
  std::uint16_t nearest = kFar;
  std::uint32_t sum = 0;  // a tree that is not known counts kFar
  bool refused = false;   // it says more than this, and could not show it
};

// A target's addresses laid out once for many distances: 1.9 KiB, on the stack of one decision.
class Distances {
 public:
  Distances(const RouteHeader& header, const Neighbours& neighbours);

  Distance of(std::uint8_t slot) const { return from_row(slot); }
  Metric metric() const { return metric_; }
  Distance own() const { return from_row(neighbours_.slots()); }
  // The tree in which this neighbour is nearest; kNobody: none.
  std::uint8_t tree_of(std::uint8_t slot) const;

  // What it is, in one tree. tree: weight of v + weight of t - 2 * weight of their nearest common ancestor, 0 if that
  // is less than 0. prefix: (levels of t below that ancestor) * kPrefixStep + levels of v: sorts as cpl_distance_order
  // does.
  static std::uint16_t between(const CompactAddress& v, const CompactAddress& t, Metric metric);

 private:
  struct Tree {
    CodeWords index;
    std::uint16_t epoch;
    std::uint8_t tree, bits;
    unsigned base;  // what the target adds to a distance
    // What having the first n bits in common takes off it.
    std::array<std::uint16_t, kIndexBitsMax + 1> shared;

    void lay_out(const TreePlace& place, Metric metric);
    std::uint16_t to(const Place& v, Metric metric) const;
  };

  std::uint16_t in_tree(const Tree& tree, const TreeNeighbour& v) const;
  Distance from_row(std::size_t row) const;

  const Neighbours& neighbours_;
  Metric metric_;
  std::uint8_t count_ = 0;
  std::array<Tree, kTreesMax> trees_;  // not cleared: count_ of them are laid out
};

}  // namespace mp
