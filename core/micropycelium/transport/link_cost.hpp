// SPDX-License-Identifier: ISC
// What a link costs: how often a frame is sent on it until the other end has said that it is there, in eighths
// (specification: routing.md, "Cost of a link"). Two bytes, learnt from what really happens.
#pragma once

#include "micropycelium/packet/compact_address.hpp"

#include <algorithm>

namespace mp {

inline constexpr unsigned kLinkCostMax = kCostOfClass[kCostClassMax];  // 128: sixteen transmissions
// In place of a cost: it does not answer.
inline constexpr std::uint16_t kNoAnswer = 0xffff;

class LinkCost {
 public:
  // So many of the latest sendings count.
  static constexpr unsigned kWindow = 64;

  // One sending to one: whether the other end's word came that it is there.
  constexpr void sent(bool acknowledged) { step(acknowledged, 1); }
  // A link that repeats by itself, up to `tries_max` times, has said what became of a frame. `tries`: how many it took;
  // 0: it does not say. A success that may have taken any number of them is worth half of one: so a link that always
  // succeeds still gets to 8, and one that just manages with its repetitions does not.
  constexpr void reported(bool acknowledged, unsigned tries, unsigned tries_max) {
    const unsigned lost = tries > 0 ? tries : std::max(tries_max, 1U);
    const unsigned failures = !acknowledged ? lost : tries > 0 ? tries - 1 : 0;
    for (unsigned i = 0; i < failures && i < kWindow; ++i) step(false, 1);
    if (acknowledged) step(true, tries > 0 ? 1 : 2);
  }
  // One of the announcements that come again and again was heard, after at least so many that were not. `weight`: what
  // each counts, since it is seldom that there is one.
  constexpr void heard(unsigned missed, unsigned weight = 1) {
    for (unsigned i = 0; i < std::min(missed, kMissedMax) * weight; ++i) step(false, 1);
    for (unsigned i = 0; i < weight; ++i) step(true, 1);
  }

  // Eighths of a transmission, 8..128. Of a link that nothing is known of: 16.
  constexpr std::uint16_t cost() const {
    const unsigned cost = (kCostUnit * kOne + delivered_ / 2U) / delivered_;
    return static_cast<std::uint16_t>(std::clamp(cost, kCostUnit, kLinkCostMax));
  }
  // Sendings that it is made from, kWindow - 3 at most.
  constexpr unsigned samples() const { return samples_; }

 private:
  static constexpr unsigned kOne = 1024;
  static constexpr unsigned kLeast = kOne * kCostUnit / kLinkCostMax;
  static constexpr unsigned kMissedMax = 4;

  // Laplace's rule of succession, (arrived + 1) / (sent + 2), until the window is full; then an average whose weights
  // fall off. A `part` of 2 is half a sample: rounded up, so that it gets to the end.
  constexpr void step(bool good, unsigned part) {
    const unsigned weight = samples_ + 3U;
    const unsigned d = weight * part;
    const unsigned delivered = delivered_;
    if (good)
      delivered_ = static_cast<std::uint16_t>(
          std::min(delivered + (kOne - delivered + (part == 1 ? d / 2 : d - 1)) / d, kOne - 1) & 0x3ffU);
    else
      delivered_ = static_cast<std::uint16_t>(std::max(delivered - (delivered + d / 2) / d, kLeast) & 0x3ffU);
    if (weight < kWindow) samples_ = static_cast<std::uint16_t>((samples_ + 1U) & 0x3fU);
  }

  std::uint16_t delivered_ : 10 = kOne / 2;  // of 1024
  std::uint16_t samples_ : 6 = 0;
};
static_assert(sizeof(LinkCost) == 2);

// Told costs and hysteresis: each change is an address that changes, for all below. A cost that is twice or half of
// what was told is told at once, one that is off by a quarter only now and then.
constexpr bool cost_far_off(unsigned told, unsigned now) { return now >= 2 * told || 2 * now <= told; }
constexpr bool cost_off(unsigned told, unsigned now) { return 4 * (now > told ? now - told : told - now) >= told; }

}  // namespace mp
