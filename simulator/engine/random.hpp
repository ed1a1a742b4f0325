// SPDX-License-Identifier: ISC
// Chance, from one seed. A Seed is a node of a tree: each child is named, so that what one part of the world draws
// never depends on how much another drew, and adding a node does not reshuffle the others. All distributions are
// integer arithmetic or the functions of maths.hpp: equal on every compiler and processor.
#pragma once

#include "micropycelium/base/time.hpp"
#include "micropycelium/platform/random.hpp"

#include <cstdint>
#include <string_view>

namespace mp::sim {

// Parts per million: how probabilities are written, exactly.
inline constexpr std::uint32_t kCertain_ppm = 1'000'000;

class Seed {
 public:
  constexpr explicit Seed(std::uint64_t value) : value_(value) {}
  constexpr std::uint64_t value() const { return value_; }
  // The child of this name and number.
  constexpr Seed child(std::string_view name, std::uint64_t index = 0) const {
    std::uint64_t h = mix(value_ ^ 0x6d70'7369'6d21'0000U);
    for (const char c : name) h = mix(h ^ static_cast<std::uint8_t>(c));
    return Seed(mix(h ^ mix(index + 0x9e37'79b9'7f4a'7c15U)));
  }
  // The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection that scatters every bit.
  static constexpr std::uint64_t mix(std::uint64_t z) {
    z += 0x9e37'79b9'7f4a'7c15U;
    z = (z ^ (z >> 30)) * 0xbf58'476d'1ce4'e5b9U;
    z = (z ^ (z >> 27)) * 0x94d0'49bb'1331'11ebU;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t value_;
};

// A stream of draws: xoshiro256** (Blackman, Vigna 2018). 32 bytes.
class Stream {
 public:
  explicit Stream(Seed seed);

  std::uint64_t u64();
  // 0 .. n-1, each equally likely. n > 0.
  std::uint64_t below(std::uint64_t n);
  // lo .. hi, both included.
  std::int64_t between(std::int64_t lo, std::int64_t hi);
  Duration between(Duration lo, Duration hi) { return microseconds(between(lo.us, hi.us)); }
  // True `ppm` times in a million. Draws nothing for 0 and for kCertain_ppm and above.
  bool chance(std::uint32_t ppm);
  // Exponentially distributed with this mean, rounded to whole microseconds, at least 1.
  Duration exponential(Duration mean);
  // Normally distributed around 0 with this standard deviation, rounded to an integer (within 6 deviations).
  std::int64_t normal(std::int64_t deviation);
  // [0, 1), a multiple of 2^-53.
  double unit();
  void fill(MutableBytes out);

 private:
  std::uint64_t s_[4];
};

// What the simulator lends a node as its Random.
class StreamRandom final : public Random {
 public:
  explicit StreamRandom(Seed seed) : stream_(seed) {}
  void fill(MutableBytes out) override { stream_.fill(out); }

 private:
  Stream stream_;
};

}  // namespace mp::sim
