// SPDX-License-Identifier: ISC
// Where daemon and clients look when nobody says otherwise (specification: control-protocol.md, section 1).
#pragma once

#include <cstdlib>
#include <string>

#include <unistd.h>

namespace mp::host {

inline std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

inline std::string default_state_folder() {
  if (::geteuid() == 0) return "/var/lib/mpnode";
  if (const auto state = environment("XDG_STATE_HOME"); !state.empty()) return state + "/mpnode";
  const auto home = environment("HOME");
  return (home.empty() ? "." : home) + "/.local/state/mpnode";
}

inline std::string default_socket_path() {
  if (const auto path = environment("MPNODE_SOCKET"); !path.empty()) return path;
  if (::geteuid() == 0) return "/run/mpnode/mpnode.sock";
  if (const auto run = environment("XDG_RUNTIME_DIR"); !run.empty()) return run + "/mpnode.sock";
  const auto home = environment("HOME");
  return (home.empty() ? "." : home) + "/.local/state/mpnode/mpnode.sock";
}

}  // namespace mp::host
