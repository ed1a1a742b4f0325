// SPDX-License-Identifier: ISC
// How well the links to the neighbours do, and who has stopped answering (specification: routing.md, "Cost of a link").
// Nothing is sent for it: it is learnt from what is sent and heard anyway. What it knows lies in the peer table.
#pragma once

#include "micropycelium/node/link.hpp"
#include "micropycelium/node/peers.hpp"

#include <span>
#include <utility>

namespace mp {

class LinkCosts {
 public:
  LinkCosts(PeerTable& peers, std::span<const Link> links) : peers_(peers), links_(links) {}

  // The link that is used first: the fastest that works. `not_links`: a bit for each that is left out; null: no other.
  const PeerLink* first_link(const Peer& peer, unsigned not_links = 0) const;
  PeerLink* first_link(Peer& peer, unsigned not_links = 0) {
    return const_cast<PeerLink*>(std::as_const(*this).first_link(std::as_const(peer), not_links));
  }
  // Over that link: eighths of a transmission, 8..128; kNoAnswer: nobody is there, or does not answer.
  std::uint16_t cost(PeerIndex peer) const;
  // And passes on what we hand it: whoever has no room for us does not know us.
  bool answers(PeerIndex peer) const { return peers_.usable(peer) && peers_[peer].answers && !peers_[peer].refuses; }

  // Neighbours came, went, or got another link.
  void reckon_fastest(Instant now);
  void begin(PeerIndex peer, Instant now);
  // What was sent to it was acknowledged, by this link; null: it is gone.
  void acknowledged(PeerIndex peer, PeerLink* link, Instant now);
  // Or was not, by the link that is used first.
  void lost(PeerIndex peer, Instant now);
  // A question went unanswered there. `wait`: for the word of a first sending.
  void silent(PeerIndex peer, Duration wait, Instant now);
  // What became of it, by a radio that knows.
  void reported(PeerIndex peer, std::uint8_t interface, const LinkReport& report, Duration wait, Instant now);
  // Anything came from it.
  void heard(PeerIndex peer, Instant now);
  // It announced itself on this link. Announcements come four times within `timeout` at least, so a pause tells of some
  // that got lost.
  void announced(PeerIndex peer, PeerLink& link, Duration timeout, Instant now);
  // Since the first of those that went unanswered; modulo 17 minutes.
  Duration silent_for(PeerIndex peer, Instant now) const;
  // Whether it has room for us.
  void taken_in(PeerIndex peer, bool taken, Instant now);
  // Whether frames to another neighbour fail as well.
  bool others_fail(PeerIndex but) const;
  // It takes nothing.
  void stop_answering(PeerIndex peer, Instant now);

  // When somebody is to be told of a cost; then next(): the next one, which counts as told. Starts over at `from` and
  // moves it on; false: no more.
  Instant due() const { return due_; }
  struct Told {
    PeerIndex peer = kNoPeer;
    std::uint16_t cost = kNoAnswer;
  };
  bool next(Told& told, std::size_t& from, Instant now);

 private:
  unsigned slowness(std::uint8_t interface) const;
  void note_silence(PeerIndex peer, unsigned sendings, Duration wait, Instant now);
  std::uint8_t to_tell(PeerIndex peer) const;
  void weigh(PeerIndex peer, Instant now);

  PeerTable& peers_;
  std::span<const Link> links_;
  Instant due_ = Instant::never();
  Instant round_{};                  // before it nothing is told that is only somewhat off
  Instant dear_ = Instant::never();  // then those are told that are far dearer still
  std::uint32_t fastest_ = 0;        // bits per second, of the Interfaces that have neighbours
};

}  // namespace mp
