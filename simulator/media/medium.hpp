// SPDX-License-Identifier: ISC
// A medium carries frames between radios, by its own physics, in virtual time. What all media share is here: who
// hears whom, inboxes, faults on the way, what each radio did with its time, and the reports to whoever looks on.
#pragma once

#include "simulator/engine/events.hpp"
#include "simulator/media/radio.hpp"

#include <memory>
#include <vector>

namespace mp::sim {

// What the faults of a scenario do to one frame on one link.
struct Passage {
  bool lost = false;
  bool corrupted = false;  // bytes were changed; `undetected` says whether a checksum of the radio's sees it
  bool undetected = false;
  Duration delay{};       // comes so much later
  bool repeated = false;  // comes once more, `repeat_delay` after the first
  Duration repeat_delay{};
};

class Conditions {
 public:
  // Called once for each frame that physics would let `to` hear. Nodes, not radios. May change the bytes.
  virtual Passage pass(std::uint32_t from_node, std::uint32_t to_node, Frame& frame) = 0;
  // Nothing happens to any frame for now: pass() need not be asked.
  virtual bool quiet() const { return false; }

 protected:
  ~Conditions() = default;
};

// How a frame ended at one radio.
enum class Fate : std::uint8_t { received, collided, faded, deaf, slept, faulted, overflowed };
const char* name(Fate fate);

// One transmission, as it begins; on `ideal` as the radio takes it, when it begins later, and on `udp` as it is over.
struct Transmission {
  const Frame& frame;
  Instant begin;
  Duration airtime;        // of the frame alone, without what the MAC adds after it
  std::uint8_t tries = 1;  // 2 and more: the MAC sends the same frame again
};

class Witness {
 public:
  virtual void on_transmission(const Medium& medium, const Transmission& t) = 0;
  // Of every radio that could have heard it; `at` is now.
  virtual void on_fate(const Medium& medium, const Frame& frame, RadioIndex at, Fate fate) = 0;
  // A radio has sent for more than the law's share of the window that ends now; once for each transmission that did it.
  virtual void on_duty_breach(const Medium& /*medium*/, RadioIndex /*at*/, std::uint32_t /*share_ppm*/) {}
  // A radio sent for longer than the law lets it in one go.
  virtual void on_long_transmission(const Medium& /*medium*/, RadioIndex /*at*/, Duration /*length*/) {}

 protected:
  ~Witness() = default;
};

// What neighbours have above the sensitivity of a radio: at the very edge the murmur of far radios decides.
inline constexpr std::int32_t kSpare_mdb = 1'000;

class Medium : public Handler {
 public:
  virtual ~Medium() = default;
  Medium(const Medium&) = delete;
  Medium& operator=(const Medium&) = delete;

  // Makes a radio for a node. All are made before the first event.
  Radio& add_radio(std::uint32_t node, std::uint8_t number, RadioOwner& owner, Point at, std::int32_t tx_gain_mdb,
                   bool geometric);
  void set_gain_max(std::int32_t mdb) { reach_.set_gain_max(mdb); }
  void join(RadioIndex a, RadioIndex b, std::int32_t loss_mdb) { reach_.join(a, b, loss_mdb); }
  void move(RadioIndex radio, Point to) { reach_.move(radio, to); }
  // Switches a radio. Off drops what it holds; asleep it hears nothing, but may send.
  void set_mode(Radio& radio, RadioMode mode);
  // Brings the times of all radios up to now.
  void settle();

  void set_conditions(Conditions* conditions) { conditions_ = conditions; }
  void set_witness(Witness* witness) { witness_ = witness; }

  const MediumSpec& spec() const { return spec_; }
  std::uint8_t number() const { return number_; }
  std::size_t size() const { return radios_.size(); }
  Radio& radio(RadioIndex i) const { return *radios_[i]; }
  const Reach& reach() const { return reach_; }
  Instant now() const { return events_.now(); }
  // Whether `to` would hear `from` if nothing disturbed: what "neighbours" means in figures and checkers.
  virtual bool in_range(RadioIndex from, RadioIndex to) const = 0;

  // The most of any window of the law's that this radio sent in, in ppm; 0 on media without such a law.
  virtual std::uint32_t duty_worst_ppm(RadioIndex /*radio*/) const { return 0; }

