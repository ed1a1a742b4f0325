// SPDX-License-Identifier: ISC
// The few functions of analysis that the physics needs, made of +, -, *, / and sqrt only, which IEEE 754 rounds
// exactly: the C library's own differ by a last bit between processors and compilers, and a trace hash sees that.
// (The simulator is compiled with -ffp-contract=off for the same reason.) Relative error below 1e-14.
#pragma once

#include <cstdint>

namespace mp::sim::maths {

double log(double x);   // natural; x > 0
double log2(double x);  // x > 0
double exp(double x);   // x in -700 .. 700
double sin(double x);   // |x| < 1000
double cos(double x);

// Decibels are integers in thousandths ("mdb"), powers relative to a milliwatt "mdbm".
double ratio_of(std::int32_t mdb);  // 10^(mdb/10000)
std::int32_t mdb_of(double ratio);  // ratio > 0
inline constexpr std::int32_t kSilent_mdbm = -400'000;

// Power as an integer, so that sums of interferers do not depend on the order in which they came and went.
// Unit: 1e-20 W (-170 dBm), enough for thermal noise in 1 Hz; the top is +22 dBm.
using Power = std::uint64_t;
Power power_of(std::int32_t mdbm);
std::int32_t mdbm_of(Power power);  // kSilent_mdbm for none

// The smallest integer not below a / b, both positive.
constexpr std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace mp::sim::maths
