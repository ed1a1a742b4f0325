// SPDX-License-Identifier: ISC
// How long an answer takes to come: a smoothed round trip and its deviation (RFC 6298, sections 2.2 and 2.3). Kept for
// each neighbour and each route. Only what was sent once is a sample: of a repetition nobody knows which copy was
// answered. So when a repetition was needed, waits are doubled until there is a sample again (Karn's algorithm): else a
// path that has become slower would never be seen to be.
#pragma once

#include "micropycelium/base/time.hpp"

#include <algorithm>

namespace mp {

class RoundTrip {
 public:
  constexpr bool known() const { return smoothed_us_ != 0; }
  constexpr Duration smoothed() const { return microseconds(smoothed_us_); }

  constexpr void add(Duration sample) {
    doublings_ = 0;
    const std::int64_t us = std::clamp<std::int64_t>(sample.us, 1, kLongest.us);
    if (!known()) {
      smoothed_us_ = static_cast<std::uint32_t>(us);
      deviation_us_ = capped(us / 2) & kDeviationMax_us;
      return;
    }
    const std::int64_t error = us > smoothed_us_ ? us - smoothed_us_ : smoothed_us_ - us;
    deviation_us_ = capped((std::int64_t{deviation_us_} * 3 + error) / 4) & kDeviationMax_us;
    smoothed_us_ = static_cast<std::uint32_t>(std::max<std::int64_t>(1, (std::int64_t{smoothed_us_} * 7 + us) / 8));
  }

  // An answer came, but only to one of several tries.
  constexpr void doubt() {
    if (doublings_ < kDoublingsMax) ++doublings_;
  }

  // The same without doubt.
  constexpr RoundTrip undoubted() const {
    RoundTrip r = *this;
    r.doublings_ = 0;
    return r;
  }

  // How long to wait before an answer counts as missing: at least `margin` longer than usual. Precondition: known().
  constexpr Duration timeout(Duration margin) const {
    return (smoothed() + std::max(microseconds(std::int64_t{deviation_us_} * 4), margin)) *
           (std::int64_t{1} << doublings_);
  }

 private:
  static constexpr Duration kLongest = seconds(3600);
  static constexpr std::uint8_t kDoublingsMax = 4;
  // Over four minutes one is as good as another.
  static constexpr std::uint32_t kDeviationMax_us = (1U << 28) - 1;
  static constexpr std::uint32_t capped(std::int64_t us) {
    return static_cast<std::uint32_t>(std::min(us, std::int64_t{kDeviationMax_us}));
  }

  std::uint32_t smoothed_us_ = 0;
  std::uint32_t deviation_us_ : 28 = 0;
  std::uint32_t doublings_ : 4 = 0;
};
static_assert(sizeof(RoundTrip) == 8);

}  // namespace mp
