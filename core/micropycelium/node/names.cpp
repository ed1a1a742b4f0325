// SPDX-License-Identifier: ISC
// The words for outcomes and trace events, as counters, logs and mpctl print them.
#include "micropycelium/node/application.hpp"
#include "micropycelium/node/trace.hpp"

namespace mp {

const char* name(Outcome outcome) {
  switch (outcome) {
    case Outcome::delivered:
      return "delivered";
    case Outcome::unconfirmed:
      return "unconfirmed";
    case Outcome::no_answer:
      return "no_answer";
    case Outcome::not_wanted:
      return "not_wanted";
    case Outcome::no_room:
      return "no_room";
    case Outcome::bad_digest:
      return "bad_digest";
    case Outcome::unreachable:
      return "unreachable";
    case Outcome::peer_lost:
      return "peer_lost";
    case Outcome::storage_failed:
      return "storage_failed";
    case Outcome::cancelled:
      return "cancelled";
    case Outcome::expired:
      return "expired";
    case Outcome::displaced:
      return "displaced";
  }
  return "unknown";
}

const char* name(SendState state) {
  switch (state) {
    case SendState::queued:
      return "queued";
    case SendState::sent:
      return "sent";
    case SendState::relayed:
      return "relayed";
  }
  return "unknown";
}

const char* name(TraceEvent event) {
  switch (event) {
    case TraceEvent::add_interface:
      return "add_interface";
    case TraceEvent::add_application:
      return "add_application";
    case TraceEvent::remove_application:
      return "remove_application";
    case TraceEvent::add_peer:
      return "add_peer";
    case TraceEvent::remove_peer:
      return "remove_peer";
    case TraceEvent::add_route:
      return "add_route";
    case TraceEvent::remove_route:
      return "remove_route";
    case TraceEvent::set_addr:
      return "set_addr";
    case TraceEvent::send:
      return "send";
    case TraceEvent::broadcast:
      return "broadcast";
    case TraceEvent::send_packet:
      return "send_packet";
    case TraceEvent::receive:
      return "receive";
    case TraceEvent::receive_rns:
      return "receive_rns";
    case TraceEvent::receive_nia:
      return "receive_nia";
    case TraceEvent::rns:
      return "rns";
    case TraceEvent::nia:
      return "nia";
    case TraceEvent::sync_sequence:
      return "sync_sequence";
    case TraceEvent::deliver:
      return "deliver";
    case TraceEvent::sent:
      return "sent";
    case TraceEvent::drop:
      return "drop";
    case TraceEvent::modemsleep:
      return "modemsleep";
    case TraceEvent::sleepskip:
      return "sleepskip";
    case TraceEvent::stop:
      return "stop";
  }
  return "unknown";
}

}  // namespace mp
