// SPDX-License-Identifier: ISC
// Any bytes give a configuration or errors with a text, and never anything else.
#include "programs/mpnode/config.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto result = mp::host::parse_config({reinterpret_cast<const char*>(data), size});
  for (const auto& error : result.errors)
    if (error.text.empty()) std::abort();
  return 0;
}
