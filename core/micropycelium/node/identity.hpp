// SPDX-License-Identifier: ISC
// Who a node is: an Ed25519 key pair whose public half is the node id. The seed is kept in Storage under
// the key "identity" as a 40-byte record: "MPK1" | seed 32 | CRC-32 of both.
#pragma once

#include "micropycelium/packet/ids.hpp"
#include "micropycelium/platform/platform.hpp"

namespace mp {

class Identity {
 public:
  static constexpr std::string_view kStorageKey = "identity";
  static constexpr std::size_t kRecordSize = 40;

  // Loads the identity, or makes and stores one when there is none yet. Status: corrupt (a record is there but
  // is not ours: it is left untouched, never replaced), io_error (could not be read or stored).
  Status load_or_create(Platform platform);

  const NodeId& node_id() const { return node_id_; }

 private:
  NodeId node_id_;
};

}  // namespace mp
