// SPDX-License-Identifier: ISC
// How much an Interface may send, and when (specification: airtime.md). Three measures, from the law down:
//
//  - a ledger of the last window that is never overdrawn: every slot of it counts in full until the window after its
//    end is over, and two slots more, for frames that lie in a driver's queue before they go out;
//  - a reserve at the end of the ledger that only control and acknowledgements may use;
//  - paces: bulk is spread evenly, so that an hour's airtime is not gone in the first minutes and a long silence does
//    not follow; control traffic gets its share and no more.
#pragma once

#include "micropycelium/base/time.hpp"
#include "micropycelium/platform/interface.hpp"
#include "micropycelium/transport/priority.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace mp {

// The last window of one Interface under a duty cycle. Amounts are in 1/32768 of what the window allows, rounded up.
class AirtimeLedger {
 public:
  static constexpr std::int64_t kWhole = 32'768;

  // `rule` limits the share. Status: bad_value (no window, or a share of 0).
  Status begin(const AirtimeRule& rule, Instant now);
  // The earliest instant at which `cost` more fits, so that `reserve` (in 1/32768) is left; never: it does not fit at
  // all.
  Instant fits_at(Duration cost, std::int64_t reserve, Instant now);
  void spend(Duration cost, Instant now);

  // --- across a restart -----------------------------------------------------------------------------------
  static constexpr std::size_t kRecordSize = 1 + 2 * 256;
  // Whoever keeps the record writes it whenever so much was spent since, and at the first spending after begin() or
  // restore(): a node that loses its power again and again must not spend as much each time. restore() reckons with as
  // much that was not written.
  static constexpr std::int64_t kUnsavedMax = kWhole / 16;
  // What has to be known after a restart: how much each slot holds, the oldest first.
  void save(std::span<std::byte, kRecordSize> out) const;
  // As if it had been written just now: no clock tells how long the power was off. Status: corrupt.
  Status restore(Bytes record, Instant now);
  // Whether it is time to write it.
  bool due_for_saving() const { return unsaved_ >= kUnsavedMax; }
  void saved() { unsaved_ = 0; }
  // How long one part of the window is: what was spent in it comes back at once.
  Duration slot() const { return slot_; }

 private:
  static constexpr std::size_t kSlots = 256;
  // A window is so many slots; those beyond are the one under way and two spare ones.
  static constexpr std::int64_t kSlotsInWindow = kSlots - 3;

  // What a cost takes beyond what rounding has left over.
  std::int64_t units(Duration cost) const {
    return (std::max<std::int64_t>(cost.us * kWhole - left_over_, 0) + allowed_.us - 1) / allowed_.us;
  }
  void turn(Instant now);

  Duration slot_{};     // length
  Duration allowed_{};  // in a window
  Instant slot_end_{};  // of the newest
  std::uint8_t newest_ = 0;
  std::int32_t unsaved_ = 0;
  std::int64_t left_over_ = 0;  // of the last unit begun, in 1/kWhole us; less than a unit
  std::array<std::uint16_t, kSlots> used_{};
};

// A pace that is kept on average, with so much in advance (GCRA, ITU-T I.371: the theoretical arrival time).
class Pace {
 public:
  // The earliest instant of the next frame. `burst`: how far ahead of the pace it may be.
  Instant next_at(Duration burst, Instant now) const { return std::max(now, due_ - burst); }
  // `share_ppm`: of time.
  void spend(Duration cost, std::int64_t share_ppm, Instant now) {
    due_ = std::max(due_, now) + microseconds(cost.us * 1'000'000 / share_ppm);
  }

 private:
  Instant due_{};
};

// What one Interface may send. Without a duty cycle there is no ledger, and only control traffic has a pace.
class AirtimeBudget {
 public:
  // Of a window, for control and acknowledgements alone.
  static constexpr std::int64_t kReserve = AirtimeLedger::kWhole / 64;
  // What control traffic may take, of what the law leaves; so far ahead of its pace: a part of the window, or without
  // a duty cycle so long.
  static constexpr std::int64_t kControlShare_ppm = 100'000;
  static constexpr std::int64_t kControlBurst = 2;
  static constexpr Duration kControlBurstFree = seconds(20);
  // Bulk may be so far ahead of an even pace: a part of the window.
  static constexpr std::int64_t kBulkBurst = 64;

  // `ledger`: null when the rule sets no duty cycle.
  void begin(const AirtimeRule& rule, AirtimeLedger* ledger);
  // Whether the two below have anything to do for this class; else they need not be asked.
  bool reckons(Priority priority) const {
    return ledger_ != nullptr || priority == Priority::control || rule_.longest > Duration{};
  }
  // When a frame of that class and cost may go: now, later, or never (longer than the law lets any be).
  struct When {
    Instant at;
    bool by_pace = false;  // it is its own class's pace that it waits for
  };
  When may_send_at(Priority priority, Duration cost, Instant now);
  void spend(Priority priority, Duration cost, Instant now);
  // How often bulk, or control traffic, of this cost may go in the long run; nothing: as often as it likes. Once the
  // ledger is full, airtime comes back slot by slot.
  Duration bulk_interval(Duration cost) const {
    if (ledger_ == nullptr) return Duration{};
    return std::max(microseconds(cost.us * 1'000'000 / share_ppm(Priority::bulk)), ledger_->slot());
  }
  Duration control_interval(Duration cost) const {
    return microseconds(cost.us * 1'000'000 / share_ppm(Priority::control));
  }
  AirtimeLedger* ledger() { return ledger_; }

 private:
  std::int64_t share_ppm(Priority priority) const;

  AirtimeRule rule_;
  AirtimeLedger* ledger_ = nullptr;
  Pace control_, bulk_;
};

}  // namespace mp
