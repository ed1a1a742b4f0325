// SPDX-License-Identifier: ISC
// Where this node and its neighbours are in each tree, in the memory of the caller: O(trees x neighbours), 156 bytes
// for a neighbour in four trees. And how far each of them is from a target (specification: routing.md, "Distances").
#pragma once

#include "micropycelium/packet/route_header.hpp"

namespace mp {

// A distance that is none: no tree is known in which both are.
inline constexpr std::uint16_t kFar = 0xffff;
// By prefix, a level that is not in common; above any number of levels.
inline constexpr unsigned kPrefixStep = 256;
// No slot of the table.
inline constexpr std::uint8_t kNobody = 0xff;

// An address as far as a distance needs it. 36 bytes.
struct Place {
  std::array<std::uint32_t, kIndexWords> index{};
  std::uint16_t weight = 0;  // to the root, eighths of a transmission
  std::uint16_t epoch = 0;
  std::uint8_t bits = 0;  // of index
  std::uint8_t levels = 0;
  bool known = false;

  static Place of(std::uint16_t epoch, const CompactAddress& address);
};

struct Neighbour {  // 12 bytes
  NodeTag tag;
  std::uint16_t etx = kCostUnit;  // expected transmissions to it, eighths
  bool used = false;
  bool alive = false;  // false: it did not answer lately; kept, not asked
};

// A view of a table: slot i has tree t at places[i * trees + t]; the last row is this node itself.
class Neighbours {
 public:
  // Slots: as many as `neighbours`, at most 255 (0..254). `places` has trees * (slots + 1); trees: 0..4.
  Neighbours(std::span<Neighbour> neighbours, std::span<Place> places, std::uint8_t trees);

  // Zeroes what the slot was before. Precondition: slot is one.
  void set(std::uint8_t slot, const NodeTag& tag, std::uint16_t etx);
  void forget(std::uint8_t slot);
  void set_alive(std::uint8_t slot, bool alive) { neighbours_[slot].alive = alive; }
  void set_etx(std::uint8_t slot, std::uint16_t etx) { neighbours_[slot].etx = etx; }
  // `tree` beyond those of this table is left out.
  void set_place(std::uint8_t slot, const TreePlace& place);
  void set_self(const NodeTag& tag) { self_ = tag; }
  void set_own_place(const TreePlace& place);
  void forget_own_place(std::uint8_t tree);

  std::uint8_t slots() const { return static_cast<std::uint8_t>(neighbours_.size()); }
  const Neighbour& operator[](std::uint8_t slot) const { return neighbours_[slot]; }
  const NodeTag& self() const { return self_; }
  // The neighbour with this tag that is alive, or kNobody.
  std::uint8_t find(const NodeTag& tag) const;
  std::uint8_t trees() const { return trees_; }
  const Place& place(std::uint8_t slot, std::uint8_t tree) const { return places_[std::size_t{slot} * trees_ + tree]; }
  const Place& own_place(std::uint8_t tree) const { return places_[neighbours_.size() * trees_ + tree]; }

 private:
  void put(std::size_t row, const TreePlace& place);

  std::span<Neighbour> neighbours_;
  std::span<Place> places_;
  std::uint8_t trees_;
  NodeTag self_;
};

// The nearest over all trees, and the sum of all, which decides between equals.
struct Distance {
  std::uint16_t nearest = kFar;
  std::uint32_t sum = 0;  // a tree that is not known counts kFar
};

// A target's addresses laid out once for many distances: 1.9 KiB, on the stack of one decision.
class Distances {
 public:
  Distances(const RouteHeader& header, const Neighbours& neighbours);

  Distance of(std::uint8_t slot) const { return from_row(slot); }
  Metric metric() const { return metric_; }
  Distance own() const { return from_row(neighbours_.slots()); }

  // In one tree. tree: weight of v + weight of t - 2 * weight of their nearest common ancestor, 0 if that is less
  // than 0. prefix: (levels of t below that ancestor) * kPrefixStep + levels of v: sorts as cpl_distance_order does.
  static std::uint16_t between(const CompactAddress& v, const CompactAddress& t, Metric metric);

 private:
  struct Tree {
    std::array<std::uint32_t, kIndexWords> index;
    std::uint16_t epoch;
    std::uint8_t tree, bits;
    unsigned base;  // what the target adds to a distance
    // What having the first n bits in common takes off it.
    std::array<std::uint16_t, kIndexBitsMax + 1> shared;

    void lay_out(const TreePlace& place, Metric metric);
    std::uint16_t to(const Place& v, Metric metric) const;
  };

  Distance from_row(std::size_t row) const;

  const Neighbours& neighbours_;
  Metric metric_;
  std::uint8_t count_ = 0;
  std::array<Tree, kTreesMax> trees_;  // not cleared: count_ of them are laid out
};

}  // namespace mp
