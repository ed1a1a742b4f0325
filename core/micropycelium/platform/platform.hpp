// SPDX-License-Identifier: ISC
#pragma once

#include "micropycelium/platform/random.hpp"
#include "micropycelium/platform/storage.hpp"

namespace mp {

// What the world lends a node besides time and Interfaces. Both outlive the node.
struct Platform {
  Random& random;
  Storage& storage;
};

}  // namespace mp
