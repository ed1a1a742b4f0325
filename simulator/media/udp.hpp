// SPDX-License-Identifier: ISC
// A LAN that nodes reach by UDP: everyone hears everyone (or who is within range_mm), after a random delay, unless it
// is lost. Each sender puts one frame after the other onto its wire; nobody disturbs anybody.
#pragma once

#include "simulator/media/medium.hpp"

namespace mp::sim {

class UdpMedium final : public Medium {
 public:
  // Of Ethernet (preamble 8, header 14, FCS 4, gap 12), IPv4 (20) and UDP (8), around each datagram.
  static constexpr std::size_t kOverhead = 66;

  UdpMedium(const MediumSpec& spec, std::uint8_t number, EventQueue& events, Seed seed);

  bool in_range(RadioIndex from, RadioIndex to) const override;
  InterfaceCaps caps() const override;
  Duration airtime(std::size_t bytes) const override;
  Status submit(Radio& radio, const Frame& frame) override;
  Duration busy_for(const Radio&) const override { return airtime(Frame::kBytesMax); }
  void on_event(std::uint64_t what) override;

 private:
  static constexpr RadioIndex kSender = 0xffff'ffff;  // the event is the sender's, not a hearer's
  struct Flight {
    Frame frame;
    Instant begin{};
    std::uint32_t power_cycle = 0;  // of the sender, when it asked
    std::uint32_t left = 0;         // events to come
    bool lost = false;              // the sender went off before it was sent
  };
  struct Station {
    explicit Station(Seed seed) : stream(seed) {}
    Stream stream;
    Instant free_at{};
    std::uint32_t waiting = 0;  // frames not yet sent to the end
    std::uint32_t power_cycle = 0;
  };
  void grow();
  void on_mode(Radio& radio, RadioMode before) override;

  std::vector<Station> stations_;
  std::vector<Flight> flights_;
  std::vector<std::uint32_t> free_;
};

}  // namespace mp::sim
