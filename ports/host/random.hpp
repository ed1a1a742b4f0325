// SPDX-License-Identifier: ISC
// Random on Linux: the kernel's generator for real nodes, a seeded one for tests that must be repeatable.
#pragma once

#include "micropycelium/platform/random.hpp"

namespace mp::host {

class SystemRandom final : public Random {
 public:
  void fill(MutableBytes out) override;
};

// SplitMix64: the same seed gives the same bytes everywhere. Never for keys that matter.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(MutableBytes out) override;

 private:
  std::uint64_t state_;
};

}  // namespace mp::host
