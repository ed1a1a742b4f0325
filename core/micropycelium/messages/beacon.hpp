// SPDX-License-Identifier: ISC
// The message of the Beacon Application: who I am and which Applications I run
// (specification: beacon.md). Layout: op 1 | node_id 32 | app_id 16 * n, n <= 10.
#pragma once

#include "micropycelium/base/result.hpp"
#include "micropycelium/messages/app_identity.hpp"
#include "micropycelium/messages/id_list.hpp"

#include <optional>

namespace mp {

inline constexpr AppIdentity kBeaconApp{"Beacon", "Dev Beacon App", 0};

// Not an Application: who lists this id first understands our extensions of version 0
// (specification: beacon.md, "The Extensions id").
inline constexpr AppIdentity kExtensions{"Micropycelium", "Extensions to protocol version 0", 2};

// Nor this: who lists it hangs in no tree and sends nothing on (specification: tree.md, "Leaves").
inline constexpr AppIdentity kLeafMark{"Micropycelium", "Leaf", 1};

// Nor this: how far apart the sender's Beacons are at most, where it is not what its receivers suppose (specification:
// beacon.md, "The interval"). The first 14 bytes of this id, then interval_s u16.
inline constexpr AppIdentity kBeaconInterval{"Micropycelium", "Beacon interval", 1};

// What they suppose of an equal, where airtime does not set it, and how many may be missed.
inline constexpr std::int64_t kBeaconIntervalUsual_s = 300;
inline constexpr std::int64_t kBeaconsMissed = 4;

enum class BeaconOp : std::uint8_t {
  beacon = 0x00,      // broadcast: here I am
  response = 0x01,    // to one: so am I
  disconnect = 0xff,  // forget me
};

// A node with more Applications sends several beacons.
inline constexpr std::size_t kBeaconAppsMax = 10;
inline constexpr std::size_t kBeaconHead = 1 + NodeId::kSize;
inline constexpr std::size_t kBeaconSizeMax = kBeaconHead + kBeaconAppsMax * AppId::kSize;

struct BeaconMessage {
  BeaconOp op = BeaconOp::beacon;
  NodeId node_id;
  AppIdList apps;  // views the message it was decoded from
};

// Status: truncated (below 33 bytes, or the last app_id is cut), too_large (over 10 Applications),
// bad_value (an op not listed above).
Result<BeaconMessage> decode_beacon(Bytes message);

// Writes to the start of `out` and returns what was written.
// Status: too_large (over 10 Applications, or `out` is too small).
Result<Bytes> encode_beacon(BeaconOp op, const NodeId& node_id, std::span<const AppId> apps, MutableBytes out);

// `interval_s`: above 0.
AppId interval_entry(std::uint16_t interval_s);
bool is_interval_entry(const AppId& entry);
// What the first such entry of a list says; none: there is none, or it says 0.
std::optional<std::uint16_t> interval_of(const AppIdList& apps);

}  // namespace mp
