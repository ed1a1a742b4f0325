// SPDX-License-Identifier: ISC
// What a frame carries, read from its bytes alone (specification: packet.md, package.md): for the airtime by class and
// for the comments of a trace. Called for each frame on the air: no digest, no checksum.
#pragma once

#include "simulator/report/result.hpp"

#include <string>

namespace mp::sim {

// control: rtx, rns, nia, and whatever comes back as undeliverable. data: a Package or a part of one, but for
// Beacons. other: what no node would take for a packet.
FrameClass classify(Bytes datagram);

// For a person: "beacon, schema 1, id 17" or "data (ask), schema 3, part 2 of 44 of sequence 9".
std::string describe(Bytes datagram);

}  // namespace mp::sim
