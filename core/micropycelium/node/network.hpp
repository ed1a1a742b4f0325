// SPDX-License-Identifier: ISC
// What a member of a closed network keeps (specification: closed-networks.md): the network's keys and its own, what it
// has with each neighbour, and whom it has asked who they are.
#pragma once

#include "micropycelium/base/time.hpp"
#include "micropycelium/messages/hello.hpp"
#include "micropycelium/node/network_record.hpp"
#include "micropycelium/platform/interface.hpp"
#include "micropycelium/transport/sealing.hpp"

#include <algorithm>
#include <optional>

namespace mp {

// Which counters were taken from one Interface of a neighbour. Frames to all have one of their own: every member can
// make them, and shall not shut out those to one. 16 bytes.
struct Taken {
  ReplayWindow to_one;
  std::uint32_t to_all = 0;  // the highest

  bool fresh(bool group, std::uint32_t counter) const { return group ? counter > to_all : to_one.fresh(counter); }
  // Precondition: fresh, and the frame is authentic.
  void take(bool group, std::uint32_t counter);
};

// Of all Interfaces of one neighbour, for as long as its salt is the same: whatever becomes of the links.
class TakenFrames {
 public:
  static constexpr std::size_t kNumbersMax = 3;  // as many as a peer has links
  // null: nothing of that Interface is known.
  Taken* find(std::uint8_t number);
  // Nothing below `next` is taken from that Interface; what is known of it already stays. False: no room.
  bool begin(std::uint8_t number, std::uint32_t next);

 private:
  static constexpr std::uint8_t kFree = 0xff;
  std::array<Taken, kNumbersMax> taken_;
  std::array<std::uint8_t, kNumbersMax> numbers_{kFree, kFree, kFree};
};

// Of one neighbour, beside its slot in the PeerTable.
struct PeerSeal {
  AeadKey to_it, from_it;       // frames to one
  SealSalt salt;                // its own, in use
  std::uint32_t boot = 0;       // which of its starts this is
  std::uint32_t count = 0;      // of its last signed Beacon
  bool ready = false;           // admitted
  std::uint8_t generation = 0;  // of the network key that these keys are made of

  TakenFrames taken;
};

// A question that is open: who is there on this link?
struct Challenge {
  Instant due = Instant::never();  // asked again, or given up; never: free
  LinkAddress link;
  ByteArray<8> nonce{};
  std::uint8_t interface = 0;
  std::uint8_t tries = 0;
  std::uint8_t begun = 0;       // anew, without an answer between
  std::uint8_t generation = 0;  // of the network key that it goes under
  // A neighbour was admitted since its nonce was made, so that answers may be of its life before.
  bool overtaken = false;
  std::uint32_t heard = 0;  // the newest Beacon from there: how its signature begins; 0: none

  bool used() const { return due != Instant::never(); }
};

// What is known of a node's network keys, but for the keys.
struct NetworkState {
  bool closed = false;
  std::uint8_t generation = 0;           // of the key in use, 0 .. 3
  std::optional<std::uint8_t> next;      // installed and accepted, not used yet
  std::optional<std::uint8_t> previous;  // still accepted
  Duration grace{};                      // for so long
};

// The newest few of some numbers, the oldest of which gives way. Zero is no number.
template <std::size_t N>
class Newest {
 public:
  bool contains(std::uint32_t n) const { return n != 0 && std::find(all_.begin(), all_.end(), n) != all_.end(); }
  void add(std::uint32_t n) { all_[next_++ % N] = n; }

 private:
  std::array<std::uint32_t, N> all_{};
  std::uint8_t next_ = 0;
};

struct Network {
  // Beacons of ours that may be asked about, and questions about them that were answered.
  static constexpr std::size_t kBeacons = 4;
  static constexpr std::size_t kAnswered = 16;
  static constexpr std::size_t kChallenges = 4;
  static constexpr std::size_t kInterfacesMax = 8;  // what three bits of the seal byte can name

  // Frames on one Interface under one salt: far from the end of the counters, whatever one poll may send.
  static constexpr std::uint32_t kFramesMax = 0xff00'0000;

  // The previous key is accepted for so long after the change.
  static constexpr Duration kGrace = seconds(10 * 60);

  NetworkSecret secret;  // in use
  NetworkSecret other;   // next, or previous
  KeyFingerprint configured;
  Instant previous_until = Instant::never();  // then `other` is wiped; never: it is next, or nothing
  Instant change_due = Instant::never();      // those that have not changed are looked after
  std::uint8_t change_at = 0;                 // who is looked after then
  std::uint32_t frames = kFramesMax;
  SealSalt salt;                                         // ours, of this start
  AeadKey group;                                         // of our frames to all
  HkdfKey cookies;                                       // what cookies are made with
  std::optional<X25519KeyPair> keys;                     // ours
  std::array<std::uint32_t, kInterfacesMax> counters{};  // the last one used on each Interface
  std::array<Challenge, kChallenges> challenges;
  std::uint32_t openings = 0;  // opening frames made
  Instant asks_due{};          // how far ahead of their pace our challenges are, and
  // How far ahead of their pace the answers to challenges are (GCRA): to those that name one of our last Beacons, and
  // to all others, which may be of any age.
  Instant answers_due{}, old_answers_due{};
  Instant proofs_due{};        // and the proofs that are looked at
  Newest<kBeacons> beacons;    // by the first 4 bytes of their signatures
  Newest<kAnswered> answered;  // by the first 4 bytes of their nonces

  bool used() const { return secret.used(); }
  bool has_next() const { return other.used() && previous_until == Instant::never(); }
  bool has_previous() const { return other.used() && previous_until != Instant::never(); }
  // Null: there is no such key.
  const NetworkSecret* secret_of(std::uint8_t generation) const {
    if (secret.generation() == generation) return &secret;
    return other.used() && other.generation() == generation ? &other : nullptr;
  }
  // Whether the one was before the other. Precondition: both keys are there, or were a moment ago.
  bool older(std::uint8_t generation, std::uint8_t than) const { return age(generation) > age(than); }

 private:
  // How many changes back a generation is from the newest that may be here.
  unsigned age(std::uint8_t generation) const { return (4U + next_generation(secret.generation()) - generation) % 4; }
};

}  // namespace mp
