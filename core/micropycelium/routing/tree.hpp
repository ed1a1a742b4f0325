// SPDX-License-Identifier: ISC
// One spanning tree as one node sees it (specification: tree.md, "Trees of version 1"): whose tree it is, who is the
// parent, where the node hangs, which children it has numbered, and what becomes of all that when a neighbour goes. It
// decides and never sends: Trees makes adverts of it.
#pragma once

#include "micropycelium/base/time.hpp"
#include "micropycelium/messages/tree_advert.hpp"
#include "micropycelium/platform/random.hpp"

namespace mp {

// How long things take. All trees of a mesh should agree, more or less.
struct TreeTimes {
  Duration pace = milliseconds(100);  // between adverts at least, and what a hop of a wave may take
  Duration refresh =
      seconds(900);  // in quiet times every node tells all it knows so often, and the root renews its claim
  Duration settle = seconds(600);  // a lineage is settled after so long
  Duration forming = seconds(5);   // after a change of root parents are chosen anew without hysteresis
};

// A neighbour, for all trees. The slots are the owner's peer table.
struct TreeSlot {
  ChildTag tag = 0;
  std::uint16_t cost = kCostUnit;  // of the link to it, eighths of a transmission
  std::uint8_t boot = 0;
  std::uint8_t uses = 0;  // trees in which it is the parent
  bool used = false;
};

// What a neighbour said of one tree, and which of our children it is there.
struct TreeNeighbour {
  CompactAddress place;  // its last one, if `placed`
  std::uint16_t epoch = 0;
  std::uint16_t cost = 0;
  std::uint16_t index = 0;  // given by us, in our epoch; 0: none
  bool heard : 1 = false;
  bool placed : 1 = false;
  bool orphan : 1 = false;
  bool child : 1 = false;  // it says that we are its parent
  bool knows : 1 = false;  // and which index it has
};

// Two trees of the same number are told apart by this on the data plane.
std::uint16_t tree_epoch(const TreeClaim& claim, std::uint8_t tree);
// What decides who begins a lineage: SHA-256 of "Micropycelium tree 1" | tree | id, its first 8 bytes; lowest wins.
std::uint64_t tree_score(std::uint8_t tree, const NodeId& id);
// Whether whoever follows `b` goes over to `a`.
bool better_claim(const TreeClaim& a, const TreeClaim& b);
// Whether `address` is `ancestor` or hangs below it, cut to its first `levels` levels.
bool below(const CompactAddress& address, const CompactAddress& ancestor, unsigned levels = kLevelsMax);

struct TreeProbe {
  enum class Kind : std::uint8_t { is_root_there, it_is, it_is_gone };
  std::uint8_t slot = 0;  // to whom
  std::uint8_t tree = 0;
  Kind kind = Kind::is_root_there;
};

class Tree {
 public:
  static constexpr std::uint8_t kNobody = 0xff;
  // A parent must be better by so much to be left for it.
  static constexpr unsigned kHysteresis = kCostUnit * 3 / 2;
  // A root that was not heard of for so many refreshes, and two for each level above us, is gone.
  static constexpr std::int64_t kRefreshesMissed = 4;

  enum class State : std::uint8_t {
    searching,   // has heard of no tree yet
    attached,    // has a parent
    probing,     // was a child of the root that went, and asks another way whether the root did
    succeeding,  // it did: the children of the root follow it in their order
    orphan,      // has no way to the root that does not lead through itself
    root,
  };
  struct Place {
    CompactAddress address;
    std::uint16_t epoch = 0;
    bool used = false;
  };

  // Both tables have one entry for each slot, and outlive this.
  void begin(std::uint8_t number, const NodeId& self, std::span<TreeSlot> slots, std::span<TreeNeighbour> neighbours,
             Random& random, const TreeTimes& times, Instant now);

  void take(std::uint8_t slot, const TreeEntry& entry, Instant now);
  // It said nothing of this tree: it has none.
  void take_nothing(std::uint8_t slot, Instant now);
  void found(std::uint8_t slot);
  void lost(std::uint8_t slot, Instant now);
  void rebooted(std::uint8_t slot, Instant now);
  void cost_changed(Instant now);
  void take_probe(std::uint8_t slot, TreeProbe::Kind kind, Instant now);
  void run(Instant now);
  Instant due() const;

  // Something is to be told.
  bool dirty() const { return dirty_; }
  // The entry of the next advert. Precondition: has_claim().
  TreeEntry told(Instant now);
  bool has_claim() const { return state_ != State::searching; }
  // A question or an answer to send now, if any.
  std::optional<TreeProbe> probe();

  State state() const { return state_; }
  const TreeClaim& claim() const { return claim_; }
  std::uint8_t parent() const { return parent_; }
  std::uint16_t index() const { return index_; }
  std::uint16_t cost() const { return cost_; }
  std::uint16_t epoch() const { return epoch_; }
  // Where it hangs; not used: nowhere (yet, or it would be too deep).
  const Place& place() const { return place_; }
  // Where it hung before: packets for that still come.
  const Place& former() const { return former_[0]; }
  std::uint32_t parent_changes() const { return parent_changes_; }

 private:
  TreeNeighbour& at(std::uint8_t slot) { return neighbours_[slot]; }
  bool same(const TreeNeighbour& n) const { return n.heard && n.epoch == epoch_ && state_ != State::searching; }
  bool descendant(const TreeNeighbour& n) const;
  std::uint8_t best_parent(bool settled_places) const;
  void follow(std::uint8_t slot, const TreeClaim& claim, Instant now);
  void become_root(const TreeClaim& claim, Instant now);
  void new_epoch(const TreeClaim& claim, Instant now);
  void attach(std::uint8_t slot, Instant now);
  void leave_parent();
  void lose_parent(bool the_root_went, Instant now);
  void reattach(Instant now);
  void succeed(Instant now);
  void consider(Instant now);
  void listen_to_parent(const TreeEntry& entry, Instant now);
  void number_child(std::uint8_t slot, const TreeEntry& entry);
  void settle_place();
  void keep_former();
  bool inconsistent() const;
  bool may_repeat() const;
  void changed() {
    dirty_ = true;
    repeats_ = 0;
  }
  Duration rank_delay(Duration span) const;
  Duration patience() const;

  std::span<TreeSlot> slots_;
  std::span<TreeNeighbour> neighbours_;
  Random* random_ = nullptr;
  TreeTimes times_;
  std::uint64_t score_ = 0;
  ChildTag self_ = 0;
  State state_ = State::searching;
  std::uint8_t number_ = 0;
  std::uint8_t parent_ = kNobody;
  std::uint8_t repeats_ = 0;
  std::uint8_t orphan_levels_ = 0;  // of the highest orphan above us: all below it is lost too
  bool dirty_ = false;
  TreeClaim claim_;
  std::uint16_t epoch_ = 0;
  std::uint16_t cost_ = 0;
  std::uint16_t index_ = 0;       // ours at the parent; 0: not told
  std::uint16_t next_index_ = 1;  // of the next child
  Place place_;
  std::array<Place, 2> former_{};
  Instant due_ = Instant::never();          // of the state: to claim, to give up a probe, to succeed
  Instant refresh_due_ = Instant::never();  // root: renews its claim; else: the root is gone
  Instant repeat_due_ = Instant::never();
  Instant forming_until_{};
  Instant settles_at_ = Instant::never();
  std::uint8_t asked_by_ = kNobody;  // whose probe we passed on
  std::optional<TreeProbe> probe_out_;
  std::uint32_t parent_changes_ = 0;
};

}  // namespace mp
