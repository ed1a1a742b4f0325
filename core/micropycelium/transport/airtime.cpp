// SPDX-License-Identifier: ISC
#include "micropycelium/transport/airtime.hpp"

#include <algorithm>

namespace mp {
namespace {

constexpr std::byte kRecordVersion{2};

}  // namespace

Status AirtimeLedger::begin(const AirtimeRule& rule, Instant now) {
  allowed_ = microseconds(rule.window.us / 1'000'000 * rule.share_ppm +
                          rule.window.us % 1'000'000 * rule.share_ppm / 1'000'000);
  slot_ = microseconds(rule.window.us / kSlotsInWindow + 1);
  if (rule.window <= Duration{} || allowed_ <= Duration{}) return Status::bad_value;
  slot_end_ = now + slot_;
  unsaved_ = kUnsavedMax;
  return Status::ok;
}

// The newest slot is the one that `now` lies in.
void AirtimeLedger::turn(Instant now) {
  if (now < slot_end_) return;
  const std::int64_t passed = (now - slot_end_).us / slot_.us + 1;
  for (std::int64_t i = 0; i < std::min<std::int64_t>(passed, kSlots); ++i) {
    newest_ = static_cast<std::uint8_t>((newest_ + 1U) % kSlots);
    used_[newest_] = 0;
  }
  slot_end_ = slot_end_ + slot_ * passed;
}

Instant AirtimeLedger::fits_at(Duration cost, std::int64_t reserve, Instant now) {
  turn(now);
  // A unit less: what rounding has left over lies in an older slot than what it is used for.
  std::int64_t over = units(cost) + reserve - (kWhole - 1);
  if (over > 0) return Instant::never();
  for (const std::uint16_t used : used_) over += used;
  if (over <= 0) return now;
  Instant at = slot_end_;
  for (std::size_t i = 1; i < kSlots; ++i, at = at + slot_) {
    over -= used_[(newest_ + i) % kSlots];
    if (over <= 0) break;
  }
  return at;
}

void AirtimeLedger::spend(Duration cost, Instant now) {
  turn(now);
  const std::int64_t needed = units(cost);
  left_over_ += needed * allowed_.us - cost.us * kWhole;
  const auto u = static_cast<std::int32_t>(std::min(needed, kWhole));
  used_[newest_] = static_cast<std::uint16_t>(std::min<std::int32_t>(used_[newest_] + u, 0xffff));
  unsaved_ = static_cast<std::int32_t>(std::min<std::int64_t>(unsaved_ + u, kUnsavedMax));
}

void AirtimeLedger::save(std::span<std::byte, kRecordSize> out) const {
  out[0] = kRecordVersion;
  for (std::size_t i = 0; i < kSlots; ++i) store_be(out.data() + 1 + 2 * i, used_[(newest_ + 1 + i) % kSlots]);
}

Status AirtimeLedger::restore(Bytes record, Instant now) {
  if (record.size() != kRecordSize || record[0] != kRecordVersion) return Status::corrupt;
  turn(now);
  for (std::size_t i = 0; i < kSlots; ++i)
    used_[(newest_ + 1 + i) % kSlots] = load_be<std::uint16_t>(record.data() + 1 + 2 * i);
  used_[newest_] = static_cast<std::uint16_t>(std::min<std::int64_t>(used_[newest_] + kUnsavedMax, 0xffff));
  unsaved_ = kUnsavedMax;
  return Status::ok;
}

void AirtimeBudget::begin(const AirtimeRule& rule, AirtimeLedger* ledger) {
  rule_ = rule;
  ledger_ = ledger;
}

std::int64_t AirtimeBudget::share_ppm(Priority priority) const {
  const std::int64_t share = rule_.share_ppm;
  if (priority == Priority::control) return std::max<std::int64_t>(share * kControlShare_ppm / 1'000'000, 1);
  // What bulk may have in advance is part of a window too: else the ledger is full before the window is over, and a
  // long silence follows, again in every window.
  return std::max<std::int64_t>(share - share * kReserve / AirtimeLedger::kWhole - share / kBulkBurst, 1);
}

AirtimeBudget::When AirtimeBudget::may_send_at(Priority priority, Duration cost, Instant now) {
  if (rule_.longest > Duration{} && cost > rule_.longest) return {Instant::never()};
  const bool urgent = priority <= Priority::acknowledgement;
  const Instant lawful = ledger_ != nullptr ? ledger_->fits_at(cost, urgent ? 0 : kReserve, now) : now;
  if (lawful > now) return {lawful};
  Instant paced = now;
  if (priority == Priority::control)
    paced = control_.next_at(ledger_ != nullptr ? rule_.window / kControlBurst : kControlBurstFree, now);
  if (priority == Priority::bulk && ledger_ != nullptr) paced = bulk_.next_at(rule_.window / kBulkBurst, now);
  return {paced, paced > now};
}

void AirtimeBudget::spend(Priority priority, Duration cost, Instant now) {
  if (ledger_ != nullptr) ledger_->spend(cost, now);
  if (priority == Priority::control) control_.spend(cost, share_ppm(Priority::control), now);
  // Whatever is sent, bulk has so much less.
  if (ledger_ != nullptr) bulk_.spend(cost, share_ppm(Priority::bulk), now);
}

}  // namespace mp
