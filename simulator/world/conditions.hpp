// SPDX-License-Identifier: ISC
// What goes wrong on links: the faults of a scenario that strike frames, each for its time.
#pragma once

#include "simulator/media/medium.hpp"

#include <unordered_map>

namespace mp::sim {

class LinkFaults final : public Conditions {
 public:
  LinkFaults(const EventQueue& events, Seed seed) : events_(events), seed_(seed) {}

  // `from`, `to`: a flag for each node. A fault strikes frames from a node of the one to a node of the other, and the
  // other way if it says both_ways. Returns its number; it begins off.
  std::size_t add(const FaultSpec& spec, std::vector<bool> from, std::vector<bool> to);
  // Ends all faults that were added with these nodes.
  void remove(const std::vector<bool>& from, const std::vector<bool>& to);
  // Turns a fault on or off; in the world's time.
  void set_active(std::size_t fault, bool active);

  bool quiet() const override { return active_.empty(); }
  Passage pass(std::uint32_t from, std::uint32_t to, Frame& frame) override;

 private:
  // One direction of one link under one fault.
  struct Link {
    explicit Link(Seed seed) : stream(seed) {}
    Stream stream;
    bool bad = false;
    bool seen = false;  // for bursts counted in frames: a frame has passed
    Instant until{};    // of the state, for bursts
  };
  struct Fault {
    FaultSpec spec;
    std::vector<bool> from, to;
    bool active = false;
    std::unordered_map<std::uint64_t, Link> links;  // looked up, never walked
  };
  bool strikes(const Fault& fault, std::uint32_t from, std::uint32_t to) const;
  Link& link(Fault& fault, std::uint32_t from, std::uint32_t to);
  bool in_burst(const FaultSpec& spec, Link& link) const;

  const EventQueue& events_;
  Seed seed_;
  std::vector<Fault> faults_;
  std::vector<std::size_t> active_;
};

}  // namespace mp::sim
