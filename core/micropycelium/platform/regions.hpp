// SPDX-License-Identifier: ISC
// What the law asks of a LoRa transmitter, by band (specification: airtime.md, "Regions"). An aid, not legal advice:
// whoever puts a transmitter into operation answers for it.
#pragma once

#include "micropycelium/platform/interface.hpp"

namespace mp {

struct Region {
  std::string_view name;
  std::uint32_t from_khz = 0, to_khz = 0;
  std::int8_t power_max_dbm = 0;  // in whole decibels; radiated in Europe, conducted in the United States
  AirtimeRule rule;
};

// Europe: ETSI EN 300 220-2, annex B (25 mW, 500 mW and 10 mW radiated). United States: 47 CFR 15.247; a channel of
// 125 or 250 kHz counts as frequency hopping and may be held for 400 ms, one of 500 kHz as digital modulation.
inline constexpr Region kRegions[] = {
    {"eu433", 433'050, 434'790, 10, {.share_ppm = 100'000}},
    {"eu868", 868'000, 868'600, 14, {.share_ppm = 10'000}},
    {"eu868-low", 868'700, 869'200, 14, {.share_ppm = 1'000}},
    {"eu868-high", 869'400, 869'650, 27, {.share_ppm = 100'000}},
    {"eu868-top", 869'700, 870'000, 14, {.share_ppm = 10'000}},
    {"us915", 902'000, 928'000, 30, {.longest = milliseconds(400)}},
    {"us915-500", 902'000, 928'000, 30, {}},
};

// Null: none has this name.
constexpr const Region* find_region(std::string_view name) {
  for (const Region& r : kRegions)
    if (r.name == name) return &r;
  return nullptr;
}

}  // namespace mp
