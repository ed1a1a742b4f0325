// SPDX-License-Identifier: ISC
#include "ports/host/runner.hpp"

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include <algorithm>

namespace mp::host {
namespace {

using Clock = std::chrono::steady_clock;

// Polls in one turn of the event loop, while more is due at once: what they send goes out together, and sockets and
// clients wait for some 50 microseconds.
constexpr int kPollsInTurn = 4;

// A timer that far away is not worth setting; the clock's own range must not overflow.
constexpr Duration kSleepMax = seconds(3600);

}  // namespace

// Shared with the handlers on their way, which may come after the Runner is gone.
struct Runner::Loop : std::enable_shared_from_this<Loop> {
  Loop(asio::io_context& io, Node& node_to_run) : timer(io), node(&node_to_run), begin(Clock::now()) {}

  Instant now() const { return {std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count()}; }

  void wake() {
    if (posted || !running) return;
    posted = true;
    asio::post(timer.get_executor(), [self = shared_from_this()] {
      self->posted = false;
      self->poll();
    });
  }

  void poll() {
    if (!running || node == nullptr) return;
    Instant next = node->poll(now());
    for (int i = 1; i < kPollsInTurn && node != nullptr && next <= now(); ++i) next = node->poll(now());
    if (after) after();
    if (node == nullptr) return;
    const Instant at = now();
    if (next <= at) return wake();  // by way of the queue, so that sockets and clients get their turn
    sleep(std::min(next, at + kSleepMax));
  }

  // A timer that rings too early costs one look at the node; to set it anew at every poll costs a system call each
  // time, and while packets come the next deadline moves a little with each of them.
  void sleep(Instant until) {
    if (until >= sleeps_until) return;
    sleeps_until = until;
    timer.expires_at(begin + std::chrono::microseconds(until.us));
    timer.async_wait([self = shared_from_this()](const std::error_code& error) {
      if (error) return;
      self->sleeps_until = Instant::never();
      self->poll();
    });
  }

  asio::steady_timer timer;
  Node* node;
  Clock::time_point begin;
  Instant sleeps_until = Instant::never();
  bool posted = false;
  bool running = false;
  std::function<void()> after;
};

Runner::Runner(asio::io_context& io, Node& node) : io_(io), node_(node), loop_(std::make_shared<Loop>(io, node)) {}

Runner::~Runner() {
  loop_->node = nullptr;
  loop_->running = false;
  loop_->after = nullptr;
  loop_->timer.cancel();
}

Status Runner::start() {
  const Status status = node_.start(now());
  if (status == Status::ok) {
    loop_->running = true;
    wake();
  }
  return status;
}

void Runner::stop() {
  node_.stop(now());
  wake();
}

void Runner::poll() { loop_->poll(); }
void Runner::wake() { loop_->wake(); }
void Runner::after_poll(std::function<void()> call) { loop_->after = std::move(call); }
Instant Runner::now() const { return loop_->now(); }

}  // namespace mp::host
