// SPDX-License-Identifier: ISC
// Custody of routed frames, from hop to hop (specification: custody.md). Who hands a frame to the next hop
// keeps it until that one says that it has it; so a loss is mended where it happens. Here is the receiving side: what
// one neighbour handed over lately, and what of it is still to be acknowledged. The sending side are the packets that
// wait in the node's outbox.
#pragma once

#include "micropycelium/base/time.hpp"
#include "micropycelium/messages/hop_ack.hpp"
#include "micropycelium/platform/interface.hpp"

#include <array>
#include <span>

namespace mp {

class HopMemory {
 public:
  // Frames remembered, so that one which comes again is acknowledged and not sent on twice.
  static constexpr std::size_t kRemembered = 32;
  // So many more than are new go into each acknowledgement: one that is lost is made good by the next.
  static constexpr std::size_t kRepeated = 8;
  // Silence after which what came before is forgotten, on a fast link; on a slow one so many full frames' time on air.
  static constexpr Duration kMemory = seconds(30);
  static constexpr int kMemoryFrames = 128;
  // What the Interface commands. When what is new is acknowledged: so many at once, fewer within `delay`.
  struct Pace {
    Duration delay;
    std::uint8_t every = 4;
    Duration memory = kMemory;
    bool trusted = false;  // the link has told the neighbour already; what came `delay` ago it asks no more for
  };

  bool used() const { return used_; }
  bool is(std::uint8_t interface, const LinkAddress& link) const {
    return used_ && interface_ == interface && link_ == link;
  }
  std::uint8_t interface() const { return interface_; }
  const LinkAddress& link() const { return link_; }
  Instant last_heard() const { return last_heard_; }

  void begin(std::uint8_t interface, const LinkAddress& link, Instant now);
  void release() { *this = HopMemory{}; }
  // A frame came. True: it was handed over before. Either way it will be acknowledged.
  bool repeated(std::uint32_t fingerprint, Instant now, Pace pace);
  // It is ours now, and will be acknowledged.
  void taken(std::uint32_t fingerprint, Instant now, Pace pace);
  // There was no room for it: the neighbour hears of it at once, and again when there is.
  void refused(Instant now);
  // It was told of too little room, or none.
  bool starved() const { return starved_; }
  // There is room again.
  void relieve(Instant now) { due_ = now; }

  // When an acknowledgement is due; never: nothing to say.
  Instant due() const { return due_; }
  void hold(Instant until) { due_ = until; }
  // What to say now, the newest first, written to `out`.
  std::span<const std::uint32_t> say(std::span<std::uint32_t, kRemembered> out) const;
  // Below `enough`, it is told anew once there is that much.
  void said(std::uint8_t room, std::uint8_t enough);

 private:
  void owe(Instant now, Pace pace, bool known);

  bool used_ = false;
  bool starved_ = false;  // was told of too little room
  std::uint8_t interface_ = 0;
  std::uint8_t filled_ = 0;  // of prints_
  std::uint8_t next_ = 0;    // place of the next in prints_
  std::uint8_t fresh_ = 0;   // of the newest, that were not acknowledged yet
  LinkAddress link_;
  Instant last_heard_{};
  Instant due_ = Instant::never();
  std::array<std::uint32_t, kRemembered> prints_{};
};

}  // namespace mp
