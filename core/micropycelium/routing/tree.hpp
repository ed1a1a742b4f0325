// SPDX-License-Identifier: ISC
// One spanning tree as one node sees it (specification: tree.md, "Trees of version 1"): whose tree it is, who is the
// parent, where the node hangs, which children it has numbered, and what becomes of all that when a neighbour goes. It
// decides and never sends: Trees makes adverts of it.
#pragma once

#include "micropycelium/base/time.hpp"
#include "micropycelium/messages/tree_advert.hpp"
#include "micropycelium/routing/neighbours.hpp"

#include <utility>

namespace mp {

// How long things take. All trees of a mesh should agree, more or less.
struct TreeTimes {
  Duration pace = milliseconds(100);  // between adverts at least, and what a hop of a wave may take
  Duration refresh =
      seconds(900);  // in quiet times every node tells all it knows so often, and the root renews its claim
  Duration settle = seconds(600);  // a lineage is settled after so long
  Duration forming = seconds(5);   // after a change of root parents are chosen anew without hysteresis
  // Where the law leaves little airtime: of what a node tells, for each neighbour that is there, so that they do not
  // talk at the same time; and only what has to be is told at once. 0: there is enough.
  Duration share{};
  bool scarce() const { return share > Duration{}; }
};

// Of terms and seqs (RFC 1982).
inline bool newer_serial(std::uint16_t a, std::uint16_t b) { return static_cast<std::int16_t>(a - b) > 0; }
inline ChildTag child_tag(const NodeTag& tag) { return load_be<ChildTag>(tag.value.data()); }
// Two trees of the same number are told apart by this on the data plane.
std::uint16_t tree_epoch(const TreeClaim& claim, std::uint8_t tree);
// What decides who begins a lineage: SHA-256 of "Micropycelium tree 1" | tree | id, its first 8 bytes; lowest wins.
std::uint64_t tree_score(std::uint8_t tree, const NodeId& id);
// Whether whoever follows `b` goes over to `a`.
bool better_claim(const TreeClaim& a, const TreeClaim& b);

struct TreeProbe {
  enum class Kind : std::uint8_t { is_root_there, it_is, it_is_gone };
  std::uint8_t slot = 0;  // to whom
  std::uint8_t tree = 0;
  Kind kind = Kind::is_root_there;
};

// Whether a neighbour whose place was refused is tried again, now that it says something.
enum class Mercy : std::uint8_t { none, if_it_moved, full };

class Tree {
 public:
  static constexpr std::uint8_t kNobody = mp::kNobody;
  // A parent must be better by so much to be left for it.
  static constexpr unsigned kHysteresis = kCostUnit * 3 / 2;
  // A root that was not heard of for so many refreshes, and two for each level above us, is gone.
  static constexpr std::int64_t kRefreshesMissed = 4;
  // After a settled tree has moved to another root, for so long none is followed but on own evidence. Twice as long
  // with each, up to 16 times; half as long after each so long time without.
  static constexpr Duration kPause = seconds(600), kPauseEases = seconds(18'000);
  static constexpr std::uint8_t kPauseDoublings = 4;

  static constexpr std::size_t kAskersMax = 4;
  // A neighbour gets so many more indexes in one epoch, and one more in each refresh.
  static constexpr std::uint8_t kRenumberedMax = 8;

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

  // The table and the times outlive this.
  void begin(std::uint8_t number, const NodeId& self, Neighbours& table, const TreeTimes& times, Instant now);

  void take(std::uint8_t slot, const TreeEntry& entry, Mercy mercy, Instant now);
  // It said nothing of this tree: it has none.
  void take_nothing(std::uint8_t slot, Instant now);
  void found(std::uint8_t slot);
  void lost(std::uint8_t slot, Instant now);
  void rebooted(std::uint8_t slot, Instant now);
  void cost_changed(Instant now);
  void take_probe(std::uint8_t slot, TreeProbe::Kind kind, Instant now);
  // The neighbour has shown that it hangs where it says; or could not.
  void prove(std::uint8_t slot, Instant now);
  void refuse(std::uint8_t slot, Instant now);
  // Who would be a better parent, but in a settled tree has to show its place before; kNobody: none.
  std::uint8_t better_parent(Instant now) const;
  // Whether this claim is followed as soon as its lineage is shown to be one; then it is followed.
  bool needs_proof(std::uint8_t slot, const TreeClaim& claim, Instant now) const;
  void go_over(std::uint8_t slot, const TreeClaim& claim, Instant now);
  void run(Instant now);
  Instant due() const;

  // Something is to be told; or only what ways cost, which has time.
  bool dirty() const { return dirty_; }
  bool stale() const { return stale_; }
  // The entry of the next advert. Precondition: has_claim().
  // `window`: how long neighbours may take to answer. `chance` spreads what is told again.
  TreeEntry told(Instant now, Duration window, std::uint32_t chance);
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
  Place place() const { return latest(own().placed); }
  // Where it hung before, while it hangs nowhere: packets for that still come.
  Place former() const { return latest(own().known && !own().placed); }
  std::uint32_t parent_changes() const { return parent_changes_; }

 private:
  // Where it hung in former times.
  struct Former {
    mp::Place place;
    std::uint16_t epoch = 0;
    bool used = false;
  };

  // The best of 2^20 nodes does not wait at all.
  static constexpr unsigned kRankBits = 20;

  Place latest(bool used) const { return {{own().place, costs_}, own().place_epoch, used}; }
  std::size_t slots() const { return table_->slots(); }
  const TreeTimes& times() const { return *table_->times_; }
  const Neighbour& slot_of(std::size_t slot) const { return table_->all()[slot]; }
  TreeNeighbour& at(std::size_t slot) { return table_->row(slot, number_); }
  const TreeNeighbour& at(std::size_t slot) const { return std::as_const(*table_).row(slot, number_); }
  TreeNeighbour& own() { return at(slots()); }
  const TreeNeighbour& own() const { return at(slots()); }
  ChildTag self() const { return child_tag(table_->self()); }
  // What the way to the root costs over this neighbour.
  unsigned cost_over(std::size_t slot) const;
  bool same(const TreeNeighbour& n) const { return n.heard && n.epoch == epoch_ && state_ != State::searching; }
  bool descendant(const TreeNeighbour& n) const;
  std::uint8_t best_parent(bool settled_places, Instant now) const;
  std::uint8_t any_parent(Instant now) const;
  void follow(std::uint8_t slot, const TreeClaim& claim, Instant now);
  bool may_move(std::uint8_t slot, const TreeClaim& claim, bool shown, Instant now) const;
  bool rests(Instant now) const;
  void note_move(Instant now);
  void ask_for_root();
  void become_root(const TreeClaim& claim, Instant now);
  void new_epoch(const TreeClaim& claim, Instant now);
  void attach(std::uint8_t slot, Instant now);
  void leave_parent();
  void lose_parent(bool the_root_went, Instant now);
  void ask_another(Instant now);
  void reattach(Instant now);
  void succeed(Instant now);
  void say(const TreeProbe& probe);
  void answer_askers(TreeProbe::Kind kind);
  void forget_probes(std::uint8_t slot);
  void consider(Instant now);
  unsigned hysteresis() const;
  void end_trial();
  void asked_in_vain(std::uint8_t slot, Instant now);
  void listen_to_trial(const TreeEntry& entry, Instant now);
  void listen_to_parent(const TreeEntry& entry, Instant now);
  void number_child(std::uint8_t slot, const TreeEntry& entry);
  void settle_place(const CompactAddress& parents);
  void hang(const CompactAddress& address);
  bool inconsistent() const;
  bool may_repeat() const;
  void changed() {
    dirty_ = true;
    repeats_ = 0;
  }
  // Whoever hangs nowhere is told at once, and tells at once: in a circle costs rise.
  void cost_alone_changed() { own().placed ? void(stale_ = true) : changed(); }
  Duration rank_delay(Duration span) const;
  Duration patience() const;

  Neighbours* table_ = nullptr;
  std::uint64_t score_ = 0;
  TreeClaim claim_;
  Instant due_ = Instant::never();          // of the state: to claim, to give up a probe, to succeed, to be settled
  Instant refresh_due_ = Instant::never();  // root: renews its claim; else: the root is gone
  Instant repeat_due_ = Instant::never();
  Instant forming_until_{};
  Instant rests_until_{};  // after a move: no other root before, but on own evidence
  LevelCosts costs_;       // of its own place, or of its last
  std::array<Former, 2> former_{};
  std::uint32_t parent_changes_ = 0;
  std::uint16_t epoch_ = 0;
  std::uint16_t cost_ = 0;
  std::uint16_t index_ = 0;       // ours at the parent; 0: not told
  std::uint16_t next_index_ = 1;  // of the next child
  State state_ = State::searching;
  std::uint8_t number_ = 0;
  std::uint8_t parent_ = kNobody;
  std::uint8_t trial_ = kNobody;  // a better parent, asked for an index; until it gives one all stays as it is
  std::uint8_t repeats_ = 0;
  std::uint8_t orphan_levels_ = 0;  // of the highest orphan above us: all below it is lost too
  std::uint8_t probed_ = kNobody;   // whom we ask whether the root is there
  std::uint8_t told_next_ = 0;      // slot of the child that is told its index first
  std::uint8_t asker_count_ = 0, probe_count_ = 0;
  std::array<std::uint8_t, kAskersMax> askers_{};   // whose question we passed on to the parent
  std::array<TreeProbe, kAskersMax + 1> probes_{};  // to be sent
  std::uint8_t moves_ : 3 = 0;                      // to other roots, of late: the rest is as long
  bool dirty_ : 1 = false;
  bool stale_ : 1 = false;
  bool probed_twice_ : 1 = false;
  bool asked_ : 1 = false;  // our parent, whether the root is there, though we hear of another
};

}  // namespace mp
