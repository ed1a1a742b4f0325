// SPDX-License-Identifier: ISC
#include "programs/mpctl/interrupt.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <system_error>

namespace mp::host::interrupt {
namespace {

int pipe_fds[2] = {-1, -1};
volatile sig_atomic_t last_signal = 0;

void on_signal(int number) {
  last_signal = number;
  const int saved = errno;
  const char byte = 0;
  [[maybe_unused]] const ssize_t n = ::write(pipe_fds[1], &byte, 1);
  errno = saved;
}

}  // namespace

void install() {
  if (pipe_fds[0] >= 0) return;
  if (::pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot make a pipe");
  struct sigaction action = {};
  action.sa_handler = on_signal;  // without SA_RESTART: a blocking read of stdin ends, too
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  for (const int number : {SIGHUP, SIGQUIT}) {  // stay ignored where they are: nohup
    struct sigaction before = {};
    if (::sigaction(number, nullptr, &before) == 0 && before.sa_handler != SIG_IGN)
      ::sigaction(number, &action, nullptr);
  }
  ::signal(SIGPIPE, SIG_IGN);
}

int fd() { return pipe_fds[0]; }
int signal_seen() { return last_signal; }

}  // namespace mp::host::interrupt
