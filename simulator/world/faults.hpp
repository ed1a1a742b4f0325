// SPDX-License-Identifier: ISC
// Carries out the faults of a scenario: nodes that lose power and get it back, links that go bad and heal.
#pragma once

#include "simulator/world/world.hpp"

namespace mp::sim {

class Faults final : public Handler {
 public:
  Faults(World& world, Seed seed);

  // When the last fault is over and every node that it struck has power again.
  Instant over() const { return over_; }
  // A node was struck in a write to its storage.
  void on_struck(std::uint32_t node);
  void on_event(std::uint64_t what) override;

 private:
  enum class Step : std::uint8_t { begin, end, strike, restart, cut_anyway, power_off, off_for_good };
  struct Fault {
    const FaultSpec* spec;
    std::vector<std::uint32_t> nodes;
    Stream stream;
    std::size_t condition = 0;  // its number among the link faults
  };
  static std::uint64_t code(Step step, std::size_t fault, std::uint32_t node) {
    return static_cast<std::uint64_t>(step) << 56 | std::uint64_t{fault} << 32 | node;
  }
  void plan(Instant at, Step step, std::size_t fault, std::uint32_t node = 0);
  void strike(std::size_t fault);
  void take_down(std::size_t fault, std::uint32_t node);

  World& world_;
  std::vector<Fault> faults_;
  std::vector<std::size_t> armed_by_;  // per node: the fault whose power cut waits for a write, plus 1
  Instant over_{};
};

}  // namespace mp::sim
