// SPDX-License-Identifier: ISC
// The spanning tree of version 0 as one node sees it (specification: tree-v0.md, "The tree of version 0"): whose tree
// it is, who is the parent, where the node hangs, which children it has numbered. Messages and time go in, messages
// come out; it sends nothing itself: the Application SpanningTreeV0 does. Nothing in it is proven by anybody.
#pragma once

#include "micropycelium/base/check.hpp"
#include "micropycelium/base/time.hpp"
#include "micropycelium/messages/tree_v0.hpp"
#include "micropycelium/packet/route_header.hpp"
#include "micropycelium/platform/random.hpp"

#include <optional>

namespace mp {

struct TreeV0Options {
  Duration beat = seconds(20);  // between two words of a node; a root renews its claim, the others pass it on
  bool always = false;          // claims a tree even where nobody needs it
  // What is not renewed for so long is dropped.
  Duration lifetime() const { return beat * 3; }
};

// What a neighbour said. The slots are the owner's peer table. 144 bytes.
struct TreeV0Neighbour {
  NodeId claim;
  Address address;
  Coordinates place;       // the same, decoded
  std::uint8_t room = 0;   // messages that are still taken from it
  std::uint8_t child = 0;  // to be told that this is its coordinate; 0: nothing to tell
  NodeTag tag;
  std::uint64_t ts = 0;
  Instant made{};  // when the claim was made, by our clock
  Instant refilled{};
  Instant responded{};
  Instant deaf_until{};  // it was asked for an address and gave none
  bool used : 1 = false;
  bool equal : 1 = false;
  bool speaks : 1 = false;   // it lists the Application, or has said something
  bool told : 1 = false;     // claim, address and so on are what it said last
  bool placed : 1 = false;   // it may be a parent
  bool respond : 1 = false;  // it is to hear where we are
};

// Who has a coordinate below this node. 24 bytes.
struct TreeV0Child {
  NodeTag tag;
  Instant heard{};
  std::uint8_t coordinate = 0;  // 0: this entry is free
};

struct TreeV0Counters {
  std::uint32_t taken = 0;       // messages of neighbours
  std::uint32_t too_many = 0;    // dropped: that neighbour says too much
  std::uint32_t untrue = 0;      // dropped: in another's name, or nothing that can be
  std::uint32_t too_old = 0;     // claims past their lifetime
  std::uint32_t collisions = 0;  // claims refused since their tree_state is that of ours
  std::uint32_t no_room = 0;     // nodes that got no address: all coordinates given, no entry free, or it is too deep
  std::uint32_t moves = 0;       // how often this node got another address
};

struct TreeV0Out {
  static constexpr std::uint8_t kEverybody = 0xff;
  std::uint8_t to = kEverybody;  // slot
  TreeMessageV0 message;
};

class TreeV0 {
 public:
  static constexpr std::uint8_t kNobody = 0xff;

  // At most 255 neighbours (slots 0 .. 254); children: those that can be told apart, 135 at most are ever numbered.
  TreeV0(std::span<TreeV0Neighbour> neighbours, std::span<TreeV0Child> children)
      : neighbours_(neighbours), children_(children) {
    MP_CHECK(neighbours.size() <= kNobody);
  }

  // `boot`: which start of this node it is. What its claims are told apart by grows with it, and with time.
  void start(const NodeId& self, std::uint32_t boot, Random& random, const TreeV0Options& options, Instant now);

  // `equal`: it is no prototype. May be said again, when that has changed.
  void found(std::uint8_t slot, const NodeId& id, bool equal, Instant now);
  // It lists the Application in its Beacon.
  void lists(std::uint8_t slot, Instant now);
  void lost(std::uint8_t slot, Instant now);

  // From the neighbour in this slot, directly.
  void take(std::uint8_t slot, const TreeMessageV0& message, Instant now);

  void run(Instant now);
  Instant due() const;
  // What is to be sent now, one after the other; none: nothing more.
  std::optional<TreeV0Out> next(Instant now);
  // It could not be: again, soon.
  void unsent(const TreeV0Out& out, Instant now);

  // The slot of this neighbour; kNobody: there is none.
  std::uint8_t find(const NodeId& id) const;

