// SPDX-License-Identifier: ISC
// Is it there, and how far? Asks a node's Ping Application and measures (specification: ping.md). Answers
// the pings of others. The message is that of the existing implementation.
#pragma once

#include "micropycelium/messages/ping.hpp"
#include "micropycelium/node/node.hpp"

namespace mp {

struct PingOptions {
  std::uint32_t count = 4;
  Duration interval = seconds(1);
  Duration timeout = seconds(3);  // after that a reply counts as lost
};

struct PingStatistics {
  std::uint32_t sent = 0;
  std::uint32_t received = 0;
  std::uint32_t lost = 0;  // known to be; while it runs, the rest is still under way
  Duration min{};
  Duration avg{};
  Duration max{};
};

// What Ping keeps about a series. A base of its own, since GCC 12 wants friends away from virtual functions.
class PingSeries {
 public:
  PingSeries(const PingSeries&) = delete;
  PingSeries& operator=(const PingSeries&) = delete;

  PingStatistics statistics() const;
  bool running() const { return running_; }

 protected:
  PingSeries() = default;
  ~PingSeries() = default;

 private:
  friend class Ping;

  // One request under way.
  struct Request {
    enum class State : std::uint8_t { free, queued, sent };
    State state = State::free;
    std::uint8_t nonce = 0;
    std::uint32_t seq = 0;
    SendId send_id;
    std::uint64_t ts1_ms = 0;
    Instant at{};
  };
  // When so many are unanswered, the next waits: a short interval with a long timeout asks for too much.
  static constexpr std::size_t kUnderWayMax = 32;

  class PingSession* next_ = nullptr;
  bool running_ = false;
  NodeId to_;
  PingOptions options_;
  Instant next_send_{};
  std::uint32_t sent_ = 0;
  std::uint32_t received_ = 0;
  std::uint32_t lost_ = 0;
  Duration min_{}, max_{}, sum_{};
  std::array<Request, kUnderWayMax> requests_;
};

// A series of pings to one node. Owned by the caller; must live until on_end, or Ping::cancel.
class PingSession : public PingSeries {
 public:
  // What Ping calls, inside Node::poll.
  virtual void on_reply(std::uint32_t seq, Duration rtt) = 0;
  virtual void on_lost(std::uint32_t seq) = 0;
  virtual void on_end(const PingStatistics& statistics) = 0;

 protected:
  ~PingSession() = default;
};

class Ping final : public Application {
 public:
  Ping();

  // Starts a series. Status: why the first request could not be queued (unreachable, no_buffer, banned ...),
  // exists (this session is running), bad_value (count 0). Not from inside a handler of the session.
  Status ping(PingSession& session, const NodeId& to, const PingOptions& options = {});
  // Ends it now; no handler is called, and its statistics() stay. Not from inside a handler of any session.
  void cancel(PingSession& session);

 private:
  using Request = PingSeries::Request;

  bool wants(const Package& package) override;
  void on_package(const Package& package) override;
  void on_sent(SendId id, Outcome outcome) override;
  Instant on_time(Instant now) override;

  void respond(const PingMessage& request, const Origin& from);
  void take_response(const PingMessage& response);
  Status send_next(PingSession& session);
  static void lose(PingSession& session, Request& request);
  static bool finished(const PingSession& session);
  static Instant due(const PingSession& session);
  void unlink(PingSession& session);

  PingSession* sessions_ = nullptr;
  std::uint8_t nonce_ = 0;
};

}  // namespace mp
