// SPDX-License-Identifier: ISC
// Never linked: each array is as large as what it is named after, and scripts/size.py reads the sizes from the
// object, for whatever processor it was compiled.
#include "micropycelium/node/static_node.hpp"

extern "C" {
char mp_node_sensor[sizeof(mp::StaticNode<mp::kSensorLimits>)];
char mp_node_board[sizeof(mp::StaticNode<mp::kBoardLimits>)];
char mp_node_gateway[sizeof(mp::StaticNode<mp::kGatewayLimits>)];
char mp_memory_sensor[mp::memory_required(mp::kSensorLimits)];
char mp_memory_board[mp::memory_required(mp::kBoardLimits)];
char mp_memory_gateway[mp::memory_required(mp::kGatewayLimits)];
char mp_part_peer[sizeof(mp::Peer) + sizeof(mp::PeerSeal)];
char mp_part_route[sizeof(mp::Route)];
char mp_part_datagram[sizeof(mp::OutPacket)];
char mp_part_sequence_in[sizeof(mp::InSequence)];
char mp_part_sequence_out[sizeof(mp::OutSequence)];
char mp_part_seen[sizeof(mp::SeenPackage)];
char mp_part_hop[sizeof(mp::HopMemory)];
char mp_part_ledger[sizeof(mp::AirtimeLedger)];
}
