// SPDX-License-Identifier: ISC
// The spanning trees of one node, up to four, and when to tell the neighbours of them (specification: tree.md).
// Adverts, links and time go in; adverts and probes come out. It sends nothing itself: the Application SpanningTree
// does.
#pragma once

#include "micropycelium/platform/random.hpp"
#include "micropycelium/routing/tree.hpp"

namespace mp {

class Trees {
 public:
  // What neighbours tell is written to `table`, whose slots are as many as neighbours can be at once. Precondition: it
  // has as many trees.
  Trees(std::span<Tree> trees, Neighbours& table) : trees_(trees), table_(table) {
    MP_CHECK(trees.size() == table.trees());
  }
  Trees(const Trees&) = delete;
  Trees& operator=(const Trees&) = delete;

  // `boot`: how often this node was started; its low byte is told, and not read.
  void start(const NodeId& self, std::uint32_t boot, Random& random, const TreeTimes& times, Instant now);

  // A neighbour is there, or is there anew (then what it said before is forgotten). `cost`: of the link, eighths of a
  // transmission.
  void found(std::uint8_t slot, const NodeId& id, std::uint16_t cost, Instant now);
  void lost(std::uint8_t slot, Instant now);
  // It is in another of its starts: it has forgotten its own children.
  void rebooted(std::uint8_t slot, Instant now);
  void set_cost(std::uint8_t slot, std::uint16_t cost, Instant now);

  void take(std::uint8_t slot, const TreeAdvert& advert, Instant now, Mercy mercy = Mercy::none);
  void take_probe(std::uint8_t slot, std::uint8_t tree, TreeProbe::Kind kind, Instant now);
  // The neighbour has shown its place in this tree; could not; or the claim that it follows, of a lineage that has been
  // shown to be one (Tree::needs_proof).
  void prove(std::uint8_t slot, std::uint8_t tree, Instant now);
  void refuse(std::uint8_t slot, std::uint8_t tree, Instant now);
  void go_over(std::uint8_t slot, std::uint8_t tree, const TreeClaim& claim, Instant now);

  // Runs what is due. Then advert() and probe() give what is to be sent now, if anything.
  void run(Instant now);
  Instant due() const;
  // To all neighbours. Only what changed, unless somebody is new here.
  std::optional<TreeAdvert> advert(Instant now);
  std::optional<TreeProbe> probe();
  // An advert did not get out: all trees are told.
  void tell_again(Instant now);

  std::size_t count() const { return trees_.size(); }
  const Tree& operator[](std::size_t tree) const { return trees_[tree]; }
  std::span<const TreeNeighbour> neighbours(std::size_t tree) const { return table_.of_tree(tree); }
  std::span<const Neighbour> slots() const { return table_.all(); }

 private:
  void plan(Instant now);
  Duration window() const;
  void greet();
  bool strangers() const;

  std::span<Tree> trees_;
  Neighbours& table_;
  Random* random_ = nullptr;
  TreeTimes times_;
  Instant advert_due_ = Instant::never();
  Instant last_advert_{};
  Instant share_{};  // of what is told: each advert moves it on; who is too far ahead of time waits
  Instant quiet_until_ = Instant::never();  // then all trees are told, whether or not anything has changed
  Instant forgive_at_ = Instant::never();   // one more new index for each neighbour
  std::uint8_t boot_ = 0;
  std::uint8_t nothings_ = 0;  // adverts of a start that knew of no tree
  bool has_time_ = false;      // the next advert: only costs have changed
  bool everything_ = false;    // somebody is new: all trees are told
  // Where airtime is scarce: somebody is new, and it is told if it is still needed when it is our turn.
  bool greeting_ = false;
  std::uint8_t greeted_ = 0;  // by others meanwhile
};

}  // namespace mp
