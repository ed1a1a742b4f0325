// SPDX-License-Identifier: ISC
// How long a LoRa frame of a RYLR998 is on the air (Semtech SX1261/2 datasheet, 6.1.4), and what a receiver needs to
// read it. Five bytes of the module's own (two addresses, a length) go before the datagram.
#pragma once

#include "micropycelium/base/time.hpp"
#include "simulator/scenario/scenario.hpp"

#include <cstddef>

namespace mp::sim {

inline constexpr std::size_t kLoraOverhead = 5;

// Explicit header, CRC on. Rounded to the microsecond.
Duration lora_airtime(const LoraSpec& spec, std::size_t payload);
// So many symbols, in quarters.
Duration lora_quarter_symbols(const LoraSpec& spec, std::int64_t quarters);
// The preamble, with the synchronisation word: spec.preamble + 4.25 symbols, 6.25 for SF5 and SF6.
Duration lora_preamble(const LoraSpec& spec);

// The signal-to-noise ratio that a demodulator needs: -2.5 dB at SF5, 2.5 dB less for each step (the same datasheet,
// table 6-1; AN1200.22 for SF7 to SF12).
constexpr std::int32_t lora_snr_floor_mdb(std::uint8_t spreading_factor) {
  return -2'500 * (static_cast<std::int32_t>(spreading_factor) - 4);
}
// -174 dBm/Hz in the bandwidth, and the receiver's noise figure.
std::int32_t lora_noise_mdbm(const LoraSpec& spec);
inline std::int32_t lora_sensitivity_mdbm(const LoraSpec& spec) {
  return lora_noise_mdbm(spec) + lora_snr_floor_mdb(spec.spreading_factor);
}

}  // namespace mp::sim
