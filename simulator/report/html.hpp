// SPDX-License-Identifier: ISC
// A Result as one HTML file that needs nothing else: no network, no script, no font. For a phone and for a desktop, on
// light and dark screens, for those who see colours otherwise and for those who listen.
#pragma once

#include "simulator/report/result.hpp"

namespace mp::sim {

std::string to_html(const Result& result);

}  // namespace mp::sim
