// SPDX-License-Identifier: ISC
// The messages of the Application Seal (specification: seal.md, "Messages"). What a handshake says, and what is sealed,
// is only cut out here; it is read by those who hold keys.
//
//   kind 1 | noise                                    the first messages, which name no session yet, and one_way
//   kind 1 | session 4 | noise                        the answers to them
//   kind 1 | session 4 | number 4 | sealed            what a session carries
#pragma once

#include "micropycelium/base/result.hpp"
#include "micropycelium/messages/app_identity.hpp"
#include "micropycelium/packet/ids.hpp"

namespace mp {

inline constexpr AppIdentity kSealApp{"Seal", "End-to-end protection", 1};

enum class SealKind : std::uint8_t {
  xx_first = 1,
  xx_second = 2,
  xx_third = 3,
  ik_first = 4,
  ik_second = 5,
  one_way = 6,  // X: a Package and its handshake in one
  package = 7,  // a Package of one packet, in a session
  blob = 8,     // the beginning of a larger one: records follow
  receipt = 9,  // which were delivered, in the session that brought them
};

// Bytes of a Seal message that one packet carries on every link, over relays and in a closed network: schema 26 has
// 197, a Package's head takes 32, a sealed frame 12.
inline constexpr std::size_t kSealMessageMax = 197 - 32 - 12;

inline constexpr std::size_t kSealTag = 16;
inline constexpr std::size_t kSealAppSize = 8;       // the first bytes of an app id
inline constexpr std::size_t kSealHead = 1 + 4 + 4;  // of package and blob
// What `package` takes beside the blob in it.
inline constexpr std::size_t kSealOverhead = kSealHead + kSealAppSize + kSealTag;

// What is sealed in a receipt: a number u32, and u32 of which bit i says the same of the number 1 + i below.
inline constexpr std::size_t kSealReceiptText = 8;
inline constexpr std::size_t kSealReceipt = kSealHead + kSealReceiptText + kSealTag;

// Sizes of handshake messages: constant.
inline constexpr std::size_t kSealXxFirst = 1 + 32 + 4;
inline constexpr std::size_t kSealXxSecond = 1 + 4 + 96 + NodeId::kSize + 4;
inline constexpr std::size_t kSealXxThird = 1 + 4 + 64 + NodeId::kSize;
inline constexpr std::size_t kSealIkFirst = 1 + 96 + NodeId::kSize + 4 + 4;
inline constexpr std::size_t kSealIkSecond = 1 + 4 + 48 + 4 + 1;
inline constexpr std::size_t kSealOneWay = 1 + 96 + NodeId::kSize + 8 + kSealAppSize;  // then records
static_assert(kSealXxSecond <= kSealMessageMax && kSealIkFirst <= kSealMessageMax);

struct SealMessage {
  SealKind kind = SealKind::package;
  std::uint32_t session = 0;  // at the receiver; 0 in first messages and one_way
  std::uint32_t number = 0;   // of package, blob and receipt
  Bytes body;                 // noise, or sealed: views the message
};

// Status: truncated (for its kind), too_large (a handshake message of another size), bad_value (an unknown kind, or
// session 0 where one is named).
Result<SealMessage> decode_seal(Bytes message);

// What stands before the body, at the front of `out`, which holds kSealHead bytes.
Bytes encode_seal_head(const SealMessage& message, std::span<std::byte, kSealHead> out);

}  // namespace mp
