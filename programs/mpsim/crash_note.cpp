// SPDX-License-Identifier: ISC
#include "programs/mpsim/crash_note.hpp"

#include <signal.h>
#include <unistd.h>

namespace mp::sim {
namespace {

thread_local constinit const char* line = nullptr;
thread_local constinit std::size_t line_size = 0;

// On the thread that crashed. Only calls that a signal handler may make.
void on_crash(int number) {
  if (line != nullptr) [[maybe_unused]]
    const ssize_t n = ::write(STDERR_FILENO, line, line_size);
  ::signal(number, SIG_DFL);
  ::raise(number);
}

}  // namespace

void install_crash_note() {
  for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    struct sigaction before = {};  // a sanitizer may have its own
    if (::sigaction(number, nullptr, &before) == 0 && before.sa_handler == SIG_DFL) ::signal(number, on_crash);
  }
}

UnderWay::UnderWay(const std::string& command) : line_("\nmpsim: crashed; to see it again: " + command + "\n") {
  line = line_.data();
  line_size = line_.size();
}

UnderWay::~UnderWay() {
  line = nullptr;
  line_size = 0;
}

}  // namespace mp::sim
