// SPDX-License-Identifier: ISC
// What happened, as numbers. Every datagram that an Interface hands over ends under exactly one of the
// "received" reasons, so their sum is the number of datagrams received: nothing is dropped silently.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace mp {

enum class Counter : std::uint8_t {
  // How a received datagram ended: exactly one of these each.
  rx_package,         // a single packet whose Package was delivered
  rx_part,            // a part of a sequence was stored
  rx_control,         // ack, rtx, rns, nia or hop acknowledgement that was understood
  rx_forwarded,       // sent on towards its target, or back towards its origin
  rx_error_returned,  // a packet of ours came back undeliverable
  rx_duplicate,       // had it already (acknowledged again where asked)
  rx_too_short,
  rx_too_large,
  rx_bad_version,
  rx_unknown_schema,
  rx_bad_checksum,
  rx_bad_package,  // the body is too short for a Package, or a part has an impossible size
  rx_bad_digest,
  rx_unknown_app,
  rx_banned,
  rx_unexpected,  // an ack, rtx or error that answers nothing of ours, or a reserved control code
  rx_no_route,    // not for us, and could not be sent on; went back where that is allowed
  rx_ttl_expired,
  rx_refused,        // the Application did not want it
  rx_no_room,        // no free sequence, outside the window, or no slot to relay it
  rx_first_missing,  // a part of a sequence whose first part has not come
  rx_unsealed,       // not sealed, in a closed network; or sealed, outside
  rx_forged,         // sealed, and the tag is wrong: no member made it, or not for us
  rx_replayed,       // sealed, and taken before or too old
  rx_no_key,         // sealed, from a link that has not been admitted
  rx_bad_route,      // by id, and its route header is none
  rx_stranger,       // by id, from a node that is not known: it is asked who it is, and the packet will come again
  // Everything else.
  tx_datagrams,
  tx_blocked,     // an Interface asked to wait
  tx_failed,      // an Interface failed; the next link was tried
  tx_unanswered,  // a link that acknowledges by itself gave a datagram up
  sends_queued,
  sends_delivered,
  sends_unconfirmed,  // handed to the link, acknowledged by nobody
  sends_failed,
  sends_refused,    // never queued: no room, no route, too large
  sends_displaced,  // of those that failed: gave way to something more urgent
  retransmissions,
  hop_repeats,  // relayed packets and parts that were sent again to the next hop
  hop_acks_sent,
  rns_sent,           // a neighbour was asked whether it is awake
  sleeps_skipped,     // an Interface went on listening for the sake of traffic
  broadcast_repeats,  // for those that slept
  airtime_waits,      // a frame waited for what the law, or its class, leaves it
  answers_lost,       // an acknowledgement or report found neither a free link nor room to wait
  targets_sought,     // a node was looked for
  targets_evicted,    // a node beyond the neighbours was forgotten for want of room
  detours,            // a packet by id was sent where nobody is nearer, or back
  relays_lost,        // a packet for others was lost here: no link took it, or the next hop never did
  packages_delivered,
  sequences_abandoned,
  peers_refused,       // no free slot for another peer
  seen_evicted,        // the table was full: a repeat could be delivered twice
  admissions,          // neighbours that proved themselves
  admissions_refused,  // answers and proofs that were not right
  beacons_refused,     // of neighbours: the signature was wrong, the count no higher, or it was another's
  boots_lost,          // 1: the boot counter was lost, and began with 1 again
  bans_lost,           // a record of bans was damaged, or a ban found no free slot at the start
  keys_changed,        // the network key that was installed came into use
  keys_lost,           // 1: the record of installed network keys was damaged; the configured key is in use
  count_,
};

inline constexpr std::size_t kCounters = static_cast<std::size_t>(Counter::count_);
inline constexpr std::size_t kReceiveCounters = static_cast<std::size_t>(Counter::rx_stranger) + 1;

// The word used in `mpctl status`, logs and documents, e.g. "rx_bad_checksum".
const char* name(Counter counter);

class Counters {
 public:
  void add(Counter c, std::uint32_t n = 1) { values_[static_cast<std::size_t>(c)] += n; }
  std::uint32_t operator[](Counter c) const { return values_[static_cast<std::size_t>(c)]; }
  const std::array<std::uint32_t, kCounters>& all() const { return values_; }
  // Datagrams received, whatever became of them.
  std::uint64_t received() const {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < kReceiveCounters; ++i) sum += values_[i];
    return sum;
  }

 private:
  std::array<std::uint32_t, kCounters> values_{};
};

}  // namespace mp
