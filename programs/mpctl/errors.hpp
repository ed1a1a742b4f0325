// SPDX-License-Identifier: ISC
// How a command of mpctl can end, and with which exit status. The numbers are a promise to scripts
// (README.md, `mpctl --help`): new ones may be added, these do not change.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace mp::host {

enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,       // not delivered, no answer, or a local file or output failed
  kExitUsage = 2,        // the command line is wrong
  kExitUnreachable = 3,  // no daemon, or it went away
  kExitRefused = 4,      // the daemon refused: not_found, ambiguous, too_large ...
  kExitTimedOut = 5,     // the time given was not enough
  kExitInterrupted = 130,
};

// Ends the command. `code` is a word for scripts, the message is for people and says what to do.
class Failure : public std::runtime_error {
 public:
  Failure(ExitCode exit_status, std::string word, const std::string& message)
      : std::runtime_error(message), exit_code(exit_status), code(std::move(word)) {}

  ExitCode exit_code;
  std::string code;
};

// A signal while waiting (interrupt.hpp).
struct Interrupted {};

// Whoever read our output has gone (`mpctl monitor | head -1`): nothing is left to do.
struct OutputClosed {};

}  // namespace mp::host
