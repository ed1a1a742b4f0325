// SPDX-License-Identifier: ISC
// Who a node is, and which of its lives this is (specification: identity.md). An Ed25519 key pair whose public half is
// the node id: its seed is kept in Storage under the key "identity" as a 40-byte record: "MPK1" | seed 32 | CRC-32 of
// both. And the boot counter, under "boot": counter u32 | CRC-32 of it.
#pragma once

#include "micropycelium/crypto/ed25519.hpp"
#include "micropycelium/packet/ids.hpp"
#include "micropycelium/platform/platform.hpp"

#include <optional>

namespace mp {

class Identity {
 public:
  static constexpr std::string_view kStorageKey = "identity";
  static constexpr std::size_t kRecordSize = 40;
  static constexpr std::string_view kBootKey = "boot";
  static constexpr std::size_t kBootRecordSize = 8;

  // Loads the identity, or makes and stores one when there is none yet. Status: corrupt (a record is there but is not
  // ours: it is left untouched, never replaced), io_error (could not be read or stored).
  Status load_or_create(Platform platform);
  // Raises the boot counter, durably. Once at each start of a node, before anything is sent. Status: io_error (the node
  // must not start: this counter may come again).
  Status raise_boot(Storage& storage);

  // Makes another key pair and hands this one over to it (identity.md, "Hand-over"): from now on this object, and in
  // storage the next start, is the new one. The hand-over is stored first: a power cut leaves the old identity, or the
  // new one with the hand-overs that lead to it. Precondition: loaded. Status: io_error (this object is still the old
  // one; storage holds the old or the new).
  Status hand_over(Platform platform);

  const NodeId& node_id() const { return node_id_; }
  // To sign with. They stay in memory until the node ends, and are wiped then. Precondition: loaded.
  const Ed25519KeyPair& keys() const {
    MP_CHECK(keys_.has_value());
    return *keys_;
  }
  // Which start this is, from 1: higher than at every one before, unless the record was lost. 0: not raised yet.
  std::uint32_t boot() const { return boot_; }
  // The record was damaged or missing: the counter began with 1 again.
  bool boot_lost() const { return boot_lost_; }

 private:
  NodeId node_id_;
  std::optional<Ed25519KeyPair> keys_;
  std::uint32_t boot_ = 0;
  bool boot_lost_ = false;
};

}  // namespace mp
