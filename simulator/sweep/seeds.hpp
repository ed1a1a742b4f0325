// SPDX-License-Identifier: ISC
// A list of seeds as people write it: "1-100", "1,5,9", "1-3,7".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mp::sim {

inline constexpr std::size_t kSeedsMax = 1'000'000;
inline constexpr std::uint64_t kSeedMax = 0x7fff'ffff'ffff'ffff;  // what a scenario in TOML can say

// In the order in which they are written. Throws SweepError for what is no list, and for a seed that is there twice.
std::vector<std::uint64_t> parse_seeds(std::string_view text);
// The shortest text that parse_seeds reads as this list.
std::string seeds_text(const std::vector<std::uint64_t>& seeds);

// The whole text as a number, or nothing.
bool parse_number(std::string_view text, std::uint64_t& number);

}  // namespace mp::sim
