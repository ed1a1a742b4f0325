// SPDX-License-Identifier: ISC
#pragma once

#include "micropycelium/base/bytes.hpp"

namespace mp {

// Random bytes from the port: a true generator on a device, a seeded one in a test. Must be fit for keys
// wherever a node keeps an identity of its own.
class Random {
 public:
  virtual void fill(MutableBytes out) = 0;

  std::uint32_t u32() {
    ByteArray<4> b{};
    fill(b);
    return load_be<std::uint32_t>(b.data());
  }

 protected:
  ~Random() = default;
};

}  // namespace mp
