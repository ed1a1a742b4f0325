// SPDX-License-Identifier: ISC
// CRC-32 (IEEE 802.3, reflected, as in zlib): the checksum field of a packet, and the tree_state of a claim.
#pragma once

#include "micropycelium/base/bytes.hpp"

namespace mp {

// crc32(b"123456789") = 0xcbf43926. Pass an earlier result as `seed` to continue over more bytes.
std::uint32_t crc32(Bytes data, std::uint32_t seed = 0);

}  // namespace mp
