// SPDX-License-Identifier: ISC
// An Interface as the node's egress sees it: when it may send, what it does by itself, whether it sleeps.
#pragma once

#include "micropycelium/base/time.hpp"
#include "micropycelium/transport/airtime.hpp"
#include "micropycelium/transport/modem_sleep.hpp"
#include "micropycelium/transport/priority.hpp"

namespace mp {

// An Interface as egress sees it. What never changes is asked for once.
struct Link {
  AirtimeBudget budget;
  Instant free_at{};               // a frame of class `waiting` waits until then
  std::uint8_t waiting = kNobody;  // and nothing of this class or below goes before it
  bool waits_for_airtime = false;  // that frame
  bool loopback : 1 = false;
  bool acknowledges : 1 = false;
  bool reports : 1 = false;
  bool half_duplex : 1 = false;
  bool can_sleep = false;
  bool listening = true;
  std::uint8_t tries = 1;       // sendings of one that it gives up
  std::uint16_t frame_max = 0;  // bytes: of the Interface and of the law
  std::uint16_t handed = 0;     // datagrams to one that it took, and of how many it has told what became of them
  std::uint16_t answered = 0;
  Instant quiet_until{};  // half duplex: the next hop is sending on what it has of us
  std::uint32_t bit_rate = 0;
  NiaPace nia_pace;
  OwnSleep sleep;
  Instant sends_until{};  // what it was given to send, one after the other; kept while it sleeps
  static constexpr std::uint8_t kNobody = kPriorities;
};

}  // namespace mp
