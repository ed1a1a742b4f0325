// SPDX-License-Identifier: ISC
// What a frame carries, read from its bytes alone (specification: packet.md, package.md, closed-networks.md): for the
// airtime by class and for the comments of a trace. Called for each frame on the air: no digest, no checksum, no key.
#pragma once

#include "micropycelium/packet/packet.hpp"
#include "simulator/report/result.hpp"

#include <string>

namespace mp::sim {

// The packet as far as an outsider sees it: of a sealed frame the header is right, and the body is not to be read.
// Status: as PacketView::parse.
mp::Result<PacketView> header_of(Bytes datagram);

// control: rtx, rns, nia, and whatever comes back as undeliverable. data: a Package or a part of one, but for
// Beacons. other: what no node would take for a packet. Of sealed frames the header decides alone: single packets
// without a control code are data, those for hop acknowledgements are acknowledgements. Opening frames
// are beacon, the messages of an admission control, told apart by their size.
FrameClass classify(Bytes datagram);

// For a person: "beacon, schema 1, id 17", "data (ask), schema 3, part 2 of 44 of sequence 9", or
// "sealed, data (ask), schema 64, id 3, network generation 0, interface 0, to one, counter 9".
std::string describe(Bytes datagram);

}  // namespace mp::sim
