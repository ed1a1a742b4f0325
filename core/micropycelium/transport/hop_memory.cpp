// SPDX-License-Identifier: ISC
#include "micropycelium/transport/hop_memory.hpp"

#include <algorithm>

namespace mp {

void HopMemory::begin(std::uint8_t interface, const LinkAddress& link, Instant now) {
  release();
  used_ = true;
  interface_ = interface;
  link_ = link;
  last_heard_ = now;
}

// Of a copy the neighbour does not know that it has come, whatever the link has told.
void HopMemory::owe(Instant now, Pace pace, bool known) {
  fresh_ = static_cast<std::uint8_t>(std::min<std::size_t>(fresh_ + 1U, kRemembered));
  if (fresh_ >= pace.every)
    due_ = now;
  else if (!known)
    due_ = earlier(due_, now + pace.delay);
}

bool HopMemory::repeated(std::uint32_t fingerprint, Instant now, Pace pace) {
  if (now - last_heard_ >= pace.memory) filled_ = fresh_ = 0;
  if (pace.trusted && now - last_heard_ >= pace.delay) fresh_ = 0;
  last_heard_ = now;
  for (std::size_t i = 0; i < filled_; ++i) {
    const std::size_t at = (next_ + kRemembered - 1 - i) % kRemembered;
    if (prints_[at] != fingerprint) continue;
    // To the front, so that it is among what is said next.
    for (std::size_t j = i; j > 0; --j) {
      const std::size_t older = (next_ + kRemembered - 1 - j) % kRemembered;
      prints_[older] = prints_[(older + 1) % kRemembered];
    }
    prints_[(next_ + kRemembered - 1) % kRemembered] = fingerprint;
    owe(now, pace, false);
    return true;
  }
  return false;
}

void HopMemory::taken(std::uint32_t fingerprint, Instant now, Pace pace) {
  prints_[next_] = fingerprint;
  next_ = static_cast<std::uint8_t>((next_ + 1U) % kRemembered);
  filled_ = static_cast<std::uint8_t>(std::min<std::size_t>(filled_ + 1U, kRemembered));
  owe(now, pace, pace.trusted);
}

void HopMemory::refused(Instant now) {
  starved_ = true;
  due_ = now;
}

std::span<const std::uint32_t> HopMemory::say(std::span<std::uint32_t, kRemembered> out) const {
  const std::size_t n = std::min<std::size_t>(filled_, fresh_ + kRepeated);
  for (std::size_t i = 0; i < n; ++i) out[i] = prints_[(next_ + kRemembered - 1 - i) % kRemembered];
  return std::span<const std::uint32_t>(out).first(n);
}

void HopMemory::said(std::uint8_t room, std::uint8_t enough) {
  fresh_ = 0;
  due_ = Instant::never();
  starved_ = room < enough;
}

}  // namespace mp
