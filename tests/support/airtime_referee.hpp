// SPDX-License-Identifier: ISC
// What the tests of the ledger and of the budget measure the law with: an exact referee, rules, frames at random.
#pragma once

#include "micropycelium/platform/regions.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace mp::test {

inline constexpr std::int64_t kFramesLateIn =
    127;  // a frame may lie in a driver's queue for so large a part of a window

// Every transmission there was, exactly.
class Referee {
 public:
  explicit Referee(const AirtimeRule& rule) : window_(rule.window), allowed_us_(allowed(rule)) {}

  static std::int64_t allowed(const AirtimeRule& rule) {
    return rule.window.us * std::int64_t{rule.share_ppm} / 1'000'000;
  }
  void on_air(Instant start, Duration cost) { sent_.push_back({start.us, start.us + cost.us}); }

  // The most that was on the air in any window, as a part of what is allowed. What is on the air in a sliding window
  // is greatest where the window begins with a transmission or ends with one.
  double worst() {
    std::sort(sent_.begin(), sent_.end(), [](const Span& a, const Span& b) { return a.from < b.from; });
    std::int64_t most = 0;
    for (const Span& s : sent_)
      for (const std::int64_t from : {s.from, s.to - window_.us}) most = std::max(most, in_window(from));
    return static_cast<double>(most) / static_cast<double>(allowed_us_);
  }
  std::int64_t total_us() const {
    std::int64_t sum = 0;
    for (const Span& s : sent_) sum += s.to - s.from;
    return sum;
  }
  std::size_t count() const { return sent_.size(); }

 private:
  struct Span {
    std::int64_t from, to;
  };
  // Precondition: sorted. Of those that began before the window only as many are looked at as may reach into it.
  std::int64_t in_window(std::int64_t from) const {
    const std::int64_t to = from + window_.us;
    auto it = std::lower_bound(sent_.begin(), sent_.end(), from - window_.us / kFramesLateIn,
                               [](const Span& s, std::int64_t t) { return s.from < t; });
    std::int64_t sum = 0;
    for (; it != sent_.end() && it->from < to; ++it)
      sum += std::max<std::int64_t>(0, std::min(it->to, to) - std::max(it->from, from));
    return sum;
  }

  Duration window_;
  std::int64_t allowed_us_;
  std::vector<Span> sent_;
};

// The rules of the regions that limit the share, and some that try the arithmetic.
inline std::vector<std::pair<std::string, AirtimeRule>> limiting_rules() {
  std::vector<std::pair<std::string, AirtimeRule>> rules;
  for (const Region& r : kRegions)
    if (r.rule.limits()) rules.emplace_back(r.name, r.rule);
  rules.push_back({"short window", {.share_ppm = 100'000, .window = seconds(10)}});
  rules.push_back({"odd window", {.share_ppm = 33'333, .window = microseconds(123'456'789)}});
  rules.push_back({"a day", {.share_ppm = 10'000, .window = seconds(86'400)}});
  rules.push_back({"everything", {.share_ppm = 1'000'000, .window = seconds(600)}});
  return rules;
}

class Frames {
 public:
  Frames(const AirtimeRule& rule, std::uint64_t seed) : engine_(seed), allowed_(Referee::allowed(rule)) {
    slot_ = rule.window.us / kFramesLateIn;
  }
  std::int64_t below(std::int64_t n) { return static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(n)); }
  bool one_in(std::int64_t n) { return below(n) == 0; }
  // From a hundredth of what is allowed down to a ten-thousandth, now and then a giant.
  Duration cost() {
    const std::int64_t most = one_in(50) ? allowed_ / 4 : allowed_ / (100 * (std::int64_t{1} << below(7)));
    return microseconds(1 + below(std::max<std::int64_t>(1, std::min(most, slot_ / 2))));
  }
  // Pauses of all lengths, from none to two windows.
  Duration pause(const AirtimeRule& rule) {
    const std::int64_t longest = std::max<std::int64_t>(1, rule.window.us * 2 >> below(24));
    return microseconds(one_in(3) ? 0 : below(longest));
  }
  // It waits in the driver, and is off the air again within a slot.
  Duration late(Duration cost) { return microseconds(one_in(3) ? 0 : below(slot_ - cost.us + 1)); }

 private:
  std::mt19937_64 engine_;
  std::int64_t allowed_;
  std::int64_t slot_ = 0;
};

}  // namespace mp::test
