// SPDX-License-Identifier: ISC
// Who is banned, across restarts (specification: identity.md, "Bans"). In Storage under "bans0" to "bans7": up to eight
// ids each | CRC-32 of them. Several small records, so that a microcontroller needs 260 bytes of stack to change one,
// and each change is one write that a power cut cannot tear. Nothing is kept in memory: the peers' slots say who is
// banned.
#pragma once

#include "micropycelium/packet/ids.hpp"
#include "micropycelium/platform/storage.hpp"

namespace mp {

class Bans {
 public:
  static constexpr std::size_t kRecords = 8;
  static constexpr std::size_t kInRecord = 8;

  explicit Bans(Storage& storage) : storage_(storage) {}

  // Those of one record. Status: not_found (this one and those behind it were never written), corrupt, io_error.
  struct Part {
    std::array<NodeId, kInRecord> ids{};
    std::size_t count = 0;
  };
  Result<Part> read(std::size_t record) const;

  // Durable when it returns ok, also if it was there. A damaged record is written anew. Status: no_buffer (64 are kept
  // already), io_error.
  Status add(const NodeId& id);
  // Status: io_error. Ok if it was not there.
  Status remove(const NodeId& id);

 private:
  Status write(std::size_t record, const Part& part);

  Storage& storage_;
};

}  // namespace mp
