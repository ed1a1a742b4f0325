// SPDX-License-Identifier: ISC
// What SpanningTree keeps of proofs (specification: tree.md, "Proof of a place"): its own, those of others that it has
// seen, the one check that is under way, and who waits for a record that it has asked for.
#pragma once

#include "micropycelium/base/time.hpp"
#include "micropycelium/messages/tree_records.hpp"

namespace mp {

struct TreeProofs {
  static constexpr std::size_t kKnown = 6;    // places of others that were shown
  static constexpr std::size_t kPassing = 8;  // neighbours that wait for a record
  static constexpr std::uint8_t kNone = 0xff;

  // Of a tree that this node hangs in.
  struct Own {
    RootRecord root;        // of the epoch that it says, if it is one
    NodeId founder;         // of the lineage whose score it has, if it is one
    Assignment assignment;  // what the parent signed; index 0: nothing
    bool has_root = false;
  };
  // A place that was shown to be this node's.
  struct Known {
    ByteArray<8> prefix{};  // SHA-256 of tree, epoch and indexes, its first 8 bytes
    NodeId node;
    std::uint16_t epoch = 0;
    std::uint16_t weight = 0;  // what the records say that it costs to the root
    BootTag boot = 0;
    std::uint8_t tree = 0;
    std::uint8_t levels = 0;  // 0: none; the root needs no entry
  };
  struct Check {
    enum class Of : std::uint8_t { nothing, place, lineage };
    Of of = Of::nothing;
    std::uint8_t slot = 0;
    std::uint8_t tree = 0;
    std::uint8_t level = 0;  // that is asked for; 0: the root
    std::uint8_t failures = 0;
    bool anew = false;  // something was wrong: it begins once more
    BootTag boot = 0;
    std::uint16_t epoch = 0;
    std::uint16_t weight = 0;
    Instant begun{};
    Instant due = Instant::never();
    TreeClaim claim;
    Place place;   // that the neighbour says
    NodeId above;  // who hangs at the level above, with `boot` and `weight`
  };
  struct Passing {
    Instant until{};
    std::uint16_t epoch = 0;
    std::uint8_t to = kNone;
    std::uint8_t tree = 0;
    std::uint8_t level = 0;
  };

  // Precondition: it is at most as deep as `place`.
  static ByteArray<8> prefix_of(std::uint8_t tree, std::uint16_t epoch, const Place& place, unsigned levels);
  // The last index of the first `levels`, from 1 on.
  static std::uint16_t index_at(const Place& place, unsigned levels);

  // The deepest of the places above this one that was shown, into `check`; none: it begins at the root, or before it.
  void begin_below_known(Check& check) const;
  void know(const Check& check, unsigned levels);

  std::array<Own, kTreesMax> own{};
  std::array<Known, kKnown> known{};
  std::array<Passing, kPassing> passing{};
  Check check;
  Instant next{}, routine{};  // no check begins before; none that is not urgent
  std::uint8_t next_known = 0;
};

}  // namespace mp
