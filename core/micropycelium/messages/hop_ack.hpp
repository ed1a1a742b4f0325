// SPDX-License-Identifier: ISC
// The body of a hop acknowledgement: which routed frames a neighbour has, and how many may be under way to it
// (specification: custody.md). Layout: room 1 | fingerprint 4 * n.
#pragma once

#include "micropycelium/base/result.hpp"
#include "micropycelium/packet/schema.hpp"

namespace mp {

// Names a frame between two neighbours: CRC-32 of the header from the schema on, without the throttle flag, and of up
// to 32 bytes of the body. Precondition: `datagram` parsed as `schema`.
std::uint32_t hop_fingerprint(const Schema& schema, Bytes datagram);

struct HopAck {
  static constexpr std::size_t kFingerprintSize = 4;
  static constexpr std::size_t kFingerprintsMax = 58;  // what schema 63 has room for

  std::uint8_t room = 0;  // frames that may be under way to this neighbour
  Bytes fingerprints;     // views the message it was decoded from

  std::size_t count() const { return fingerprints.size() / kFingerprintSize; }
  std::uint32_t fingerprint(std::size_t i) const {
    return load_be<std::uint32_t>(fingerprints.data() + i * kFingerprintSize);
  }
};

// Status: truncated (empty, or the last fingerprint is cut), too_large (over 58 fingerprints).
Result<HopAck> decode_hop_ack(Bytes body);

// Writes to the start of `out` and returns what was written. Status: too_large (over 58, or `out` is too small).
Result<Bytes> encode_hop_ack(std::uint8_t room, std::span<const std::uint32_t> fingerprints, MutableBytes out);

}  // namespace mp
