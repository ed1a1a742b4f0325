// SPDX-License-Identifier: ISC
#include "simulator/media/lora_airtime.hpp"

#include "simulator/engine/maths.hpp"

#include <algorithm>

namespace mp::sim {
namespace {

// Low data rate optimisation: from symbols of 16.38 ms on, two bits of each are left out.
bool slow(const LoraSpec& spec) {
  return (std::int64_t{100'000} << spec.spreading_factor) >= std::int64_t{1'638'000} * spec.bandwidth_khz;
}

std::int64_t preamble_quarters(const LoraSpec& spec) {
  return 4 * std::int64_t{spec.preamble} + (spec.spreading_factor < 7 ? 25 : 17);
}

}  // namespace

Duration lora_quarter_symbols(const LoraSpec& spec, std::int64_t quarters) {
  const std::int64_t khz4 = std::int64_t{4} * spec.bandwidth_khz;
  return microseconds((quarters * (std::int64_t{1000} << spec.spreading_factor) + khz4 / 2) / khz4);
}

Duration lora_preamble(const LoraSpec& spec) { return lora_quarter_symbols(spec, preamble_quarters(spec)); }

Duration lora_airtime(const LoraSpec& spec, std::size_t payload) {
  const std::int64_t sf = spec.spreading_factor;
  const auto bits = static_cast<std::int64_t>(8 * (payload + kLoraOverhead));
  // CRC of 16 bits and header of 20; from SF7 on 8 bits more in the first eight symbols.
  const std::int64_t left = bits + 16 - 4 * sf + (sf >= 7 ? 28 : 20);
  const std::int64_t per_group = 4 * (slow(spec) ? sf - 2 : sf);
  const std::int64_t groups = left > 0 ? maths::divide_up(left, per_group) : 0;
  const std::int64_t symbols = 8 + groups * (spec.coding_rate + 4);
  return lora_quarter_symbols(spec, preamble_quarters(spec) + 4 * symbols);
}

std::int32_t lora_noise_mdbm(const LoraSpec& spec) {
  return -174'000 + maths::mdb_of(static_cast<double>(spec.bandwidth_khz) * 1000.0) + spec.noise_figure_mdb;
}

}  // namespace mp::sim
