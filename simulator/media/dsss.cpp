// SPDX-License-Identifier: ISC
#include "simulator/media/dsss.hpp"

#include "simulator/engine/maths.hpp"

#include <bit>
#include <cmath>

namespace mp::sim::dsss {
namespace {

constexpr double kGain = 22.0;  // 22 MHz / 1 Mb/s

}  // namespace

BitErrors::BitErrors() {
  for (std::size_t i = 0; i < kSteps; ++i) {
    // The middle of the step.
    const auto octave = static_cast<int>(i >> kStepBits) + kLowest;
    const double fraction = (static_cast<double>(i & ((1U << kStepBits) - 1)) + 0.5) / (1U << kStepBits);
    const double error = 0.5 * maths::exp(-kGain * std::ldexp(1.0 + fraction, octave));
    table_[i] = maths::log(1.0 - error);
  }
}

double BitErrors::log_success(double sinr) const {
  // Exponent and first digits of the number itself are the place in the table.
  const auto bits = static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(sinr) >> (52 - kStepBits));
  const std::int64_t first = std::int64_t{1023 + kLowest} << kStepBits;
  const std::int64_t step = bits - first;
  if (step < 0) return table_.front();
  if (step >= static_cast<std::int64_t>(kSteps)) return 0.0;
  return table_[static_cast<std::size_t>(step)];
}

const BitErrors& bit_errors() {
  static const BitErrors errors;
  return errors;
}

}  // namespace mp::sim::dsss
