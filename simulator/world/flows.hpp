// SPDX-License-Identifier: ISC
// What nodes have to say: the traffic of a scenario, sent in the world's time.
#pragma once

#include "simulator/world/world.hpp"

namespace mp::sim {

class Flows final : public Handler {
 public:
  // Flow numbers of what is not in the scenario.
  static constexpr std::uint32_t kProbe = 0xffff, kStory = 0xfffe;

  explicit Flows(World& world, Seed seed);

  // A Package of a flow ended at its sender.
  void on_told(std::uint64_t serial);
  // What the node had under way is never told: its sources that never run dry begin anew.
  void on_power_off(std::uint32_t node);
  std::uint64_t refused(std::size_t flow) const { return tallies_[flow].refused; }
  std::uint64_t no_target(std::size_t flow) const { return tallies_[flow].no_target; }
  void on_event(std::uint64_t source) override;

 private:
  struct Source {
    std::uint32_t flow, node;
    Stream stream;
    std::uint32_t sent = 0;
    std::uint32_t under_way = 0;  // saturate: queued, and its end not yet told
    std::uint32_t turn = 0;       // through the targets
  };
  struct Tally {
    std::uint64_t refused = 0, no_target = 0;
  };
  void add_source(std::uint32_t flow, std::uint32_t node, Seed seed);
  bool send(Source& source);
  std::uint32_t target_of(Source& source);
  std::uint32_t random_peer(Source& source);

  World& world_;
  std::vector<Source> sources_;
  std::vector<Tally> tallies_;
  std::vector<std::vector<std::uint32_t>> targets_;            // per flow
  std::vector<std::map<std::uint32_t, std::size_t>> by_node_;  // per flow: the source of a node
};

}  // namespace mp::sim
