// SPDX-License-Identifier: ISC
// Who this node was before: the hand-overs that lead to its identity (specification: identity.md, "Hand-over"). In
// Storage under "handovers": up to four of them, the oldest first | CRC-32 of them.
#pragma once

#include "micropycelium/messages/handover.hpp"
#include "micropycelium/platform/storage.hpp"

namespace mp {

class Succession {
 public:
  static constexpr std::string_view kStorageKey = "handovers";

  // What leads to `own`. What comes after it in the record is of a hand-over that was never completed, and is left out.
  // Status: corrupt (nothing is known), io_error.
  Status load(Storage& storage, const NodeId& own);
  // One more, from the identity that was loaded for; the oldest gives way. Status: exhausted (after 2^32 - 1),
  // io_error (nothing has changed here).
  Status add(Storage& storage, const Ed25519KeyPair& own, const Ed25519KeyPair& after);

  // Empty: it has always been who it is. A view, until the next call of load or add.
  HandoverChain chain() const;

 private:
  static constexpr std::size_t kRecordMax = kHandoversMax * kHandoverSize + 4;

  ByteArray<kRecordMax> record_{};
  std::size_t count_ = 0;
};

}  // namespace mp
