// SPDX-License-Identifier: ISC
// When a radio that sleeps can be reached: the body of a NIA, and a pseudo entry in a Beacon's list of Applications
// (specification: sleep.md, "Telling the phase"). Layout: period u16 | wake u16 | opens u16, milliseconds. The entry is
// the first ten bytes of kWakePhase's id, then the same six; who does not know it takes it for an Application that it
// does not have.
#pragma once

#include "micropycelium/base/result.hpp"
#include "micropycelium/messages/app_identity.hpp"
#include "micropycelium/messages/id_list.hpp"

#include <optional>

namespace mp {

// Not an Application, like kExtensions.
inline constexpr AppIdentity kWakePhase{"Micropycelium", "Wake phase", 1};

// A grid of windows in which a radio listens: `wake_ms` out of every `period_ms`. All 0: it always does.
struct WakeTime {
  std::uint16_t period_ms = 0;
  std::uint16_t wake_ms = 0;
  std::uint16_t opens_ms = 0;  // from the sending of this message to the next opening of a window

  bool sleeps() const { return period_ms != 0; }
  bool operator==(const WakeTime&) const = default;
};

inline constexpr std::size_t kWakeSize = 6;
inline constexpr std::size_t kWakePrefix = AppId::kSize - kWakeSize;

// What neighbours can keep: a longest period, and a shortest window as a part of it.
inline constexpr std::int64_t kWakePeriodMax_ms = 30'000;
inline constexpr std::int64_t kWakePeriodsMax = 100;

// Status: truncated, too_large; bad_value (no time awake or less than a hundredth, or none asleep, a period of more
// than 30 s, or the next window lies beyond a period).
Result<WakeTime> decode_wake(Bytes body);
void encode_wake(const WakeTime& wake, std::span<std::byte, kWakeSize> out);

AppId wake_entry(const WakeTime& wake);
bool is_wake_entry(const AppId& entry);
// What the first such entry of a list says; none: there is none, or it makes no sense.
std::optional<WakeTime> wake_of(const AppIdList& apps);

// Puts `wake` into the entry of a Package of the Beacon Application, and its digest right. False: it is another
// Package, or a Beacon without the entry.
bool stamp_beacon(MutableBytes package, const WakeTime& wake);

}  // namespace mp
