// SPDX-License-Identifier: ISC
// The command line of mpnode.
#pragma once

#include <optional>
#include <string>

namespace mp::host {

// Stable: scripts and service managers go by them. Listed in `mpnode --help`.
enum class Exit : int {
  ok = 0,
  failed = 1,           // while running, or a socket could not be opened
  usage = 2,            // the command line
  bad_config = 3,       // the configuration
  already_running = 4,  // another mpnode has the state folder or the socket
  storage = 5,          // the identity or the state folder
};

struct Options {
  enum class Action { run, check, print_config, print_id };
  Action action = Action::run;
  std::string config;  // empty: the defaults
  std::string state;   // these three win over the configuration
  std::string socket;
  std::string log_level;
  bool json = false;
};

// None when there is nothing more to do: help or version was printed, or an error, and `exit` says which.
std::optional<Options> parse_options(int argc, char** argv, int& exit);

}  // namespace mp::host
