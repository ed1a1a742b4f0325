// SPDX-License-Identifier: ISC
#include "simulator/media/espnow.hpp"
#include "simulator/media/ideal.hpp"
#include "simulator/media/lora.hpp"
#include "simulator/media/udp.hpp"

namespace mp::sim {
namespace {

constexpr std::int64_t kUsual_mm = 100'000;
constexpr std::int64_t kEverywhere_mm = 1'000'000'000;

// A LAN has no distances, unless the scenario says so.
MediumSpec everywhere(MediumSpec spec) {
  if (spec.propagation.range_mm == 0) spec.propagation.range_mm = kEverywhere_mm;
  return spec;
}

}  // namespace

std::unique_ptr<Medium> make_medium(const MediumSpec& spec, std::uint8_t number, EventQueue& events, Seed seed) {
  switch (spec.kind) {
    case MediumKind::espnow:
      return std::make_unique<EspnowMedium>(spec, number, events, seed);
    case MediumKind::lora:
      return std::make_unique<LoraMedium>(spec, number, events, seed);
    case MediumKind::udp:
      return std::make_unique<UdpMedium>(everywhere(spec), number, events, seed);
    case MediumKind::ideal:
      break;
  }
  return std::make_unique<IdealMedium>(spec, number, events, seed);
}

std::int64_t range_mm(const MediumSpec& spec) {
  switch (spec.kind) {
    case MediumKind::espnow:
      return Reach::distance_mm(spec.propagation, EspnowMedium::sensitivity_mdbm(spec.espnow) + kSpare_mdb);
    case MediumKind::lora:
      return Reach::distance_mm(spec.propagation, lora_sensitivity_mdbm(spec.lora) + kSpare_mdb);
    case MediumKind::udp: {
      // Where everyone hears everyone, nodes still have to be placed somewhere.
      const std::int64_t range = spec.propagation.range_mm;
      return range == 0 || range >= kEverywhere_mm ? kUsual_mm : range;
    }
    case MediumKind::ideal:
      break;
  }
  return Reach::distance_mm(spec.propagation, IdealMedium::kFloor_mdbm);
}

}  // namespace mp::sim
