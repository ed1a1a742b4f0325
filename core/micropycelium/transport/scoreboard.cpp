// SPDX-License-Identifier: ISC
#include "micropycelium/transport/scoreboard.hpp"

#include "micropycelium/base/check.hpp"

#include <algorithm>

namespace mp {

std::optional<std::uint32_t> Scoreboard::lost() const {
  if (lost_count_ == 0) return std::nullopt;
  for (std::uint32_t part = base_; part < next_; ++part)
    if (lost_.has(part)) return part;
  return std::nullopt;
}

void Scoreboard::sent(std::uint32_t part, bool ask, Instant now) {
  MP_CHECK(part >= base_ && part <= next_ && part < base_ + kWindow);
  const bool first = part == next_;
  ++numbers_;
  number_[part % kWindow] = numbers_;
  if (first) {
    ++next_;
    ++in_flight_;
  } else if (lost_.has(part)) {
    lost_.clear(part);
    --lost_count_;
    ++in_flight_;
  }
  if (!ask) return;
  asked_[questions_ % asked_.size()] = {.at = now, .part = part, .number = numbers_, .open = true, .first = first};
  ++questions_;
}

Scoreboard::Taken Scoreboard::take(const Report& report, Instant now, std::uint16_t overtaking, Duration timeout) {
  Taken taken;
  const auto says_arrived = [&](std::uint32_t part) {
    return part < report.first_missing || (part < report.end() && !report.missing(part));
  };
  std::uint32_t newest = 0x1'0000;  // age of the youngest sending that is known to have arrived only now
  for (std::uint32_t part = base_; part < next_; ++part) {
    if (!says_arrived(part) || arrived_.has(part)) continue;
    taken.news = true;
    arrived_.set(part);
    newest = std::min<std::uint32_t>(newest, age(number_[part % kWindow]));
    if (lost_.has(part)) {
      lost_.clear(part);
      --lost_count_;
    }
    for (Question& q : asked_)
      if (q.open && q.part == part) {
        if (q.first && q.number == number_[part % kWindow]) taken.sample = now - q.at;
        q.open = false;
      }
  }
  for (; base_ < report.first_missing; ++base_) arrived_.clear(base_);

  // What went out before an answer was overdue is as lost as what was overtaken.
  std::uint32_t overdue = 0x1'0000;
  for (const Question& q : asked_)
    if (q.open && now - q.at >= timeout) overdue = std::min<std::uint32_t>(overdue, age(q.number));
  in_flight_ = 0;
  for (std::uint32_t part = base_; part < next_; ++part) {
    if (arrived_.has(part) || lost_.has(part)) continue;
    const std::uint32_t old = age(number_[part % kWindow]);
    if (old > newest + overtaking || old >= overdue) {
      lost_.set(part);
      ++lost_count_;
    } else {
      ++in_flight_;
    }
  }
  return taken;
}

}  // namespace mp
