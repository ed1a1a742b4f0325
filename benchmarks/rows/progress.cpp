// SPDX-License-Identifier: ISC
#include "progress.hpp"

#include <unistd.h>

#include <cinttypes>
#include <cstdio>

namespace mp::bench {
namespace {

constexpr auto kRewritten = std::chrono::milliseconds(200);
constexpr auto kLines = std::chrono::seconds(10);

}  // namespace

Progress::Progress(bool quiet)
    : quiet_(quiet), terminal_(::isatty(STDERR_FILENO) == 1), next_(std::chrono::steady_clock::now() + kLines) {}

void Progress::begin(std::string row) {
  clear();
  row_ = std::move(row);
  if (terminal_) next_ = {};
}

void Progress::at(std::uint64_t done, std::uint64_t all, const char* what) {
  if (quiet_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + (terminal_ ? std::chrono::steady_clock::duration(kRewritten) : kLines);
  std::fprintf(stderr, terminal_ ? "\r\033[K%s: %s, %" PRIu64 " of %" PRIu64 : "%s: %s, %" PRIu64 " of %" PRIu64 "\n",
               row_.c_str(), what, done, all);
  std::fflush(stderr);
  shown_ = terminal_;
}

void Progress::clear() {
  if (!shown_) return;
  std::fputs("\r\033[K", stderr);
  shown_ = false;
}

}  // namespace mp::bench
