// SPDX-License-Identifier: ISC
#pragma once

#include "programs/mpnode/config.hpp"
#include "programs/mpnode/options.hpp"

namespace mp::host {

// Tells what `mpnode --check` found: complaints on standard error, or one line of JSON on standard output.
Exit report_check(const Options& options, const ConfigResult& result);

}  // namespace mp::host
