// SPDX-License-Identifier: ISC
// LoRa by modules like the RYLR998, all on one channel with one spreading factor: a radio sends as soon as it has
// something (ALOHA), without listening, and hears nothing meanwhile. A frame is read if the radio locked on to its
// preamble and it stays stronger than all others together by `capture_mdb`; a stronger one that comes while the
// preamble lasts takes over, later it only spoils (Bor et al., MSWiM 2016; Rahmadhani, Kuipers, WiNTECH 2018). The
// medium keeps a ledger of what each radio sends, as the referee of the duty cycle.
//
// Left out: other spreading factors on the channel, frequency offsets, fading in time, the UART to the module.
#pragma once

#include "simulator/engine/maths.hpp"
#include "simulator/media/duty_ledger.hpp"
#include "simulator/media/lora_airtime.hpp"
#include "simulator/media/medium.hpp"

#include <deque>

namespace mp::sim {

class LoraMedium final : public Medium {
 public:
  LoraMedium(const MediumSpec& spec, std::uint8_t number, EventQueue& events, Seed seed);

  bool in_range(RadioIndex from, RadioIndex to) const override;
  InterfaceCaps caps() const override;
  Duration airtime(std::size_t bytes) const override { return lora_airtime(spec().lora, bytes); }
  Status submit(Radio& radio, const Frame& frame) override;
  Duration busy_for(const Radio& radio) const override;
  void on_event(std::uint64_t what) override;

  // The largest share of any window of duty_window that this radio has been sending, rounded up.
  std::uint32_t duty_worst_ppm(RadioIndex radio) const override;

 private:
  static constexpr std::uint32_t kNone = 0xffff'ffff;
  enum class Kind : std::uint8_t { preamble, over };
  enum class Ear : std::uint8_t { too_weak, off, locked, read, collided, deaf, slept, cut };

  struct Heard {
    RadioIndex radio;
    Ear ear;
    maths::Power power;
  };
  // A transmission on the air, with those who heard it when it began: they may move meanwhile.
  struct Flight {
    Frame frame;
    Instant begin{};
    std::uint32_t generation = 0;
    std::vector<Heard> heard;
  };
  struct Station {
    maths::Power on_air = 0;  // of all others' signals
    maths::Power signal = 0;  // of the frame locked on to
    std::uint32_t locked = kNone;
    std::uint32_t position = 0;  // among those who hear the locked flight
    std::uint32_t sending = kNone;
    bool spoiled = false;      // the locked frame can not be read any more
    std::vector<Frame> queue;  // the first is on the air
    DutyLedger ledger;
  };

  void grow();
  void transmit(RadioIndex from);
  void preamble_heard(std::uint32_t slot);
  Ear try_to_lock(std::uint32_t slot, std::uint32_t position, RadioIndex at, maths::Power power);
  void over(std::uint32_t slot, bool cut);
  void let_go(RadioIndex at, Ear why);
  void heard_out(const Flight& flight, const Heard& heard);
  void keep_ledger(RadioIndex from, Instant begin);
  std::uint32_t share_ppm(Duration sent) const;
  void on_mode(Radio& radio, RadioMode before) override;

  maths::Power lock_power_;
  double capture_ratio_;
  Duration lock_after_;  // from the begin of a frame until a radio has locked on to it
  Duration preamble_;
  std::vector<Station> stations_;
  std::deque<Flight> flights_;  // never moves
  std::vector<std::uint32_t> free_;
};

}  // namespace mp::sim
