// SPDX-License-Identifier: ISC
// A node together with its block of memory, for firmware: sizeof is all the memory it will ever use.
#pragma once

#include "micropycelium/node/node.hpp"

namespace mp {

template <Limits kLimits>
class StaticNode : private ByteBlock<memory_required(kLimits)>, public Node {
 public:
  explicit StaticNode(Platform platform) : Node(kLimits, this->memory(), platform) {}
};

}  // namespace mp
