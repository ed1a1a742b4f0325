// SPDX-License-Identifier: ISC
// A packet that waits: for a link that will take it, for the next hop to say that it has it, or for its
// acknowledgement. The slots are the node's cache of what is under way: bounded by Limits::datagrams, each with a
// class, an age and perhaps an expiry, which say who gives way to whom (specification: airtime.md, "Queues").
#pragma once

#include "micropycelium/base/time.hpp"
#include "micropycelium/node/peers.hpp"
#include "micropycelium/packet/packet.hpp"
#include "micropycelium/transport/priority.hpp"

namespace mp {

class Application;

struct OutPacket {
  enum class State : std::uint8_t {
    free,
    queued,   // not sent yet, or to be sent again
    waiting,  // for an acknowledgement
  };

  static constexpr std::uint8_t kNobody = 0xff;

  Application* owner = nullptr;           // the Application that waits to hear of it
  Instant due{};                          // when it is to be tried, while queued
  Instant answer_due = Instant::never();  // the far end has been silent for too long then
  Instant hop_due = Instant::never();     // the next hop has been silent for too long then
  Instant hop_sent{};
  Instant deadline{};                  // a link that takes nothing until then never will
  Instant expires = Instant::never();  // nobody wants it any more
  Instant first_sent{};                // of the first try; hop_sent is the last one of a broadcast that is repeated
  Duration first_wait{};               // how long the first try waits for its answer
  State state = State::free;
  Priority priority = Priority::interactive;
  bool ask : 1 = false;
  bool routed : 1 = false;
  bool by_id : 1 = false;  // and routed: the next hop is chosen anew for each sending
  bool broadcast : 1 = false;
  bool opening : 1 = false;           // SendOptions::opening
  bool equal : 1 = false;             // the other end understands our extensions
  bool custody : 1 = false;           // the next hop says when it has it
  bool handed : 1 = false;            // it has
  bool relayed_told : 1 = false;      // its Application knows that it had: of this sending or one before
  bool arrived : 1 = false;           // the link says that the next hop has got it; which may have no room
  bool fresh : 1 = false;             // came since the last poll
  std::uint8_t tries = 0;             // of a broadcast: Interfaces that took it
  std::uint8_t hop_tries = 0;         // since it was last sent anew
  std::uint8_t answers_on = kNobody;  // the Interface that will say what became of it
  PeerIndex peer = kNoPeer;           // the neighbour, or the next hop when routed
  std::uint8_t size = 0;
  std::uint8_t interfaces_done = 0;    // of a broadcast: a bit for each Interface that took it or failed
  std::uint8_t interfaces_begun = 0;   // or took it once, and has to repeat it for those that sleep
  std::uint8_t interfaces_unsure = 0;  // took a copy just now, and it is not known yet whether others spoke too
  std::uint8_t searches = 0;           // by id, own: how often its target was looked for
  std::uint16_t watermark = 0xffff;    // by id: before the hop that it waits for
  std::uint16_t hop_number = 0;        // of its last sending, among all to any neighbour
  std::uint16_t link_number = 0;       // of its last sending, among all that the Interface answers_on took
  std::uint32_t send_id = 0;           // 0: nobody waits to hear of it
  std::uint32_t part_of = 0;           // the send_id of the sequence of ours that it is a part of; 0: none
  std::uint32_t fingerprint = 0;       // what the next hop will name it by
  std::uint32_t destination = 0;       // whom it is for, for fair shares
  std::uint32_t turn = 0;              // when that destination was last served
  std::uint32_t order = 0;             // of its coming
  ByteArray<kFrameMax> datagram;

  Bytes bytes() const { return Bytes(datagram).first(size); }
  bool used() const { return state != State::free; }
  bool own() const { return send_id != 0; }
  // For others; also an answer of ours that waits.
  bool relayed() const { return send_id == 0 && part_of == 0; }
  // Sent, and the next hop has not answered.
  bool under_way() const { return custody && !handed && state == State::waiting && hop_due != Instant::never(); }
  // By id, and nobody knows the way yet.
  bool parked() const { return by_id && peer == kNoPeer; }
  Instant next_due() const { return earlier(expires, state == State::waiting ? earlier(answer_due, hop_due) : due); }
};

}  // namespace mp
