// SPDX-License-Identifier: ISC
// What a change of the network key leaves in storage (specification: closed-networks.md, "Changing the key"). In
// Storage under "network": fingerprint 8 | generation in use u8 | flags u8 | key in use 32, if it is not the configured
// one | next key 32, if there is one | CRC-32 of all before. Empty, or not there: the configured key is in use.
#pragma once

#include "micropycelium/platform/storage.hpp"
#include "micropycelium/transport/sealing.hpp"

#include <optional>

namespace mp {

// Tells which configured key a record belongs to, and nothing about the key.
using KeyFingerprint = Fixed<8, struct KeyFingerprintTag>;
KeyFingerprint key_fingerprint(const NetworkKey& key, std::uint8_t generation);

// Keys wipe themselves when it ends.
struct NetworkRecord {
  static constexpr std::string_view kStorageKey = "network";
  static constexpr std::size_t kSizeMax = KeyFingerprint::kSize + 2 + 2 * NetworkKey::kSize + 4;

  KeyFingerprint configured;       // of the key that this record supersedes
  std::uint8_t generation = 0;     // in use, 0 .. 3
  std::optional<NetworkKey> key;   // in use; none: the configured one
  std::optional<NetworkKey> next;  // of the generation after

  // Status: truncated, corrupt (the sum is wrong), bad_value (generation, flags, no key at all, or bytes left over).
  static Result<NetworkRecord> decode(Bytes record);
  // Returns what was written to the start of `out`. Precondition: `key` or `next` is there.
  Bytes encode(std::span<std::byte, kSizeMax> out) const;

  // Status: not_found (never written, or empty), corrupt, io_error.
  static Result<NetworkRecord> load(Storage& storage);
  // Durable when it returns ok. Status: io_error.
  Status save(Storage& storage) const;
};

// The generation after this one.
constexpr std::uint8_t next_generation(std::uint8_t generation) {
  return static_cast<std::uint8_t>((generation + 1) % 4);
}

}  // namespace mp
