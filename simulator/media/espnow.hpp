// SPDX-License-Identifier: ISC
// ESP-NOW: 802.11b at 1 Mb/s without an access point. Radios listen before they send (DCF: DIFS, slots, backoff frozen
// while busy, EIFS after a frame that was locked on to and could not be read), acknowledge and repeat unicast frames,
// neither for broadcast. A frame is received if the radio was idle and locked on to it (SINR at the preamble), and none
// of its bits was wrong, over the pieces between changes of interference. Powers are sums of integers: exact, whatever
// the order.
//
// Left out: rate adaptation (ESP-NOW has none), RTS/CTS, power control, fading in time, receivers that let go of a
// frame for a stronger one. A signal is sensed 15 us after it began (CCA), so stations whose countdowns end within that
// time collide.
#pragma once

#include "simulator/engine/maths.hpp"
#include "simulator/media/backoff.hpp"
#include "simulator/media/medium.hpp"

#include <deque>

namespace mp::sim {

class EspnowMedium final : public Medium {
 public:
  EspnowMedium(const MediumSpec& spec, std::uint8_t number, EventQueue& events, Seed seed);

  bool in_range(RadioIndex from, RadioIndex to) const override;
  InterfaceCaps caps() const override;
  Duration airtime(std::size_t bytes) const override { return dsss::airtime(bytes); }
  Status submit(Radio& radio, const Frame& frame) override;
  void on_event(std::uint64_t what) override;

  // Thermal noise of the receiver: -174 dBm/Hz in 22 MHz, and its noise figure.
  static std::int32_t noise_mdbm(const EspnowSpec& spec);
  // The weakest signal that a radio locks on to when nothing disturbs.
  static std::int32_t sensitivity_mdbm(const EspnowSpec& spec);

 private:
  static constexpr std::uint32_t kNone = 0xffff'ffff;
  enum class Kind : std::uint8_t { sensed, over, access, ack_due, ack_missing };
  // What a transmission is to one radio, in the end.
  enum class Ear : std::uint8_t { too_weak, off, locked, read, collided, faded, deaf, slept, cut };

  struct Heard {
    RadioIndex radio;
    Ear ear;
    maths::Power power;
  };
  // A transmission on the air, with those who heard it when it began: they may move meanwhile.
  struct Flight {
    Frame frame;  // of an acknowledgement: from whom, to whom, 14 bytes
    Instant begin{}, end{};
    std::uint32_t generation = 0;
    std::uint16_t sequence = 0;
    std::uint8_t tries = 1;
    bool ack = false;
    std::vector<Heard> heard;
  };

  enum class Phase : std::uint8_t { idle, contending, sending, awaiting };
  // What a radio senses, and all that a change of it asks for. One cache line: it is touched three times by every
  // transmission in reach.
  struct alignas(64) Ears {
    maths::Power on_air = 0;  // of all others' signals
    maths::Power signal = 0;  // of the frame locked on to
    double log_success = 0;   // of its bits so far
    Instant piece{};          // since when interference is what it is
    Instant idle_since{};
    Instant wait_until{};  // EIFS after a frame that could not be read
    std::uint32_t locked = kNone;
    std::uint32_t position = 0;  // among those who hear the locked flight
    std::uint32_t sending = kNone;
    bool busy = false;
    bool disturbed = false;     // another signal during the lock
    Phase phase = Phase::idle;  // of its MAC
  };
  static_assert(sizeof(Ears) == 64);

  struct Outgoing {
    Frame frame;
    std::uint16_t sequence = 0;
    std::uint8_t tries = 0;
  };
  struct Last {  // the newest frame from a sender, to know its repetitions by
    RadioIndex from;
    std::uint16_t sequence;
  };
  // The rest of the MAC of a radio.
  struct Station {
    explicit Station(Seed seed) : stream(seed) {}
    Stream stream;
    Backoff backoff;
    Instant reserved_until{};  // by the duration field of a frame that was read
    bool ack_overdue = false;
    bool owes_ack = false;
    std::uint32_t generation = 0;  // of the timer that the phase waits for
    std::uint32_t ack_generation = 0;
    RadioIndex ack_to = 0;
    std::uint16_t next_sequence = 0;
    std::vector<Outgoing> queue;  // the first is being sent
    std::vector<Last> last;
    std::size_t last_next = 0;
  };

  // --- the air (espnow.cpp) ------------------------------------------------------------------------------
  void grow();
  std::uint32_t begin(RadioIndex from, const Frame& frame, Duration length, bool ack);
  void fetch_ahead(const Flight& flight, std::size_t i) const;
  void sensed(std::uint32_t slot);
  void over(std::uint32_t slot, bool cut);
  Ear try_to_lock(std::uint32_t slot, std::uint32_t position, RadioIndex at, maths::Power power);
  Ear read(RadioIndex at, const Flight& flight, bool cut);
  void heard_out(const Flight& flight, const Heard& heard);
  void close_piece(Ears& e) const;
  void let_go(RadioIndex at, Ear why);
  void sense(RadioIndex at);
  bool listening(RadioIndex at) const;
  void on_mode(Radio& radio, RadioMode before) override;

  // --- the MAC (espnow_mac.cpp) --------------------------------------------------------------------------
  void channel_busy(RadioIndex at);
  void channel_idle(RadioIndex at);
  void plan_access(RadioIndex at);
  void access(RadioIndex at);
  void contend(RadioIndex at);
  void transmit(RadioIndex at);
  void sent(RadioIndex at, const Flight& flight);
  void send_ack(RadioIndex at);
  void answered(RadioIndex at);
  void unanswered(RadioIndex at);
  void lock_over(RadioIndex at);
  void done_with_first(RadioIndex at);
  void take(RadioIndex at, const Flight& flight);
  bool repetition(Station& station, const Flight& flight);
  void power_off(RadioIndex at);
  void plan(Instant at, Kind kind, std::uint32_t generation, std::uint32_t number);

  const dsss::BitErrors& errors_ = dsss::bit_errors();
  maths::Power noise_, lock_power_, busy_power_;
  double lock_ratio_;
  std::vector<Ears> ears_;
  std::vector<Station> stations_;
  std::deque<Flight> flights_;  // never moves
  std::vector<std::uint32_t> free_;
};

}  // namespace mp::sim
