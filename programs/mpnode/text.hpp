// SPDX-License-Identifier: ISC
// Ids, addresses and numbers as text, and back.
#pragma once

#include "micropycelium/packet/address.hpp"
#include "micropycelium/packet/ids.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mp::host {

std::string hex(Bytes bytes);
// Upper case is taken too. None unless all of `text` is hex digits, two for each byte of `out`.
bool parse_hex_into(std::string_view text, MutableBytes out);

template <typename IdType>
std::optional<IdType> parse_hex(std::string_view text) {
  IdType id;
  if (!parse_hex_into(text, id.value)) return std::nullopt;
  return id;
}

std::string address_text(const TreeAddress& address);
std::string not_an_address(std::string_view text);

// In double quotes, control characters escaped, long texts cut.
std::string shown(std::string_view text);
// The shortest decimal form: 60, 0.25.
std::string number_text(double value);

// Standard base64 with padding (RFC 4648 section 4).

}  // namespace mp::host
