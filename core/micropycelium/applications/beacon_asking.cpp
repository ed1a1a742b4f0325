// SPDX-License-Identifier: ISC
// Whether the silent are still there (specification: beacon.md, "The silent are asked"). An equal says nothing but its
// Beacons when there is nothing to say: one that is missed may have got lost.
#include "micropycelium/applications/beacon.hpp"

namespace mp {
namespace {

// It is late when nothing of it came for so many quarters of its interval: pauses are varied by an eighth.
// Where airtime makes it longer than usual, many Beacons collide and a question is dear.
constexpr std::int64_t kLateQuarters = 5, kLateQuartersSeldom = 7;
// Then it is asked so many times in an interval, no more often than a question may take, and than airtime bears.
constexpr std::int64_t kAsksOfInterval = 5;
constexpr Duration kAskPauseMin = seconds(20);
// Whoever took nothing for so many of these pauses is gone, where that is short enough to be measured.
constexpr std::int64_t kAsksInVain = 3;
constexpr Duration kInVainMax = seconds(900);
// A leaf, for whose windows nobody repeats Beacons, asks its parent soon and all others seldom: after that part of the
// time that they have.
constexpr std::int64_t kLeafPart = 3;
// All neighbours of one that has gone miss the same Beacon: they ask within this part of an interval.
constexpr std::int64_t kSpreadPart = 16;

}  // namespace

// Leaves are not: they speak.
bool Beacon::may_be_asked(const Peer& p) const {
  return p.used && p.equal && !p.leaf && !p.itself && !p.banned && p.connected() && p.timeout > Duration{};
}

Duration Beacon::ask_pause(const Peer& p) const {
  Duration least = kAskPauseMin;
  for (const PeerLink& l : p.links)
    if (l.used() && !node().interface(l.interface).caps().loopback) least = std::max(least, pause_least(l.interface));
  return std::max(p.timeout / (kBeaconsMissed * kAsksOfInterval), least);
}

Instant Beacon::silent_from(const Peer& p) const {
  const Duration interval = p.timeout / kBeaconsMissed;
  const bool seldom = interval > seconds(kBeaconIntervalUsual_s);
  Duration borne = interval * (seldom ? kLateQuartersSeldom : kLateQuarters) / 4;
  if (node().leaf()) borne = &p == node().parent() ? options_.timeout : p.timeout / kLeafPart;
  if (!p.answers && !seldom) borne = std::min(borne, ask_pause(p));
  return p.last_heard + borne + interval * spread_ / (kSpreadPart * 256);
}

// It has stopped answering, and has been asked since.
bool Beacon::is_gone(std::size_t slot, Instant now) const {
  const Peer& p = node().peers()[slot];
  const Duration enough = ask_pause(p) * kAsksInVain;
  return !p.answers && enough <= kInVainMax && now - p.last_heard >= options_.timeout &&
         node().costs_.silent_for(static_cast<PeerIndex>(slot), now) >= enough;
}

void Beacon::look_by(Instant due) {
  if (due >= look_) return;
  look_ = due;
  node().wake(*this);
}

// It is new, or may have another interval.
void Beacon::look_for(const NodeId& peer) {
  if (const Peer* p = node().peer(peer); p != nullptr && may_be_asked(*p)) look_by(silent_from(*p));
}

// Asks those whose next time has come since the last look. Nothing is kept of it: when it is its time follows from when
// it was heard last.
void Beacon::ask_the_silent(Instant now) {
  look_ = Instant::never();
  for (std::size_t i = 0; i < node().peers().size(); ++i) {
    const Peer& p = node().peers()[i];
    if (!may_be_asked(p)) continue;
    const Duration pause = ask_pause(p);
    const Instant from = silent_from(p);
    const auto times = [&](Instant t) { return t < from ? 0 : (t - from).us / pause.us + 1; };
    const std::int64_t so_far = times(now);
    if (so_far > times(looked_)) {
      const NodeId who = p.id;
      if (is_gone(i, now)) {
        node().remove_peer(who);
        continue;
      }
      (void)tell(BeaconOp::response, &who, node().costs_.first_link(p)->interface);
    }
    look_ = std::min(look_, from + pause * so_far);
  }
  looked_ = now;
}

}  // namespace mp
