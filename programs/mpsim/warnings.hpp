// SPDX-License-Identifier: ISC
// What is likely not meant in a scenario that can be run.
#pragma once

#include "programs/mpsim/contents.hpp"

namespace mp::sim {

// One line each.
std::vector<std::string> warnings_of(World& world, const Contents& contents);

// How much of its time a LoRa radio would send by plain arithmetic: Beacons, and the Packages of these flows, once
// each. Neither what it acknowledges, relays nor sends again counts: the truth is above. 1 for flows that know no
// pause.
double lora_share(const LoraSpec& spec, const NodeSpec& node, const std::vector<const FlowSpec*>& flows);

}  // namespace mp::sim
