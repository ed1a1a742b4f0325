// SPDX-License-Identifier: ISC
// A window into a running node. Event names are the hook points of the existing MicroPython
// implementation, so that whoever knows it finds them. Ids and numbers only, never contents.
#pragma once

#include "micropycelium/packet/ids.hpp"

namespace mp {

enum class TraceEvent : std::uint8_t {
  add_interface,
  add_application,
  remove_application,
  add_peer,
  remove_peer,
  add_route,
  remove_route,
  set_addr,
  send,         // an Application queued a Package
  broadcast,    // the same, for everyone in reach
  send_packet,  // a datagram went to an Interface
  receive,      // a datagram came from an Interface
  receive_rns,
  receive_nia,
  rns,            // we asked whether a peer is awake
  nia,            // we said that we are
  sync_sequence,  // we asked for missing parts
  deliver,        // an Application got a Package
  sent,           // a send came to its end; `detail` is the Outcome
  drop,           // a datagram was dropped; `detail` is the Counter
  modemsleep,     // an Interface stopped listening
  sleepskip,      // it will not, though it would be time
  stop,
};

const char* name(TraceEvent event);

// Fields that do not apply are null or 0.
struct TraceRecord {
  TraceEvent event;
  const NodeId* peer = nullptr;
  const AppId* app = nullptr;
  std::uint32_t send_id = 0;
  std::uint32_t size = 0;  // bytes of the datagram or blob
  std::uint16_t packet_id = 0;
  std::uint8_t interface = 0;  // in order of attachment
  std::uint8_t schema = 0;
  std::uint8_t flags = 0;
  std::uint8_t detail = 0;
};

// Called from inside poll() and send(): must be quick and must not call the node.
class Trace {
 public:
  virtual void on_trace(const TraceRecord& record) = 0;

 protected:
  ~Trace() = default;
};

}  // namespace mp
