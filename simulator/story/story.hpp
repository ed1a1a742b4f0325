// SPDX-License-Identifier: ISC
// A small language for tests over a world: who there is, what they do, what goes wrong, what must hold.
//
//   Story story;
//   story.line(5).routes();
//   story.meet();
//   story.link(2, 3).loses(30_percent);
//   const Sending photo = story.node(0).sends(10_KiB).to(4);
//   story.run_until_idle();
//   EXPECT_EQ(photo.outcome(), Outcome::delivered);
//
// First say what the world is made of (line, medium, limits ...); the first action makes it. Nodes are numbered from 0.
// The seed is 1, or what MP_SEED says; a test that failed prints it, with the command that runs it again. At its end a
// story fails the test if a checker found a broken rule.
#pragma once

#include "simulator/world/world.hpp"

namespace mp::sim {

class Story;

namespace literals {
constexpr std::uint32_t operator""_B(unsigned long long n) { return static_cast<std::uint32_t>(n); }
constexpr std::uint32_t operator""_KiB(unsigned long long n) { return static_cast<std::uint32_t>(n * 1024); }
constexpr std::uint32_t operator""_MiB(unsigned long long n) { return static_cast<std::uint32_t>(n * 1024 * 1024); }
// Shares, in parts per million.
constexpr std::uint32_t operator""_percent(unsigned long long n) { return static_cast<std::uint32_t>(n * 10'000); }
constexpr Duration operator""_s(unsigned long long n) { return seconds(static_cast<std::int64_t>(n)); }
constexpr Duration operator""_ms(unsigned long long n) { return milliseconds(static_cast<std::int64_t>(n)); }
}  // namespace literals

// A Package that was sent, and what became of it.
class Sending {
 public:
  // Whether the node took it; else why not.
  bool queued() const { return serial_ != 0; }
  Status refusal() const { return refusal_; }
  // Whether the sender was told how it ended, and how. Precondition of outcome(): ended().
  bool ended() const;
  Outcome outcome() const;
  // Whether the Application at the other end got it, as the ledger saw it.
  bool arrived() const;
  // From sending to arrival. Precondition: arrived().
  Duration latency() const;

 private:
  friend class Story;
  friend class StoryNode;
  Sending(Story& story, const TrafficApp::Sent& sent) : story_(&story), serial_(sent.serial), refusal_(sent.refusal) {}
  const Ledger::Entry& entry() const;
  Story* story_;
  std::uint64_t serial_;
  Status refusal_;
};

class StoryNode {
 public:
  class Parcel {
   public:
    Sending to(std::uint32_t node) const;
    Sending to_everyone() const;
    // Nobody shall acknowledge it.
    Parcel unasked() const { return {story_, from_, size_, false}; }

   private:
    friend class StoryNode;
    Parcel(Story& story, std::uint32_t from, std::uint32_t size, bool ask)
        : story_(story), from_(from), size_(size), ask_(ask) {}
    Story& story_;
    std::uint32_t from_, size_;
    bool ask_;
  };

  // `size`: bytes of the blob.
  Parcel sends(std::uint32_t size) const { return {story_, number_, size, true}; }
  // Loses power, and everything but its storage.
  void crashes() const;
  void restarts() const;
  // Its storage is empty at the next start. Only without power.
  void is_wiped() const;
  // The power fails in the middle of its next write to storage.
  void loses_power_in_next_write() const;
  void moves_to(Point place) const;
  bool has_power() const;
  bool knows(std::uint32_t other) const;
  std::uint32_t count(Counter counter) const;
  // The real thing. Precondition: has_power().
  Node& node() const;
  const NodeId& id() const;
  // One more Application, until the node loses power.
  void runs(Application& application) const;

 private:
  friend class Story;
  StoryNode(Story& story, std::uint32_t number) : story_(story), number_(number) {}
  Story& story_;
  std::uint32_t number_;
};

// What goes wrong on a link until heals().
class StoryLink {
 public:
  StoryLink& loses(std::uint32_t share_ppm);
  StoryLink& loses_in_bursts(std::uint32_t share_ppm, Duration good, Duration bad);
  StoryLink& repeats(std::uint32_t share_ppm, Duration later);
  StoryLink& reorders(std::uint32_t share_ppm, Duration by_up_to);
  // Past the radio's checksum, into the node.
  StoryLink& corrupts(std::uint32_t share_ppm);
  StoryLink& breaks() { return loses(kCertain_ppm); }
  void heals();

 private:
  friend class Story;
  StoryLink(Story& story, std::vector<bool> from, std::vector<bool> to, bool both_ways = true)
      : story_(story), from_(std::move(from)), to_(std::move(to)), both_ways_(both_ways) {}
  StoryLink& add(FaultSpec spec);
  Story& story_;
  std::vector<bool> from_, to_;
  bool both_ways_;
};

class Story {
 public:
  Story() : Story(seed_from_environment()) {}
  explicit Story(std::uint64_t seed);
  ~Story();
  Story(const Story&) = delete;
  Story& operator=(const Story&) = delete;

  // --- what the world is made of ---------------------------------------------------------------------------
  Story& line(std::uint32_t nodes);
  Story& ring(std::uint32_t nodes);
  Story& grid(std::uint32_t columns, std::uint32_t rows);
  // At random, each with this many neighbours on average.
  Story& scattered(std::uint32_t nodes, std::uint32_t degree);
  // Addresses and static routes along a tree, so that Packages go further than a neighbour.
  Story& routes();
  // Takes the place of what was there (an ideal medium); more may be added.
  Story& medium(MediumKind kind);
  Story& also_medium(MediumKind kind, std::vector<std::uint32_t> nodes);
  Story& limits(const Limits& limits);
  // All of them members of a closed network of that name.
  Story& closed(const std::string& network = "home");
  // Anything else, before the first action.
  Scenario& scenario();

  // --- what happens ----------------------------------------------------------------------------------------
  StoryNode node(std::uint32_t number) { return {*this, number}; }
  StoryLink link(std::uint32_t a, std::uint32_t b);
  // One direction only.
  StoryLink way(std::uint32_t from, std::uint32_t to);
  StoryLink every_link();
  // Nothing passes between these nodes and the others, until heals().
  StoryLink parted(const std::vector<std::uint32_t>& nodes);
  // Runs until all live neighbours know each other. Fails the test if they do not in time.
  void meet(Duration limit = seconds(180));
  void run(Duration time);
  // Until every Package that was sent has ended. Fails the test if they do not in time.
  void run_until_idle(Duration limit = seconds(3600));
  bool run_until(const std::function<bool()>& condition, Duration limit = seconds(600));
  Instant now();

  // --- what came of it -------------------------------------------------------------------------------------
  World& world();
  std::size_t violations() { return world().referee().total(); }
  // A test that wants a checker to strike looks itself; else a broken rule fails the test.
  void expect_violations() { violations_expected_ = true; }
  std::uint64_t trace_hash() { return world().result().trace_hash; }
  std::uint64_t seed() const { return seed_; }

 private:
  friend class Sending;
  friend class StoryLink;
  friend class StoryNode;
  static std::uint64_t seed_from_environment();

  std::uint64_t seed_;
  Scenario scenario_;
  std::unique_ptr<World> world_;
  std::vector<std::size_t> faults_;  // numbers of the link faults that are on
  bool violations_expected_ = false;
};

}  // namespace mp::sim
