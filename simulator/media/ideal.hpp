// SPDX-License-Identifier: ISC
// A medium without physics: who is in range hears every frame after a random delay, unless it is lost; frames do
// not disturb each other. For proving protocols, and as the yardstick for the media that do have physics.
#pragma once

#include "simulator/media/medium.hpp"

namespace mp::sim {

class IdealMedium final : public Medium {
 public:
  static constexpr std::int32_t kFloor_mdbm = -100'000;  // where distance counts and not only a disc

  IdealMedium(const MediumSpec& spec, std::uint8_t number, EventQueue& events, Seed seed);

  bool in_range(RadioIndex from, RadioIndex to) const override;
  InterfaceCaps caps() const override;
  Duration airtime(std::size_t bytes) const override;
  Status submit(Radio& radio, const Frame& frame) override;
  Duration busy_for(const Radio& radio) const override;
  void on_event(std::uint64_t what) override;

 private:
  void on_mode(Radio& radio, RadioMode before) override;
  // A frame on its way to everyone whom it will reach.
  struct Flight {
    Frame frame;
    Instant asked{}, begin{};
    std::uint32_t left = 0;  // events to come
  };
  std::uint32_t take_slot();

  std::vector<Flight> flights_;
  std::vector<std::uint32_t> free_;
  std::vector<Instant> busy_until_;  // per radio: one frame after the other
  std::vector<Instant> off_at_;      // per radio: what waited then was never sent
  std::vector<Stream> streams_;      // per radio: what happens to what it hears
};

}  // namespace mp::sim
