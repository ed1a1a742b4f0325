// SPDX-License-Identifier: ISC
// The Interface that a simulated node is given. What it sends goes to its Medium; what the Medium lets it hear waits
// in its inbox, as in the ring of a driver, until the node polls.
#pragma once

#include "micropycelium/platform/interface.hpp"
#include "simulator/media/reach.hpp"

#include <deque>

namespace mp::sim {

class Medium;
class Radio;

// Bytes on the air. Copied, never shared: 256 bytes at most.
struct Frame {
  static constexpr std::size_t kBytesMax = 250;
  static constexpr RadioIndex kEveryone = 0xffff'ffff;
  RadioIndex from = 0;
  RadioIndex to = kEveryone;
  std::uint8_t size = 0;
  bool damaged = false;  // by a fault that the radio's checksum does not see; only the referee knows
  ByteArray<kBytesMax> bytes{};

  bool broadcast() const { return to == kEveryone; }
  Bytes view() const { return Bytes(bytes).first(size); }
};

// Frames that wait in inboxes, of all radios of a medium together: what was given back last is lent next, so that
// thousands of inboxes, empty most of the time, share the little memory that the few need which are not.
class FramePool {
 public:
  struct Held {
    Frame frame;
    Held* next = nullptr;
  };
  Held& lend(const Frame& frame);
  void give_back(Held& held);

 private:
  std::deque<Held> all_;  // never moves
  Held* free_ = nullptr;
};

enum class RadioMode : std::uint8_t { off, asleep, awake };

// How long a radio was in each state; what it used follows from the medium's EnergySpec.
struct RadioTimes {
  Duration tx{}, rx{}, idle{}, asleep{}, off{};
};

struct RadioCounts {
  std::uint64_t sent = 0;  // frames that were on the air, repetitions of the MAC included
  std::uint64_t sent_bytes = 0;
  std::uint64_t received = 0;     // frames handed to the node
  std::uint64_t would_block = 0;  // sends refused for a full queue
  std::uint64_t collided = 0;     // frames lost to others at the same time
  std::uint64_t faded = 0;        // frames too weak against the noise
  std::uint64_t deaf = 0;         // frames missed while sending oneself (half duplex)
  std::uint64_t slept = 0;        // frames missed asleep
  std::uint64_t faulted = 0;      // frames lost to a fault of the scenario, or the medium's own loss
  std::uint64_t overflowed = 0;   // frames lost to a full inbox
  std::uint64_t unanswered = 0;   // unicast frames given up by the MAC
};

// Who holds the radio.
class RadioOwner {
 public:
  // Something lies in the inbox.
  virtual void on_heard(Radio& radio) = 0;
  // The node calls the Interface: the referee looks whether it may. False: the frame is swallowed.
  virtual bool on_send(Radio& radio, const LinkAddress& to, Bytes datagram) = 0;
  // The node is about to take a datagram. False: it never sees it.
  virtual bool on_take(Radio& /*radio*/, const LinkAddress& /*from*/, Bytes /*datagram*/) { return true; }
  // The node takes a frame that is not as it was sent, which only the world can know.
  virtual void on_taken_damaged(const Radio& /*radio*/, const Frame& /*frame*/) {}

 protected:
  ~RadioOwner() = default;
};

// Laid out so that what a frame that arrives asks for is one cache line, and what it counts the next.
class alignas(64) Radio final : public Interface {
 public:
  Radio(Medium& medium, RadioIndex index, std::uint32_t node, std::uint8_t number, RadioOwner& owner)
      : medium_(medium), owner_(owner), index_(index), node_(node), number_(number) {}

  InterfaceCaps caps() const override;
  Status send(const LinkAddress& to, Bytes datagram) override;
  std::optional<Received> receive() override;
  Duration airtime(std::size_t n) const override;
  Duration busy_for() const override;
  Status listen(bool on) override;
  std::optional<LinkReport> answered() override;

  Medium& medium() const { return medium_; }
  RadioIndex index() const { return index_; }      // within the medium
  std::uint32_t node() const { return node_; }     // whose it is
  std::uint8_t number() const { return number_; }  // among the node's Interfaces
  RadioMode mode() const;
  // Whether the frame that the node took last was damaged.
  bool took_damaged() const { return took_damaged_; }
  bool inbox_empty() const { return waiting_ == 0; }
  const RadioCounts& counts() const { return counts_; }
  const RadioTimes& times() const;

  static LinkAddress address_of(RadioIndex index);
  // kEveryone for the broadcast address; nothing for one that no radio of the simulator has.
  static std::optional<RadioIndex> index_of(const LinkAddress& address);

 private:
  friend class Medium;
  void put(const Frame& frame);
  void give_back_first();
  void empty_inbox();
  void answer(bool arrived);

  Medium& medium_;
  RadioOwner& owner_;
  RadioIndex index_;
  std::uint32_t node_;
  std::uint8_t number_;
  FramePool::Held* first_ = nullptr;  // of the inbox: the oldest
  FramePool::Held* last_ = nullptr;
  std::uint32_t waiting_ = 0;  // those that the node has not taken
  bool taken_ = false;         // the node has the oldest, until it asks for the next
  bool took_damaged_ = false;
  std::deque<bool> answers_;  // of the MAC, that the node has not taken
  RadioCounts counts_;
};

}  // namespace mp::sim
