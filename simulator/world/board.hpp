// SPDX-License-Identifier: ISC
// A board: radios, a clock, storage and power, and the node that runs on it. The node is the one of core/, unchanged;
// it lives in a block of memory between two guards, and dies with the power.
#pragma once

#include "micropycelium/applications/contacts.hpp"
#include "micropycelium/applications/seal.hpp"
#include "simulator/world/clock.hpp"
#include "simulator/world/flash.hpp"
#include "simulator/world/traffic_app.hpp"

#include <memory>
#include <optional>
#include <span>

namespace mp::sim {

class Board;

// What a board asks of its world.
class BoardListener : public TrafficListener {
 public:
  virtual void on_started(Board& board) = 0;
  // Power failed in the middle of a write.
  virtual void on_struck(Board& board) = 0;

 protected:
  ~BoardListener() = default;
};

// The most slots of each table that were in use at once.
struct HighWater {
  std::uint32_t peers = 0, routes = 0, datagrams = 0, sequences_in = 0, sequences_out = 0, seen = 0;
};

class Board final : public RadioOwner, public Handler {
 public:
  struct World {
    EventQueue& events;
    Referee& referee;
    Ledger& ledger;
    BoardListener& listener;
  };
  // `spec` outlives the board.
  Board(const World& world, std::uint32_t number, const NodeSpec& spec, Seed seed);
  ~Board() = default;
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;

  void add_radio(Radio& radio) { radios_.push_back(&radio); }

  // Gives power: a new node starts from what storage holds.
  void power_on();
  // Takes it away: everything but storage is gone. Not from inside a poll of this board.
  void power_off();
  bool powered() const { return powered_; }

  std::uint32_t number() const { return number_; }
  const NodeSpec& spec() const { return spec_; }
  Incarnation incarnation() const { return {number_, incarnation_}; }
  Flash& flash() { return flash_; }
  const std::vector<Radio*>& radios() const { return radios_; }
  // Null while there is no power.
  Node* node() { return running_ ? &running_->node : nullptr; }
  const Node* node() const { return running_ ? &running_->node : nullptr; }
  // Null without power, or where the node hangs in no tree and is no leaf.
  SpanningTree* tree() { return running_ && (spec_.trees > 0 || spec_.tree_options.leaf) ? &running_->tree : nullptr; }
  TrafficApp* app() { return running_ ? &running_->app : nullptr; }
  // Polls soon: something was asked of the node from outside.
  void nudge() { plan(world_.events.now()); }

  // Looks whether the node kept inside its block and its limits; reports what it finds.
  void inspect();
  const HighWater& high_water() const { return high_water_; }
  // Whether the node took something damaged that node `from` (kNoNode: anyone) had sent, since then.
  bool took_damaged_since(Instant since, std::uint32_t from) const;

  void on_heard(Radio& radio) override;
  bool on_send(Radio& radio, const LinkAddress& to, Bytes datagram) override;
  bool on_take(Radio& radio, const LinkAddress& from, Bytes datagram) override;
  void on_taken_damaged(const Radio& radio, const Frame& frame) override;
  void on_event(std::uint64_t what) override;
  // For nodes that misbehave: a frame that this board heard.
  void overhear(const Frame& frame);

 private:
  // What an event is for; those but the first with the incarnation they were planned for.
  static constexpr std::uint64_t kAlarm = 0;
  static constexpr std::uint64_t kMisbehave = std::uint64_t{1} << 63;
  static constexpr std::uint64_t kSleep = std::uint64_t{1} << 62;
  static constexpr std::uint64_t kWake = std::uint64_t{1} << 61;

  struct Running {
    Running(const World& world, const NodeSpec& spec, Incarnation self, Seed seed, Flash& flash,
            std::span<std::uint64_t> block);
    StreamRandom random;
    Beacon beacon;
    SpanningTree tree;
    TrafficApp app;
    struct Protection {
      explicit Protection(Storage& storage) : contacts(storage) {}
      StaticSeal<> seal;
      Contacts contacts;
    };
    std::unique_ptr<Protection> protection;  // NodeSpec::seal
    Node node;                               // last: it is destroyed first
  };

  void plan(Instant at);
  void poll();
  void misbehave();
  void begin_sleep_cycle();
  void set_asleep(bool asleep);
  bool swallows(Bytes datagram) const;

  World world_;
  std::uint32_t number_;
  const NodeSpec& spec_;  // one for many boards: kept close by, whichever of them is polled
  Seed seed_;
  std::vector<std::uint64_t> memory_;  // guard, the node's block, guard
  Stream stream_;
  Flash flash_;
  BoardClock clock_;
  std::vector<Radio*> radios_;
  std::optional<Running> running_;
  bool powered_ = false;
  std::uint32_t incarnation_ = 0;
  Instant planned_ = Instant::never();  // the next poll
  std::vector<Instant> alarms_;         // events that are planned for a poll, the next one last
  Instant last_local_{};
  std::uint32_t polls_ = 0;
  std::uint32_t stuck_ = 0;  // polls in a row that wanted another at once
  HighWater high_water_;
  struct Damage {
    std::uint32_t from;
    Instant at;  // the latest
  };
  std::vector<Damage> damages_;                      // one per neighbour
  std::vector<Frame> heard_;                         // replayer
  std::vector<std::unique_ptr<std::byte[]>> leaks_;  // heap_leak
};

}  // namespace mp::sim
