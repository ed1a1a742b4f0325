// SPDX-License-Identifier: ISC
// What a member of a closed network keeps (specification: closed-networks.md): the network's keys and its own, what it
// has with each neighbour, and whom it has asked who they are.
#pragma once

#include "micropycelium/base/time.hpp"
#include "micropycelium/messages/hello.hpp"
#include "micropycelium/platform/interface.hpp"
#include "micropycelium/transport/sealing.hpp"

#include <optional>

namespace mp {

// Of one neighbour, beside its slot in the PeerTable.
struct PeerSeal {
  AeadKey to_it, from_it;   // frames to one
  AeadKey group;            // its frames to all
  SealSalt salt;            // its own, in use
  std::uint32_t boot = 0;   // which of its starts this is
  std::uint32_t count = 0;  // of its last signed Beacon
  bool ready = false;       // admitted

  // What was taken from each of its Interfaces, for as long as the salt is the same: whatever becomes of the links.
  struct Taken {
    ReplayWindow window;
    std::uint8_t number = 0;
    bool used = false;
  };
  static constexpr std::size_t kNumbersMax = 3;  // as many as a peer has links
  std::array<Taken, kNumbersMax> taken;

  // null: nothing of that Interface is known.
  ReplayWindow* window(std::uint8_t number) {
    for (Taken& t : taken)
      if (t.used && t.number == number) return &t.window;
    return nullptr;
  }
  // Nothing below `next` is taken from that Interface; what is known of it already stays. False: no room.
  bool begin(std::uint8_t number, std::uint32_t next);
};

// A question that is open: who is there on this link?
struct Challenge {
  LinkAddress link;
  ByteArray<8> nonce{};
  Instant due = Instant::never();  // asked again, or given up; never: free
  std::uint8_t interface = 0;
  std::uint8_t tries = 0;

  bool used() const { return due != Instant::never(); }
};

struct Network {
  static constexpr std::size_t kChallenges = 4;
  static constexpr std::size_t kInterfacesMax = 8;  // what three bits of the seal byte can name

  // Frames on one Interface under one salt: far from the end of the counters, whatever one poll may send.
  static constexpr std::uint32_t kFramesMax = 0xff00'0000;

  NetworkSecret secret;
  std::uint32_t frames = kFramesMax;
  SealSalt salt;                                         // ours, of this start
  AeadKey group;                                         // of our frames to all
  HkdfKey cookies;                                       // what cookies are made with
  std::optional<X25519KeyPair> keys;                     // ours
  std::array<std::uint32_t, kInterfacesMax> counters{};  // the last one used on each Interface
  std::array<Challenge, kChallenges> challenges;
  std::uint32_t openings = 0;  // opening frames made
  Instant asks_due{};          // how far ahead of their pace our challenges are, and
  Instant answers_due{};       // how far ahead of their pace the answers to challenges are (GCRA)

  bool used() const { return secret.used(); }
};

}  // namespace mp
