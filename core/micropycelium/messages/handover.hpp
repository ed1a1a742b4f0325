// SPDX-License-Identifier: ISC
// A node has a new key pair, and the old one says so (specification: identity.md, "Hand-over"). Layout of one: before
// 32 | after 32 | counter u32 | signature by before 64 | signature by after 64. Several in a row are a chain: each
// begins where the one in front of it ended. The message of the Application Contacts: op 1 | chain.
#pragma once

#include "micropycelium/base/result.hpp"
#include "micropycelium/crypto/ed25519.hpp"
#include "micropycelium/messages/app_identity.hpp"

namespace mp {

inline constexpr AppIdentity kContactsApp{"Contacts", "Who a node was before", 1};

struct Handover {
  NodeId before, after;
  std::uint32_t counter = 0;  // how many there were up to this one: 1 for the first
  Ed25519Signature by_before, by_after;

  bool operator==(const Handover&) const = default;
};

inline constexpr std::size_t kHandoverSize = 196;
inline constexpr std::size_t kHandoversMax = 4;  // in a chain

// `before` gives way to `after`. Precondition: they are not the same.
Handover make_handover(const Ed25519KeyPair& before, const Ed25519KeyPair& after, std::uint32_t counter);
// Status: forged (one of the signatures is not of its key). Takes two verifications (crypto/README.md: stack).
Status verify(const Handover& handover);

// Status: truncated, too_large; bad_value (counter 0, or both ids are the same, or one is zero).
Result<Handover> decode_handover(Bytes record);
void encode_handover(const Handover& handover, std::span<std::byte, kHandoverSize> out);

// Where the records lie one after the other; read where they are. A view; it ends with the bytes it looks at.
class HandoverChain {
 public:
  HandoverChain() = default;

  std::size_t size() const { return bytes_.size() / kHandoverSize; }
  bool empty() const { return bytes_.empty(); }
  // Precondition: i < size().
  Handover operator[](std::size_t i) const;
  Bytes bytes() const { return bytes_; }
  // The first n of them, at most size().
  HandoverChain first(std::size_t n) const;

 private:
  friend Result<HandoverChain> decode_chain(Bytes);
  explicit HandoverChain(Bytes b) : bytes_(b) {}
  Bytes bytes_;
};

// One to four hand-overs, the oldest first. Status: truncated (not whole records, or none), too_large; bad_value (one
// is; or two that follow each other do not fit; or somebody comes up twice). Signatures are not looked at.
Result<HandoverChain> decode_chain(Bytes records);

enum class ContactsOp : std::uint8_t { handovers = 1 };

inline constexpr std::size_t kContactsMessageMax = 1 + kHandoversMax * kHandoverSize;

// Status: as decode_chain; bad_value (another op).
Result<HandoverChain> decode_contacts(Bytes message);
// Writes to the start of `out` and returns what was written. Status: too_large (`out` is too small).
Result<Bytes> encode_contacts(const HandoverChain& chain, MutableBytes out);

}  // namespace mp
