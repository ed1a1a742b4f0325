// SPDX-License-Identifier: ISC
#include "programs/mpsim/interrupt.hpp"

#include "programs/mpsim/errors.hpp"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

namespace mp::sim::interrupt {
namespace {

std::atomic<bool> seen = false;
std::atomic<long> first_ms = 0;
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<long>::is_always_lock_free);

long now_ms() {
  timespec t = {};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1'000'000;
}

// A terminal and a launcher may both pass on the same Ctrl-C: what comes within this time is one.
constexpr long kSame_ms = 250;

void on_signal(int) {
  if (seen.exchange(true)) {
    if (now_ms() - first_ms >= kSame_ms) ::_exit(kExitInterrupted);
    return;
  }
  first_ms = now_ms();
}

}  // namespace

void install() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {  // stay ignored where they are: nohup
    struct sigaction before = {};
    if (::sigaction(number, nullptr, &before) == 0 && before.sa_handler != SIG_IGN)
      ::sigaction(number, &action, nullptr);
  }
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &action, nullptr);
}

bool asked() { return seen.load(std::memory_order_relaxed); }

}  // namespace mp::sim::interrupt
