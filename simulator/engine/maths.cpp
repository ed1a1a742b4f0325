// SPDX-License-Identifier: ISC
#include "simulator/engine/maths.hpp"

#include <cmath>

namespace mp::sim::maths {
namespace {

constexpr double kLn2 = 0.693147180559945309417232121458;
constexpr double kPi = 3.14159265358979323846264338328;
constexpr double kTenthLog2Of10 = 0.332192809488736234787031942949;  // log2(10) / 10

// sin(x) for |x| <= pi/4 and cos(x) there: Taylor's series.
double sine_near_zero(double x) {
  const double z = x * x;
  double term = x, sum = x;
  for (int n = 1; n < 10; ++n) {
    term = -term * z / static_cast<double>(2 * n * (2 * n + 1));
    sum += term;
  }
  return sum;
}

double cosine_near_zero(double x) {
  const double z = x * x;
  double term = 1, sum = 1;
  for (int n = 1; n < 10; ++n) {
    term = -term * z / static_cast<double>((2 * n - 1) * 2 * n);
    sum += term;
  }
  return sum;
}

}  // namespace

double log(double x) {
  int exponent = 0;
  double m = std::frexp(x, &exponent);  // exact; m in [0.5, 1)
  if (m < 0.70710678118654752440) {
    m *= 2;
    --exponent;
  }
  // ln m = 2 artanh((m-1)/(m+1)), with |argument| < 0.172.
  const double t = (m - 1) / (m + 1);
  const double z = t * t;
  double power = t, sum = t;
  for (int n = 3; n < 25; n += 2) {
    power *= z;
    sum += power / static_cast<double>(n);
  }
  return 2 * sum + static_cast<double>(exponent) * kLn2;
}

double log2(double x) { return log(x) / kLn2; }

double exp(double x) {
  const double k = std::floor(x / kLn2 + 0.5);
  const double r = x - k * kLn2;  // |r| <= ln2 / 2
  double term = 1, sum = 1;
  for (int n = 1; n < 18; ++n) {
    term = term * r / static_cast<double>(n);
    sum += term;
  }
  return std::ldexp(sum, static_cast<int>(k));
}

double sin(double x) {
  const double turns = std::floor(x / (kPi / 2) + 0.5);
  const double r = x - turns * (kPi / 2);
  switch (static_cast<std::int64_t>(turns) & 3) {
    case 0:
      return sine_near_zero(r);
    case 1:
      return cosine_near_zero(r);
    case 2:
      return -sine_near_zero(r);
    default:
      return -cosine_near_zero(r);
  }
}

double cos(double x) { return sin(x + kPi / 2); }

double ratio_of(std::int32_t mdb) { return exp(static_cast<double>(mdb) / 1000.0 * kTenthLog2Of10 * kLn2); }

std::int32_t mdb_of(double ratio) {
  const double mdb = log2(ratio) / kTenthLog2Of10 * 1000.0;
  return static_cast<std::int32_t>(mdb < 0 ? mdb - 0.5 : mdb + 0.5);
}

Power power_of(std::int32_t mdbm) {
  // 0 dBm = 1 mW = 1e17 units.
  if (mdbm >= 22'000) mdbm = 22'000;
  if (mdbm <= -180'000) return 0;
  return static_cast<Power>(ratio_of(mdbm) * 1e17 + 0.5);
}

std::int32_t mdbm_of(Power power) { return power == 0 ? kSilent_mdbm : mdb_of(static_cast<double>(power) / 1e17); }

}  // namespace mp::sim::maths
