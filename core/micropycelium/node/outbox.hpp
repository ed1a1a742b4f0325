// SPDX-License-Identifier: ISC
// A single packet that waits: for a link that will take it, or for its acknowledgement.
#pragma once

#include "micropycelium/base/time.hpp"
#include "micropycelium/node/peers.hpp"
#include "micropycelium/packet/packet.hpp"

namespace mp {

class Application;

struct OutPacket {
  enum class State : std::uint8_t {
    free,
    queued,   // not sent yet, or to be sent again
    waiting,  // for its acknowledgement
  };

  State state = State::free;
  bool ask = false;
  bool routed = false;
  bool broadcast = false;
  bool equal = false;        // the other end understands our extensions
  std::uint8_t tries = 0;    // of a broadcast: Interfaces that took it
  PeerIndex peer = kNoPeer;  // the neighbour, or the next hop when routed
  std::uint8_t size = 0;
  std::uint8_t interfaces_done = 0;  // of a broadcast: a bit for each Interface that took it or failed
  std::uint32_t send_id = 0;         // 0: relayed, nobody waits to hear of it
  Application* owner = nullptr;      // the Application that waits to hear of it
  Instant due{};
  Instant deadline{};     // a link that takes nothing until then never will
  Instant first_sent{};   // of the first try
  Duration first_wait{};  // how long the first try waits for its answer
  ByteArray<kFrameMax> datagram;

  Bytes bytes() const { return Bytes(datagram).first(size); }
  bool used() const { return state != State::free; }
};

}  // namespace mp
