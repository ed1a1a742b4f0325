// SPDX-License-Identifier: ISC
#include "micropycelium/node/counters.hpp"

namespace mp {

const char* name(Counter counter) {
  switch (counter) {
    case Counter::rx_package:
      return "rx_package";
    case Counter::rx_part:
      return "rx_part";
    case Counter::rx_control:
      return "rx_control";
    case Counter::rx_forwarded:
      return "rx_forwarded";
    case Counter::rx_error_returned:
      return "rx_error_returned";
    case Counter::rx_duplicate:
      return "rx_duplicate";
    case Counter::rx_too_short:
      return "rx_too_short";
    case Counter::rx_too_large:
      return "rx_too_large";
    case Counter::rx_bad_version:
      return "rx_bad_version";
    case Counter::rx_unknown_schema:
      return "rx_unknown_schema";
    case Counter::rx_bad_checksum:
      return "rx_bad_checksum";
    case Counter::rx_bad_package:
      return "rx_bad_package";
    case Counter::rx_bad_digest:
      return "rx_bad_digest";
    case Counter::rx_unknown_app:
      return "rx_unknown_app";
    case Counter::rx_banned:
      return "rx_banned";
    case Counter::rx_unexpected:
      return "rx_unexpected";
    case Counter::rx_no_route:
      return "rx_no_route";
    case Counter::rx_ttl_expired:
      return "rx_ttl_expired";
    case Counter::rx_refused:
      return "rx_refused";
    case Counter::rx_no_room:
      return "rx_no_room";
    case Counter::rx_first_missing:
      return "rx_first_missing";
    case Counter::rx_unsealed:
      return "rx_unsealed";
    case Counter::rx_forged:
      return "rx_forged";
    case Counter::rx_replayed:
      return "rx_replayed";
    case Counter::rx_no_key:
      return "rx_no_key";
    case Counter::tx_datagrams:
      return "tx_datagrams";
    case Counter::tx_blocked:
      return "tx_blocked";
    case Counter::tx_failed:
      return "tx_failed";
    case Counter::sends_queued:
      return "sends_queued";
    case Counter::sends_delivered:
      return "sends_delivered";
    case Counter::sends_unconfirmed:
      return "sends_unconfirmed";
    case Counter::sends_failed:
      return "sends_failed";
    case Counter::sends_refused:
      return "sends_refused";
    case Counter::sends_displaced:
      return "sends_displaced";
    case Counter::hop_repeats:
      return "hop_repeats";
    case Counter::hop_acks_sent:
      return "hop_acks_sent";
    case Counter::rns_sent:
      return "rns_sent";
    case Counter::sleeps_skipped:
      return "sleeps_skipped";
    case Counter::broadcast_repeats:
      return "broadcast_repeats";
    case Counter::airtime_waits:
      return "airtime_waits";
    case Counter::answers_lost:
      return "answers_lost";
    case Counter::retransmissions:
      return "retransmissions";
    case Counter::relays_lost:
      return "relays_lost";
    case Counter::packages_delivered:
      return "packages_delivered";
    case Counter::sequences_abandoned:
      return "sequences_abandoned";
    case Counter::peers_refused:
      return "peers_refused";
    case Counter::seen_evicted:
      return "seen_evicted";
    case Counter::admissions:
      return "admissions";
    case Counter::admissions_refused:
      return "admissions_refused";
    case Counter::beacons_refused:
      return "beacons_refused";
    case Counter::boots_lost:
      return "boots_lost";
    case Counter::bans_lost:
      return "bans_lost";
    case Counter::count_:
      break;
  }
  return "unknown";
}

}  // namespace mp