  // --- what the Interface asks -------------------------------------------------------------------------
  virtual InterfaceCaps caps() const = 0;
  virtual Duration airtime(std::size_t bytes) const = 0;
  // Takes a frame of a radio that is not off. Status: ok, would_block.
  virtual Status submit(Radio& radio, const Frame& frame) = 0;
  // After would_block: how long until it may take one.
  virtual Duration busy_for(const Radio& /*radio*/) const { return milliseconds(1); }

 protected:
  // `number`: in order of the scenario. Signals below `floor_mdbm` play no part.
  Medium(const MediumSpec& spec, std::uint8_t number, std::int32_t floor_mdbm, EventQueue& events, Seed seed);

  // The radio was switched; a medium with a queue or a lock of its own clears it when it went off.
  virtual void on_mode(Radio& radio, RadioMode before) = 0;
  // What the faults of the scenario do to this frame; asked once for each radio that physics lets hear it. The frame
  // that comes out is the one that went in, or a changed one, valid until the next call.
  struct Passed {
    Passage passage;
    const Frame& frame;
  };
  Passed pass(const Frame& frame, RadioIndex to);
  // Physics let `to` hear the frame: puts it into the inbox, later or twice if the passage says so.
  void hand_over(const Passed& passed, RadioIndex to);
  // The frame ended so at this radio: counts and reports. For what physics did not let it hear.
  void ended(const Frame& frame, RadioIndex at, Fate fate);
  void transmitted(Radio& radio, const Transmission& t);
  // For the times: call when a radio begins or ends to send, or locks on to a frame.
  void set_sending(RadioIndex radio, bool sending);
  void set_receiving(RadioIndex radio, bool receiving);
  // The radio listens before or after it sends, though its node has put it to sleep: idle, not asleep.
  void set_listening(RadioIndex radio, bool listening);
  RadioMode mode(RadioIndex radio) const { return activities_[radio].mode; }
  bool is_receiving(RadioIndex radio) const { return activities_[radio].receiving; }
  // Says that the next of these calls will be about that radio.
  void prefetch(RadioIndex radio) const { __builtin_prefetch(&activities_[radio], 1); }
  // What became of a frame to one, of a MAC that acknowledges.
  void answer(Radio& radio, bool arrived) {
    if (!arrived) ++radio.counts_.unanswered;
    radio.answer(arrived);
  }
  void duty_breached(RadioIndex at, std::uint32_t share_ppm) {
    if (witness_ != nullptr) witness_->on_duty_breach(*this, at, share_ppm);
  }
  // For what chance decides at a radio: its node's own, whichever others there are.
  Seed seed_of(std::size_t radio) const { return seed_.child("radio", radios_[radio]->node()); }
  void too_long(RadioIndex at, Duration length) {
    if (witness_ != nullptr) witness_->on_long_transmission(*this, at, length);
  }
  EventQueue& events() { return events_; }

 private:
  friend class Radio;
  // What a radio does, and how long it did what. One cache line, apart from the rest of the radio: all that every
  // transmission in reach touches lies close together.
  struct alignas(64) Activity {
    RadioTimes times;
    Instant since{};  // times are up to date until then
    RadioMode mode = RadioMode::off;
    bool sending = false, receiving = false;
    bool listening = false;  // asleep as far as the node knows, but up to send
  };
  void settle(Activity& activity) const;
  void deliver(Radio& to, const Frame& frame);
  // Frames under way by way of a fault's delay.
  class Late final : public Handler {
   public:
    explicit Late(Medium& medium) : medium_(medium) {}
    void add(Instant at, const Frame& frame, RadioIndex to);
    void on_event(std::uint64_t what) override;

   private:
    struct Item {
      Frame frame;
      RadioIndex to;
    };
    Medium& medium_;
    std::vector<Item> items_;
    std::vector<std::uint32_t> free_;
  };

  MediumSpec spec_;
  std::uint8_t number_;
  EventQueue& events_;
  Seed seed_;
  Reach reach_;
  std::vector<std::unique_ptr<Radio>> radios_;
  std::vector<Activity> activities_;  // of each radio
  FramePool pool_;
  Conditions* conditions_ = nullptr;
  Frame changed_;
  Witness* witness_ = nullptr;
  Late late_{*this};
};

// The medium that the spec asks for.
std::unique_ptr<Medium> make_medium(const MediumSpec& spec, std::uint8_t number, EventQueue& events, Seed seed);
// How far its frames are received without disturbance or shadowing; what topologies place nodes by.
std::int64_t range_mm(const MediumSpec& spec);

}  // namespace mp::sim
