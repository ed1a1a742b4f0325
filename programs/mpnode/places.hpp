// SPDX-License-Identifier: ISC
// Where nodes are in their trees, as the control protocol says it (specification: control-protocol.md, "tree").
#pragma once

#include "micropycelium/packet/tree_place.hpp"
#include "programs/mpnode/json.hpp"

#include <span>
#include <string>

namespace mp::host {

// The child indexes from the root down, with dots between them; "root" for the root itself.
std::string place_text(const CompactAddress& address);
std::string place_text(const Place& place);
std::string epoch_text(std::uint16_t epoch);
// [{"tree":0,"epoch":"5a01","address":"1.4"},..]
Json places_json(std::span<const TreePlace> places);

}  // namespace mp::host
