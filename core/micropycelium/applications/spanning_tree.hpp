// SPDX-License-Identifier: ISC
// Speaks for the trees of a node (specification: tree.md, "Messages"): tells the neighbours of them, hears theirs, and
// finds out where other nodes are. What it says of trees is decided in routing/trees.hpp; which neighbour a packet goes
// to, in routing/next_hop.hpp.
#pragma once

#include "micropycelium/applications/tree_proofs.hpp"
#include "micropycelium/messages/spanning_tree.hpp"
#include "micropycelium/messages/tree_lease.hpp"
#include "micropycelium/node/node.hpp"

namespace mp {

// A leaf that hangs at this node's place, as its parent keeps it.
struct HeldLease {
  NodeId leaf;  // zero: free
  TreeLease lease;
  Instant due = Instant::never();  // it is told where we are
  std::uint32_t send = 0;          // on its way to it; 0: nothing is
  std::uint32_t told = 0;          // what it knows, in short; 0: nothing yet
  std::uint32_t telling = 0;
  std::uint16_t number = 0;  // of the last answer
};

struct SpanningTreeOptions {
  // Between two adverts, and what a hop of a wave may take; 0: by the slowest Interface. Where fast and slow Interfaces
  // meet in one mesh, give all its nodes the pace of the slow ones.
  Duration pace{};
  Duration refresh = seconds(900);  // everything is told so often, and up to a fifth later
  // The node hangs in no tree, speaks of none and sends nothing on: it lives at the place of a neighbour, its parent.
  bool leaf = false;
  // Room for leaves of its own, in the memory of the caller; none: for 8.
  std::span<HeldLease> leases{};
};

// What it did, from the start on.
struct SpanningTreeCounts {
  std::uint32_t adverts_sent = 0;  // messages; on each Interface
  std::uint32_t adverts_taken = 0;
  std::uint32_t adverts_old = 0;      // no newer than the last: repeats and replays
  std::uint32_t adverts_refused = 0;  // no message, of nobody that is a neighbour, or not genuine
  std::uint32_t adverts_lost = 0;     // they found no way out: all is told again
  std::uint32_t signatures_made = 0;
  std::uint32_t signatures_checked = 0;
  std::uint32_t probes_sent = 0;
  std::uint32_t probes_refused = 0;  // too many from there
  std::uint32_t boots_asked = 0;     // neighbours whose boot counter had gone back
  std::uint32_t boots_proven = 0;    // and that have proven it
  std::uint32_t introductions_sent = 0;
  std::uint32_t pleas_sent = 0;      // nobody had room for us
  std::uint32_t farewells_sent = 0;  // to make room for somebody for whom nobody had
  std::uint32_t seeks_begun = 0;     // of ours
  std::uint32_t seeks_found = 0;
  std::uint32_t seeks_failed = 0;
  std::uint32_t seeks_passed = 0;      // others' requests, on
  std::uint32_t seeks_suppressed = 0;  // others were heard to pass it on
  std::uint32_t seeks_refused = 0;     // too many from there, or of all
  std::uint32_t answers_sent = 0;
  std::uint32_t answers_refused = 0;  // not asked for, or not genuine
  std::uint32_t leaves_taken = 0;     // leases of leaves that are kept here, each new one
  std::uint32_t leaves_refused = 0;   // no room, no place, or not genuine
  std::uint32_t leaves_told = 0;      // answers to leaves: where this node is
  std::uint32_t leases_asked = 0;     // of a leaf, by it
  std::uint32_t leases_had = 0;
  std::uint32_t strangers_met = 0;  // said who they are, and have signed it
  std::uint32_t checks_begun = 0;   // of places, and of lineages
  std::uint32_t places_proven = 0;
  std::uint32_t places_refused = 0;
  std::uint32_t records_asked = 0;  // by us, for us
  std::uint32_t records_passed = 0;
  std::uint32_t records_sent = 0;     // ours, and those of others on their way down
  std::uint32_t records_refused = 0;  // requests: too many from there
};

class SpanningTree final : public Seeker {
 public:
  explicit SpanningTree(const SpanningTreeOptions& options = {});

  void seek(const NodeTag& target, bool anew) override;
  void introduce_to(const NodeId& node, std::uint32_t number) override;
  void check(std::uint8_t slot, std::uint8_t tree) override;

  TreePlaces leased() const override;

  const SpanningTreeCounts& counts() const { return counts_; }
  // All slots; skip those whose leaf is zero.
  std::span<const HeldLease> leases() const { return leases_; }
  Duration pace() const { return pace_; }

 private:
  static constexpr std::size_t kSeeks = 8;      // of ours, with those that rest
  static constexpr std::size_t kRequests = 16;  // of others, remembered
  static constexpr std::size_t kHeld = 4;       // of others, to be passed on
  static constexpr std::size_t kSaid = 24;      // of our adverts, on their way out
  static constexpr std::size_t kProbes = 16;    // on their way out
  static constexpr std::size_t kRingsMax = 3;
  static constexpr std::size_t kBoots = 4;   // neighbours that are asked which start this is
  static constexpr std::size_t kLeases = 8;  // of our leaves
  static constexpr std::uint8_t kNone = 0xff;
  // Around a message: packet, Package, seal.
  static constexpr std::size_t kAround = 5 + kPackageHeader + kFrameSealSize;

