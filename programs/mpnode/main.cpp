// SPDX-License-Identifier: ISC
// mpnode: command line, configuration, then the daemon (daemon.hpp).
#include "micropycelium/base/check.hpp"
#include "programs/mpnode/daemon.hpp"
#include "programs/mpnode/log.hpp"
#include "programs/mpnode/report.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>

#include <malloc.h>

namespace mp::host {
namespace {

// Contents come and go in pieces of up to some megabytes: each of the larger ones is a mapping of its own, which goes
// when it is done with. Left alone, the C library raises its threshold after the first of them, and keeps the rest.
void give_memory_back() {
#ifdef __GLIBC__
  ::mallopt(M_MMAP_THRESHOLD, 256 * 1024);
  ::mallopt(M_TRIM_THRESHOLD, 256 * 1024);
  ::mallopt(M_ARENA_MAX, 1);  // one thread works
#endif
}

Exit run(const Options& options) {
  if (options.action == Options::Action::print_config) {
    std::fputs(print_default_config().c_str(), stdout);
    return Exit::ok;
  }
  ConfigResult result;
  if (!options.config.empty()) result = load_config(options.config);
  if (!result.errors.empty() || options.action == Options::Action::check) return report_check(options, result);

  Config& config = result.config;
  if (!options.state.empty()) config.node.state_dir = options.state;
  if (!options.socket.empty()) config.control.socket = options.socket;
  if (!options.log_level.empty()) config.log.level = *parse_log_level(options.log_level);
  open_log(config.log);
  return options.action == Options::Action::print_id ? print_id(config, options.json) : run_daemon(config);
}

}  // namespace
}  // namespace mp::host

// Our own bug. Here and not in a library, since the default is weak: the log must say where it was.
[[noreturn]] void mp::check_failed(const char* file, int line, const char* condition) {
  mp::host::log_error(std::string("a bug in mpnode, it ends here: ") + file + ":" + std::to_string(line) + ": " +
                      condition);
  std::abort();
}

int main(int argc, char** argv) {
  using namespace mp::host;
  give_memory_back();
  int exit = 0;
  const auto options = parse_options(argc, argv, exit);
  if (!options) return exit;
  try {
    return static_cast<int>(run(*options));
  } catch (const std::exception& e) {
    log_error(e.what());
    return static_cast<int>(Exit::failed);
  }
}
