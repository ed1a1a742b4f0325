// SPDX-License-Identifier: ISC
// The command that makes one run again, to be pasted into a shell.
#pragma once

#include "simulator/scenario/scenario_toml.hpp"

#include <cstdint>

namespace mp::sim {

// As one word for a POSIX shell: quoted if it has to be.
std::string shell_word(std::string_view text);

std::string replay_command(const std::string& path, std::uint64_t seed, const std::vector<Override>& overrides);

}  // namespace mp::sim