  // What may be said on one Interface.
  struct Voice {
    Instant due{};      // of its pace in the long run
    bool owed = false;  // something could not be said there: all is told when it can
  };
  struct Said {
    std::uint32_t id = 0;  // 0: none
    std::uint8_t interface = 0;
  };
  struct BootQuestion {
    std::uint64_t nonce = 0;  // 0: it is not open
    Instant until{};          // not asked again before
    std::uint8_t slot = kNone;
  };
  struct Asking {
    SendId id;
    TreeProbe probe;
  };
  // Somebody whom this node looks for, or lately did.
  struct Seek {
    enum class State : std::uint8_t { free, waiting, asking, refusing, resting };
    NodeTag target;
    std::array<std::uint32_t, kRingsMax> requests{};  // of each ring so far; each is drawn anew
    Instant due = Instant::never();
    Instant rests_until{};  // not again before
    Instant alone_until{};  // of a leaf: until then it waits for a parent
    State state = State::free;
    std::uint8_t ring = 0;
    std::uint8_t failures = 0;  // in a row
    std::uint64_t lease = 0;    // by which its parent answered: a later one is better

    // Whether it is of one of the rings so far.
    bool asked(std::uint32_t number) const {
      for (std::size_t i = 0; i <= ring; ++i)
        if (requests[i] == number) return true;
      return false;
    }
  };
  // A request that came by.
  struct Request {
    NodeTag origin, target;
    std::uint32_t request = 0;
    std::uint8_t heard = 0;
    bool used = false;
  };
  // One that waits to be passed on.
  struct Held {
    SeekMessage message;
    Instant due = Instant::never();
    std::uint8_t of = 0;  // in requests_
  };

  void on_start(Instant now) override;
  bool wants(const Package& package) override;
  bool of_equal(const Package& package) const override;
  void on_package(const Package& package) override;
  void on_sent(SendId id, Outcome outcome) override;
  void on_peer_added(const NodeId&) override { changed(); }
  void on_peer_removed(const NodeId& who) override;
  void on_link_cost(const NodeId& neighbour, std::uint16_t cost) override;
  Instant on_time(Instant now) override;
  void on_stop() override { stopped_ = true; }

  Wayfinder& ways() const { return node().ways_; }
  void changed();
  void meet(Instant now);
  std::uint8_t slot_of(const NodeId& neighbour) const;
  Duration slowest_pace() const;
  unsigned interfaces() const;
  void take_advert(std::uint8_t slot, const Package& package);
  bool names_us(const TreeAdvert& advert) const;
  void speak(Instant now);
  bool may_speak(std::uint8_t interface, Instant now) const;
  Instant speaks_at(std::uint8_t interface) const;
  void tell(const TreeAdvert& advert, unsigned interfaces, Instant now);
  void lost_for_words(Instant now);
  // On each of these Interfaces. `track`: its end is waited for.
  void say(Bytes message, unsigned interfaces, bool track, Instant now);
  void probe(const TreeProbe& probe);
  void take_probe(std::uint8_t slot, Bytes message);

  // spanning_tree_boot.cpp
  void ask_boot(std::uint8_t slot, Instant now);
  void answer_boot(const Package& package);
  void take_boot(std::uint8_t slot, const Package& package);
  bool may_check(std::uint8_t slot, Instant now);

  // spanning_tree_peers.cpp
  void introduce();
  bool may_not_know_us(std::uint8_t slot) const;
  bool wants_introduction(const Package& package);
  void take_introduction(const Package& package);
  void show_or_go(std::uint8_t slot);
  SendId send_introduction(TreeMessage kind, const NodeId& to);
  void make_way(Instant now);
  Instant plead(Instant now);

  // spanning_tree_leases.cpp: for leaves of this node
  HeldLease* lease_of(const NodeTag& leaf);
  void take_lease(std::uint8_t slot, const Package& package);
  void tell_leaf(HeldLease& held, Instant now);
  void refuse_leaf(const NodeId& leaf, const TreeLease& lease, std::uint16_t number);
  SendId send_lease_answer(const NodeId& leaf, const LeaseAnswer& answer);
  Instant tend_leases(Instant now);
  bool lease_sent(std::uint32_t send, Outcome outcome);
  bool answer_for_leaf(const SeekMessage& seek);
  void take_leaf_answer(Bytes message);

