// SPDX-License-Identifier: ISC
#include "simulator/scenario/defaults.hpp"

namespace mp::sim {
namespace {

// A disc of 100 m: the scale of the radios that it stands for, so that layouts look alike.
constexpr std::int64_t kDisc_mm = 100'000;

MediumSpec espnow() {
  MediumSpec m;
  // An ESP32 board with its antenna on the board.
  m.propagation.tx_mdbm = 16'000;
  // Free space over the first metre at 2.437 GHz, channel 6: 20 log10(4 pi f / c).
  m.propagation.reference_loss_mdb = 40'180;
  // Outdoors with bushes and walls about, indoors on one floor: 2.7 to 3.5 are usual (Rappaport, Wireless
  // Communications, table 4.2).
  m.propagation.exponent_milli = 3'000;
  // ESP32 datasheet, "current consumption depending on RF modes": 190 mA while sending at 16 dBm, 95 to 100 mA while
  // receiving. Listening costs what receiving costs. Light sleep: 0.8 mA.
  m.energy = {.supply_mv = 3'300, .tx_ua = 190'000, .rx_ua = 97'500, .idle_ua = 97'500, .sleep_ua = 800};
  return m;
}

MediumSpec lora() {
  MediumSpec m;
  // The most that the European band 868.0 to 868.6 MHz allows (25 mW), together with 1 % of every hour.
  m.propagation.tx_mdbm = 14'000;
  m.lora.duty_ppm = 10'000;
  // Free space over the first metre at 868.3 MHz.
  m.propagation.reference_loss_mdb = 31'220;
  m.propagation.exponent_milli = 3'000;
  // RYLR998 datasheet: 94 mA sending at 10 dBm and 145 mA at 22 dBm, a straight line between; 17.5 mA receiving, the
  // same for listening; 10 microamperes asleep.
  m.energy = {.supply_mv = 3'300, .tx_ua = 111'000, .rx_ua = 17'500, .idle_ua = 17'500, .sleep_ua = 10};
  return m;
}

}  // namespace

MediumSpec defaults_of(MediumKind kind) {
  MediumSpec m;
  if (kind == MediumKind::espnow) m = espnow();
  if (kind == MediumKind::lora) m = lora();
  if (kind == MediumKind::ideal) m.propagation.range_mm = kDisc_mm;
  m.kind = kind;
  return m;
}

}  // namespace mp::sim
