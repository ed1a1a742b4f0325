// SPDX-License-Identifier: ISC
// One table out of the reference of keys.
#pragma once

#include <string>

namespace mp::sim {

// `reference`: keys_reference(). The section of the table, with those of the tables inside it. Throws UsageError,
// naming the tables that there are.
std::string keys_of(const std::string& reference, const std::string& table);

}  // namespace mp::sim