  // spanning_tree_leaf.cpp: of a node that is a leaf
  struct Resting {
    NodeTag who;
    Instant until{};
  };
  struct LeafSide {
    TreeLease lease;             // with the parent that it has
    TreeLease wanted;            // with the one that it asks
    std::uint8_t asked = kNone;  // slot of that one
    std::uint8_t tries = 0;
    std::uint32_t send = 0;      // of the question
    std::uint32_t answered = 0;  // the last request for this node
    std::uint32_t count = 0;     // of the last lease
    std::uint64_t number = 0;    // of the last answer
    std::uint8_t size = 0;       // of places
    Instant asked_due = Instant::never();
    Instant renew_due = Instant::never();
    Instant stays_until{};  // it does not leave a parent that answers before
    std::array<Resting, 4> resting{};
    ByteArray<Target::kPlacesMax> places{};
  };
  void start_leaf(Instant now);
  Instant leaf_time(Instant now);
  bool may_be_parent(std::uint8_t slot) const;
  bool rests(const NodeTag& who, Instant now) const;
  std::uint8_t better_parent(Instant now) const;
  void ask_parent(std::uint8_t slot, Instant now);
  void put_question(Instant now);
  void give_up_asked(Instant now);
  void say_lease(std::uint8_t slot, const TreeLease& lease, LeaseMessage::What what);
  void take_as_leaf(TreeMessage kind, const Package& package);
  void take_lease_answer(std::uint8_t slot, Bytes message);
  void set_leased(const TreePlaces& places);
  bool leaf_sent(std::uint32_t send, Outcome outcome);

  // spanning_tree_seek.cpp
  Seek* seek_of(const NodeTag& target);
  Seek* free_seek();
  void ask(Seek& seek, Instant now);
  void fail(Seek& seek, Instant now);
  Duration rest() const;
  void look_for_more(Instant now);
  void forgive_failures(Instant now);
  Instant tend_seeks(Instant now);
  bool waits_for_parent(Seek& seek, Instant now) const;
  bool may_ask(std::uint8_t slot, Instant now);
  bool has_share(std::uint8_t slot, Instant now);
  bool has_children() const;
  void take_seek(std::uint8_t slot, const SeekMessage& seek);
  void hold(const SeekMessage& seek, std::uint8_t of, Instant now);
  void pass_on(Held& held, Instant now);
  void answer(const SeekMessage& seek);
  void settle_found(Seek& seek);
  void tell_places(const NodeId& to, std::uint32_t number);
  bool may_introduce_itself(const NodeTag& who, std::uint32_t number);
  void take_answer(Bytes message);

  // spanning_tree_proof.cpp
  void check_lineages(std::uint8_t slot, const TreeAdvert& advert);
  bool still_said() const;
  void check_now(std::uint8_t slot, std::uint8_t tree);
  void begin_check();
  void request();
  Duration answer_wait(int levels) const;
  void go_on();
  void fail_check();
  void end_check(bool shown);
  Mercy mercy(const TreeHeard& heard, Instant now) const;
  Instant tend_proofs(Instant now);
  void take_link_record(std::uint8_t slot, const Package& package);
  bool know_root(std::uint8_t tree) const;
  bool root_shown(const RootRecord& record, const TreeClaim& claim);
  void keep_root(const RootRecord& record);
  void take_root_record(std::uint8_t slot, const Package& package);
  void note_founders();
  void show_root(std::uint8_t slot, std::uint8_t tree);
  void take_record_request(std::uint8_t slot, const RecordRequest& asked);
  bool may_ask_records(std::uint8_t slot, Instant now);
  Assignment wanted_assignment(std::uint8_t tree) const;
  bool has_assignment(std::uint8_t tree) const;
  LinkRecord own_record(const Assignment& assignment) const;
  void show_own(std::uint8_t slot, const RecordRequest& asked);
  void take_sign_request(std::uint8_t slot, const Assignment& asked);
  void take_assignment(std::uint8_t slot, const Assignment& told);
  bool waits_for(const RecordRequest& record) const;
  bool hand_down(std::uint8_t slot, const RecordRequest& record, Bytes message);
  void take_doubt(std::uint8_t tree);

  SpanningTreeOptions options_;
  SpanningTreeCounts counts_;
  Duration pace_{};
  std::uint32_t count_ = 0;  // of the last advert
  Instant speaks_from_{};
  std::uint8_t failures_ = 0;  // in a row, to get an advert out
  Instant plea_due_ = Instant::never();
  Instant way_due_{};         // no farewell before
  SendId farewell_;           // under way
  NodeId parted_;             // to whom
  std::uint8_t pleaded_ = 0;  // the slot asked last
  bool stopped_ = false;
  bool scarce_ = false;  // airtime
  bool started_ = false;
  std::array<Voice, Node::kInterfacesMax> voices_{};
  std::array<Said, kSaid> said_{};
  std::array<Asking, kProbes> probes_{};
  std::array<Seek, kSeeks> seeks_{};
  std::array<Request, kRequests> requests_{};
  std::uint8_t next_request_ = 0;
  std::array<Held, kHeld> held_{};
  std::array<BootQuestion, kBoots> boots_{};
  Instant boot_answers_{};   // when the next answer of which start this is fits the pace
  Instant all_ask_{};        // when the next request of anybody fits the pace
  Instant names_{};          // the next introduction of a stranger, and
  Instant introduces_{};     // of ours to somebody far
  std::uint32_t where_ = 0;  // stands for the trees in which this node hung
  TreeProofs proofs_;
  std::array<HeldLease, kLeases> own_leases_{};
  std::span<HeldLease> leases_;
  LeafSide leaf_;
};

}  // namespace mp
