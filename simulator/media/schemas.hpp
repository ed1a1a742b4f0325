// SPDX-License-Identifier: ISC
// The schemas that the media tell nodes of: every one of their frame size.
#pragma once

#include <cstdint>

namespace mp::sim {

inline constexpr std::uint8_t kSchemas250[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
inline constexpr std::uint8_t kSchemas240[] = {20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33};

}  // namespace mp::sim