  bool placed() const { return placed_; }
  bool is_root() const { return placed_ && parent_ == kNobody && claim_ == self_; }
  const NodeId& claim() const { return claim_; }
  TreeAddress address() const { return {state_, address_}; }
  std::uint8_t parent() const { return parent_; }
  // A prototype is near, or somewhere below.
  bool needed(Instant now) const { return options_.always || now < wanted_until_; }
  const TreeV0Counters& counters() const { return counters_; }
  const TreeV0Options& options() const { return options_; }
  std::span<const TreeV0Neighbour> neighbours() const { return neighbours_; }
  std::span<const TreeV0Child> children() const { return children_; }

  // --- for routing ----------------------------------------------------------------------------------
  // Where this node is, in this state of the tree: the present one, or the one before. Null: nowhere.
  const Coordinates* own_place(std::uint8_t tree_state) const;
  // Where that neighbour is in the same tree, not merely one of the same state.
  const Coordinates* place(std::uint8_t slot, std::uint8_t tree_state) const;

 private:
  struct Former {
    NodeId claim;
    Coordinates place;
    std::uint8_t state = 0;
    bool used = false;
  };

  TreeV0Neighbour& at(std::uint8_t slot) { return neighbours_[slot]; }
  bool alive(const TreeV0Neighbour& n, Instant now) const { return now - n.made <= options_.lifetime(); }
  bool may_speak(TreeV0Neighbour& n, Instant now);
  bool note(std::uint8_t slot, const TreeMessageV0& m, Instant now);
  bool newer(std::uint64_t ts, Instant made, std::uint64_t than_ts, Instant than_made) const;
  void hear_of_root(const TreeV0Neighbour& n, Instant now);
  bool candidate(const TreeV0Neighbour& n, Instant now) const;
  bool collides(const NodeId& claim) const;
  bool parent_good(Instant now) const;
  bool nearer(const TreeV0Neighbour& a, std::uint8_t slot, const TreeV0Neighbour& b) const;
  void decide(Instant now);
  void begin_join(std::uint8_t slot, Instant now);
  void end_join();
  void become_root(Instant now);
  void leave();
  void commit(std::uint8_t slot, const TreeMessageV0& m, Instant now);
  void take_request(std::uint8_t slot, const TreeMessageV0& m, Instant now);
  void take_assignment(std::uint8_t slot, const TreeMessageV0& m, Instant now);
  void meet_child(TreeV0Neighbour& n, Instant now);
  TreeV0Child* find_child(const NodeTag& tag);
  TreeV0Child* number_child(const NodeTag& tag, std::uint8_t wanted, Instant now);
  bool is_neighbour(const NodeTag& tag) const;
  void keep_former();
  void begin_children();
  void speak_soon(Instant now);
  TreeMessageV0 own_message(TreeOp op, Instant now) const;
  Duration jitter(Duration most) const;

  std::span<TreeV0Neighbour> neighbours_;
  std::span<TreeV0Child> children_;
  Random* random_ = nullptr;
  TreeV0Options options_;
  NodeId self_;
  std::uint64_t first_ts_ = 0;  // at the start
  Instant started_{};

  // Where it hangs.
  bool placed_ = false;
  bool yields_ = false;  // a better one has the same tree_state: this one is not renewed
  NodeId claim_;
  std::uint8_t state_ = 0;
  std::uint8_t parent_ = kNobody;
  std::uint64_t ts_ = 0;
  Instant made_{};
  Address address_;
  Coordinates place_;
  Former former_;

  // The address that it has asked for.
  std::uint8_t joining_ = kNobody;
  std::uint8_t tries_ = 0;
  NodeId joining_claim_;

  // The tree that children were numbered in last.
  NodeId children_of_;
  std::array<std::uint32_t, (kCoordinateMax + 32U) / 32> given_{};  // bit c: coordinate c was

  Instant moved_at_{};
  Instant wanted_until_{};
  Instant passed_on_until_{};             // a child has said lately that the tree is needed
  Instant retired_until_{};               // was the root of a tree that nobody needed
  Instant claim_due_ = Instant::never();  // claims the tree then, if nobody else has
  Instant request_due_ = Instant::never();
  Instant keep_due_ = Instant::never();
  Instant send_due_ = Instant::never();
  Instant last_send_{};
  Instant look_due_ = Instant::never();
  TreeV0Counters counters_;
};

}  // namespace mp
