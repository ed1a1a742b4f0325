// SPDX-License-Identifier: ISC
// Peer discovery (specification: beacon.md): tells everyone in reach who we are and which Applications we
// have, answers those who do the same, says goodbye. Compatible with the existing Beacon.
#pragma once

#include "micropycelium/messages/beacon.hpp"
#include "micropycelium/messages/signed_beacon.hpp"
#include "micropycelium/messages/wake.hpp"
#include "micropycelium/node/node.hpp"

namespace mp {

struct BeaconOptions {
  // Between Beacons at most, where airtime is not short, give or take an eighth; beside nodes of version 0 a minute, if
  // that is less.
  Duration interval = seconds(kBeaconIntervalUsual_s);
  // A peer that was not heard for so long is dropped: one of version 0. An equal after 4 of its intervals, if that is
  // longer, or as soon as it has not answered three times.
  Duration timeout = seconds(4 * 60);
  Duration burst_pause = milliseconds(100);  // between the Beacons of a burst: a sleeping radio misses some
  std::uint8_t burst = 3;                    // Beacons at the start, and when the Applications changed
  // Signed Beacons, for a closed network (specification: beacon.md, "Signed Beacons"): set it where the node is given
  // its network. They are another Application than the others.
  bool closed = false;
};

// Who wants to know what the peers say about themselves.
class BeaconListener {
 public:
  // `apps` views the message; a peer with more than 10 Applications tells them in several calls.
  virtual void on_apps(const NodeId& peer, const AppIdList& apps) = 0;
  // In a closed network: the first 8 bytes of each app_id.
  virtual void on_app_prefixes(const NodeId& /*peer*/, Bytes /*prefixes*/) {}

 protected:
  ~BeaconListener() = default;
};

class Beacon final : public Application {
 public:
  explicit Beacon(const BeaconOptions& options = {});

  void set_listener(BeaconListener* listener) { listener_ = listener; }
  // Tells everyone again soon: an Application was attached or detached.
  void announce();

 private:
  // What is said on one Interface, and when: each has airtime of its own, and so a pace of its own.
  struct Voice {
    Instant next = Instant::never();
    Duration pause{};       // to the Beacon after that
    SendId last;            // the Beacon before
    Instant v0_until{};     // a node of version 0 is near
    Instant crowds_from{};  // a crowd may make it begin anew again
    std::uint8_t burst_left = 0;
  };
  // Who gets an answer, once for all the Beacons of its burst.
  struct Answer {
    NodeId to;
    Instant due = Instant::never();  // of the answer; never: it was given
    Instant until{};                 // until then its further Beacons are taken for the same burst
    bool owed = false;               // it gets one only if there is another Beacon in the burst
  };
  static constexpr std::size_t kAnswers = 8;

  void on_start(Instant now) override;
  bool wants(const Package& package) override;
  bool of_equal(const Package& package) const override;
  void on_package(const Package& package) override;
  Instant on_time(Instant now) override;
  void on_stop() override;

  void take(const BeaconMessage& message, std::size_t size, const Origin& from);
  void on_peer_added(const NodeId& peer) override;
  void on_peer_removed(const NodeId& peer) override;
  void on_link_cost(const NodeId& neighbour, std::uint16_t cost) override;
  void call_for_a_parent();
  void take_signed(const SignedBeacon& beacon, Bytes message, const Origin& from);
  bool tell_signed(BeaconOp op, const NodeId* to, std::uint8_t interface, std::span<const AppId> apps);
  void begin_burst();
  void speak(std::uint8_t interface, Instant now);
  Duration pause_least(std::uint8_t interface) const;
  Duration longest_pause(std::uint8_t interface, bool usual = false) const;
  Duration timeout_of(const BeaconMessage& message, std::size_t size, std::uint8_t interface, bool equal) const;
  void hear_v0(std::uint8_t interface);
  void tell_crowd(std::uint8_t interface);
  void tell_listener(const NodeId& who, AppIdList apps) const;
  void plan_answer(const NodeId& to, std::uint8_t interface, bool newcomer, bool at_once);
  // beacon_asking.cpp
  bool may_be_asked(const Peer& peer) const;
  Instant silent_from(const Peer& peer) const;
  Duration ask_pause(const Peer& peer) const;
  bool is_gone(std::size_t slot, Instant now) const;
  void look_by(Instant due);
  void look_for(const NodeId& peer);
  void ask_the_silent(Instant now);
  // Everything we have to say, in as many messages as it takes: to one node, or to all on an Interface. False: no
  // room, try again.
  bool tell(BeaconOp op, const NodeId* to, std::uint8_t interface);
  bool tell_some(BeaconOp op, const NodeId* to, std::uint8_t interface, std::span<const AppId> apps);
  Duration jittered(Duration d, std::int64_t part = 8);

  BeaconOptions options_;
  AppId extensions_, leaf_mark_;
  BeaconListener* listener_ = nullptr;
  std::array<Voice, Node::kInterfacesMax> voices_;
  Instant calls_from_{};  // a leaf that lost its parent, again
  Instant looked_{};      // for the silent, so far
  Instant look_ = Instant::never();
  std::uint8_t spread_ = 0;  // so that not all ask at once
  std::uint32_t count_ = 0;  // of the last signed message
  bool stopped_ = false;
  std::array<Answer, kAnswers> answers_;
};

}  // namespace mp
