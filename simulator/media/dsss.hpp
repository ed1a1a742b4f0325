// SPDX-License-Identifier: ISC
// 802.11b at 1 Mb/s with the long preamble, as numbers: what takes how long, and how likely a frame comes through.
// Times: IEEE 802.11-2016, clauses 10.3 (DCF) and 15 (DSSS). The frame around an ESP-NOW body: ESP-IDF's description
// of the vendor-specific action frame.
#pragma once

#include "micropycelium/base/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace mp::sim::dsss {

inline constexpr Duration kSlot = microseconds(20);
inline constexpr Duration kSifs = microseconds(10);
inline constexpr Duration kDifs = kSifs + kSlot * 2;
// Until a signal that begins is sensed: the CCA time. The rest of a slot is for turning from listening to sending.
inline constexpr Duration kCca = microseconds(15);
inline constexpr Duration kSync = microseconds(144);      // preamble proper: no bits that could be wrong
inline constexpr Duration kPreamble = microseconds(192);  // with the PLCP header of 48 bits
inline constexpr std::size_t kAckBytes = 14;
inline constexpr Duration kAck = kPreamble + microseconds(kAckBytes * 8);
// From the end of a frame that a radio locked on to and could not read: long enough for the acknowledgement that it may
// have asked for. (The standard lets it begin when the channel is idle, which is later if another frame still lasts;
// what it protects comes at the frame's own end.)
inline constexpr Duration kEifs = kSifs + kAck + kDifs;
// From the end of a frame until its acknowledgement should have been noticed: SIFS + slot + PHY-RX-START-Delay.
inline constexpr Duration kAckTimeout = kSifs + kSlot + kPreamble;
// The duration field of a unicast frame: for so long after it others keep silent.
inline constexpr Duration kReserved = kSifs + kAck;

// MAC header 24, category and OUI 4, random 4, vendor element 7, FCS 4.
inline constexpr std::size_t kOverhead = 43;
constexpr Duration airtime(std::size_t body) {
  return kPreamble + microseconds(static_cast<std::int64_t>(body + kOverhead) * 8);
}

// The chance that bits come through. DBPSK: error rate 1/2 exp(-Eb/N0) (Proakis, Digital Communications). One bit
// lasts 11 chips of a Barker code in 22 MHz, so Eb/N0 = SINR * 22 MHz / 1 Mb/s; ns-3's DsssErrorRateModel computes
// the same. A table over SINR, 64 steps to the octave (0.05 dB), so that a reception costs no exponential.
class BitErrors {
 public:
  BitErrors();
  // ln(1 - error rate); `sinr` as a ratio.
  double log_success(double sinr) const;

 private:
  static constexpr int kStepBits = 6;
  static constexpr int kLowest = -6, kHighest = 1;  // octaves: below the first half of the bits are wrong, above none
  static constexpr std::size_t kSteps = static_cast<std::size_t>(kHighest - kLowest + 1) << kStepBits;
  std::array<double, kSteps> table_;
};

// One for all.
const BitErrors& bit_errors();

}  // namespace mp::sim::dsss
