// SPDX-License-Identifier: ISC
// The long way of a line is through the JSON parser, character by character; nearly all of a line that brings contents
// is base64, which needs none of that. So it is taken out first.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mp::host {

// Stands for contents that were taken out. No base64: nobody can mean it.
inline constexpr std::string_view kTakenOut = "=";

// The bytes of a long member "data", and in `rest` the line with kTakenOut instead. None when there is no such member,
// or it is not plain base64 of at most one chunk: then the line goes the long way, where it is told what is wrong.
std::optional<std::vector<std::byte>> take_out_contents(std::string_view line, std::string& rest);

}  // namespace mp::host
