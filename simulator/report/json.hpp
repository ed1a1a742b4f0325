// SPDX-License-Identifier: ISC
// A Result as JSON, for other programs. Keys keep their order and their meaning; times are in the unit that their
// name ends with. Equal runs give equal text, but for wall_s and speed.
#pragma once

#include "simulator/report/result.hpp"

namespace mp::sim {

enum class JsonDetail : std::uint8_t {
  overview,  // everything but the two lists that grow with the mesh
  full,      // also "node_list" and "link_list"
};

std::string to_json(const Result& result, JsonDetail detail);

}  // namespace mp::sim
