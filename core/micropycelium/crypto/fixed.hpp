// SPDX-License-Identifier: ISC
// Public bytes of a fixed size whose type says what they are: keys, nonces, tags, signatures.
#pragma once

#include "micropycelium/base/bytes.hpp"

namespace mp {

// Made from bytes only by name, so that a key of one kind is never taken for another. It goes back to a plain array
// wherever one is wanted. Not for secrets: == takes the time it takes (secret.hpp).
template <std::size_t N, typename Tag>
struct Fixed {
  static constexpr std::size_t kSize = N;
  ByteArray<N> value{};

  constexpr Fixed() = default;
  constexpr explicit Fixed(const ByteArray<N>& bytes) : value(bytes) {}
  // Precondition: b.size() == N.
  static Fixed from(Bytes b) {
    Fixed fixed;
    copy(b.first(N), fixed.value);
    return fixed;
  }

  Bytes bytes() const { return value; }
  constexpr operator const ByteArray<N>&() const { return value; }
  constexpr bool operator==(const Fixed&) const = default;
};

}  // namespace mp
