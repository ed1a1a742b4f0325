// SPDX-License-Identifier: ISC
// The clock of a board: starts somewhere when the board does, and runs a little fast or slow.
#pragma once

#include "micropycelium/base/time.hpp"

namespace mp::sim {

class BoardClock {
 public:
  BoardClock() = default;
  // `drift_ppm`: above 0 it is fast.
  BoardClock(Instant world, Duration offset, std::int32_t drift_ppm)
      : started_(world), offset_(offset), drift_ppm_(drift_ppm) {}

  // What the board's clock shows at this instant of the world.
  Instant local(Instant world) const {
    const std::int64_t passed = (world - started_).us;
    return Instant{offset_.us + passed + drift(passed)};
  }
  // The first instant of the world at which the clock shows at least this.
  Instant world(Instant local) const {
    if (local == Instant::never()) return local;
    const std::int64_t shown = local.us - offset_.us;
    // Divided first: a scenario may last for years.
    const std::int64_t rate = kMillion + drift_ppm_;
    Instant at = started_ + microseconds(shown / rate * kMillion + shown % rate * kMillion / rate);
    while (this->local(at) < local) at = at + microseconds(1);
    return at;
  }

 private:
  static constexpr std::int64_t kMillion = 1'000'000;
  std::int64_t drift(std::int64_t passed) const {
    const std::int64_t whole = passed / kMillion * drift_ppm_, rest = passed % kMillion * drift_ppm_;
    return whole + (rest >= 0 ? rest / kMillion : -((-rest + kMillion - 1) / kMillion));
  }
  Instant started_{};
  Duration offset_{};
  std::int32_t drift_ppm_ = 0;
};

}  // namespace mp::sim
