// SPDX-License-Identifier: ISC
// What opening frames of a closed network carry (specification: closed-networks.md, "Opening frames"): a Package for
// whom it may concern, and the three messages of an admission. Layout: kind u8, then
//
//   challenge   from 32 | nonce 8 | heard 4
//   answer, proof   from 32 | nonce 8 | cookie 8 | salt 16 | boot 4 | counter 4 | mac 16
#pragma once

#include "micropycelium/base/result.hpp"
#include "micropycelium/packet/ids.hpp"

namespace mp {

enum class OpeningKind : std::uint8_t {
  package = 0,    // the rest is a Package
  challenge = 1,  // who is there?
  answer = 2,     // it is I
  proof = 3,      // and so am I
};

struct Hello {
  OpeningKind kind = OpeningKind::challenge;
  NodeId from;
  ByteArray<8> nonce{};
  std::uint32_t heard = 0;  // in a challenge only: how the signature of the Beacon begins that it asks about; 0: none
  ByteArray<8> cookie{};    // from here on not in a challenge
  ByteArray<16> salt{};
  std::uint32_t boot = 0;
  std::uint32_t counter = 0;  // from 1
  ByteArray<16> mac{};
};

inline constexpr std::size_t kHelloMacSize = 16;
inline constexpr std::size_t kChallengeSize = 1 + NodeId::kSize + 8 + 4;
inline constexpr std::size_t kHelloSizeMax = 1 + NodeId::kSize + 8 + 8 + 16 + 4 + 4 + kHelloMacSize;

// Status: truncated, too_large; bad_value (a Package, an unknown kind, or counter 0).
Result<Hello> decode_hello(Bytes text);
// Writes to the start of `out` and returns what was written; all but the last 16 bytes of an answer or a proof are what
// its mac is made of. Precondition: no Package; `out` has room.
Bytes encode_hello(const Hello& hello, std::span<std::byte, kHelloSizeMax> out);

}  // namespace mp
