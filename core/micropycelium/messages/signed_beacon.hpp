// SPDX-License-Identifier: ISC
// The message of the Beacon Application in a closed network (specification: beacon.md, "Signed Beacons"). Layout:
// op 1 | node_id 32 | boot 4 | count 4 | interval_s 2 | first 8 bytes of an app_id, n times | signature 64 | wake 6.
// The signature is over all before it, after a text that says what it is for and the sender's salt, which is not sent:
// so a message of another life is not genuine, even where the boot counter was lost.
#pragma once

#include "micropycelium/crypto/ed25519.hpp"
#include "micropycelium/messages/beacon.hpp"
#include "micropycelium/messages/wake.hpp"

namespace mp {

inline constexpr AppIdentity kSignedBeaconApp{"Beacon", "Signed Beacon App", 1};

inline constexpr std::size_t kAppPrefixSize = 8;
// So that it fits an opening frame of 240 bytes.
inline constexpr std::size_t kSignedBeaconAppsMax = 6;
inline constexpr std::size_t kSignedBeaconHead = 1 + NodeId::kSize + 4 + 4 + 2;
inline constexpr std::size_t kSignedBeaconTail = Ed25519Signature::kSize + kWakeSize;
inline constexpr std::size_t kSignedBeaconSizeMax =
    kSignedBeaconHead + kSignedBeaconAppsMax * kAppPrefixSize + kSignedBeaconTail;

struct SignedBeacon {
  BeaconOp op = BeaconOp::beacon;
  NodeId node_id;
  std::uint32_t boot = 0;   // which start of the sender
  std::uint32_t count = 0;  // goes up with each message of one start
  std::uint16_t interval_s = 0;
  Bytes prefixes;  // 8 bytes each; views the message
  Ed25519Signature signature;
  WakeTime wake;  // written as the frame leaves, so not under the signature
};

// Status: truncated (too short, or a prefix is cut), too_large (over 6 Applications), bad_value (op, or wake).
Result<SignedBeacon> decode_signed_beacon(Bytes message);
// Whether node_id signed it, under this salt. Precondition: `message` decodes.
bool signed_beacon_genuine(Bytes message, const ByteArray<16>& salt);
// Writes to the start of `out` and returns what was written. `beacon.signature` is not read. Precondition: at most 6
// prefixes.
Bytes encode_signed_beacon(const SignedBeacon& beacon, const ByteArray<16>& salt, const Ed25519KeyPair& keys,
                           std::span<std::byte, kSignedBeaconSizeMax> out);

// Puts `wake` into a Package of this Application, and its digest right. False: it is another Package.
bool stamp_signed_beacon(MutableBytes package, const WakeTime& wake);

}  // namespace mp
