// SPDX-License-Identifier: ISC
// Puts the parts together and runs them.
#pragma once

#include "programs/mpnode/config.hpp"
#include "programs/mpnode/options.hpp"

namespace mp::host {

// Runs until it is told to stop. What went wrong is in the log.
Exit run_daemon(const Config& config);

// Prints the node's id; makes the identity if there is none.
Exit print_id(const Config& config, bool json);

}  // namespace mp::host
