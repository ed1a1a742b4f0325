// SPDX-License-Identifier: ISC
// Standard base64 with padding (RFC 4648 section 4), for contents on the control socket. libsodium's takes the same
// time whatever the bytes are, for the sake of secrets, and fifteen times as much of it: half of what a daemon had to
// do for a transfer. Contents are no secret to whoever sends or receives them.
#pragma once

#include "micropycelium/base/bytes.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mp::host {

constexpr std::size_t base64_size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

std::string base64(Bytes bytes);
void append_base64(Bytes bytes, std::string& to);
// None for everything that base64() does not write: other characters, white space, padding that is missing or too
// much, bits behind the last byte.
std::optional<std::vector<std::byte>> parse_base64(std::string_view text);

}  // namespace mp::host
