// SPDX-License-Identifier: ISC
#include "programs/mpsim/progress.hpp"

#include "simulator/report/text.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace mp::sim {
namespace {

constexpr auto kRewrite = std::chrono::milliseconds(200);
constexpr auto kLines = std::chrono::seconds(10);

std::size_t columns() {
  winsize size = {};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1U : 79U;
}

}  // namespace

std::string time_left(double share, double elapsed_s) {
  if (share < 0.001 || elapsed_s < 0.5) return "";
  if (share >= 1) return "0 s left";
  const double left_s = elapsed_s * (1 - share) / share;
  // Whole seconds: it is a guess.
  return text::duration(static_cast<double>(static_cast<std::int64_t>(left_s) + 1) * 1e6) + " left";
}

Progress::Style Progress::style(bool quiet, bool asked) {
  if (quiet) return Style::none;
  const char* term = std::getenv("TERM");
  const bool terminal = ::isatty(STDERR_FILENO) == 1 && (term == nullptr || std::string_view(term) != "dumb");
  if (terminal) return Style::rewritten;
  return asked ? Style::lines : Style::none;
}

Progress::Progress(Style style)
    : style_(style),
      began_(std::chrono::steady_clock::now()),
      next_(began_ + (style == Style::lines ? std::chrono::milliseconds(kLines) : kRewrite)) {}

double Progress::elapsed_s() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
}

bool Progress::due() const { return style_ != Style::none && std::chrono::steady_clock::now() >= next_; }

void Progress::show(const std::string& text) {
  if (style_ == Style::none) return;
  if (style_ == Style::rewritten) {
    const std::string line = "\r\033[K" + text.substr(0, columns());
    std::fputs(line.c_str(), stderr);
    shown_ = true;
    next_ = std::chrono::steady_clock::now() + kRewrite;
  } else {
    std::fputs(("mpsim: " + text + "\n").c_str(), stderr);
    next_ = std::chrono::steady_clock::now() + kLines;
  }
  std::fflush(stderr);
}

void Progress::clear() {
  if (!shown_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace mp::sim
