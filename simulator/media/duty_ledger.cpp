// SPDX-License-Identifier: ISC
#include "simulator/media/duty_ledger.hpp"

#include <algorithm>

namespace mp::sim {

Duration DutyLedger::add(Instant begin, Instant end, Duration window) {
  if (first_ < entries_.size() && entries_.back().end == begin) {
    entries_.back().end = end;
    entries_.back().airtime = entries_.back().airtime + (end - begin);
  } else {
    entries_.push_back({begin, end, end - begin});
  }
  total_ = total_ + (end - begin);

  const Instant from = end - window;
  while (entries_[first_].end <= from) total_ = total_ - entries_[first_++].airtime;
  const Entry& oldest = entries_[first_];
  Duration sent = total_;
  // Of the oldest, only what lies inside.
  if (oldest.begin < from) sent = sent - oldest.airtime + std::min(oldest.airtime, oldest.end - from);
  worst_ = std::max(worst_, sent);

  if (2 * first_ > entries_.size()) {
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  if (entries_.size() - first_ > kEntriesMax) join_pairs();
  return sent;
}

void DutyLedger::join_pairs() {
  std::vector<Entry> joined;
  joined.reserve(kEntriesMax);
  std::size_t i = first_;
  // The newest stays as it is: the next may follow on it.
  for (; i + 2 < entries_.size(); i += 2)
    joined.push_back({entries_[i].begin, entries_[i + 1].end, entries_[i].airtime + entries_[i + 1].airtime});
  for (; i < entries_.size(); ++i) joined.push_back(entries_[i]);
  entries_ = std::move(joined);
  first_ = 0;
}

}  // namespace mp::sim
