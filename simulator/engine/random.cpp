// SPDX-License-Identifier: ISC
#include "simulator/engine/random.hpp"

#include "simulator/engine/maths.hpp"

#include <bit>

namespace mp::sim {

Stream::Stream(Seed seed) {
  std::uint64_t z = seed.value();
  for (std::uint64_t& s : s_) s = z = Seed::mix(z);
}

std::uint64_t Stream::u64() {
  const std::uint64_t result = std::rotl(s_[1] * 5, 7) * 9;
  const std::uint64_t t = s_[1] << 17;
  s_[2] ^= s_[0];
  s_[3] ^= s_[1];
  s_[1] ^= s_[2];
  s_[0] ^= s_[3];
  s_[2] ^= t;
  s_[3] = std::rotl(s_[3], 45);
  return result;
}

std::uint64_t Stream::below(std::uint64_t n) {
  // Drawn anew from the smallest power of two that holds n until it fits: at most two draws on average, no bias.
  const unsigned bits = static_cast<unsigned>(std::bit_width(n - 1));
  if (bits == 0) return 0;
  for (;;) {
    const std::uint64_t value = u64() >> (64 - bits);
    if (value < n) return value;
  }
}

std::int64_t Stream::between(std::int64_t lo, std::int64_t hi) {
  if (hi <= lo) return lo;
  return lo + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(hi - lo) + 1));
}

bool Stream::chance(std::uint32_t ppm) {
  if (ppm == 0) return false;
  return ppm >= kCertain_ppm || below(kCertain_ppm) < ppm;
}

double Stream::unit() { return static_cast<double>(u64() >> 11) * 0x1p-53; }

Duration Stream::exponential(Duration mean) {
  const double draw = -maths::log(1.0 - unit()) * static_cast<double>(mean.us);
  return microseconds(draw < 1.0 ? 1 : static_cast<std::int64_t>(draw + 0.5));
}

std::int64_t Stream::normal(std::int64_t deviation) {
  // The sum of twelve uniform draws has variance 1 (Irwin-Hall).
  double sum = -6.0;
  for (int i = 0; i < 12; ++i) sum += unit();
  const double scaled = sum * static_cast<double>(deviation);
  return static_cast<std::int64_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

void Stream::fill(MutableBytes out) {
  for (std::size_t i = 0; i < out.size();) {
    std::uint64_t word = u64();
    for (int k = 0; k < 8 && i < out.size(); ++k, word >>= 8) out[i++] = static_cast<std::byte>(word);
  }
}

}  // namespace mp::sim
