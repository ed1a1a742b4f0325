// SPDX-License-Identifier: ISC
// JSON as the control protocol uses it. Include <nlohmann/json.hpp> only where values are taken apart or made.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace mp::host {

using Json = nlohmann::ordered_json;

}  // namespace mp::host
