// SPDX-License-Identifier: ISC
// What mpnode writes about its run. Never secrets, never contents of Packages.
#pragma once

#include "programs/mpnode/config.hpp"

namespace mp::host {

// Throws std::runtime_error when the file cannot be opened. Before it, and without it, the log goes to standard error.
void open_log(const LogConfig& config);
void log(LogLevel level, std::string_view text);

inline void log_info(std::string_view text) { log(LogLevel::info, text); }
inline void log_warning(std::string_view text) { log(LogLevel::warning, text); }
inline void log_error(std::string_view text) { log(LogLevel::error, text); }

}  // namespace mp::host
