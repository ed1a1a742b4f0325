// SPDX-License-Identifier: ISC
// Times on the air that were computed elsewhere, by the formula of the SX1261/2 datasheet, for a RYLR998.
#include "simulator/media/lora_airtime.hpp"

#include <gtest/gtest.h>

#include <array>

namespace mp::sim {
namespace {

LoraSpec lora(std::uint8_t sf, std::uint32_t khz, std::uint8_t coding_rate = 1, std::uint8_t preamble = 12) {
  LoraSpec spec;
  spec.spreading_factor = sf;
  spec.bandwidth_khz = khz;
  spec.coding_rate = coding_rate;
  spec.preamble = preamble;
  return spec;
}

std::int64_t ms(const LoraSpec& spec, std::size_t payload) { return (lora_airtime(spec, payload).us + 500) / 1000; }

struct Row {
  std::uint8_t sf;
  std::uint32_t khz;
  std::array<std::int64_t, 5> ms;  // for 32, 64, 128, 192, 240 bytes
};

TEST(LoraAirtime, TableOfTheModule_EqualToTheMillisecond) {
  constexpr std::array<std::size_t, 5> kSizes{32, 64, 128, 192, 240};
  constexpr std::array<Row, 5> kRows{{{9, 125, {284, 427, 714, 1000, 1226}},
                                      {8, 125, {152, 234, 398, 562, 685}},
                                      {7, 125, {86, 132, 225, 317, 388}},
                                      {7, 500, {22, 33, 56, 79, 97}},
                                      {5, 500, {7, 11, 19, 27, 33}}}};
  for (const Row& row : kRows)
    for (std::size_t i = 0; i < kSizes.size(); ++i)
      EXPECT_EQ(ms(lora(row.sf, row.khz), kSizes[i]), row.ms[i])
          << "SF" << +row.sf << " " << row.khz << " " << kSizes[i];
}

TEST(LoraAirtime, ByHand_EqualToTheMicrosecond) {
  // SF7, 125 kHz, symbols of 1024 us. 10 + 5 bytes: 120 bits + 16 - 28 + 28 = 136, / 28: 5 groups of 5, so
  // 12 + 4.25 + 8 + 25 = 49.25 symbols.
  EXPECT_EQ(lora_airtime(lora(7, 125), 10).us, 50'432);
  // SF5, 500 kHz, symbols of 64 us, coding rate 4/8, preamble 24: 120 + 16 - 20 + 20 = 136, / 20: 7 groups of 8, so
  // 24 + 6.25 + 8 + 56 = 94.25 symbols.
  EXPECT_EQ(lora_airtime(lora(5, 500, 4, 24), 10).us, 6'032);
  // SF11, 125 kHz: 16.384 ms, low data rate optimisation. 120 + 16 - 44 + 28 = 120, / 36: 4 groups of 5.
  EXPECT_EQ(lora_airtime(lora(11, 125), 10).us, 724'992);
}

TEST(LoraAirtime, PreambleAndSymbols_AsTheDatasheetSays) {
  EXPECT_EQ(lora_preamble(lora(9, 125)).us, 66'560);  // 16.25 * 4096
  EXPECT_EQ(lora_preamble(lora(6, 125)).us, 9'344);   // 18.25 * 512
  EXPECT_EQ(lora_quarter_symbols(lora(7, 500), 3).us, 192);
}

TEST(LoraAirtime, Sensitivity_AsTheDatasheetSays) {
  EXPECT_EQ(lora_snr_floor_mdb(5), -2'500);
  EXPECT_EQ(lora_snr_floor_mdb(7), -7'500);
  EXPECT_EQ(lora_snr_floor_mdb(9), -12'500);
  EXPECT_EQ(lora_snr_floor_mdb(12), -20'000);
  // SX1262, 125 kHz: -124 dBm at SF7, -137 at SF12 (datasheet, table 3-8); within a decibel and a half.
  EXPECT_NEAR(lora_sensitivity_mdbm(lora(7, 125)), -124'000, 1'500);
  EXPECT_NEAR(lora_sensitivity_mdbm(lora(12, 125)), -137'000, 1'500);
}

}  // namespace
}  // namespace mp::sim
