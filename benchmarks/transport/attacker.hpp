// SPDX-License-Identifier: ISC
// A radio of somebody who belongs to no network, and who sends what it likes under whatever link address it likes.
#pragma once

#include "field.hpp"

namespace mp::bench {

// A node without Beacons, in a network of its own: it hears, and says nothing of itself.
void add_attacker(Scenario& scenario, std::uint32_t node);

// Frames of one node of a field come with the link address of another. On any medium; while it lives.
class Impostor final : private sim::Conditions {
 public:
  // What `node` sends, all that hear it take for frames of `as`.
  Impostor(Field& field, std::uint32_t node, std::uint32_t as);
  ~Impostor();
  Impostor(const Impostor&) = delete;
  Impostor& operator=(const Impostor&) = delete;

 private:
  sim::Passage pass(std::uint32_t from, std::uint32_t to, sim::Frame& frame) override;
  World& world_;
  std::uint32_t node_;
  sim::RadioIndex as_;
};

}  // namespace mp::bench
