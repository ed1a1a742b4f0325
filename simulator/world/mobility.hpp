// SPDX-License-Identifier: ISC
// Nodes that walk: random waypoint (Johnson, Maltz 1996) inside the rectangle that the layout spans.
#pragma once

#include "simulator/world/neighbourhood.hpp"

namespace mp::sim {

class Mobility final : public Handler {
 public:
  Mobility(World& world, Neighbourhood& neighbourhood, Seed seed);
  void on_event(std::uint64_t what) override;

 private:
  struct Walker {
    std::uint32_t node;
    Stream stream;
    Point from, to;
    Instant begin{}, end{};  // of the leg; it rests until the next begins
  };
  void next_leg(Walker& walker, Instant begin);

  World& world_;
  Neighbourhood& neighbourhood_;
  Point low_, high_;
  std::vector<Walker> walkers_;
};

}  // namespace mp::sim
