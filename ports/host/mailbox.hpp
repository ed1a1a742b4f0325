// SPDX-License-Identifier: ISC
// An Application as two coroutines see it: wait for what comes, send and wait for the outcome (examples/echo.cpp).
// The handlers of the core stay inside; coroutines run from the event loop, never inside a poll.
#pragma once

#include "micropycelium/node/node.hpp"
#include "ports/host/blobs.hpp"
#include "ports/host/runner.hpp"

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <stdexcept>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

namespace mp::host {

struct Message {
  Origin from;
  std::vector<std::byte> blob;
};

// A send that cannot be queued, and will not be later either: too_large, banned, not_started, io_error.
class SendRefused : public std::runtime_error {
 public:
  explicit SendRefused(Status why) : std::runtime_error(name(why)), status(why) {}
  const Status status;
};

struct MailboxLimits {
  std::size_t messages = 256;      // waiting to be received; more are refused, and their senders told
  std::size_t blob_max = 1 << 20;  // bytes of one message
  std::size_t bytes = 16 << 20;    // of all that wait or are on their way
};

// Outlives the coroutines that wait on it. A coroutine may be cancelled or destroyed while it waits: what it sends goes
// on being sent.
class Mailbox final : public Application {
 public:
  Mailbox(Runner& runner, const ApplicationInfo& info, const MailboxLimits& limits = {});

  // The next message. One coroutine at a time.
  asio::awaitable<Message> receive();
  // Sends and waits for the end. While the node has no room it waits for that too. Outcome::unreachable when there is
  // no such peer. Throws SendRefused.
  asio::awaitable<Outcome> send(NodeId to, std::vector<std::byte> blob, SendOptions options = {});
  // Back to where a message came from: a peer, or a tree address. Outcome::unreachable for a stranger.
  asio::awaitable<Outcome> send(Origin to, std::vector<std::byte> blob, SendOptions options = {});

 private:
  // A coroutine that waits: its timer never ends, it is cancelled.
  struct Waiter {
    explicit Waiter(asio::io_context& io) : timer(io, asio::steady_timer::time_point::max()) {}
    void done() { timer.cancel(); }
    asio::steady_timer timer;
    BufferBlob blob{0};  // of a send: the node reads it until the end, whatever becomes of the coroutine
    bool ended = false;
    Outcome outcome = Outcome::cancelled;
  };

  bool wants(const Package& package) override;
  void on_package(const Package& package) override;
  Blob* accept(const IncomingPackage& incoming) override;
  void on_abandoned(Blob& blob) override;
  void on_sent(SendId id, Outcome outcome) override;

  bool room_for(std::size_t size) const;
  void keep(const Origin& from, std::vector<std::byte> blob);
  static asio::awaitable<void> wait(asio::steady_timer& timer);
  template <typename Target>
  asio::awaitable<Outcome> send_to(Target to, std::vector<std::byte> blob, SendOptions options);

  Runner& runner_;
  MailboxLimits limits_;
  std::deque<Message> messages_;
  std::list<BufferBlob> incoming_;
  std::size_t bytes_ = 0;     // of messages_
  std::size_t expected_ = 0;  // room kept for incoming_
  std::map<const Blob*, std::size_t> kept_;
  std::shared_ptr<Waiter> receiver_;
  std::map<std::uint32_t, std::shared_ptr<Waiter>> senders_;
};

}  // namespace mp::host
