// SPDX-License-Identifier: ISC
// For the sources of this room: our views as libsodium's pointers. No other room includes it.
#pragma once

#include "micropycelium/base/bytes.hpp"

namespace mp {

// Never null, not even for an empty view: libsodium's parameters are declared so.
inline const unsigned char* raw_in(Bytes b) {
  static constexpr unsigned char kNothing = 0;
  return b.empty() ? &kNothing : reinterpret_cast<const unsigned char*>(b.data());
}

// Precondition: `b` is not empty.
inline unsigned char* raw_out(MutableBytes b) { return reinterpret_cast<unsigned char*>(b.data()); }

}  // namespace mp
